"""Webhooks: signed, in order, tried again, never into somebody's network; set and looked at by the partner itself."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import orjson
import pytest
from aiohttp import web
from sqlalchemy import text
from standardwebhooks.webhooks import Webhook as Verifier

from services.referrals.background.webhooks import Sender
from services.referrals.commands import access
from services.referrals.commands.acting import service
from services.referrals.commands.timers import run_due
from services.referrals.tables import Via
from shared.contracts.intake import HouseholdErased
from shared.contracts.words import PartnerKind
from shared.ids import uuid7
from shared.web.identity import Role
from shared.web.outbound import NotPublic, PublicOnly, check_url, client, is_public
from tests.component.referrals.conftest import Referrals
from tests.component.referrals.scene import Scene
from tests.waiting import eventually

HOST = "127.0.0.1"
HELPER = "projekt-ankommen"
PAGE = "/referrals/own/webhook"


@dataclass
class Receiver:
    """A partner's web server: keeps what comes, and answers as it is told to."""

    url: str = ""
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)

    async def take(self, request: web.Request) -> web.Response:
        """One call."""
        self.got.append(({name.lower(): value for name, value in request.headers.items()}, await request.read()))
        status = self.answers.pop(0) if self.answers else 204
        return web.Response(status=status, headers={"Location": "http://127.0.0.1:1/"} if status == 302 else {})

    def events(self) -> list[str]:
        """What came, by name."""
        return [orjson.loads(body)["type"].rpartition("willkommen.")[2] for _, body in self.got]


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    """A running one."""
    kept = Receiver()
    application = web.Application()
    application.router.add_post("/lokal", kept.take)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, HOST, 0)
    await site.start()
    kept.url = f"http://{HOST}:{runner.addresses[0][1]}/lokal"
    yield kept
    await runner.cleanup()


