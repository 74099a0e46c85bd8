"""The legal circles of persons, as far as they are known."""

from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.intake.domain.circles import History
from services.intake.tables import LegalCircleChange, Person


async def histories_of(session: AsyncSession, persons: list[Person]) -> dict[UUID, History]:
    """The legal circles of these persons."""
    histories = {person.id: History(person.first_legal_circle) for person in persons}
    changes = await session.exec(select(LegalCircleChange).where(col(LegalCircleChange.person_id).in_(list(histories))))
    for change in changes:
        histories[change.person_id].changes[change.on] = change.legal_circle
    return histories
