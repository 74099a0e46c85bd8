"""What the sites tell of households, and what belongs to a file that goes on in another one."""

from uuid import UUID

from sqlalchemy import ARRAY, Uuid, bindparam, text
from sqlmodel.ext.asyncio.session import AsyncSession

from services.referrals.tables import ErasedHousehold, KnownConsent, KnownHousehold, KnownNeed, Referral
from shared.known import KnownHouseholds

# What a partner calls a household, it goes on calling so: no pseudonym is given twice. Where the file that goes on has
# one of its own, the other stays where it is.
_REFS_FOLLOW = text(
    """
    update person_ref p set household_id = :to from (
        select distinct on (known.partner_id, known.person_id) known.id
        from person_ref known join referral r on r.person_ref = known.id
        where r.household_id = :to and known.household_id <> :to and known.household_id <> all(:elsewhere)
            and not exists (select from person_ref own where own.partner_id = known.partner_id
                and own.household_id = :to and own.person_id is not distinct from known.person_id)
        order by known.partner_id, known.person_id, r.original_household_id is null desc, known.id
    ) as following where p.id = following.id
    """
).bindparams(bindparam("elsewhere", type_=ARRAY(Uuid)))


async def _refs_follow(session: AsyncSession, goes_on: UUID, absorbed: list[UUID]) -> None:
    await session.execute(_REFS_FOLLOW, {"to": goes_on, "elsewhere": absorbed})


known = KnownHouseholds(KnownHousehold, ErasedHousehold, (Referral, KnownNeed, KnownConsent), _refs_follow)
is_erased = known.is_erased
current_id = known.current_id
