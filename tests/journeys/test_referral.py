"""Referrals over two sites, from the need to the figures.

By a link in a mail; with the broker down; with a consent that is withdrawn; with a family that moves to the other site.
"""

import re
import uuid
from collections.abc import Iterator
from datetime import datetime
from email import message_from_bytes, policy
from typing import Any

import httpx
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import Envelope

from deploy.cli.moments import BERLIN
from deploy.servers import Servers
from deploy.servers.given import GivenServer
from deploy.servers.process import free_port, wait_until
from tests.journeys.browser_without_scripts import Browser
from tests.journeys.conftest import SITE, Stack, running_stack
from tests.journeys.test_move_to_statistics import household, posted

SECONDS = 45
THERE = "hoerde-hombruch"
TODAY = datetime.now(BERLIN).date()
PARTNER = "projekt-ankommen"


class Mailbox:
    """What the association has received."""

    def __init__(self) -> None:
        self.mails: list[str] = []

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Envelope) -> str:  # noqa: N802  (aiosmtpd's)
        """One mail arrives."""
        assert isinstance(envelope.content, bytes)
        message = message_from_bytes(envelope.content, policy=policy.default)
        self.mails.append(f"{message['subject']}\n{message.get_content()}")
        return "250 OK"

    def link(self, subject: str) -> str:
        """The path of the link in the mail with this subject, as soon as it has come."""
        wait_until(lambda: any(mail.startswith(subject) for mail in self.mails), f"the mail „{subject}“", SECONDS)
        found = re.search(
            r"http://[^/]+(/referrals/answer\?code=\S+)", next(mail for mail in self.mails if mail.startswith(subject))
        )
        assert found
        return found[1]


@pytest.fixture(scope="module")
def mailbox() -> Iterator[tuple[Mailbox, str]]:
    """A mail server, and its address."""
    box = Mailbox()
    server = Controller(box, hostname="127.0.0.1", port=(port := free_port()))
    server.start()
    yield box, f"smtp://127.0.0.1:{port}"
    server.stop()


@pytest.fixture(scope="module")
def two(
    mailbox: tuple[Mailbox, str], running_servers: Servers, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stack]:
    """The city and two sites, which send their mails to the box."""
    folder = tmp_path_factory.mktemp("two")
    with running_stack(running_servers, folder, (SITE, THERE), LOKAL_SMTP_URL=mailbox[1]) as stack:
        with stack.client() as team:
            _directory(team)
        yield stack


def test_from_the_need_to_the_figures_by_mail(mailbox: tuple[Mailbox, str], two: Stack) -> None:
    """Nobody signs in at the association; the team sees the answer, the site who has looked; no mail names anybody."""
    box, _ = mailbox
    with two.client() as team:
        family, referral = _ask(team)
        partner = Browser(two.variables()["GATEWAY_URL"])
        partner.open(box.link("Neue Anfrage"))
        partner.submit("/referrals/answer", does="accept")
        assert "Angenommen" in partner.page
        assert _state(team, referral) == "accepted"
        contact = box.link("Kontaktdaten sind freigegeben")
        partner.open(contact)
        partner.submit("/referrals/answer", does="contact")
        assert "Freigabe öffnen" in partner.page
        partner.submit(re.findall(r'action="(/intake/shared/[^"]+)"', partner.page)[0])
        assert "Musterfamilie" in partner.page
        with pytest.raises(httpx.HTTPStatusError, match="410"):
            partner.open(contact)
        looked = f"select who from release_look where household_id = '{family}'"
        assert two.ask(f"intake-{SITE}", looked) == f"Zugangslink für {PARTNER}"
        _post(team, f"referrals/{referral}/start", {})
        _post(team, f"referrals/{referral}/complete", {"outcome": "got_help"})
        wait_until(lambda: _completed(team) == 1, "the figures", SECONDS)
        wait_until(lambda: _in_timeline(two, family, "referral_completed"), "the end in the file", SECONDS)
        wait_until(lambda: not _open_releases(two, SITE, family), "the end of the release", SECONDS)
    assert not [mail for mail in box.mails if "Muster" in mail or family in mail or referral in mail]


def test_a_consent_is_withdrawn_before_the_answer(two: Stack) -> None:
    """The partner learns that it is over and what to delete; it may accept no more, and sees no contact data."""
    with two.client() as team, two.client("partner", PARTNER) as partner:
        family, referral = _ask(team)
        (consent,) = team.get(f"/intake/api/v1/households/{family}").json()["consents"]
        posted(team, f"households/{family}/consents/{consent['consent_id']}/withdraw", {})
        wait_until(lambda: _state(team, referral) == "cancelled", "the end of the referral", SECONDS)
        assert partner.post(f"/referrals/api/v1/referrals/{referral}/accept").status_code == 409
        asked = [each for each in _deletions(partner) if each["referral_id"] == referral]
        assert [each["reason"] for each in asked] == ["consent_withdrawn"]
        _post(partner, f"deletions/{asked[0]['deletion_id']}/confirm", {})
        assert referral not in {each["referral_id"] for each in _deletions(partner)}
        wait_until(lambda: _in_timeline(two, family, "referral_cancelled"), "the end in the file", SECONDS)
    assert not two.count(f"intake-{SITE}", f"select count(*) from release where household_id = '{family}'")


