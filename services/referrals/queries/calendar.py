"""When language cafés and information events take place, without the days on which their partner is closed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.referrals.domain.schedules import Schedule, schedule_of
from services.referrals.queries.offers import OfferFilter, list_offers
from services.referrals.tables import Offer, Partner, PartnerClosure
from shared.contracts.words import District, OfferKind

KINDS = (OfferKind.LANGUAGE_CAFE, OfferKind.INFORMATION_EVENT)
"""What one goes to without being referred."""
_ALL = 500


@dataclass(frozen=True, slots=True)
class Listed:
    """An offer that comes back, and the days from which it does not."""

    offer: Offer
    partner: Partner
    schedule: Schedule
    closures: Sequence[PartnerClosure]

    def days(self, first: date, last: date) -> list[date]:
        """The days on which one can go, both ends included."""
        begin = max(first, self.offer.valid_from or first)
        end = min(last, self.offer.valid_until or last)
        return [day for day in self.schedule.days_between(begin, end) if not self._closed_on(day)]

    def closed_days(self, first: date, last: date) -> list[date]:
        """The days on which it would be, were the partner not closed."""
        return [day for day in self.schedule.days_between(first, last) if self._closed_on(day)]

    def _closed_on(self, day: date) -> bool:
        return any(closure.from_on <= day <= closure.to_on for closure in self.closures)


async def listed(session: AsyncSession, today: date, district: District | None) -> list[Listed]:
    """Everything for a calendar: of active partners, not over, with days and times."""
    found: list[tuple[Offer, Partner]] = []
    for kind in KINDS:
        wanted = OfferFilter(kind=kind, district=district, on=today, active=True)
        found += await list_offers(session, wanted, today, None, _ALL)
    partners = {partner.id for _, partner in found}
    query = select(PartnerClosure).where(col(PartnerClosure.partner_id).in_(partners), PartnerClosure.to_on >= today)
    closures = (await session.exec(query)).all()
    return [
        Listed(offer, partner, schedule, [each for each in closures if each.partner_id == partner.id])
        for offer, partner in found
        if (schedule := schedule_of(offer.rrule, offer.starts_at, offer.ends_at, offer.first_on)) is not None
    ]
