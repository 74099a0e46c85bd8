"""Volunteers in the figures: assignments and hours by events alone, mentorships without small counts."""

import random
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from shared.contracts.volunteers import (
    AssignmentAccepted,
    AssignmentCancelled,
    AssignmentCompleted,
    AssignmentDeclined,
    AssignmentOffered,
    MentorshipEnded,
    MentorshipStarted,
    TrainingAttended,
    VolunteerChanged,
    VolunteerLeft,
    VolunteerRegistered,
)
from shared.contracts.words import (
    AssignmentCancelReason,
    AssignmentDeclineReason,
    GatheringKind,
    MentorshipEnd,
    VolunteerKind,
)
from shared.days import BERLIN
from shared.ids import uuid7
from shared.messaging import Received
from shared.web.tokens import Role
from tests.component.reporting.app import Reporting
from tests.component.reporting.tables import projections
from tests.component.reporting.test_api import API, PILOT, rows
from tests.component.reporting.test_pages import page, text_of
from tests.component.reporting.test_projections import empty
from tests.unit.reporting.stories import SITE, START, received

NEIGHBOUR = "hoerde-hombruch"


def assignment(
    *ways: str, minutes: int = 90, on: date = START, site: str = SITE, language: str | None = "ar", **said: Any
) -> list[Received[Any]]:
    """Somebody is asked, and what became of it: accepted, declined, cancelled, completed, corrected (to 30 minutes)."""
    at = datetime(on.year, on.month, on.day, 23, 30, tzinfo=BERLIN)
    told: dict[str, Any] = {
        "assignment_id": uuid7(),
        "request_id": uuid7(),
        "volunteer_id": uuid7(),
        "kind": VolunteerKind.INTERPRETER,
        "site": site,
        "language": language,
        "at": at,
        "until": at + timedelta(hours=1),
        "on": on - timedelta(days=3),
        **said,
    }
    makes: dict[str, Callable[[], Any]] = {
        "accepted": lambda: AssignmentAccepted(**told, minutes_to_match=5),
        "declined": lambda: AssignmentDeclined(**told, reason=AssignmentDeclineReason.NO),
        "cancelled": lambda: AssignmentCancelled(**told, reason=AssignmentCancelReason.VOLUNTEER),
        "completed": lambda: AssignmentCompleted(**told, minutes=minutes),
        "corrected": lambda: AssignmentCompleted(**told, minutes=30),
    }
    events = [AssignmentOffered(**told), *(makes[way]() for way in ways)]
    return [received(event, 1 + place, site="city") for place, event in enumerate(events)]


def mentorship(ended_on: date | None = None, site: str = SITE) -> list[Received[Any]]:
    """A mentorship from the first day on."""
    told: dict[str, Any] = {
        "mentorship_id": uuid7(),
        "volunteer_id": uuid7(),
        "household_id": uuid7(),
        "site": site,
    }
    events: list[Any] = [MentorshipStarted(**told, on=START)]
    if ended_on is not None:
        events.append(MentorshipEnded(**told, on=ended_on, reason=MentorshipEnd.SETTLED, minutes=600))
    return [received(event, 1 + place, site="city") for place, event in enumerate(events)]


def volunteer(left_on: date | None = None) -> list[Received[Any]]:
    """Somebody registers, changes what they offer, and perhaps leaves."""
    told: dict[str, Any] = {"volunteer_id": uuid7(), "kinds": [VolunteerKind.INTERPRETER]}
    events: list[Any] = [
        VolunteerRegistered(**told, on=START),
        VolunteerChanged(**told, on=START + timedelta(days=9)),
    ]
    if left_on is not None:
        events.append(VolunteerLeft(**told, on=left_on, erased=False))
    return [received(event, 1 + place, site="city") for place, event in enumerate(events)]


def training(*minutes: int) -> list[Received[Any]]:
    """Somebody's part in a training, as it is told one after the other."""
    told: dict[str, Any] = {
        "volunteer_id": uuid7(),
        "gathering_id": uuid7(),
        "kind": GatheringKind.TRAINING,
        "on": START,
    }
    return [received(TrainingAttended(**told, minutes=m), 1 + n, site="city") for n, m in enumerate(minutes)]


async def figures(client: Any, **query: str) -> dict[str, int | None]:
    """The figures of volunteers."""
    found = {row["key"]: row["count"] for row in await rows(client, "figures", **PILOT, **query)}
    names = ("assignments", "assignment_hours", "volunteers_helping", "volunteers_registered", "trainings_attended")
    return {name: found[name] for name in (*names, "mentorships_running")}


async def helped(client: Any, by: str, **query: str) -> dict[str | None, tuple[int, int]]:
    """Assignments and minutes by key."""
    found = await rows(client, "assignments", **PILOT, by=by, **query)
    return {row["key"]: (row["count"], row["minutes"]) for row in found}


