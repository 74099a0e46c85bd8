"""The city's tickets: a partner that comes from a mail opens a release once, at this site, within ten minutes."""

import asyncio
import time
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from joserfc import jwt

from shared.web import tickets
from shared.web.identity import Role
from shared.web.keys import KeyRing
from shared.web.tokens import ALGORITHM
from tests.component.intake.conftest import Intake
from tests.component.intake.samples import SITE
from tests.component.intake.test_releases import family_with_consent, release

HTML = {"accept": "text/html", "sec-fetch-site": "same-origin"}


async def press(intake: Intake, address: str, ticket: str) -> int:
    """Press the button on the page to which a ticket leads; the answer's status."""
    async with intake.client(headers=HTML) as nobody:
        return (await nobody.post(address, data={"ticket": ticket})).status_code


@pytest.fixture
async def made(api: httpx.AsyncClient) -> dict[str, Any]:
    """A release to the partner."""
    household, consent = await family_with_consent(api)
    return {**await release(api, household, consent_id=consent), "household": household}


async def test_a_ticket_opens_once(intake: Intake, made: dict[str, Any]) -> None:
    """Looking at the question uses nothing up; of four presses in the same moment one opens, written down as a look."""
    ticket = tickets.issue(intake.city_keys, UUID(made["release_id"]), SITE)
    async with intake.client(headers=HTML) as nobody:
        for _ in range(2):
            asked = await nobody.get(f"{made['address']}?ticket={ticket}")
            assert asked.status_code == 200
            assert "Çiçek" not in asked.text
        opened = await asyncio.gather(*(nobody.post(made["address"], data={"ticket": ticket}) for _ in range(4)))
    assert sorted(answer.status_code for answer in opened) == [200, 422, 422, 422]
    assert ["Çiçek-Probe" in answer.text for answer in opened].count(True) == 1
    assert await intake.rows("select who from release_look") == [("Zugangslink für projekt-ankommen",)]
    logged = await intake.rows("select who, role, via from access_log where look = 'release'")
    assert logged == [("Zugangslink für projekt-ankommen", "partner", "link")]


async def test_what_is_no_ticket_for_this_release_opens_nothing(
    api: httpx.AsyncClient, intake: Intake, made: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another site's, another release's, a site's own, a session token, a changed one, an old one, after the end."""
    grant = UUID(made["release_id"])
    good = tickets.issue(intake.city_keys, grant, SITE)
    wrong = [
        tickets.issue(intake.city_keys, grant, "hoerde-hombruch"),
        tickets.issue(intake.city_keys, uuid4(), SITE),
        _signed_by(intake, "hoerde-hombruch", grant),
        intake.city_token(Role.PARTNER),
        good[:-8] + "AAAAAAAA",
        "kein.ticket.hier",
        "ü",
    ]
    assert [await press(intake, made["address"], each) for each in wrong] == [422] * len(wrong)
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + tickets.LASTS.total_seconds() + 1)
    assert await press(intake, made["address"], good) == 422
    monkeypatch.undo()
    with pytest.raises(ValueError, match="gives no tickets"):
        tickets.issue(KeyRing.of_own(SITE, intake.settings.signing_key_file), grant, SITE)
    async with intake.client(headers={"authorization": f"Bearer {good}"}) as bearer:
        assert (await bearer.get(f"/intake/api/v1/shared/{grant}")).status_code == 401
    base = f"/intake/api/v1/households/{made['household']}/releases/{grant}"
    assert (await api.post(f"{base}/end")).status_code == 200
    assert await press(intake, made["address"], good) == 422
    assert not await intake.rows("select 1 from release_look")


def _signed_by(intake: Intake, stack: str, grant: UUID) -> str:
    keys = KeyRing.of_own(stack, intake.settings.signing_key_file.with_name(f"{stack}.key"))
    now = int(time.time())
    claims = {"iss": "city", "aud": SITE, "sub": str(grant), "jti": str(uuid4()), "iat": now, "exp": now + 600}
    header = {"alg": ALGORITHM, "typ": tickets.TYPE, "kid": keys.own_id}
    return jwt.encode(header, claims, keys.signing_key, algorithms=[ALGORITHM])
