"""What no way into the database gets round, tried on it directly: the hard rules as constraints (domain rule 9)."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from services.volunteers.commands import assignments
from services.volunteers.domain.asking import AssignmentState
from services.volunteers.tables import Assignment, Mentorship
from shared.ids import uuid7
from tests.component.volunteers.conftest import SITE, Volunteers
from tests.component.volunteers.scene import Scene


@pytest.fixture
def scene(volunteers: Volunteers) -> Scene:
    return Scene(volunteers)


async def _force(scene: Scene, statement: str, **values: Any) -> None:
    async with scene.volunteers.transaction() as session:
        await session.execute(text(statement), values)


async def _offered(scene: Scene, volunteer: UUID, **wish: Any) -> UUID:
    """Somebody has been asked, whatever stands against it now."""
    number = await scene.wish(**wish)
    request = await scene.request(number)
    async with scene.volunteers.transaction() as session:
        assignment = Assignment(
            request_id=number,
            volunteer_id=volunteer,
            kind=request.kind,
            starts_at=request.starts_at,
            ends_at=request.ends_at,
            asked_at=datetime.now(UTC),
            asked_by="test",
            answer_by=datetime.now(UTC) + timedelta(hours=1),
        )
        session.add(assignment)
    return assignment.id


YES = "update assignment set state = 'accepted', answer_by = null where id = :id"


@pytest.mark.parametrize(
    ("helper", "wish", "why"),
    [
        (
            {"certificate_inspected_on": None, "certificate_due_on": None},
            {"minors_present": True},
            "no certificate of good conduct",
        ),
        ({"confidentiality_on": None}, {}, "no undertaking of confidentiality"),
        ({"woman": False}, {"woman_wanted": True}, "a woman is wanted"),
        ({}, {"woman_wanted": True}, "a woman is wanted"),
    ],
    ids=["certificate", "confidentiality", "no-woman", "not-known-as-woman"],
)
async def test_nobody_comes_against_a_rule(scene: Scene, helper: Any, wish: Any, why: str) -> None:
    """A yes that a rule stands against is refused by the database, whoever writes it."""
    assignment = await _offered(scene, await scene.helper(**helper), **wish)
    with pytest.raises(DBAPIError, match=why):
        await _force(scene, YES, id=assignment)


async def test_a_certificate_must_count_on_the_day(scene: Scene) -> None:
    """A certificate that ends before the day of the assignment does not count; one that ends on it does."""
    day = scene.next_week.date()
    salma = await scene.helper(certificate_due_on=day - timedelta(days=1))
    assignment = await _offered(scene, salma, minors_present=True)
    with pytest.raises(DBAPIError, match="no certificate"):
        await _force(scene, YES, id=assignment)
    await _force(scene, "update volunteer set certificate_due_on = :day", day=day)
    await _force(scene, YES, id=assignment)


async def test_a_certificate_is_not_taken_away_behind(scene: Scene) -> None:
    """Whoever has promised to be with minors keeps the certificate until somebody calls it off, in one transaction."""
    assignment = await _offered(scene, await scene.helper(), minors_present=True)
    await _force(scene, YES, id=assignment)
    away = "update volunteer set certificate_due_on = null, certificate_inspected_on = null"
    with pytest.raises(DBAPIError, match="still has assignments with minors"):
        await _force(scene, away)
    async with scene.volunteers.transaction() as session:
        await session.execute(text(away))
        called_off = "update assignment set state = 'cancelled', cancel_reason = 'not_allowed', ended_at = now()"
        await session.execute(text(called_off))


async def test_kept_apart(scene: Scene) -> None:
    """A volunteer and a household that are kept apart do not meet, in an assignment or a mentorship."""
    salma, household = await scene.helper(), await scene.family()
    assignment = await _offered(scene, salma, household_id=household)
    await _force(
        scene,
        "insert into conflict (id, volunteer_id, household_id, by_volunteer, named_on) "
        "values (:id, :salma, :household, true, current_date)",
        id=uuid7(),
        salma=salma,
        household=household,
    )
    with pytest.raises(DBAPIError, match="kept apart"):
        await _force(scene, YES, id=assignment)
    with pytest.raises(DBAPIError, match="kept apart"):
        await _mentor(scene, salma, household)


async def test_no_mentor_for_minors_without_certificate(scene: Scene) -> None:
    """A mentorship with minors does not begin without a certificate, nor go on when minors come to live there."""
    plain = await scene.helper("Ohne", certificate_inspected_on=None, certificate_due_on=None)
    household = await scene.family()
    with pytest.raises(DBAPIError, match="no certificate"):
        await _mentor(scene, plain, household, minors=True)
    await _mentor(scene, plain, household)
    with pytest.raises(DBAPIError, match="no certificate"):
        await _force(scene, "update mentorship set minors = true")


async def _mentor(scene: Scene, volunteer: UUID, household: UUID, minors: bool = False) -> None:
    async with scene.volunteers.transaction() as session:
        today = datetime.now(UTC).date()
        session.add(
            Mentorship(volunteer_id=volunteer, household_id=household, site=SITE, minors=minors, started_on=today)
        )


async def test_nobody_is_asked_twice(scene: Scene) -> None:
    """The same volunteer has one row for the same request at the same time."""
    salma = await scene.helper()
    assignment = await _offered(scene, salma)
    with pytest.raises(DBAPIError, match="uq_assignment_asked_once"):
        await _force(
            scene,
            "insert into assignment (id, request_id, volunteer_id, kind, starts_at, ends_at, state, reasons, asked_at, "
            "asked_by, answer_by, grant_sequence) select :new, request_id, volunteer_id, kind, starts_at, ends_at, "
            "state, reasons, asked_at, asked_by, answer_by, 0 from assignment where id = :id",
            new=uuid7(),
            id=assignment,
        )


async def test_one_comes(scene: Scene) -> None:
    """Two do not come to the same."""
    first = await _offered(scene, await scene.helper("Salma"))
    number = (await scene.volunteers.rows("select request_id from assignment"))[0].request_id
    omid = await scene.helper("Omid")
    async with scene.volunteers.transaction() as session:
        second = await assignments.ask(session, scene.team(), number, omid, 24)
    await _force(scene, YES, id=first)
    with pytest.raises(DBAPIError, match="uq_assignment_one_comes"):
        await _force(scene, YES, id=second.id)


async def test_yes_and_the_certificate_at_the_same_moment(scene: Scene) -> None:
    """Of a yes and the removal of the certificate in the same moment one waits for the other, and one is refused."""
    salma = await scene.helper()
    assignment = await _offered(scene, salma, minors_present=True)
    away = "update volunteer set certificate_due_on = null, certificate_inspected_on = null where id = :id"

    done = await asyncio.gather(
        _force(scene, YES, id=assignment), _force(scene, away, id=salma), return_exceptions=True
    )
    assert [isinstance(each, DBAPIError) for each in done].count(True) == 1, done
    (row,) = await scene.volunteers.rows(
        "select a.state, v.certificate_due_on from assignment a join volunteer v on v.id = a.volunteer_id"
    )
    assert (row.state == AssignmentState.ACCEPTED) == (row.certificate_due_on is not None)


async def test_who_has_left_does_not_come(scene: Scene) -> None:
    """Whoever is not at work does not come."""
    salma = await scene.helper()
    assignment = await _offered(scene, salma)
    await _force(scene, "update volunteer set state = 'left', left_on = current_date where id = :id", id=salma)
    with pytest.raises(DBAPIError, match="not at work"):
        await _force(scene, YES, id=assignment)
