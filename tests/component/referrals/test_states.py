"""The states: the domain and the database allow the same steps, and no way of asking leads to another one."""

import asyncio
from datetime import UTC, datetime, timedelta
from itertools import pairwise, product
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from services.referrals.app import create_app
from services.referrals.commands import referrals as commands
from services.referrals.commands.acting import Acting
from services.referrals.commands.timers import run_due
from services.referrals.consumers import consumers
from services.referrals.domain.states import ALLOWED, OPEN
from services.referrals.inputs import Basis, DraftReferral
from services.referrals.settings import Settings
from services.referrals.tables import Referral, Via
from shared.contracts.words import CancelCause, DeclineReason, LegalBasis, NeedArea, ReferralOutcome, ReferralState
from shared.refusals import Refused
from shared.web.identity import Role
from shared.web.keys import ensure_signing_key
from tests.component.referrals.conftest import NEIGHBOUR, SITE, Referrals
from tests.component.referrals.scene import Scene

_WAY = {
    ReferralState.DRAFT: (),
    ReferralState.REQUESTED: ("requested",),
    ReferralState.ACCEPTED: ("requested", "accepted"),
    ReferralState.IN_PROGRESS: ("requested", "accepted", "in_progress"),
    ReferralState.ON_HOLD: ("requested", "accepted", "on_hold"),
    ReferralState.COMPLETED: ("requested", "accepted", "in_progress", "completed"),
    ReferralState.DECLINED: ("requested", "declined"),
    ReferralState.EXPIRED: ("requested", "expired"),
    ReferralState.FAILED: ("requested", "accepted", "failed"),
    ReferralState.CANCELLED: ("requested", "cancelled"),
}
_SET = """
update referral set held_from = case when :to = 'on_hold' then state end, state = :to,
    requested_at = now(), consent_id = gen_random_uuid(),
    ended_at = case when :to in ('completed', 'declined', 'expired', 'failed', 'cancelled') then now() end,
    reason = case :to when 'declined' then 'other' when 'cancelled' then 'sender' end,
    outcome = case when :to in ('completed', 'failed') then 'could_not_get_help' end,
    remind_at = null, escalate_at = null, expire_at = null where id = cast(:id as uuid) returning 1
"""


async def test_the_database_allows_what_the_domain_allows(referrals: Referrals) -> None:
    """Every pair of states, tried in the database itself: refused exactly where the domain's table has no arrow."""
    scene = await Scene(referrals).set_up()
    draft = await scene.draft()
    async with referrals.transaction() as session:
        for now, to in product(ReferralState, ReferralState):
            if now is to:
                continue
            await session.execute(text("savepoint here"))
            for step in _WAY[now]:
                await session.execute(text(_SET), {"to": step, "id": draft})
            held_from = ReferralState.ACCEPTED
            allowed = to in ALLOWED[now] and (
                now is not ReferralState.ON_HOLD or to in (held_from, ReferralState.CANCELLED)
            )
            refused = None
            try:
                await session.execute(text(_SET), {"to": to.value, "id": draft})
            except DBAPIError as error:
                refused = getattr(error.orig, "sqlstate", "")
            assert refused == (None if allowed else "23001"), f"{now} to {to}"
            await session.execute(text("rollback to savepoint here"))


async def test_what_was_sent_is_not_deleted_and_nothing_begins_in_the_middle(referrals: Referrals) -> None:
    """The database refuses to delete a referral that was sent, and one that does not begin as a draft."""
    scene = await Scene(referrals).set_up()
    await scene.sent()
    for statement in (
        "delete from referral returning 1",
        "update referral set held_from = 'accepted' returning 1",
        "update referral_step set by = 'x' returning 1",
    ):
        with pytest.raises(DBAPIError) as refused:
            await referrals.rows(statement)
        assert getattr(refused.value.orig, "sqlstate", "") == "23001"


PLACES = 1000


