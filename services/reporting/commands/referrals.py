"""Referrals in the figures: the state with the highest sequence counts, whichever arrives first."""

from collections.abc import Sequence
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.reporting.commands.bulk import insert_many, insert_rows
from services.reporting.tables import Referral as ReferralRow
from services.reporting.tables import metadata
from shared.contracts.referrals.referrals import Referral, ReferralAccepted, ReferralDeclined
from shared.messaging import Received

_COLUMNS = [column.name for column in ReferralRow.__table__.columns]  # type: ignore[attr-defined]
_STATE = ("site", "partner", "kind", "state", "reason", "requested_on", "sequence")
# Only the answer says how long it took, and it may arrive after what followed it.
_UPSERT = insert_many(
    metadata.tables["referral"],
    _COLUMNS,
    "on conflict (referral_id) do update set "
    + ", ".join(
        f'"{column}" = case when excluded.sequence > referral.sequence then excluded."{column}" '
        f'else referral."{column}" end'
        for column in _STATE
    )
    + ", days_to_answer = least(referral.days_to_answer, excluded.days_to_answer)",
)


async def take_referrals(session: AsyncSession, events: Sequence[Received[Referral]]) -> None:
    """Count each referral as the newest event tells it, with the days that its partner took to answer."""
    newest: dict[UUID, Received[Referral]] = {}
    days: dict[UUID, int] = {}
    for event in events:
        id = event.data.referral_id
        if id not in newest or event.sequence > newest[id].sequence:
            newest[id] = event  # one statement may not touch the same row twice
        if isinstance(event.data, ReferralAccepted | ReferralDeclined):
            days[id] = min(event.data.days_to_answer, days.get(id, event.data.days_to_answer))
    rows = [
        {
            **event.data.__dict__,
            "sequence": event.sequence,
            "reason": getattr(event.data, "reason", None),
            "days_to_answer": days.get(id),
        }
        # In the order of the ids, so that two groups that share referrals wait for each other and never both.
        for id, event in sorted(newest.items(), key=lambda item: item[0])
    ]
    await insert_rows(session, _UPSERT, _COLUMNS, rows)
