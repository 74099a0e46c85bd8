"""Reminder, escalation, expiry: each once, at its moment, also after a stop, and never while a partner is closed."""

import asyncio
import os
import time
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.event import listen, remove

from services.referrals.background.timers import run_all
from services.referrals.background.timers import running as running_timers
from services.referrals.commands.acting import Acting
from services.referrals.commands.partners import partner_for
from services.referrals.commands.terms import reset_deadlines
from services.referrals.commands.timers import next_due, run_due
from services.referrals.tables import PartnerClosure, Via
from shared.days import day_of
from shared.web.tokens import Role
from tests.component.referrals.conftest import API, Referrals
from tests.component.referrals.scene import Scene

TIMED = ("referral-reminded", "referral-escalated", "referral-expired")
SOON = timedelta(seconds=1)


@pytest.fixture
async def scene(referrals: Referrals) -> Scene:
    """A partner, an offer, a family that agrees."""
    return await Scene(referrals).set_up()


async def at(scene: Scene, moment: datetime) -> list[str]:
    """Let it be that moment; the timed events that the site has been told until then."""
    async with scene.referrals.transaction() as session:
        await run_due(session, moment)
    return [event["event"] for event in await scene.referrals.told(*TIMED, audience="internal")]


async def due(scene: Scene) -> tuple[datetime, datetime, datetime]:
    """The three moments."""
    (row,) = await scene.referrals.rows("select remind_at, escalate_at, expire_at from referral")
    return tuple(row)  # type: ignore[return-value]


async def test_each_fires_once_at_its_moment(scene: Scene) -> None:
    """Not a second early, and not twice; after the expiry the partner is asked to delete."""
    referral = await scene.sent()
    remind, escalate, expire = await due(scene)
    assert await at(scene, remind - SOON) == []
    for moment, names in ((remind, TIMED[:1]), (escalate, TIMED[:2]), (expire, TIMED)):
        assert await at(scene, moment) == list(names)
        assert await at(scene, moment) == list(names)
    assert await scene.state(referral) == "expired"
    assert len(await scene.referrals.told(*TIMED, audience="projekt-ankommen")) == 3
    (reminded,) = await scene.referrals.told("referral-reminded", audience="internal")
    assert reminded["data"]["open_days"] >= 3
    async with scene.helper() as helper:
        assert [each["reason"] for each in (await helper.get(f"{API}/deletions")).json()["items"]] == ["over"]


async def test_after_a_long_stop_only_the_latest_step_is_made(scene: Scene) -> None:
    """All three overdue: it expires, and nobody is reminded afterwards."""
    await scene.sent()
    assert await at(scene, (await due(scene))[2]) == ["referral-expired"]


async def test_so_it_is_for_more_than_are_done_at_once(scene: Scene) -> None:
    """Those that wait for the next round are not reminded in this one, and then expire as well."""
    await scene.sent()
    moment = (await due(scene))[2]
    await scene.sent(need_id=None)
    for _ in range(2):
        async with scene.referrals.transaction() as session:
            await run_due(session, moment, 1)
    assert await at(scene, moment) == ["referral-expired", "referral-expired"]


async def test_an_answer_ends_the_waiting(scene: Scene) -> None:
    """Accepted, nothing is due any more; expired, the partner's yes comes too late."""
    accepted = await scene.sent()
    moments = await due(scene)
    await scene.step(accepted, "accept")
    assert await at(scene, moments[2]) == []
    expired = await scene.sent(need_id=None)
    await at(scene, moments[2])
    await scene.step(expired, "accept", status=409)


async def test_a_closure_moves_what_has_not_fired(scene: Scene) -> None:
    """Announced while a referral waits, it moves its deadlines; taken back, they are as before."""
    await scene.sent()
    before = await due(scene)
    today = day_of(datetime.now(UTC))
    days = {"from_on": today.isoformat(), "to_on": (today + timedelta(days=30)).isoformat()}
    async with scene.helper() as helper:
        closed = await helper.post(f"{API}/partners/{scene.partner}/closures", json=days)
        assert closed.status_code == 201, closed.text
    after = await due(scene)
    assert all(later - earlier >= timedelta(days=20) for earlier, later in zip(before, after, strict=True))
    assert await at(scene, before[2]) == []


async def test_a_deadline_that_ends_where_a_closure_begins_waits(scene: Scene) -> None:
    """On the closure's first day nobody is reminded, nor after a stop in the middle of it; afterwards at once."""
    await scene.sent()
    remind, *_ = await due(scene)
    first = day_of(remind)
    (partner,) = await scene.referrals.rows("select partner_id from referral")
    async with scene.referrals.transaction() as session:
        session.add(PartnerClosure(partner_id=partner[0], from_on=first, to_on=first + timedelta(days=1)))
    async with scene.referrals.transaction() as session:
        assert await next_due(session, remind) is None
    for days in (0, 1):
        assert await at(scene, remind + timedelta(days=days)) == []
    assert await at(scene, remind + timedelta(days=2)) == ["referral-reminded"]


