"""The roll-out as calls and pages tell it: what is planned beside what the register has."""

from dataclasses import dataclass
from datetime import date

from sqlmodel.ext.asyncio.session import AsyncSession

from services.reporting.domain.roll_out import SiteState, too_early
from services.reporting.queries.sites import planned_sites, register
from services.reporting.tables import PlannedSite, Site, SiteDistrict
from shared.contracts.words import CITY, PartnerState
from shared.refusals import Missing


@dataclass(frozen=True, slots=True)
class KnownSite:
    """A planned or open site; `funding` is None for one that was opened without a plan."""

    slug: str
    state: SiteState
    districts: list[str]
    interim_districts: list[str]
    partner: str | None
    partner_name: str | None
    partner_state: PartnerState
    funding: str | None
    approved_on: date | None
    planned_for: date | None
    opened_on: date | None
    extension_funding: str | None
    extension_approved_on: date | None
    extended_until: date | None

    def refusal(self, today: date) -> str | None:
        """Why what comes next has to wait for its grant; None if it need not."""
        if self.state in (SiteState.PLANNED, SiteState.RELEASED):
            return too_early(self.funding, self.approved_on, today, opening=True)
        return too_early(self.extension_funding, self.extension_approved_on, today, opening=False)


async def all_sites(session: AsyncSession) -> list[KnownSite]:
    """Planned and open ones, those that open first in front."""
    entries = {site.slug: (site, districts) for site, districts in await register(session) if site.slug != CITY}
    plans = {plan.slug: plan for plan in await planned_sites(session)}
    unplanned = [_known(None, *entry) for slug, entry in entries.items() if slug not in plans]
    return [*unplanned, *(_known(plan, *entries.get(slug, (None, []))) for slug, plan in plans.items())]


async def one_site(session: AsyncSession, slug: str) -> KnownSite:
    """One of them. Raises `Missing`."""
    found = next((site for site in await all_sites(session) if site.slug == slug), None)
    if found is None:
        raise Missing("Der Standort")
    return found


def _known(plan: PlannedSite | None, site: Site | None, districts: list[SiteDistrict]) -> KnownSite:
    served = [entry.district for entry in districts if not entry.interim]
    planned = plan.districts if plan else []
    opened_on = (plan.opened_on if plan else None) or (site.opened_on if site else None)
    return KnownSite(
        slug=plan.slug if plan else site.slug if site else "",
        state=SiteState(plan.state) if plan else SiteState.OPEN,
        districts=served if site else planned,
        interim_districts=[entry.district for entry in districts if entry.interim],
        partner=plan.partner if plan else None,
        partner_name=plan.partner_name if plan else None,
        partner_state=PartnerState(plan.partner_state) if plan else PartnerState.NONE,
        funding=plan.funding if plan else None,
        approved_on=plan.approved_on if plan else None,
        planned_for=plan.planned_for if plan else None,
        opened_on=opened_on,
        extension_funding=plan.extension_funding if plan else None,
        extension_approved_on=plan.extension_approved_on if plan else None,
        extended_until=plan.extended_until if plan else None,
    )
