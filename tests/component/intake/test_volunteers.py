"""Volunteers who come to a family: a line each in the file, and what they see, by consent and as long as it lasts."""

import re
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from services.intake.consumers import consumers
from shared.contracts.base import Event
from shared.contracts.volunteers import (
    AssignmentAccepted,
    AssignmentCancelled,
    AssignmentCompleted,
    MentorshipEnded,
    MentorshipStarted,
)
from shared.days import day_of
from shared.ids import uuid7
from shared.messaging import Received
from shared.web.identity import Role
from tests.component.intake.conftest import Intake
from tests.component.intake.samples import API, SITE, days_ago, register
from tests.component.intake.test_interpreters import ahead

MORE: dict[type[Event], dict[str, Any]] = {
    AssignmentAccepted: {"minutes_to_match": 60},
    AssignmentCancelled: {"reason": "volunteer"},
    AssignmentCompleted: {"minutes": 90},
    MentorshipStarted: {},
    MentorshipEnded: {"reason": "settled", "minutes": 600},
}
IN_FULL = ["name", "languages", "phone", "address", "needed"]
WITHOUT_ADDRESS = ["name", "languages", "phone", "needed"]


async def test_consent_in_advance_opens_the_visit_to_whoever_comes(api: httpx.AsyncClient, intake: Intake) -> None:
    """A consent for exactly this volunteer, of the day of the wish, and a release until the day after the visit."""
    household, request = await _visit_wanted(api, intake, consent_in_advance=True)
    assignment, volunteer = uuid7(), uuid4()
    told = _assignment(AssignmentAccepted, household, assignment, volunteer, 2, request_id=request)
    await _hear(intake, told, told)
    [consent] = await intake.events("consent-given")
    assert consent["data"]["recipient"] == {"kind": "volunteer", "id": str(volunteer)}
    assert (consent["data"]["purpose"], consent["data"]["on"]) == ("interpreting", days_ago(0))
    [issued] = await intake.events("grant-issued")
    assert issued["data"]["assignment_id"] == str(assignment)
    assert issued["data"]["consent_id"] == consent["data"]["consent_id"]
    assert issued["data"]["ends_on"] == _day_after(told.data.until)
    assert await _releases(intake) == [(None, IN_FULL)]
    async with intake.recipient(str(volunteer), Role.VOLUNTEER) as interpreter:
        seen = await interpreter.get(f"{API}/shared/{issued['data']['grant_id']}")
        assert seen.json()["phone"] == "0231 555010"
        assert seen.json()["needed"].startswith("Dolmetschen am ")
    assert await _lines(intake) == ["assignment_accepted"]


async def test_without_consent_the_file_says_so_until_it_is_given(
    api: httpx.AsyncClient, browser: httpx.AsyncClient, intake: Intake
) -> None:
    """One line and a hint that leads to the consent; once it is given, the release is issued by itself."""
    household, request = await _visit_wanted(api, intake)
    assignment, volunteer = uuid7(), uuid4()
    told = _assignment(AssignmentAccepted, household, assignment, volunteer, 1, request_id=request)
    await _hear(intake, told, told)
    assert await _lines(intake) == ["assignment_accepted", "assignment_no_consent"]
    assert "Einwilligung der Familie einholen: Dolmetschen am " in (await browser.get("/intake/tasks")).text
    assert await _releases(intake) == []
    page = (await browser.get(f"/intake/households/{household}")).text
    assert "fehlt die Einwilligung der Familie" in page
    assert "Ehrenamtlicher Einsatz zugesagt</strong>: Dolmetschen am " in " ".join(page.split())
    [link] = re.findall(rf"/intake/households/{household}/consent\?volunteer=[^\"]+", page)
    form = (await browser.get(link.replace("&amp;", "&"))).text
    assert f'value="{volunteer}" selected' in form
    answer = await browser.post(
        f"/intake/households/{household}/consent",
        data={"kind": "volunteer", "volunteer": str(volunteer), "purpose": "interpreting"},
    )
    assert answer.status_code == 303, answer.text
    assert await _releases(intake) == [(None, IN_FULL)]
    assert await intake.rows("select done_by from follow_up") == [("amal",)]
    assert f"consent?volunteer={volunteer}" not in (await browser.get(f"/intake/households/{household}")).text


