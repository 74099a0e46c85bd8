"""The calls of reporting: what they count, and what they withhold from whom."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest

from shared.contracts.intake import (
    ContactCorrected,
    ContactRecorded,
    FirstVisitCompleted,
    FirstVisitOwed,
    FirstVisitWaived,
    HouseholdRegistered,
)
from shared.contracts.words import Channel, District, LegalCircle, TargetGroup, Tenancy, Topic, VisitOutcome
from shared.ids import uuid7
from shared.messaging import Received
from shared.web.tokens import Role
from tests.component.reporting.app import Reporting
from tests.unit.reporting.stories import SITE, received

API = "/reporting/api/v1"


def contact(at: datetime, site: str = SITE, **said: Any) -> Received[Any]:
    told = {"target_group": TargetGroup.REFUGEE, "channel": Channel.OFFICE_HOURS, **said}
    return received(ContactRecorded(contact_id=uuid7(), at=at, **told), 1, site=site)


def household(
    persons: int,
    circle: LegalCircle = LegalCircle.ASYLBLG,
    district: District = District.BRACKEL,
    *,
    on: date = date(2016, 10, 10),
    site: str = SITE,
    visit: str = "",
) -> list[Received[Any]]:
    """A household that is registered and owed a visit, which was made, waived, or is open."""
    household_id, visit_id = uuid7(), uuid7()
    said: dict[str, Any] = {"household_id": household_id, "visit_id": visit_id, "district": district}
    due_on = on + timedelta(days=14)
    events = [
        received(
            HouseholdRegistered(
                household_id=household_id,
                on=on,
                persons=persons,
                minors=0,
                languages=("ar",),
                legal_circles={circle: persons},
                tenancy=Tenancy.PRIVATE,
                district=district,
                charge=1,
            ),
            1,
            site=site,
        ),
        received(FirstVisitOwed(**said, on=on, due_on=due_on), 2, site=site),
    ]
    later = on + timedelta(days=7)
    if visit == "done":
        done = FirstVisitCompleted(**said, on=later, due_on=due_on, outcome=VisitOutcome.DONE)
        events.append(received(done, 3, site=site))
    if visit == "waived":
        waived = FirstVisitWaived(**said, on=later, due_on=due_on, outcome=VisitOutcome.MET_ELSEWHERE)
        events.append(received(waived, 3, site=site))
    return events


async def rows(client: httpx.AsyncClient, path: str, **query: Any) -> list[dict[str, Any]]:
    answer = await client.get(f"{API}/{path}", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()["rows"]  # type: ignore[no-any-return]


PILOT = {"from": "2016-10-01", "to": "2017-03-31"}


async def test_contacts_by_everything(reporting: Reporting) -> None:
    """Contacts are counted by each characteristic, in Dortmund's days and hours, and void ones not at all."""
    thursday = datetime(2016, 11, 3, 13, 30, tzinfo=UTC)
    mistaken = contact(thursday)
    await reporting.take(
        [
            contact(thursday, topic=Topic.HOUSING, language="ar"),
            contact(thursday, target_group=TargetGroup.PARTNER, partner="projekt-ankommen", channel=Channel.PHONE),
            contact(datetime(2016, 9, 30, 22, 30, tzinfo=UTC)),  # the first of October, half past midnight, in Dortmund
            contact(datetime(2017, 3, 31, 22, 30, tzinfo=UTC)),  # the first of April already
            mistaken,
            received(ContactCorrected(**{**mistaken.data.__dict__, "void": True}), 2),
        ]
    )
    team = reporting.as_team(SITE)
    expected: dict[str, list[tuple[str | None, int]]] = {
        "target_group": [("partner", 1), ("refugee", 2)],
        "topic": [("housing", 1), (None, 2)],
        "month": [("2016-10", 1), ("2016-11", 2)],
        "site": [(SITE, 3)],
        "weekday_hour": [("thu-14", 2), ("sat-00", 1)],
        "language": [("ar", 1), (None, 2)],
        "channel": [("office_hours", 2), ("phone", 1)],
        "partner": [("projekt-ankommen", 1), (None, 2)],
    }
    for by, counts in expected.items():
        found = await rows(team, "contacts", **PILOT, by=by)
        assert [(row["key"], row["count"]) for row in found] == counts, by
    assert await rows(team, "contacts", **PILOT) == await rows(team, "contacts", **PILOT, by="target_group")


async def test_own_site_only(reporting: Reporting) -> None:
    """A team sees its own site's figures; the coordination sees all sites, or the one that it asks for."""
    at = datetime(2016, 11, 3, 13, tzinfo=UTC)
    await reporting.take([contact(at), contact(at, site="hoerde-hombruch"), contact(at, site="hoerde-hombruch")])
    team, coordinator = reporting.as_team(SITE), await reporting.as_role(Role.COORDINATOR)
    by_site = {"by": "site", **PILOT}
    assert await rows(team, "contacts", **by_site) == [{"key": SITE, "count": 1}]
    assert len(await rows(coordinator, "contacts", **by_site)) == 2
    one = await rows(coordinator, "contacts", **by_site, site="hoerde-hombruch")
    assert one == [{"key": "hoerde-hombruch", "count": 2}]
    assert (await team.get(f"{API}/contacts", params={**by_site, "site": "hoerde-hombruch"})).status_code == 403