def test_the_family_moves_after_the_answer(two: Stack) -> None:
    """The file goes to the other site: the release ends here and is given anew there; what is offered there goes on."""
    with two.client() as team, two.client(site=THERE) as there, two.client("partner", PARTNER) as partner:
        family, referral = _ask(team)
        _post(partner, f"referrals/{referral}/accept", {})
        wait_until(lambda: _open_releases(two, SITE, family) == 1, "the release", SECONDS)
        moved = {"street": "Musterstraße 2", "postal_code": "44263", "city": "Dortmund", "district": "hoerde"}
        posted(
            team, f"households/{family}/moves", {"address": moved, "tenancy": "private", "moved_on": TODAY.isoformat()}
        )
        wait_until(lambda: _open_releases(two, THERE, family) == 1, "the release at the other site", 60)
        wait_until(lambda: not _open_releases(two, SITE, family), "the end of the one here", SECONDS)
        wait_until(lambda: _is_theirs(there, referral), "the referral at the other site", SECONDS)
        assert team.get(f"/referrals/api/v1/referrals/{referral}").status_code == 404

        def shown_there() -> bool:  # what the new site has told reaches the partner's referral a moment later
            known = partner.get(f"/referrals/api/v1/referrals/{referral}").json()
            host = {"host": f"{THERE}.localhost:{_port(two)}"}
            return partner.get(f"/intake/api/v1/shared/{known['grant_id']}", headers=host).status_code == 200

        wait_until(shown_there, "the contact data at the other site", SECONDS)
        _post(there, f"referrals/{referral}/start", {})
        _post(there, f"referrals/{referral}/complete", {"outcome": "got_help"})
        wait_until(lambda: _completed(there) == 1, "the figures of the other site", SECONDS)


def test_the_broker_is_down_in_between(two: Stack, running_servers: Servers) -> None:
    """Sent, then nothing can be told; the partner accepts all the same. Afterwards everything arrives, once."""
    if isinstance(running_servers.rabbitmq, GivenServer):
        pytest.skip("the broker was given by its URL; it is not ours to stop")
    with two.client() as team, two.client("partner", PARTNER) as partner:
        family, referral = _ask(team)
        running_servers.rabbitmq.stop()
        try:
            _post(partner, f"referrals/{referral}/accept", {})
            assert _state(team, referral) == "accepted"
        finally:
            running_servers.rabbitmq.start()
        wait_until(lambda: _open_releases(two, SITE, family) == 1, "the release", 90)
        wait_until(lambda: _in_timeline(two, family, "referral_accepted"), "the answer in the file", SECONDS)
        steps = f"select count(*) from referral_step where referral_id = '{referral}' and what = 'accepted'"
        assert two.count("referrals", steps) == 1


def _state(client: httpx.Client, referral: str) -> str:
    return str(client.get(f"/referrals/api/v1/referrals/{referral}").raise_for_status().json()["state"])


def _is_theirs(team: httpx.Client, referral: str) -> bool:
    return team.get(f"/referrals/api/v1/referrals/{referral}").status_code == 200


def _deletions(partner: httpx.Client) -> list[dict[str, Any]]:
    return list(partner.get("/referrals/api/v1/deletions").raise_for_status().json()["items"])


def _completed(team: httpx.Client) -> int:
    """How many referrals of this site are counted as completed."""
    period = {"from": "2016-10-01", "to": TODAY.isoformat(), "by": "state"}
    rows = team.get("/reporting/api/v1/referrals", params=period).raise_for_status().json()["rows"]
    return int({row["key"]: row["count"] for row in rows}["completed"] or 0)


def _in_timeline(stack: Stack, family: str, kind: str) -> bool:
    found = f"select count(*) from timeline where household_id = '{family}' and kind = '{kind}'"
    return stack.count(f"intake-{SITE}", found) == 1


def _open_releases(stack: Stack, site: str, family: str) -> int:
    found = f"select count(*) from release where household_id = '{family}' and ended_at is null"
    return stack.count(f"intake-{site}", found)


def _port(stack: Stack) -> str:
    return stack.environment["LOKAL_PORT"]


def _directory(team: httpx.Client) -> None:
    """The partner and its offer, for the whole city."""
    details = {"slug": PARTNER, "name": "Projekt Ankommen e.V.", "kind": "association", "all_sites": True}
    _post(team, "partners", {**details, "email": "post@projekt-ankommen.example"})
    _post(team, "offers", {"partner": PARTNER, "kind": "german_course", "title": {"de": "Deutsch am Vormittag"}})


def _ask(team: httpx.Client) -> tuple[str, str]:
    """A family, its need and its consent, the best offer for it, and the question; the ids of family and referral."""
    family = posted(team, "households", household(phone="0231 555010"))["household_id"]
    need = posted(team, f"households/{family}/needs", {"area": "language"})["need_id"]
    consent = {"recipient": {"kind": "partner", "slug": PARTNER}, "purpose": "referral"}
    posted(team, f"households/{family}/consents", consent)

    def best() -> str | None:
        answer = team.get("/referrals/api/v1/matches", params={"need_id": need})
        offers = answer.json()["offers"] if answer.is_success else []
        return str(offers[0]["offer_id"]) if offers else None

    wait_until(lambda: best() is not None, "an offer for the need", SECONDS)
    wanted = {
        "household_id": family,
        "need_id": need,
        "area": "language",
        "offer_id": best(),
        "legal_basis": {"kind": "consent"},
    }
    referral = _post(team, "referrals", wanted)["referral_id"]
    _post(team, f"referrals/{referral}/send", {})
    return family, referral


def _post(team: httpx.Client, path: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = team.post(f"/referrals/api/v1/{path}", json=body, headers={"idempotency-key": str(uuid.uuid4())})
    assert answer.is_success, answer.text
    return dict(answer.json())