async def test_in_any_order_the_same_lines_and_the_same_end(api: httpx.AsyncClient, intake: Intake) -> None:
    """The newest word counts: after the end nothing is opened, and what was opened is closed."""
    household, request = await _visit_wanted(api, intake, consent_in_advance=True)
    steps: tuple[tuple[int, type[Event]], ...] = ((1, AssignmentAccepted), (2, AssignmentCompleted))
    for order in permutations(steps):
        assignment, volunteer = uuid7(), uuid4()
        for number, event in order:
            told = _assignment(event, household, assignment, volunteer, number, request_id=request)
            await _hear(intake, told)
        ended = await intake.rows("select ended_on is not null from assignment where id = :id", id=assignment)
        assert ended == [(True,)]
    assert sorted(await _lines(intake)) == ["assignment_accepted"] * 2 + ["assignment_completed"] * 2
    assert await _releases(intake) == [("completed", IN_FULL)]


async def test_who_cancels_sees_nothing_and_the_next_one_does(api: httpx.AsyncClient, intake: Intake) -> None:
    """What the family has allowed in advance holds for whoever comes."""
    household, request = await _visit_wanted(api, intake, consent_in_advance=True)
    first, second = uuid7(), uuid7()
    one, other = uuid4(), uuid4()
    await _hear(
        intake,
        _assignment(AssignmentAccepted, household, first, one, 1, request_id=request),
        _assignment(AssignmentCancelled, household, first, one, 2, request_id=request),
        _assignment(AssignmentAccepted, household, second, other, 1, request_id=request),
    )
    assert await _releases(intake) == [("revoked", IN_FULL), (None, IN_FULL)]


async def test_who_does_not_come_needs_no_consent(api: httpx.AsyncClient, intake: Intake) -> None:
    """The task that reminds of it is done with the assignment."""
    household, request = await _visit_wanted(api, intake)
    assignment, volunteer = uuid7(), uuid4()
    await _hear(
        intake,
        _assignment(AssignmentAccepted, household, assignment, volunteer, 1, request_id=request),
        _assignment(AssignmentCancelled, household, assignment, volunteer, 2, request_id=request),
    )
    assert await intake.rows("select done_by from follow_up") == [("Ehrenamt",)]


async def test_a_wish_that_is_taken_back_closes_what_was_opened(api: httpx.AsyncClient, intake: Intake) -> None:
    """At once, without waiting for the volunteers to hear of it."""
    household, request = await _visit_wanted(api, intake, consent_in_advance=True)
    await _hear(intake, _assignment(AssignmentAccepted, household, uuid7(), uuid4(), 1, request_id=request))
    [visit] = [event["data"]["visit_id"] for event in await intake.events("first-visit-scheduled")]
    await api.post(f"{API}/first-visits/{visit}/refuse")
    assert await _releases(intake) == [("revoked", IN_FULL)]


async def test_what_was_withdrawn_is_not_recorded_again(api: httpx.AsyncClient, intake: Intake) -> None:
    """The family takes its consent back: what it had allowed in advance does not stand any more either."""
    household, request = await _visit_wanted(api, intake, consent_in_advance=True)
    assignment, volunteer = uuid7(), uuid4()
    await _hear(intake, _assignment(AssignmentAccepted, household, assignment, volunteer, 1, request_id=request))
    [consent] = await intake.events("consent-given")
    taken_back = f"{API}/households/{household}/consents/{consent['data']['consent_id']}/withdraw"
    assert (await api.post(taken_back)).status_code == 200
    await _hear(
        intake,
        _assignment(AssignmentCancelled, household, assignment, volunteer, 2, request_id=request),
        _assignment(AssignmentAccepted, household, assignment, volunteer, 3, request_id=request),
    )
    assert len(await intake.events("consent-given")) == 1
    assert await _releases(intake) == [("consent_withdrawn", IN_FULL)]


async def test_a_protected_address_is_never_opened(api: httpx.AsyncClient, intake: Intake) -> None:
    """Name, languages and phone alone."""
    household, request = await _visit_wanted(api, intake, {"protected": True}, consent_in_advance=True)
    await _hear(intake, _assignment(AssignmentAccepted, household, uuid7(), uuid4(), 1, request_id=request))
    assert await _releases(intake) == [(None, WITHOUT_ADDRESS)]