@pytest.mark.parametrize("role", [role for role in Role if role not in (Role.TEAM, Role.COORDINATOR)])
async def test_nobody_else(reporting: Reporting, role: Role) -> None:
    """No other role reads the figures here."""
    client = await reporting.as_role(role)
    for path in ("contacts", "figures", "legal-circles?on=2017-03-31"):
        assert (await client.get(f"{API}/{path}", params=None if "?" in path else PILOT)).status_code == 403
    assert (await reporting.client().get(f"{API}/contacts", params=PILOT)).status_code == 401


async def test_legal_circles(reporting: Reporting) -> None:
    """Persons per legal circle and district are true for the team, and small counts are null for the coordination."""
    await reporting.take(
        [
            *household(9),
            *household(3, LegalCircle.SGB2),
            *household(8, LegalCircle.SGB2, District.APLERBECK),
            *household(7, LegalCircle.ASYLBLG, District.APLERBECK),
        ]
    )

    def cells(found: list[dict[str, Any]]) -> dict[tuple[str, str], tuple[int | None, bool]]:
        return {(r["district"], r["legal_circle"]): (r["count"], r["suppressed"]) for r in found if r["count"] != 0}

    on = {"on": "2017-03-31", "by": "district"}
    assert cells(await rows(reporting.as_team(SITE), "legal-circles", **on)) == {
        ("brackel", "asylblg"): (9, False),
        ("brackel", "sgb2"): (3, False),
        ("aplerbeck", "sgb2"): (8, False),
        ("aplerbeck", "asylblg"): (7, False),
    }
    for query in (on, {**on, "site": SITE}):
        shown = cells(await rows(await reporting.as_role(Role.COORDINATOR), "legal-circles", **query))
        assert shown == dict.fromkeys(shown, (None, True))
    before = await rows(reporting.as_team(SITE), "legal-circles", on="2016-10-09")
    assert cells(before) == {}


async def test_figures(reporting: Reporting) -> None:
    """Households, persons, visits, office hours and partners of a period add up as the report counts them."""
    visitor, at = uuid7(), datetime(2016, 11, 3, 13, tzinfo=UTC)
    await reporting.take(
        [
            *household(4, visit="done"),
            *household(2, visit="waived"),
            *household(5, on=date(2017, 3, 10)),
            *household(1, on=date(2017, 3, 25)),
            contact(at, counterpart_id=visitor),
            contact(at, counterpart_id=visitor),
            contact(at, counterpart_id=uuid7(), target_group=TargetGroup.HOST_SOCIETY),
            contact(at, target_group=TargetGroup.PARTNER, partner="projekt-ankommen", channel=Channel.EMAIL),
        ]
    )
    found = {row["key"]: row["count"] for row in await rows(reporting.as_team(SITE), "figures", **PILOT)}
    assert found == {
        "contacts": 4,
        "office_hour_uses": 3,
        "office_hour_people": 2,
        "host_society_people": 1,
        "partners_contacted": 1,
        "households_registered": 4,
        "persons_registered": 12,
        "households_reached": 2,
        "first_visits_done": 1,
        "households_met_elsewhere": 1,
        "first_visits_refused": 0,
        "first_visits_open": 2,
        "first_visits_overdue": 1,
        "persons": 12,
        **dict.fromkeys(
            ("assignments", "assignment_hours", "volunteers_helping", "volunteers_registered", "trainings_attended"), 0
        ),
        "mentorships_running": 0,
    }


async def test_figures_for_the_coordination(reporting: Reporting) -> None:
    """The coordination sees no figure of 1 to 4 households, nor two whose difference is one."""
    events = [event for _ in range(9) for event in household(3, visit="waived")]
    await reporting.take([*events, *household(6), *household(4, visit="done")])
    shown = {row["key"]: row for row in await rows(await reporting.as_role(Role.COORDINATOR), "figures", **PILOT)}
    assert shown["first_visits_done"] == {"key": "first_visits_done", "count": None, "suppressed": True}
    # 10 of 11 registered households were reached: the difference is the one that was not.
    assert shown["households_registered"]["count"] is None
    # 9 of 10 reached ones were met elsewhere: the difference is the one that was visited.
    assert {shown["households_reached"]["count"], shown["households_met_elsewhere"]["count"]} != {10, 9}
    assert shown["persons"]["count"] == shown["persons_registered"]["count"] == 37


async def test_csv(reporting: Reporting) -> None:
    """The same rows as CSV for who accepts that."""
    await reporting.take([contact(datetime(2016, 11, 3, 13, tzinfo=UTC))])
    answer = await reporting.as_team(SITE).get(f"{API}/contacts", params=PILOT, headers={"accept": "text/csv"})
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.text == "key,count\r\nrefugee,1\r\n"


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("contacts", {"from": "2017-03-31", "to": "2016-10-01"}),
        ("contacts", {"from": "gestern", "to": "2016-10-01"}),
        ("contacts", {"to": "2016-10-01"}),
        ("contacts", {**PILOT, "by": "name"}),
        ("contacts", {**PILOT, "per": "month"}),
        ("contacts", {**PILOT, "site": "Brackel & Aplerbeck"}),
        ("legal-circles", {"on": "2017-02-30"}),
        ("legal-circles", {"on": "2017-02-28", "by": "street"}),
    ],
)
async def test_wrong_questions(reporting: Reporting, path: str, query: dict[str, str]) -> None:
    """A wrong parameter gets 422 with its name and why."""
    answer = await reporting.as_team(SITE).get(f"{API}/{path}", params=query)
    assert answer.status_code == 422
    assert answer.json()["errors"]
