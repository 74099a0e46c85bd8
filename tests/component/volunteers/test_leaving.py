"""Leaving in one step, and erasure: nothing of the person is found in any column, and the figures stay."""

from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from services.volunteers.commands import assignments
from services.volunteers.commands.leaving import ERASED
from services.volunteers.domain.asking import AssignmentState, RequestState, VolunteerState
from services.volunteers.inputs import HowItWas
from services.volunteers.tables import Absence, Gathering, Invitation, Thanks, WeeklyBlock
from shared.contracts.words import GatheringKind, Weekday
from tests.component.volunteers.conftest import API, NEIGHBOUR, SITE, Volunteers
from tests.component.volunteers.scene import Scene

MARKERS = {
    "given_name": "Kennwort-Vorn",
    "family_name": "Kennwort-Nach",
    "email": "kennwort@beispiel.invalid",
    "phone": "0231 7731990",
    "organisation": "projekt-ankommen",
    "skills": "Kennwort im Können",
    "wishes": "Kennwort im Wunsch",
    "limits": "Kennwort in den Grenzen",
    "note": "Kennwort im Vermerk",
}
SHOWN = "|".join(["kennwort", "7731990"])


@pytest.fixture
def scene(volunteers: Volunteers) -> Scene:
    return Scene(volunteers)


async def _ask(scene: Scene, request_id: UUID, volunteer_id: UUID, now: datetime | None = None) -> Any:
    async with scene.volunteers.transaction() as session:
        return await assignments.ask(session, scene.team(now), request_id, volunteer_id, 2)


async def _leave(scene: Scene, volunteer_id: UUID, erase: bool, status: int = 204, **who: Any) -> None:
    async with scene.volunteers.client(**who) as api:
        answer = await api.post(f"{API}/volunteers/{volunteer_id}/leave", json={"erase": erase})
        assert answer.status_code == status, answer.text


async def _found(scene: Scene, pattern: str) -> dict[str, int]:
    """In how many rows of each table it stands, in any column; bytes as text."""
    counts = {}
    async with scene.volunteers.transaction() as session:
        columns = await session.execute(
            text(
                "select table_name, string_agg(case when data_type = 'bytea' then "
                "format('encode(%I, ''escape'')', column_name) else format('%I::text', column_name) end, ', ') "
                "from information_schema.columns where table_schema = 'public' group by table_name"
            )
        )
        for table, listed in columns.all():
            query = f'select count(*) from "{table}" where concat_ws(chr(10), {listed}) ~* :pattern'
            if number := (await session.execute(text(query), {"pattern": pattern})).scalar_one():
                counts[table] = number
    return counts


async def _full(scene: Scene) -> UUID:
    """Somebody about whom there is something in every table."""
    entered: dict[str, Any] = {**MARKERS, "kinds": ["interpreter", "mentor"], "confidentiality_on": "2026-01-02"}
    entered |= {"certificate": {"inspected_on": "2026-01-02"}}
    language = {"language": "ar", "level": "native", "dialects": "Kennwort-Dialekt"}
    async with scene.volunteers.client() as api:
        api.headers["idempotency-key"] = "the-same"
        made = await api.post(f"{API}/volunteers", json={**entered, "languages": [language]})
        assert made.status_code == 201, made.text
    number = UUID(made.json()["volunteer_id"])
    async with scene.volunteers.client() as api:
        times = [{"weekday": day, "starts": "00:00", "ends": "00:00"} for day in Weekday]
        assert (await api.put(f"{API}/volunteers/{number}/times", json={"available": times})).status_code == 200
    at = datetime.now(UTC) + timedelta(days=1)
    async with scene.volunteers.transaction() as session:
        gathering = Gathering(
            kind=GatheringKind.TRAINING, site=SITE, title="Schulung", place="Rathaus", starts_at=at,
            ends_at=at + timedelta(hours=2), created_by="amal",
        )  # fmt: skip
        session.add(gathering)
        await session.flush()
        session.add(Invitation(gathering_id=gathering.id, volunteer_id=number, invited_at=at))
        session.add(Thanks(volunteer_id=number, on_day=at, from_on=at, until_on=at, words="Danke, Kennwort-Vorn"))
        session.add(Absence(volunteer_id=number, from_on=at, until_on=at))
        session.add(WeeklyBlock(volunteer_id=number, weekday=Weekday.MON, starts=time(9), ends=time(10)))
    household = await scene.family()
    async with scene.volunteers.client() as api:
        named = await api.post(f"{API}/volunteers/{number}/conflicts", json={"household_id": str(household)})
        assert named.status_code == 201
    return number