@pytest.mark.parametrize(
    ("kind", "purpose", "fields"),
    [
        ("moving_helper", "accompaniment", IN_FULL),
        ("companion", "accompaniment", IN_FULL),
        ("teacher", "accompaniment", WITHOUT_ADDRESS),
        ("interpreter", "interpreting", WITHOUT_ADDRESS),
    ],
)
async def test_a_consent_that_is_there_is_used(
    api: httpx.AsyncClient, intake: Intake, kind: str, purpose: str, fields: list[str]
) -> None:
    """For this volunteer and purpose; the address goes to who comes to the home."""
    household, volunteer = await _family(api), uuid4()
    consent = {"recipient": {"kind": "volunteer", "id": str(volunteer)}, "purpose": purpose}
    await api.post(f"{API}/households/{household}/consents", json=consent)
    twice = [uuid7(), uuid7()]
    for assignment in twice:
        await _hear(intake, _assignment(AssignmentAccepted, household, assignment, volunteer, 1, kind=kind))
    assert await _releases(intake) == [(None, fields)] * 2
    assert len(await intake.events("consent-given")) == 1


async def test_what_the_team_has_opened_is_not_opened_twice(api: httpx.AsyncClient, intake: Intake) -> None:
    """The team was quicker than the message; nothing is in the way of what is told afterwards."""
    household, volunteer, assignment = await _family(api), uuid4(), uuid7()
    wanted = {"recipient": {"kind": "volunteer", "id": str(volunteer)}, "purpose": "interpreting"}
    consent = (await api.post(f"{API}/households/{household}/consents", json=wanted)).json()["consent_id"]
    release = {"consent_id": consent, "assignment_id": str(assignment)}
    assert (await api.post(f"{API}/households/{household}/releases", json=release)).status_code == 201
    await _hear(intake, _assignment(AssignmentAccepted, household, assignment, volunteer, 1))
    assert await _releases(intake) == [(None, WITHOUT_ADDRESS)]


async def test_an_assignment_is_found_in_files_that_were_merged_and_parted(
    api: httpx.AsyncClient, intake: Intake
) -> None:
    """Its end is heard in the file in which it stands, whichever of the two it names."""
    kept, absorbed = await _family(api), await _family(api)
    assignment, volunteer = uuid7(), uuid4()
    wanted = {"recipient": {"kind": "volunteer", "id": str(volunteer)}, "purpose": "interpreting"}
    await api.post(f"{API}/households/{absorbed}/consents", json=wanted)
    merge = (await api.post(f"{API}/households/{kept}/merges", json={"absorbed_id": str(absorbed)})).json()
    await _hear(intake, _assignment(AssignmentAccepted, absorbed, assignment, volunteer, 1))
    assert await intake.rows("select household_id from assignment") == [(kept,)]
    parted = await api.post(f"{API}/households/{kept}/merges/{merge['merge_id']}/undo")
    assert parted.status_code == 200, parted.text
    await _hear(intake, _assignment(AssignmentCancelled, absorbed, assignment, volunteer, 2))
    assert [ended for ended, _ in await _releases(intake)] == ["revoked"]


async def test_a_mentorship_opens_until_it_ends(
    api: httpx.AsyncClient, browser: httpx.AsyncClient, intake: Intake
) -> None:
    """Who has agreed to be a mentor sees nothing before it begins; then by consent, for a year at most."""
    household, volunteer, mentorship = await _family(api), uuid4(), uuid7()
    consent = {"recipient": {"kind": "volunteer", "id": str(volunteer)}, "purpose": "mentoring"}
    await api.post(f"{API}/households/{household}/consents", json=consent)
    asked = {"kind": "mentor", "at": None, "until": None}
    await _hear(intake, _assignment(AssignmentAccepted, household, uuid7(), volunteer, 1, **asked))
    assert await _releases(intake) == []
    await _hear(intake, _mentorship(MentorshipStarted, household, mentorship, volunteer, 1))
    [issued] = await intake.events("grant-issued")
    assert (await browser.get(f"/intake/households/{household}")).text.count("<strong>Patenschaft</strong>") == 1
    assert (issued["data"]["purpose"], issued["data"]["assignment_id"]) == ("mentoring", str(mentorship))
    assert issued["data"]["ends_on"] == days_ago(-365)
    await _hear(intake, _mentorship(MentorshipEnded, household, mentorship, volunteer, 2))
    assert await _releases(intake) == [("completed", WITHOUT_ADDRESS)]
    page = " ".join((await browser.get(f"/intake/households/{household}")).text.split())
    assert "Patenschaft begonnen" in page
    assert "Patenschaft beendet</strong>, Grund: die Familie kommt allein zurecht" in page


