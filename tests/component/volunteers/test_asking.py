"""One after the other is asked until somebody comes; nobody twice, nobody against a rule."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from services.volunteers.commands import assignments, timers
from services.volunteers.domain.asking import AssignmentState, RequestState
from services.volunteers.inputs import HowItWas
from shared.contracts.intake import FirstVisitCompleted, GrantEnded, GrantIssued
from shared.contracts.words import AssignmentDeclineReason
from shared.ids import uuid7
from shared.refusals import Conflict
from tests.component.volunteers.conftest import SITE, Volunteers
from tests.component.volunteers.scene import Scene


@pytest.fixture
def scene(volunteers: Volunteers) -> Scene:
    return Scene(volunteers)


async def test_the_first_declines_and_the_second_comes(scene: Scene) -> None:
    """A wish asks the best; after a no the next; a yes ends the search, and both are told with ids alone."""
    first, second = await scene.helper("Salma", home_district="brackel"), await scene.helper("Omid")
    number = await scene.wish()
    await scene.time_passes()
    (offered,) = await scene.asked(number)
    assert offered.volunteer_id == first
    await scene.decline(offered)
    await scene.time_passes()
    later, before = await scene.asked(number)
    assert (before.decline_reason, later.volunteer_id) == (AssignmentDeclineReason.NO, second)
    await scene.accept(later)
    assert (await scene.request(number)).state is RequestState.FILLED
    told = await scene.volunteers.told("assignment-offered", "assignment-declined", "assignment-accepted")
    assert [each["event"] for each in told] == [
        "assignment-offered",
        "assignment-declined",
        "assignment-offered",
        "assignment-accepted",
    ]
    assert told[-1]["data"]["volunteer_id"] == str(second)
    assert told[-1]["site"] == SITE


async def test_no_answer_asks_the_next(scene: Scene) -> None:
    """Whoever does not answer in time is passed over, which is not their no; nobody is asked twice."""
    await scene.helper("Salma")
    await scene.helper("Omid")
    number = await scene.wish()
    for day in (0, 2, 4):
        await scene.time_passes(datetime.now(UTC) + timedelta(days=day))
    asked = await scene.asked(number)
    assert [each.decline_reason for each in asked] == [AssignmentDeclineReason.NO_ANSWER] * 2
    assert len({each.volunteer_id for each in asked}) == 2
    async with scene.volunteers.transaction() as session:
        with pytest.raises(Conflict, match="schon gefragt"):
            await assignments.ask(session, scene.team(), number, asked[0].volunteer_id, 24)


async def test_not_at_such_times(scene: Scene) -> None:
    """„Nein, und nicht zu solchen Zeiten“ is kept: at the same time of another week they are not asked again."""
    await scene.helper("Salma")
    number = await scene.wish()
    await scene.time_passes()
    (offered,) = await scene.asked(number)
    await scene.decline(offered, not_such_times=True)
    again = await scene.wish(at=scene.next_week + timedelta(days=7))
    other_time = await scene.wish(at=scene.next_week + timedelta(days=7, hours=5))
    await scene.time_passes()
    assert await scene.asked(again) == []
    assert len(await scene.asked(other_time)) == 1


async def test_only_one_comes_and_nobody_is_at_two_places(scene: Scene) -> None:
    """Of two that are asked the first yes counts; who has said yes cannot say yes to what is at the same time."""
    salma, omid = await scene.helper("Salma"), await scene.helper("Omid")
    one = await scene.wish()
    other = await scene.wish(at=scene.next_week + timedelta(minutes=60))
    async with scene.volunteers.transaction() as session:
        first = await assignments.ask(session, scene.team(), one, salma, 24)
        second = await assignments.ask(session, scene.team(), one, omid, 24)
        at_once = await assignments.ask(session, scene.team(), other, salma, 24)
    await scene.accept(first)
    with pytest.raises(Conflict, match="erledigt"):
        await scene.accept(second)
    with pytest.raises(Conflict, match="schon zugesagt"):
        await scene.accept(at_once)
    async with scene.volunteers.transaction() as session:
        by_force = text("update assignment set state = 'accepted', answer_by = null where id = :id")
        with pytest.raises(DBAPIError, match="ex_assignment_double_booking"):
            await session.execute(by_force, {"id": at_once.id})


async def test_the_time_is_moved(scene: Scene) -> None:
    """A visit at another time is another thing: who had said yes is told, and may be asked again."""
    await scene.helper("Salma")
    number = await scene.wish()
    await scene.time_passes()
    await scene.accept((await scene.asked(number))[0])
    await scene.wish(request_id=number, at=scene.next_week + timedelta(days=1))
    await scene.time_passes()
    states = [each.state for each in await scene.asked(number)]
    assert states == [AssignmentState.OFFERED, AssignmentState.CANCELLED]
    mails = [row.kind for row in await scene.volunteers.rows("select kind from mail order by id")]
    assert mails == ["asked", "cancelled", "asked"] or mails == ["cancelled", "asked"]


async def test_a_withdrawn_wish_ends_it_whichever_comes_first(scene: Scene) -> None:
    """Withdrawn, everybody is told; a wish that arrives after its withdrawal opens nothing."""
    await scene.helper("Salma")
    number = await scene.wish()
    await scene.time_passes()
    await scene.wish(request_id=number, withdrawn=True)
    assert (await scene.request(number)).state is RequestState.WITHDRAWN
    assert (await scene.asked(number))[0].decline_reason is AssignmentDeclineReason.OVERTAKEN
    late = uuid7()
    await scene.wish(request_id=late, withdrawn=True, sequence=2)
    await scene.wish(request_id=late, sequence=1)
    assert (await scene.request(late)).state is RequestState.WITHDRAWN


async def test_a_visit_is_done(scene: Scene) -> None:
    """A first visit that was made counts the hours; the volunteer corrects them, and a hard one lets them rest."""
    salma = await scene.helper("Salma")
    household, visit = await scene.family(), uuid7()
    number = await scene.wish(household_id=household, visit_id=visit)
    await scene.time_passes()
    (assignment,) = await scene.asked(number)
    await scene.accept(assignment)
    at = scene.next_week
    done = FirstVisitCompleted(
        household_id=household,
        visit_id=visit,
        on=at.date(),
        due_on=at.date(),
        at=at,
        outcome="done",
        district="brackel",
    )
    await scene.volunteers.hear(done)
    await scene.volunteers.hear(done)
    (completed,) = await scene.volunteers.told("assignment-completed")
    assert completed["data"]["minutes"] == 90
    after = at + timedelta(hours=3)
    async with scene.volunteers.transaction() as session:
        how = HowItWas(minutes=120, rating=5, strain=4)
        await assignments.complete(session, scene.themselves(salma, after), assignment.id, how)
    corrected = (await scene.volunteers.told("assignment-completed"))[-1]
    assert corrected["data"]["minutes"] == 120
    (row,) = await scene.volunteers.rows("select resting_until, call_since from volunteer")
    assert row.resting_until == after.date() + timedelta(days=14)
    assert row.call_since is not None


async def test_the_grant_comes_and_goes(scene: Scene) -> None:
    """The release of the site is told to the volunteer; a family that takes its consent back is visited by nobody."""
    salma = await scene.helper("Salma")
    household = await scene.family()
    number = await scene.wish(household_id=household)
    await scene.time_passes()
    (assignment,) = await scene.asked(number)
    await scene.accept(assignment)
    grant = {
        "household_id": household,
        "grant_id": uuid7(),
        "recipient": {"kind": "volunteer", "id": salma},
        "purpose": "interpreting",
        "assignment_id": assignment.id,
    }
    await scene.volunteers.hear(GrantIssued(**grant, basis="consent"), sequence=5)
    (mail,) = await scene.volunteers.rows("select kind from mail where kind = 'where'")
    assert mail.kind == "where"
    await scene.volunteers.hear(GrantEnded(**grant, reason="consent_withdrawn"), sequence=6)
    await scene.volunteers.hear(GrantIssued(**grant, basis="consent"), sequence=5)
    (now,) = await scene.asked(number)
    assert (now.state, now.grant_id) == (AssignmentState.CANCELLED, None)


async def test_nobody_came(scene: Scene) -> None:
    """A time that comes without anybody is shown as unfilled, not forgotten."""
    number = await scene.wish()
    await scene.time_passes()
    await scene.time_passes(scene.next_week + timedelta(minutes=1))
    assert (await scene.request(number)).state is RequestState.UNFILLED


async def test_one_kind_that_fails_does_not_hold_up_the_others(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault in what is due of one kind is logged; what is due of the others is done all the same."""

    async def broken(*_: object) -> bool:
        raise RuntimeError

    monkeypatch.setitem(timers._PARTS, "nobody_came", broken)
    await scene.helper("Salma")
    number = await scene.wish()
    await scene.time_passes()
    assert len(await scene.asked(number)) == 1
