"""Referrals of a period by what they were for and what became of them (report, §3.1c)."""

from datetime import date
from enum import StrEnum

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.contracts.words import CancelCause, DeclineReason, OfferKind, ReferralState


class ReferralsBy(StrEnum):
    """By what referrals are counted."""

    KIND = "kind"
    PARTNER = "partner"
    STATE = "state"
    REASON = "reason"
    SITE = "site"
    DAYS = "days"


KEYS: dict[ReferralsBy, tuple[str, ...]] = {
    ReferralsBy.KIND: tuple(OfferKind),
    ReferralsBy.STATE: tuple(state for state in ReferralState if state is not ReferralState.DRAFT),
    ReferralsBy.REASON: (*DeclineReason, *CancelCause),
    ReferralsBy.DAYS: ("0-3", "4-7", "8-14", "15+", "open"),
}
"""The keys that are always there, in the order in which they are shown."""

_KEY = {
    ReferralsBy.KIND: "kind",
    ReferralsBy.PARTNER: "partner",
    # Reasons are parts of the states that have one, and counted together with them.
    ReferralsBy.STATE: "coalesce(reason, state)",
    ReferralsBy.DAYS: (
        "case when days_to_answer is null then 'open' when days_to_answer <= 3 then '0-3' "
        "when days_to_answer <= 7 then '4-7' when days_to_answer <= 14 then '8-14' else '15+' end"
    ),
}
_COUNT = {
    by: text(
        f"select site, {key} as key, count(*) from referral "  # noqa: S608  (our own expressions)
        "where requested_on between :begin and :until and (cast(:site as text) is null or site = :site) group by 1, 2"
    )
    for by, key in _KEY.items()
}
_PARTNERS = text(
    "select distinct partner from referral where cast(:site as text) is null or site = :site order by partner"
)


async def referrals(
    session: AsyncSession, begin: date, until: date, by: ReferralsBy, site: str | None
) -> dict[tuple[str, ...], int]:
    """Referrals asked for from `begin` to `until`, both inclusive, per site and key; of one site or of all.

    By state, those that were declined or cancelled stand under their reason.
    """
    rows = await session.execute(_COUNT[by], {"begin": begin, "until": until, "site": site})
    return {(where, key): number for where, key, number in rows}


async def partners_asked(session: AsyncSession, site: str | None) -> tuple[str, ...]:
    """Every partner that was ever asked, whatever the period: that one is listed tells nothing about it."""
    return tuple((await session.execute(_PARTNERS, {"site": site})).scalars())
