"""The roll-out: sites are planned, approved, released and extended; nothing that AMIF pays for begins before its grant.

Domain rule 11 (report, §6). The database refuses the same (`PlannedSite`); here it is said in a sentence.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.reporting.domain.roll_out import SiteState, too_early
from services.reporting.tables import PlannedSite, Site, SiteDistrict
from shared.contracts.reporting import SitePlanned
from shared.contracts.words import RESERVED_SLUGS, District, Funding, PartnerState
from shared.messaging import outbox
from shared.refusals import Conflict, Invalid, Missing

_WAITING = (SiteState.PLANNED, SiteState.RELEASED)


@dataclass(frozen=True, slots=True, kw_only=True)
class AddSite:
    """A planned site, as it shall be; `extension_funding` is who shall pay when the time it was opened for is over."""

    slug: str
    districts: Sequence[District]
    partner: str | None = None
    partner_name: str | None = None
    partner_state: PartnerState = PartnerState.NONE
    funding: Funding = Funding.MUNICIPAL
    extension_funding: Funding | None = None
    planned_for: date | None = None


async def add_site(session: AsyncSession, wanted: AddSite) -> bool:
    """Plan a site, or change the plan; False if it stands so already.

    Another way of paying takes an approval back with it: it was given for the old one. Raises `Invalid` for a slug, a
    region or a partner that does not fit, `Conflict` when a district is another site's or the site is extended already.
    """
    partner = wanted.partner or (_slug(wanted.partner_name) if wanted.partner_name else None)
    _check(wanted, partner)
    await _refuse_taken_districts(session, wanted)
    found = await _planned(session, wanted.slug)
    site = await session.get(Site, wanted.slug)
    plan = found or PlannedSite(
        slug=wanted.slug,
        districts=[],
        partner_state=PartnerState.NONE,
        funding=Funding.MUNICIPAL,
        state=SiteState.PLANNED if site is None else SiteState.OPEN,
        opened_on=site.opened_on if site else None,
    )
    before = None if found is None else _facts(plan)
    plan.districts = [district.value for district in sorted(wanted.districts)]
    plan.partner, plan.partner_name = partner, wanted.partner_name or partner
    plan.partner_state, plan.planned_for = wanted.partner_state, wanted.planned_for
    _open_by(plan, wanted.funding)
    _go_on_by(plan, wanted.extension_funding)
    if _facts(plan) == before:
        return False
    session.add(plan)
    await session.flush()
    await _tell(session, plan)
    return True


async def approve_site(session: AsyncSession, slug: str, on: date, today: date) -> PlannedSite:
    """The grant for what comes next, the opening or the continuation, was approved on this day."""
    plan = await _known(session, slug)
    if on > today:
        raise Invalid("on", "Die Bewilligung liegt in der Zukunft. Bitte erst eintragen, wenn sie da ist.")
    if plan.state in _WAITING:
        plan.approved_on = on
    elif plan.state == SiteState.OPEN and plan.extension_funding is not None:
        plan.extension_approved_on = on
    else:
        raise Conflict("Dieser Standort wartet auf keine Bewilligung.")
    session.add(plan)
    await session.flush()
    await _tell(session, plan)
    return plan


async def release_site(session: AsyncSession, slug: str, today: date) -> PlannedSite:
    """The site may be opened from now on; database, keys and queues are the operations team's (`lokal site open`).

    Raises `Conflict` before the grant; a site that is released or open already stays as it is.
    """
    plan = await _known(session, slug)
    if plan.state != SiteState.PLANNED:
        return plan
    if why := too_early(plan.funding, plan.approved_on, today, opening=True):
        raise Conflict(why)
    plan.state = SiteState.RELEASED
    session.add(plan)
    await session.flush()
    return plan


async def extend_site(
    session: AsyncSession, slug: str, until: date, today: date, funding: Funding | None = None
) -> PlannedSite:
    """A running site goes on until a day, paid by what was planned for it, or by `funding`; raises `Conflict`."""
    plan = await _known(session, slug)
    if plan.state in _WAITING:
        raise Conflict("Dieser Standort ist noch nicht eröffnet und kann nicht verlängert werden.")
    if until <= (plan.extended_until or today):
        raise Invalid("until", "Der letzte Tag muss nach heute und nach dem bisherigen letzten Tag liegen.")
    if funding is not None:
        _go_on_by(plan, funding)
    elif plan.extension_funding is None:
        _go_on_by(plan, Funding.MUNICIPAL)
    if why := too_early(plan.extension_funding, plan.extension_approved_on, today, opening=False):
        raise Conflict(why)
    plan.state, plan.extended_on, plan.extended_until = SiteState.EXTENDED, today, until
    session.add(plan)
    await session.flush()
    return plan


async def refuse_before_the_grant(
    session: AsyncSession, slug: str, districts: Sequence[District], opened_on: date
) -> None:
    """Raises `Conflict` when opening this site, or one in the region of another plan, would ruin a grant."""
    waiting = col(PlannedSite.state).in_(_WAITING)
    for plan in (await session.exec(select(PlannedSite).where(waiting).with_for_update())).all():
        why = too_early(plan.funding, plan.approved_on, opened_on, opening=True)
        if why and (plan.slug == slug or set(plan.districts) & {district.value for district in districts}):
            raise Conflict(why)


async def planned_districts(session: AsyncSession, slug: str) -> list[District]:
    """The region that is planned for a site; none if nothing is."""
    plan = await session.get(PlannedSite, slug)
    return [] if plan is None else [District(district) for district in plan.districts]


def _slug(name: str) -> str:
    """A short name for machines: „Diakonisches Werk“ is `diakonisches-werk`."""
    plain = name.lower().translate({ord(a): b for a, b in zip("äöüß", ("ae", "oe", "ue", "ss"), strict=True)})
    made = re.sub(r"[^a-z0-9]+", "-", plain)[:60].strip("-")
    if not made:
        raise Invalid("partner", "Bitte auch einen Kurznamen des Trägers angeben, zum Beispiel awo.")
    return made


def _check(wanted: AddSite, partner: str | None) -> None:
    if wanted.slug in RESERVED_SLUGS:
        raise Invalid("slug", "Diese Kurzbezeichnung ist vergeben.")
    if not wanted.districts or len(set(wanted.districts)) < len(wanted.districts):
        raise Invalid("districts", "Bitte mindestens einen Stadtbezirk angeben, und jeden nur einmal.")
    if (partner is None) != (wanted.partner_state is PartnerState.NONE):
        raise Invalid("partner_state", "Bitte den Träger und den Stand der Gespräche mit ihm zusammen angeben.")


async def _refuse_taken_districts(session: AsyncSession, wanted: AddSite) -> None:
    districts = [district.value for district in wanted.districts]
    served = select(SiteDistrict).where(
        col(SiteDistrict.district).in_(districts), ~col(SiteDistrict.interim), SiteDistrict.site != wanted.slug
    )
    if (taken := (await session.exec(served)).first()) is not None:
        raise Conflict(f"Den Stadtbezirk {taken.district} betreut schon der Standort {taken.site}.")
    others = select(PlannedSite).where(
        PlannedSite.slug != wanted.slug,
        col(PlannedSite.districts).overlap(districts),  # type: ignore[attr-defined]
    )
    if (other := (await session.exec(others)).first()) is not None:
        raise Conflict(f"Einen dieser Stadtbezirke soll schon der geplante Standort {other.slug} betreuen.")


def _open_by(plan: PlannedSite, funding: Funding) -> None:
    if funding == plan.funding:
        return
    if plan.state not in _WAITING:
        raise Conflict("Dieser Standort ist schon eröffnet. Ändern lässt sich nur, wer seine Weiterführung bezahlt.")
    plan.funding, plan.approved_on, plan.state = funding, None, SiteState.PLANNED


def _go_on_by(plan: PlannedSite, funding: Funding | None) -> None:
    if funding == plan.extension_funding:
        return
    if plan.state == SiteState.EXTENDED:
        raise Conflict("Dieser Standort ist schon verlängert. Wer das bezahlt, lässt sich nicht mehr ändern.")
    plan.extension_funding, plan.extension_approved_on = funding, None


async def _planned(session: AsyncSession, slug: str) -> PlannedSite | None:
    return (await session.exec(select(PlannedSite).where(PlannedSite.slug == slug).with_for_update())).one_or_none()


async def _known(session: AsyncSession, slug: str) -> PlannedSite:
    plan = await _planned(session, slug)
    if plan is None:
        raise Missing("Der geplante Standort")
    return plan


def _facts(plan: PlannedSite) -> tuple[object, ...]:
    return (
        plan.districts,
        plan.partner,
        plan.partner_name,
        plan.partner_state,
        plan.planned_for,
        plan.funding,
        plan.extension_funding,
    )


async def _tell(session: AsyncSession, plan: PlannedSite) -> None:
    """What is told is what comes next: of a running site, its continuation."""
    goes_on = None if plan.state in _WAITING else plan.extension_funding
    await outbox.add(
        session,
        SitePlanned(
            site=plan.slug,
            districts=tuple(District(district) for district in plan.districts),
            partner=plan.partner,
            partner_state=PartnerState(plan.partner_state),
            funding=Funding(goes_on or plan.funding),
            approved_on=plan.extension_approved_on if goes_on else plan.approved_on,
            planned_for=plan.planned_for,
        ),
    )
