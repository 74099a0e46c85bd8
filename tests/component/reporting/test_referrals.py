"""Referrals in the figures: what became of them, by events alone, and what is withheld from whom."""

from typing import Any

from shared.contracts.words import OfferKind
from shared.messaging import Received
from shared.web.tokens import Role
from tests.component.reporting.app import Reporting
from tests.component.reporting.test_api import API, PILOT, rows
from tests.component.reporting.test_pages import page, text_of
from tests.component.reporting.test_projections import referral_events
from tests.unit.reporting.stories import SITE, START

NEIGHBOUR = "hoerde-hombruch"


def several(times: int, *ways: str, **said: Any) -> list[Received[Any]]:
    """Several referrals that go the same way."""
    return [event for _ in range(times) for event in referral_events(*ways, **said)]


async def counts(client: Any, by: str, **query: str) -> dict[str, int | None]:
    """The counts that are shown and are not zero."""
    found = await rows(client, "referrals", **PILOT, by=by, **query)
    assert all(row["suppressed"] == (row["count"] is None) for row in found)
    return {row["key"]: row["count"] for row in found if row["count"] != 0}


async def test_by_everything(reporting: Reporting) -> None:
    """A team counts its referrals by kind, partner, state, reason, site and days to the answer."""
    await reporting.take(
        [
            *several(2, "accepted", "started", "completed", days=2),
            *several(1, "accepted", days=9, kind=OfferKind.SPORT, partner="planerladen"),
            *several(3, "declined", days=15),
            *several(1, "cancelled"),
            *several(1),
            *several(1, asked_on=START.replace(year=2017)),  # in another half year
            *several(4, "accepted", site=NEIGHBOUR),
        ]
    )
    team = reporting.as_team(SITE)
    assert await counts(team, "kind") == {"german_course": 7, "sport": 1}
    assert await counts(team, "partner") == {"projekt-ankommen": 7, "planerladen": 1}
    states = {"requested": 1, "accepted": 1, "completed": 2, "declined": 3, "cancelled": 1}
    assert await counts(team, "state") == states
    assert await counts(team, "reason") == {"no_capacity": 3, "moved_away": 1}
    assert await counts(team, "days") == {"0-3": 2, "8-14": 1, "15+": 3, "open": 2}
    assert await counts(team, "site") == {SITE: 8}
    other_site = await team.get(f"{API}/referrals", params={**PILOT, "site": NEIGHBOUR})
    assert other_site.status_code == 403


async def test_small_counts_for_the_coordination(reporting: Reporting) -> None:
    """The coordination sees no count from 1 to 4, nor two tables from which one follows; the team sees all."""
    await reporting.take(
        [
            *several(20, "accepted", "started", "completed"),
            *several(8, "accepted"),
            *several(3, "declined", partner="planerladen"),
        ]
    )
    coordinator = await reporting.as_role(Role.COORDINATOR)
    assert await counts(coordinator, "state") == {"completed": 20, "accepted": None, "declined": None}
    assert await counts(coordinator, "partner") == {"planerladen": None, "projekt-ankommen": None}
    assert (await counts(coordinator, "reason"))["no_capacity"] is None
    assert await counts(coordinator, "site") == {SITE: 31}
    assert await counts(coordinator, "state", site=SITE) == await counts(coordinator, "state")
    assert await counts(reporting.as_team(SITE), "reason") == {"no_capacity": 3}


async def test_nobody_else(reporting: Reporting) -> None:
    """Partners and guests do not read the figures."""
    for role in (Role.PARTNER, Role.AUTHORITY, Role.GUEST):
        answer = await (await reporting.as_role(role)).get(f"{API}/referrals", params=PILOT)
        assert answer.status_code == 403


async def test_on_the_page(reporting: Reporting) -> None:
    """The page says in plain words what became of the referrals; without any, one sentence says so."""
    team = reporting.as_team(SITE)
    empty = await page(team, **PILOT)
    assert empty.count('id="referrals-') == 1
    await reporting.take([*several(6, "accepted", days=2), *several(1, "declined", days=20)])
    shown = text_of(await page(team, **PILOT))
    assert "Vermittlungen nach Art des Angebots" in shown
    assert "Deutschkurs 7" in shown
    assert "Projekt Ankommen 7" in shown
    assert "bis 3 Tage 6 mehr als 14 Tage 1" in shown
