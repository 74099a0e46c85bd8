"""What the sites tell of consents: to whom a household may be referred. A withdrawal wins, whichever comes first."""

from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.referrals.commands.households import current_id, is_erased
from services.referrals.tables import KnownConsent
from shared.contracts.intake import ConsentWithdrawn
from shared.contracts.intake.agreements import Consent
from shared.contracts.words import Purpose, RecipientKind
from shared.messaging import Received

RECIPIENTS = (RecipientKind.PARTNER, RecipientKind.AUTHORITY)


async def take_consent(session: AsyncSession, event: Received[Consent]) -> None:
    """A consent was given or withdrawn."""
    data = event.data
    if await is_erased(session, data.household_id, data.person_id):
        return
    household_id = await current_id(session, data.household_id)
    day: dict[str, Any] = {"withdrawn_on" if isinstance(data, ConsentWithdrawn) else "given_on": data.on}
    row = insert(KnownConsent).values(
        consent_id=data.consent_id,
        household_id=household_id,
        original_household_id=None if household_id == data.household_id else data.household_id,
        person_id=data.person_id,
        recipient_kind=data.recipient.kind,
        recipient_slug=data.recipient.slug,
        purpose=data.purpose,
        **day,
    )
    await session.execute(row.on_conflict_do_update(index_elements=["consent_id"], set_=day))


async def active_consent(
    session: AsyncSession, household_id: UUID, person_id: UUID | None, partner: str, *, lock: bool = False
) -> KnownConsent | None:
    """The newest consent to be referred to this very partner, of the whole household or of that person.

    With `lock` its withdrawal waits until the transaction ends, and then finds what was sent on it.
    """
    whose = col(KnownConsent.person_id).is_(None)
    query = (
        select(KnownConsent)
        .where(
            KnownConsent.household_id == household_id,
            KnownConsent.recipient_slug == partner,
            KnownConsent.purpose == Purpose.REFERRAL,
            col(KnownConsent.recipient_kind).in_(RECIPIENTS),
            col(KnownConsent.given_on).is_not(None),
            col(KnownConsent.withdrawn_on).is_(None),
            whose if person_id is None else or_(whose, col(KnownConsent.person_id) == person_id),
        )
        .order_by(col(KnownConsent.given_on).desc(), col(KnownConsent.consent_id).desc())
        .limit(1)
    )
    found = await session.exec(query.with_for_update(read=True) if lock else query)
    return found.first()
