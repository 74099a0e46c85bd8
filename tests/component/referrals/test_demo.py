"""The demonstration's partners and offers go in through the public API, and a second time change nothing."""

import asyncio

import httpx
import pytest

from deploy.demo import load
from deploy.demo.load import Loader, Refused
from deploy.demo.partners import OFFERS, partners
from shared.web.tokens import Role
from tests.component.referrals.conftest import API, ORIGIN, SITE, Referrals


async def test_partners_of_the_demonstration(referrals: Referrals) -> None:
    """A team enters all of them with their offers; told again, every call is answered as before."""
    team = referrals.client(Role.TEAM, "alex", SITE)
    for repeated in (False, True):
        for story in partners():
            for key, call in story.keyed():
                answer = await team.post(call.path, json=dict(call.body), headers={"idempotency-key": key})
                assert answer.status_code == 201, (story.name, answer.text)
                assert ("idempotent-replayed" in answer.headers) == repeated
    assert [tuple(row) for row in await referrals.rows("select count(*) from partner")] == [(53,)]
    assert [tuple(row) for row in await referrals.rows("select count(*) from offer")] == [
        (sum(map(len, OFFERS.values())),)
    ]


def _loader(referrals: Referrals) -> Loader:
    return Loader(ORIGIN, referrals.token(Role.TEAM, "alex"), transport=httpx.ASGITransport(referrals.app))


async def test_a_partner_that_was_entered_by_hand_is_taken_up(referrals: Referrals) -> None:
    """Its offers follow, and it stays as it is; told again, nothing changes."""
    by_hand = {"slug": "awo", "name": "AWO", "kind": "association", "sites": [SITE], "phone": "0231 1"}
    story = next(story for story in partners() if story.name == "partner-malteser-hilfsdienst")
    malteser = dict(story.calls[0].body) | {"contacts": [], "phone": "0231 2"}
    async with referrals.client() as team:
        for entered in (by_hand, malteser):
            assert (await team.post(f"{API}/partners", json=entered)).status_code == 201
    loader = _loader(referrals)
    await loader.tell(partners())
    written = loader.written
    await loader.tell(partners())
    assert loader.written == written
    await loader.close()
    rows = await referrals.rows("select phone from partner where slug in ('awo', 'malteser-hilfsdienst') order by 1")
    assert [tuple(row) for row in rows] == [("0231 1",), ("0231 2",)]
    assert await referrals.rows("select count(*) from offer") == [(sum(map(len, OFFERS.values())),)]


async def test_another_partner_of_that_name_is_not_taken_for_it(referrals: Referrals) -> None:
    """It says which one is in the way."""
    other = {"slug": "awo", "name": "Ganz andere", "kind": "association", "sites": [SITE]}
    async with referrals.client() as team:
        assert (await team.post(f"{API}/partners", json=other)).status_code == 201
    loader = _loader(referrals)
    with pytest.raises(Refused, match=r"partners/awo: there is 'Ganz andere' already"):
        await loader.tell(partners())
    await loader.close()


async def test_the_citys_knowledge_of_the_key_is_waited_for(
    fresh_referrals: Referrals, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Right after the start it has not heard of the site; if it never does, the message says so."""
    monkeypatch.setattr(load, "_PATIENCE", 0.2)
    first = partners()[:1]
    loader = _loader(fresh_referrals)
    with pytest.raises(Refused, match="does not know the key of this site yet"):
        await loader.tell(first)
    monkeypatch.setattr(load, "_PATIENCE", 20)
    async with asyncio.timeout(20):
        telling = asyncio.create_task(loader.tell(first))
        await fresh_referrals.open_sites()
        await telling
    await loader.close()
    assert await fresh_referrals.rows("select count(*) from partner") == [(1,)]