async def test_hours_of_assignments(reporting: Reporting) -> None:
    """Counted by Dortmund's day for which they were made, by kind, language, site and month; corrected ones anew."""
    twice = uuid7()
    await reporting.take(
        [
            *assignment("accepted", "completed", volunteer_id=twice),
            *assignment("accepted", "completed", "corrected", volunteer_id=twice, language="fa"),
            *assignment("accepted", "completed", kind=VolunteerKind.TEACHER, language=None, on=date(2016, 12, 31)),
            *assignment("accepted", "completed", site=NEIGHBOUR),
            *assignment("accepted", "completed", on=date(2018, 1, 1)),
            *assignment("accepted", "cancelled"),
            *assignment("declined"),
            *assignment(),
            *assignment("accepted", "completed", kind=VolunteerKind.MENTOR, at=None, until=None, minutes=0, on=START),
        ]
    )
    team = reporting.as_team(SITE)
    assert await helped(team, "kind") == {"interpreter": (2, 120), "teacher": (1, 90)}
    assert await helped(team, "language") == {"ar": (1, 90), "fa": (1, 30), None: (1, 90)}
    assert await helped(team, "month") == {f"{START:%Y-%m}": (2, 120), "2016-12": (1, 90)}
    assert await helped(team, "quarter") == {"2016-Q4": (3, 210)}
    states = {state: count for state, (count, _) in (await helped(team, "state")).items()}
    assert states == {"completed": 3, "cancelled": 1, "declined": 1, "offered": 1}
    coordinator = await reporting.as_role(Role.COORDINATOR)
    assert await helped(coordinator, "site") == {SITE: (3, 210), NEIGHBOUR: (1, 90)}
    assert (await figures(team))["assignments"] == 3
    assert (await figures(team))["assignment_hours"] == 4
    assert (await figures(team))["volunteers_helping"] == 2
    assert (await figures(coordinator))["assignment_hours"] == 5
    csv = await team.get(f"{API}/assignments", params={**PILOT, "by": "kind"}, headers={"accept": "text/csv"})
    assert "interpreter,2,120" in csv.text.replace(";", ",")


async def test_mentorships_are_about_households(reporting: Reporting) -> None:
    """Running ones on the last day; from 1 to 4 they stay in the team."""
    await reporting.take(
        [
            *(event for _ in range(3) for event in mentorship()),
            *mentorship(ended_on=START + timedelta(days=10)),
            *(event for _ in range(7) for event in mentorship(site=NEIGHBOUR)),
        ]
    )
    assert (await figures(reporting.as_team(SITE)))["mentorships_running"] == 3
    coordinator = await reporting.as_role(Role.COORDINATOR)
    assert (await figures(coordinator, site=SITE))["mentorships_running"] is None


async def test_the_register_and_trainings(reporting: Reporting) -> None:
    """Who has left is not counted any more; a part in a training that was entered by mistake never was."""
    events = [
        *volunteer(),
        *volunteer(),
        *volunteer(left_on=START + timedelta(days=20)),
        *training(120),
        *training(120, 0),
        *training(120, 0, 90),
    ]
    await reporting.take(events)
    found = await figures(reporting.as_team(SITE))
    assert (found["volunteers_registered"], found["trainings_attended"]) == (2, 2)


@pytest.mark.parametrize("seed", range(3))
async def test_any_order(reporting: Reporting, seed: int) -> None:
    """Mixed, doubled and in groups of any size, the same events give the same rows."""
    events = [
        *assignment("accepted", "completed", "corrected"),
        *assignment("accepted", "cancelled"),
        *mentorship(),
        *mentorship(ended_on=START + timedelta(days=10)),
        *volunteer(left_on=START + timedelta(days=20)),
        *volunteer(),
        *training(120, 0),
        *training(0, 60),
    ]
    await reporting.take(events)
    expected = await projections(reporting.database)
    mixed = [*events, *random.Random(seed).sample(events, 6)]
    random.Random(seed).shuffle(mixed)
    await empty(reporting.database)
    while mixed:
        group, mixed = mixed[: 1 + seed * 2], mixed[1 + seed * 2 :]
        await reporting.take(group)
    assert await projections(reporting.database) == expected


async def test_on_the_page(reporting: Reporting) -> None:
    """The page says who helped how long, and how that was counted; without anybody, one sentence says so."""
    team = reporting.as_team(SITE)
    assert (await page(team, **PILOT)).count('id="helped-') == 1
    await reporting.take([*assignment("accepted", "completed"), *assignment("declined")])
    shown = text_of(await page(team, **PILOT))
    assert "Einsätze Ehrenamtlicher nach Art der Hilfe" in shown
    assert "Dolmetschen 1 2" in shown
    assert "Arabisch 1 2" in shown
    assert "abgesagt 1 erledigt 1" in shown or "erledigt 1 abgesagt 1" in shown
    assert "auf ganze gerundet" in shown