class _Loop(RuleBasedStateMachine):
    """Anybody asks for any step at any time; what the domain forbids changes nothing, in the database as well."""

    scene: Scene
    loop: asyncio.Runner

    def __init__(self) -> None:
        super().__init__()
        self.id: UUID = self.loop.run(self._draft())
        self.seen: list[ReferralState] = [ReferralState.DRAFT]
        self.held_from: ReferralState | None = None

    async def _draft(self) -> UUID:
        wanted = DraftReferral(
            household_id=self.scene.household,
            area=NeedArea.LANGUAGE,
            offer_id=self.scene.offer,
            legal_basis=Basis(kind=LegalBasis.CONSENT),
        )
        async with self.scene.referrals.transaction() as session:
            return (await commands.draft_referral(session, self._by(Role.TEAM), wanted)).id

    def _by(self, role: Role) -> Acting:
        team = role is Role.TEAM
        site, partner = (self.scene.site, None) if team else (None, self.scene.partner)
        return Acting("somebody", role, site, partner, datetime.now(UTC), Via.API)

    def _try(self, to: ReferralState, role: Role, ask: Any, *, resuming: bool = False) -> None:
        async def work() -> bool:
            try:
                async with self.scene.referrals.transaction() as session:
                    await ask(session, self._by(role), self.id)
            except Refused:
                return False
            return True

        now = self.seen[-1]
        rests = now is ReferralState.ON_HOLD and to is not ReferralState.CANCELLED
        possible = to in ALLOWED[now] and (not rests or (resuming and to is self.held_from))
        hidden = now is ReferralState.DRAFT and role is Role.PARTNER
        assert self.loop.run(work()) == (possible and not hidden)
        if possible and not hidden:
            self.held_from = now if to is ReferralState.ON_HOLD else None
            self.seen.append(to)

    @rule()
    def send(self) -> None:
        self._try(ReferralState.REQUESTED, Role.TEAM, commands.send_referral)

    @rule(role=st.sampled_from([Role.TEAM, Role.PARTNER]))
    def accept(self, role: Role) -> None:
        self._try(ReferralState.ACCEPTED, role, commands.accept)

    @rule()
    def decline(self) -> None:
        self._try(
            ReferralState.DECLINED, Role.PARTNER, lambda s, by, id: commands.decline(s, by, id, DeclineReason.OTHER)
        )

    @rule()
    def start(self) -> None:
        self._try(ReferralState.IN_PROGRESS, Role.PARTNER, commands.start)

    @rule(role=st.sampled_from([Role.TEAM, Role.PARTNER]))
    def hold(self, role: Role) -> None:
        self._try(ReferralState.ON_HOLD, role, commands.hold)

    @precondition(lambda self: self.seen[-1] is ReferralState.ON_HOLD)
    @rule()
    def resume(self) -> None:
        assert self.held_from
        self._try(self.held_from, Role.PARTNER, commands.resume, resuming=True)

    @rule(days=st.sampled_from([6, 60]))
    def time_passes(self, days: int) -> None:
        """Nobody has answered for some days, or for so long that it is over."""

        async def work() -> None:
            async with self.scene.referrals.transaction() as session:
                await run_due(session, datetime.now(UTC) + timedelta(days=days))

        self.loop.run(work())
        if self.seen[-1] is ReferralState.REQUESTED and days == 60:
            self.seen.append(ReferralState.EXPIRED)

    @rule()
    def complete(self) -> None:
        self._try(
            ReferralState.COMPLETED,
            Role.PARTNER,
            lambda s, by, id: commands.complete(s, by, id, ReferralOutcome.GOT_HELP),
        )

    @rule()
    def fail(self) -> None:
        self._try(
            ReferralState.FAILED,
            Role.PARTNER,
            lambda s, by, id: commands.fail(s, by, id, ReferralOutcome.COULD_NOT_CONTACT),
        )

    @rule()
    def cancel(self) -> None:
        self._try(ReferralState.CANCELLED, Role.TEAM, lambda s, by, id: commands.cancel(s, by, id, CancelCause.SENDER))

    @invariant()
    def the_row_says_the_same(self) -> None:
        async def look() -> Referral:
            async with self.scene.referrals.transaction() as session:
                return await session.get_one(Referral, self.id)

        row = self.loop.run(look())
        assert (row.state, row.held_from) == (self.seen[-1], self.held_from)
        assert (row.expire_at is not None) == (row.state is ReferralState.REQUESTED)
        assert (row.ended_at is not None) == (row.state not in OPEN and row.state is not ReferralState.DRAFT)

    @invariant()
    def each_place_is_taken_once(self) -> None:
        async def look() -> tuple[int, int, int]:
            rows = self.scene.referrals.rows
            free = (await rows("select free from offer where id = :id", id=self.scene.offer))[0][0]
            taken = (await rows("select count(*) from referral where took_place"))[0][0]
            steps = "select count(*) from referral_step where referral_id = :id and what = 'accepted'"
            return free, taken, (await rows(steps, id=self.id))[0][0]

        free, taken, accepted = self.loop.run(look())
        assert free + taken == PLACES
        assert accepted == self.seen.count(ReferralState.ACCEPTED) - self._resumed_to(ReferralState.ACCEPTED)

    def _resumed_to(self, state: ReferralState) -> int:
        return sum(before is ReferralState.ON_HOLD and after is state for before, after in pairwise(self.seen))


@pytest.mark.parametrize("short", [8])
def test_no_order_of_steps_leads_astray(referrals_url: str, tmp_path: Path, short: int) -> None:
    """A stateful property test on the real database: any steps in any order by anybody."""
    with asyncio.Runner() as loop:
        scene = loop.run(_scene(referrals_url, tmp_path))
        machine = type("Loop", (_Loop,), {"scene": scene, "loop": loop})
        run_state_machine_as_test(
            machine,
            settings=settings(
                max_examples=short,
                stateful_step_count=12,
                deadline=None,
                suppress_health_check=[*HealthCheck],
                database=None,
            ),
        )
        loop.run(scene.referrals.database.dispose())


async def _scene(url: str, folder: Path) -> Scene:
    for stack in (SITE, NEIGHBOUR, "city"):
        ensure_signing_key(folder / f"{stack}.key")
    chosen = Settings(
        site="city",
        database_url=url,
        rabbitmq_url="amqp://nobody@127.0.0.1:1",
        signing_key_file=folder / "city.key",
        port=1,
    )
    return await Scene(Referrals(create_app(chosen), folder, chosen, consumers)).set_up(free=PLACES, places=PLACES)