async def test_what_is_not_this_sites_is_left_out(api: httpx.AsyncClient, intake: Intake) -> None:
    """Office hours, households that are not here, and what another site is told."""
    household = await _family(api)
    await _hear(
        intake,
        _assignment(AssignmentAccepted, None, uuid7(), uuid4(), 1),
        _assignment(AssignmentAccepted, uuid7(), uuid7(), uuid4(), 1),
        _assignment(AssignmentAccepted, household, uuid7(), uuid4(), 1, site="hoerde-hombruch"),
    )
    assert await _lines(intake) == []
    assert await intake.rows("select id from assignment") == []


async def _family(api: httpx.AsyncClient, **changes: Any) -> UUID:
    return UUID((await register(api, phone="0231 555010", **changes))["household_id"])


async def _visit_wanted(
    api: httpx.AsyncClient, intake: Intake, family: dict[str, Any] | None = None, **wish: Any
) -> tuple[UUID, UUID]:
    """A family whose announced visit needs somebody, and the id under which the volunteers were asked."""
    registered = await register(api, phone="0231 555010", moved_on=days_ago(3), **(family or {}))
    wanted = {"at": ahead(2), "language": "ar", "interpreter_wanted": True, **wish}
    answer = await api.post(f"{API}/first-visits/{registered['first_visit_id']}/schedule", json=wanted)
    assert answer.status_code == 200, answer.text
    [told] = await intake.events("interpreter-requested")
    return UUID(registered["household_id"]), UUID(told["data"]["request_id"])


def _day_after(moment: datetime) -> str:
    return (day_of(moment) + timedelta(days=1)).isoformat()


def _assignment(
    event: type[Event], household: UUID | None, assignment: UUID, volunteer: UUID, number: int, **more: Any
) -> Received[Any]:
    values = {
        "assignment_id": assignment,
        "request_id": uuid7(),
        "volunteer_id": volunteer,
        "kind": "interpreter",
        "site": SITE,
        "household_id": household,
        "language": "ar",
        "at": ahead(2),
        "until": ahead(2.1),
        "on": days_ago(0),
        **MORE[event],
        **more,
    }
    return received(event, values, assignment, number)


def _mentorship(event: type[Event], household: UUID, mentorship: UUID, volunteer: UUID, number: int) -> Received[Any]:
    values = {
        "mentorship_id": mentorship,
        "volunteer_id": volunteer,
        "household_id": household,
        "site": SITE,
        "on": days_ago(0),
        **MORE[event],
    }
    return received(event, values, mentorship, number)


def received(event: type[Event], values: dict[str, Any], subject: UUID, number: int) -> Received[Any]:
    """An event of the volunteers' service as it arrives; what is None is not said."""
    return Received(
        id=uuid7(),
        type=event.type,
        source="/sites/city/volunteers",
        subject=str(subject),
        time=datetime.now(UTC),
        site=SITE,
        district=None,
        sequence=number,
        correlation_id=None,
        causation_id=None,
        traceparent=None,
        data=event.model_validate({name: value for name, value in values.items() if value is not None}),
        body=b"",
    )


async def _hear(intake: Intake, *events: Received[Any]) -> None:
    for event in events:
        async with intake.database.transaction() as session:
            await consumers.handle(session, [event])


async def _lines(intake: Intake) -> list[str]:
    found = await intake.rows(
        "select kind from timeline where kind like 'assignment%' or kind like 'mentorship%' order by id"
    )
    return [kind for (kind,) in found]


async def _releases(intake: Intake) -> list[tuple[str | None, list[str]]]:
    found = await intake.rows("select end_reason, fields from release order by id")
    return [(end, fields) for end, fields in found]