async def test_what_they_had_promised(scene: Scene) -> None:
    """Offers end, what was promised is called off and others are asked, a mentorship ends, no link works any more."""
    salma = await scene.helper("Salma", calendar_hash="abc", paused_until=None)
    accepted, offered = await scene.wish(), await scene.wish(at=scene.next_week + timedelta(days=1))
    foreign = await scene.wish(at=scene.next_week + timedelta(days=2), site=NEIGHBOUR, district="hoerde")
    household = await scene.family(minors=1)
    async with scene.volunteers.client() as api:
        wanted = {"kind": "mentor", "household_id": str(household), "asks_by_itself": False}
        mentor = (await api.post(f"{API}/requests", json=wanted)).json()["request_id"]
        asked = (await api.post(f"{API}/requests/{mentor}/assignments", json={"volunteer_id": str(salma)})).json()
        assert (await api.post(f"{API}/assignments/{asked['assignment_id']}/accept")).status_code == 200
    await scene.accept(await _ask(scene, accepted, salma))
    await _ask(scene, offered, salma)
    async with scene.volunteers.transaction() as session:
        there = await assignments.ask(session, scene.team(site=NEIGHBOUR), foreign, salma, 2)
    await scene.accept(there)
    omid = await scene.helper("Omid")
    await _leave(scene, salma, erase=False)
    states = [(await scene.asked(number))[0].state for number in (accepted, offered, foreign)]
    assert states == [AssignmentState.CANCELLED, AssignmentState.DECLINED, AssignmentState.CANCELLED]
    assert [(row.end_reason,) for row in await scene.volunteers.rows("select end_reason from mentorship")] == [
        ("volunteer",)
    ]
    assert (await scene.request(mentor)).state is RequestState.DONE
    await scene.time_passes()
    assert {(await scene.asked(number))[0].volunteer_id for number in (accepted, offered, foreign)} == {omid}
    (row,) = await scene.volunteers.rows("select state, left_on, calendar_hash from volunteer where id = :id", id=salma)
    assert (row.state, row.left_on is not None, row.calendar_hash) == ("left", True, None)
    waiting = "select 1 from mail where about ->> 'volunteer_id' = :id and state = 'waiting'"
    assert await scene.volunteers.rows(waiting, id=str(salma)) == []
    (told,) = await scene.volunteers.told("volunteer-left")
    assert told["data"]["erased"] is False
    await _leave(scene, salma, erase=False)
    assert len(await scene.volunteers.told("volunteer-left")) == 1


@pytest.mark.parametrize("in_two_steps", [False, True], ids=["at-once", "later"])
async def test_nothing_is_found(scene: Scene, in_two_steps: bool) -> None:
    """Erased, in one step or after leaving, no column of any table has anything of the person; hours stay."""
    before = datetime.now(UTC) - timedelta(days=3)
    number = await _full(scene)
    over, done = await scene.wish(at=before + timedelta(days=1), minors_present=True), await scene.wish(at=before)
    await scene.accept(await _ask(scene, over, number, before), before)
    earlier = before - timedelta(days=1)
    asked = await _ask(scene, done, number, earlier)
    await scene.accept(asked, earlier)
    async with scene.volunteers.transaction() as session:
        how = HowItWas(minutes=75, strain=5, feedback="Kennwort in der Rückmeldung")
        await assignments.complete(session, scene.themselves(number), asked.id, how)
    assert len(await _found(scene, SHOWN)) >= 5
    if in_two_steps:
        await _leave(scene, number, erase=False)
    await _leave(scene, number, erase=True)
    assert await _found(scene, SHOWN) == {}
    of_them = ["volunteer_language", "availability", "weekly_block", "absence", "conflict", "thanks", "invitation"]
    for table in of_them:
        assert await scene.volunteers.rows(f"select 1 from {table} where volunteer_id = :id", id=number) == [], table
    (row,) = await scene.volunteers.rows("select * from volunteer where id = :id", id=number)
    assert (row.given_name, row.email, row.state) == (ERASED, None, VolunteerState.LEFT)
    minutes = await scene.volunteers.rows("select minutes from assignment where state = 'completed' order by minutes")
    assert [tuple(row) for row in minutes] == [(75,), (90,)]
    told = await scene.volunteers.told("volunteer-left")
    assert [event["data"]["erased"] for event in told] == ([False, True] if in_two_steps else [True])
    await _leave(scene, number, erase=True)
    assert len(await scene.volunteers.told("volunteer-left")) == len(told)


async def test_never_at_work(scene: Scene) -> None:
    """Of one who was never at work nothing is kept, and nothing was told to anybody."""
    new = await scene.helper("Neu", state=VolunteerState.NEW)
    await _leave(scene, new, erase=False)
    assert await scene.volunteers.rows("select 1 from volunteer") == []
    assert await scene.volunteers.told() == []
    await _leave(scene, new, erase=False, status=404)


async def test_others_do_not_end_it(scene: Scene) -> None:
    """Another site's team cannot let somebody leave whom it does not see."""
    salma = await scene.helper("Salma", districts=["brackel"])
    await _leave(scene, salma, erase=True, status=404, site=NEIGHBOUR)
    (row,) = await scene.volunteers.rows("select given_name, state from volunteer")
    assert tuple(row) == ("Salma", "active")


async def test_they_come_back(scene: Scene) -> None:
    """Who has left may be entered anew with the same address."""
    salma = await scene.helper("Salma")
    await _leave(scene, salma, erase=False)
    entered = {"given_name": "Salma", "family_name": "Beispiel", "kinds": ["mentor"]}
    async with scene.volunteers.client() as api:
        again = await api.post(f"{API}/volunteers", json={**entered, "email": "salma@beispiel.invalid"})
        assert again.status_code == 201, again.text
        gone = await api.put(f"{API}/volunteers/{salma}/certificate", json={"inspected_on": "2026-01-02"})
        assert gone.status_code == 409