@asynccontextmanager
async def sending(referrals: Referrals, hosts: frozenset[str] = frozenset({HOST})) -> AsyncIterator[None]:
    """The service sends meanwhile; operations have allowed these private hosts."""
    task = asyncio.create_task(Sender(referrals.database, hosts).run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def set_up(referrals: Referrals, url: str) -> tuple[Scene, str]:
    """A partner that has named its address; the secret that it was shown."""
    referrals.settings.webhook_private_hosts = HOST
    scene = await Scene(referrals).set_up(consent=True)
    async with referrals.browser(Role.PARTNER, HELPER) as browser:
        page = await browser.post(PAGE, data={"url": url})
    assert page.status_code == 200, page.text
    secret = page.text.partition('<code class="lw-code">')[2].partition("<")[0]
    assert secret.startswith("whsec_")
    return scene, secret


async def due_now(referrals: Referrals) -> None:
    """What waits for its next attempt need not wait any longer."""
    async with referrals.transaction() as session:
        await session.execute(text("update webhook_delivery set next_try_at = now() where state = 'waiting'"))


async def test_signed_and_in_order(referrals: Referrals, receiver: Receiver) -> None:
    """The official library believes the signature; of one referral nothing overtakes anything, also after a fault."""
    scene, secret = await set_up(referrals, receiver.url)
    receiver.answers = [500]
    async with sending(referrals):
        referral = await scene.sent()
        await eventually(lambda: len(receiver.got) == 1)
        await scene.step(referral, "accept")
        await scene.step(referral, "start")
        await eventually(lambda: _failed_once(referrals))
        assert receiver.events() == ["referral-requested.v1"]
        await due_now(referrals)
        await eventually(lambda: len(receiver.got) == 4)
    assert receiver.events()[1:] == ["referral-requested.v1", "referral-accepted.v1", "referral-started.v1"]
    for headers, body in receiver.got:
        event = Verifier(secret).verify(body, headers)
        assert event["id"] == headers["webhook-id"]
        assert event["data"]["referral_id"] == referral
        assert not {"household_id", "person_id", "need_id"} & event["data"].keys()
    sequences = [orjson.loads(body)["sequence"] for _, body in receiver.got]
    assert sequences == sorted(sequences)


async def _failed_once(referrals: Referrals) -> bool:
    return bool(await referrals.rows("select 1 from webhook_delivery where answer = '500' and state = 'waiting'"))


async def test_another_referral_does_not_wait(referrals: Referrals, receiver: Receiver) -> None:
    """What fails holds up its own referral alone."""
    scene, _ = await set_up(referrals, receiver.url)
    receiver.answers = [500]
    async with sending(referrals):
        await scene.sent()
        await eventually(lambda: len(receiver.got) == 1)
        await scene.sent()
        await eventually(lambda: len(receiver.got) == 2)
    subjects = {orjson.loads(body)["subject"] for _, body in receiver.got}
    assert len(subjects) == 2


async def test_a_new_secret(referrals: Referrals, receiver: Receiver) -> None:
    """For a day both secrets sign."""
    scene, old = await set_up(referrals, receiver.url)
    async with referrals.browser(Role.PARTNER, HELPER) as browser:
        page = (await browser.post(f"{PAGE}/secret")).text
    new = page.partition('<code class="lw-code">')[2].partition("<")[0]
    assert new != old
    async with sending(referrals):
        await scene.sent()
        await eventually(lambda: receiver.got)
    headers, body = receiver.got[0]
    for secret in (old, new):
        Verifier(secret).verify(body, headers)


async def test_given_up_and_replayed(referrals: Referrals, receiver: Receiver) -> None:
    """Gone (410) ends it; from the page everything of the last day is sent again, in the same order."""
    scene, _ = await set_up(referrals, receiver.url)
    receiver.answers = [410]
    async with sending(referrals):
        referral = await scene.sent()
        await scene.step(referral, "accept")
        await eventually(lambda: len(receiver.got) == 2)
        await eventually(lambda: _settled(referrals, 2))
        async with referrals.browser(Role.PARTNER, HELPER) as browser:
            assert "aufgegeben" in (await browser.get(PAGE)).text
            await browser.post(f"{PAGE}/again", data={"days": "1"})
        await eventually(lambda: len(receiver.got) == 4)
    assert receiver.events() == ["referral-requested.v1", "referral-accepted.v1"] * 2


async def _settled(referrals: Referrals, count: int) -> bool:
    rows = await referrals.rows("select count(*) from webhook_delivery where state <> 'waiting'")
    return bool(rows[0][0] == count)


async def test_removed(referrals: Referrals, receiver: Receiver) -> None:
    """Nothing is kept for an address that is none any more."""
    scene, _ = await set_up(referrals, receiver.url)
    await scene.sent()
    async with referrals.browser(Role.PARTNER, HELPER) as browser:
        await browser.post(f"{PAGE}/remove")
    await scene.sent()
    assert not await referrals.rows("select 1 from webhook_delivery")


async def test_erased(referrals: Referrals, receiver: Receiver) -> None:
    """What was kept of an erased family goes; only that the partner is to delete it is still sent."""
    scene, _ = await set_up(referrals, receiver.url)
    await scene.sent()
    erased = HouseholdErased(household_id=scene.household, erasure_id=uuid7(), person_ids=(scene.person,))
    await referrals.hear(erased)
    left = await referrals.rows("select event from webhook_delivery order by position")
    assert {row[0] for row in left} == {"deletion-requested"}


async def test_reminded_by_the_timers(referrals: Referrals, receiver: Receiver) -> None:
    """What is told to many at once comes to webhooks as well."""
    scene, _ = await set_up(referrals, receiver.url)
    await scene.sent()
    async with referrals.transaction() as session:
        await run_due(session, datetime.now(UTC) + timedelta(days=60))
    kept = await referrals.rows("select event from webhook_delivery order by position")
    assert [row[0] for row in kept] == ["referral-requested", "referral-expired", "deletion-requested"]


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/x",
        "https://127.0.0.1/x",
        "https://[::1]/x",
        "https://[::ffff:10.0.0.1]/x",
        "https://169.254.169.254/latest/meta-data",
        "https://10.1.2.3/x",
        "https://user:secret@example.org/x",
        "https://example.org:99999/x",
        "https:///x",
        "ftp://example.org",
        "x",
    ],
)
async def test_addresses_that_are_refused(referrals: Referrals, url: str) -> None:
    """What can be seen at once is told at once."""
    await Scene(referrals).set_up()
    async with referrals.browser(Role.PARTNER, HELPER) as browser:
        page = await browser.post(PAGE, data={"url": url})
    assert page.status_code == 422
    assert not await referrals.rows("select 1 from webhook")


