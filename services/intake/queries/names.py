"""The names that a page of the city asks for: its own services know ids only."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.intake.tables import Household, Person


@dataclass(frozen=True, slots=True)
class Name:
    """A name for a placeholder; `of` is the id in the city's page, `household_id` whose file it stands in."""

    of: UUID
    household_id: UUID
    text: str
    is_household: bool


async def names(session: AsyncSession, households: Sequence[UUID], persons: Sequence[UUID]) -> list[Name]:
    """The names of those that this site has a file of; others are left out."""
    families = await session.exec(
        select(Household).where(col(Household.id).in_(households)).order_by(col(Household.id))
    )
    members = await session.exec(select(Person).where(col(Person.id).in_(persons)).order_by(col(Person.id)))
    return [
        *(Name(family.id, family.id, family.family_name, True) for family in families.all()),
        *(
            Name(member.id, member.household_id, f"{member.given_name} {member.family_name}", False)
            for member in members.all()
        ),
    ]
