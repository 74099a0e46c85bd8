"""The register of sites: opening a site tells everyone which districts it serves and whose signatures to trust."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlmodel import col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.reporting.commands.roll_out import refuse_before_the_grant
from services.reporting.tables import Site, SiteDistrict
from shared.contracts.kinds import WeeklyTime
from shared.contracts.reporting import PublicKey, SiteOpened
from shared.contracts.words import CITY, District
from shared.messaging import outbox
from shared.refusals import Conflict, Invalid, Missing
from shared.web import german


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenSite:
    """A site's entry, as it shall be."""

    slug: str
    districts: Sequence[District] = ()
    interim_districts: Sequence[District] = ()
    public_keys: Sequence[PublicKey] = ()
    office_hours: Sequence[WeeklyTime] = ()
    opened_on: date | None = None


async def open_site(session: AsyncSession, wanted: OpenSite) -> list[str]:
    """Enter a site, or change its entry; returns the slugs of the sites whose entries are new or have changed.

    A district that another site served in the meantime goes over to the new one, and both entries are published; what
    is already so is not published again. A district that has a site of its own by now is passed over when it is wanted
    in the meantime, so that the pilot can be opened again as it was at first. Raises `Conflict` when a district is
    wanted for good that has another site, and before the grant of a site that AMIF shall pay for (`roll_out`);
    `Invalid` when a site has no district or no key.
    """
    _check(wanted)
    await refuse_before_the_grant(session, wanted.slug, wanted.districts, wanted.opened_on or german.today())
    # The lock: two openings at once must not each see a district as free.
    before = {entry.site: entry for entry in await _entries(session, lock=True)}
    holders = {d.district: d for d in (await session.exec(select(SiteDistrict).with_for_update())).all()}
    others = {d: holder for d, holder in holders.items() if holder.site != wanted.slug and not holder.interim}
    if lost := [others[d] for d in wanted.districts if d in others]:
        raise Conflict(f"Den Stadtbezirk {lost[0].district} betreut schon der Standort {lost[0].site}.")
    known = before.get(wanted.slug)
    served = {d.value: True for d in wanted.interim_districts if d not in others}
    served |= {d.value: False for d in wanted.districts}
    await session.merge(
        Site(
            slug=wanted.slug,
            public_keys=_as_json(wanted.public_keys),
            office_hours=_as_json(wanted.office_hours or (known.office_hours if known else ())),
            opened_on=wanted.opened_on or (known.opened_on if known else None),
        )
    )
    await session.flush()
    await session.exec(
        delete(SiteDistrict).where(
            (col(SiteDistrict.site) == wanted.slug) | col(SiteDistrict.district).in_(list(served))
        )
    )
    session.expunge_all()
    session.add_all(SiteDistrict(district=d, site=wanted.slug, interim=interim) for d, interim in served.items())
    await session.flush()
    changed = [now for now in await _entries(session) if before.get(now.site) != now]
    await _tell(session, changed)
    return [now.site for now in changed]


async def change_keys(session: AsyncSession, slug: str, public_keys: Sequence[PublicKey]) -> bool:
    """Put other public keys into a stack's entry, and tell everyone; False if they stand there already.

    Raises `Missing` for a stack that is not in the register.
    """
    site = (await session.exec(select(Site).where(Site.slug == slug).with_for_update())).one_or_none()
    if site is None:
        raise Missing(f"Der Standort {slug}")
    if site.public_keys == (wanted := _as_json(public_keys)):
        return False
    site.public_keys = wanted
    session.add(site)
    await session.flush()
    await _tell(session, [entry for entry in await _entries(session) if entry.site == slug])
    return True


async def tell_register(session: AsyncSession) -> list[str]:
    """Tell every entry again, for those whose queue did not stand yet when it was told first; returns their slugs."""
    entries = await _entries(session, lock=True)
    await _tell(session, entries)
    return [entry.site for entry in entries]


async def _tell(session: AsyncSession, entries: Sequence[SiteOpened]) -> None:
    for entry in entries:
        await outbox.add(session, entry, audience="public")


def _check(wanted: OpenSite) -> None:
    if wanted.slug == CITY and (wanted.districts or wanted.interim_districts):
        raise Invalid("districts", "Die Stadt selbst betreut keinen Stadtbezirk.")
    if wanted.slug != CITY and not wanted.districts:
        raise Invalid("districts", "Ein Standort betreut mindestens einen Stadtbezirk.")
    if not wanted.public_keys:
        raise Invalid("public_keys", "Ohne öffentlichen Schlüssel könnte niemand prüfen, was von hier kommt.")


def _as_json(values: Sequence[PublicKey] | Sequence[WeeklyTime]) -> list[dict[str, Any]]:
    return [value.model_dump(mode="json", exclude_none=True) for value in values]


async def _entries(session: AsyncSession, *, lock: bool = False) -> list[SiteOpened]:
    """The register as the events that tell it."""
    sites = select(Site).order_by(Site.slug)
    districts = (await session.exec(select(SiteDistrict).order_by(SiteDistrict.district))).all()
    return [
        SiteOpened(
            site=site.slug,
            districts=tuple(District(d.district) for d in districts if d.site == site.slug and not d.interim),
            interim_districts=tuple(District(d.district) for d in districts if d.site == site.slug and d.interim),
            public_keys=tuple(PublicKey(**key) for key in site.public_keys),
            office_hours=tuple(WeeklyTime(**hours) for hours in site.office_hours),
            opened_on=site.opened_on,
        )
        for site in (await session.exec(sites.with_for_update() if lock else sites)).all()
    ]