async def test_changed_terms_count_anew(scene: Scene) -> None:
    """A partner that needs longer gets longer for what it has been asked already; what has fired stays so."""
    await scene.sent()
    remind, escalate, expire = await due(scene)
    await at(scene, remind)
    async with scene.helper() as helper:
        path = f"{API}/partners/{scene.partner}"
        terms = {"reminder_days": 5, "escalation_days": 12, "expiry_days": 30}
        assert (await helper.patch(path, json={"phone": "0231 999"})).status_code == 200
        assert (await due(scene))[1:] == (escalate, expire)
        assert (await helper.patch(path, json=terms)).status_code == 200
    after = await due(scene)
    assert after[0] is None
    assert after[1] > escalate + timedelta(days=5)
    assert after[2] > expire + timedelta(days=15)


async def test_a_deadline_and_a_closure_do_not_wait_for_each_other(scene: Scene) -> None:
    """While a partner is being changed its deadlines fire; then the change goes on with what is left."""
    await scene.sent()
    (remind, *_) = await due(scene)
    by = Acting("test", Role.PARTNER, None, scene.partner, datetime.now(UTC), Via.API)
    async with scene.referrals.transaction() as changing:
        partner = await partner_for(changing, by, scene.partner)
        async with scene.referrals.transaction() as firing:
            await firing.execute(text("set local lock_timeout = '2s'"))
            assert await run_due(firing, remind) == 1
        await reset_deadlines(changing, partner)
    assert len(await scene.referrals.told("referral-reminded", audience="internal")) == 1


async def test_a_deletion_is_asked_for_every_week_until_it_is_confirmed(scene: Scene) -> None:
    """Told again after seven days, and no more once it is confirmed."""
    await scene.step(await scene.sent(), "decline", reason="other")
    week = datetime.now(UTC) + timedelta(days=7, minutes=1)
    for moment in (week, week, week + timedelta(days=7)):
        await at(scene, moment)
    assert len(await scene.referrals.told("deletion-requested", audience="projekt-ankommen")) == 3


async def test_by_real_short_times(scene: Scene) -> None:
    """A deadline half a second ahead fires by itself, in a service that has started anew meanwhile."""
    await scene.sent()
    await scene.referrals.rows(
        "update referral set expire_at = now() + interval '0.5 s', remind_at = null, escalate_at = null returning 1"
    )
    async with asyncio.timeout(10):
        for _ in range(2):  # stopped and started again
            async with running_timers(scene.referrals.app):
                pass
        async with running_timers(scene.referrals.app):
            while not await scene.referrals.told("referral-expired"):  # noqa: ASYNC110  (it happens in the database)
                await asyncio.sleep(0.02)
    assert len(await scene.referrals.told("referral-expired", audience="internal")) == 1


MANY = """
with made as (
    insert into referral (id, site, partner_id, offer_id, kind, area, state, household_id, basis, consent_id,
        person_ref, languages, times, created_at, created_by, moved, doubled, took_place)
    select gen_random_uuid(), 'brackel-aplerbeck', p.id, o.id, o.kind, 'language', 'draft', gen_random_uuid(),
        'consent', gen_random_uuid(), gen_random_uuid(), '{}', '[]', now(), 'test', false, false, false
    from generate_series(1, 10000) n, partner p join offer o on o.partner_id = p.id returning id
)
select count(*) from made
"""
ASKED = """
update referral set state = 'requested', requested_at = now() - interval '5 days',
    remind_at = now() + interval '1 day', escalate_at = now() + interval '9 days',
    expire_at = now() + interval '20 days'
returning 1
"""


DUE = int(os.environ.get("LOKAL_TIMERS_DUE", "2100"))
"""How many of the ten thousand fall due at one midnight: where all are asked evenly, a seventh of them at each of three
terms within fourteen working days. LOKAL_TIMERS_DUE=10000 measures all at once (docs/benchmarks.md)."""
FALL_DUE = """
update referral set remind_at = now(), escalate_at = case when n % 3 > 0 then now() else escalate_at end,
    expire_at = case when n % 3 > 1 then now() else expire_at end
from (select id as due, row_number() over (order by id) as n from referral limit {due}) as chosen where id = due
returning 1
"""


async def test_ten_thousand_open_and_what_is_due_of_them(scene: Scene) -> None:
    """What falls due at a midnight of ten thousand open ones, a third for each step, fires in a few statements.

    How many these are does not depend on what runs beside this test; the seconds stand in docs/benchmarks.md.
    """
    await scene.referrals.rows(MANY)
    await scene.referrals.rows(ASKED)
    await scene.referrals.rows(FALL_DUE.format(due=DUE))
    statements: list[str] = []

    def count(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    engine = scene.referrals.database.engine.sync_engine
    listen(engine, "before_cursor_execute", count)
    begun = time.monotonic()
    await run_all(scene.referrals.database, 5)
    spent = time.monotonic() - begun
    remove(engine, "before_cursor_execute", count)
    print(f"{DUE} due: {spent:.2f} s, {len(statements)} statements")  # noqa: T201  (the figure of the benchmarks)
    assert len(await scene.referrals.told(*TIMED, audience="internal")) == DUE
    # Referral by referral there would be thousands.
    assert len(statements) < 150 * DUE / 2100, len(statements)