@pytest.mark.parametrize("host", ["localhost", "2130706433", "0x7f.1", "127.1"])
async def test_names_that_lead_inside(referrals: Referrals, receiver: Receiver, host: str) -> None:
    """A name that resolves to this machine is not called, whatever it looks like; the partner sees why."""
    port = receiver.url.rpartition(":")[2].partition("/")[0]
    scene, _ = await set_up(referrals, "https://example.org/x")
    async with referrals.transaction() as session:
        await session.execute(text("update webhook set url = :url"), {"url": f"https://{host}:{port}/lokal"})
    async with sending(referrals, frozenset()):
        await scene.sent()
        # How a number is taken for a host is the libraries' affair: refused, or not understood.
        await eventually(lambda: _is_answered(referrals, "not public", "unreachable"))
    assert not receiver.got


async def _is_answered(referrals: Referrals, *words: str) -> bool:
    return bool(await referrals.rows("select 1 from webhook_delivery where answer = any (:words)", words=list(words)))


async def test_a_changed_answer_gains_nothing(monkeypatch: pytest.MonkeyPatch, receiver: Receiver) -> None:
    """The address that was checked is the one that is connected to: the name is looked up once for a call."""
    asked: list[str] = []
    loop = asyncio.get_running_loop()

    async def rebinding(host: str, port: int, **how: Any) -> list[Any]:
        asked.append(host)
        address = "93.184.215.14" if len(asked) == 1 else HOST
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    monkeypatch.setattr(loop, "getaddrinfo", rebinding)
    found = await PublicOnly().resolve("rebinding.example", 443)
    assert [each["host"] for each in found] == ["93.184.215.14"]
    with pytest.raises(NotPublic):
        await PublicOnly().resolve("rebinding.example", 443)


async def test_a_redirect_is_not_followed(referrals: Referrals, receiver: Receiver) -> None:
    """It counts as a failure."""
    scene, _ = await set_up(referrals, receiver.url)
    receiver.answers = [302]
    async with sending(referrals):
        await scene.sent()
        await eventually(lambda: _is_answered(referrals, "302"))
    assert len(receiver.got) == 1


@pytest.mark.parametrize(
    "address",
    ["10.0.0.1", "127.0.0.1", "169.254.1.1", "192.168.1.1", "100.64.0.1", "0.0.0.1", "224.0.0.1", "::1", "fe80::1%eth0",
     "fc00::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "255.255.255.255", "192.0.2.1"],
)  # fmt: skip
def test_not_public(address: str) -> None:
    """Private, loopback, link-local, shared, multicast, documentation; also where it is wrapped in an IPv6 address."""
    assert not is_public(address)


@pytest.mark.parametrize("address", ["93.184.215.14", "2a00:1450:4001::1"])
def test_public(address: str) -> None:
    """Everybody's."""
    assert is_public(address)


def test_only_named_hosts_are_excepted() -> None:
    """An authority's server in the city's own network, by the word of operations."""
    assert check_url("http://jobcenter.intern/x", {"jobcenter.intern"}) is None
    assert check_url("http://jobcenter.intern/x") is not None


@pytest.mark.parametrize("host", ["①②⑦.⓪.⓪.①", "127。0。0。1", "169.254.169.２５４", "ⓛocalhost"])
def test_no_other_spelling_of_an_address_gets_through(host: str) -> None:
    """Digits and dots of other scripts are read as the plain ones when the address is called."""
    assert check_url(f"https://{host}/hook") is not None


async def test_a_revoked_partner_gets_nothing_more(referrals: Referrals) -> None:
    """Its webhook and what still waits for it are gone with its access."""
    scene = await Scene(referrals).set_up()
    async with referrals.transaction() as session:
        by = service(datetime.now(UTC), Via.API)
        how: dict[str, Any] = {"name": HELPER, "kind": PartnerKind.ASSOCIATION, "sites": (), "all_sites": True}
        await access.grant(session, by, HELPER, **how)
    async with referrals.browser(Role.PARTNER, HELPER) as own:
        assert (await own.post(PAGE, data={"url": "https://partner.example/hook"})).status_code < 400
    await scene.sent()
    assert await referrals.rows("select 1 from webhook_delivery")
    async with referrals.transaction() as session:
        await access.revoke(session, service(datetime.now(UTC), Via.API), HELPER)
    assert await referrals.rows("select 1 from webhook_delivery union all select 1 from webhook") == []


async def test_a_name_of_this_machine_is_not_called(receiver: Receiver) -> None:
    """The client itself refuses, whoever uses it."""
    async with client() as session:
        with pytest.raises(aiohttp.ClientConnectorError) as refused:
            await session.post(receiver.url.replace(HOST, "localhost"))
    assert isinstance(refused.value.os_error, NotPublic)
