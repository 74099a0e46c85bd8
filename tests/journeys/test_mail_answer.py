"""An association without IT helps: asked by mail, it accepts with one click and sees the contact data, once."""

import re
import uuid
from collections.abc import Iterator
from email import message_from_bytes, policy
from typing import Any

import httpx
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import Envelope

from deploy.servers import Servers
from deploy.servers.process import free_port, wait_until
from tests.journeys.browser_without_scripts import Browser
from tests.journeys.conftest import SITE, running_stack
from tests.journeys.test_move_to_statistics import household, posted

SECONDS = 30
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


def test_from_the_need_to_the_contact_data_by_mail(
    mailbox: tuple[Mailbox, str], running_servers: Servers, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Nobody signs in at the association; the team sees the answer, the site who has looked; no mail names anybody."""
    box, url = mailbox
    with running_stack(running_servers, tmp_path_factory.mktemp("stack"), LOKAL_SMTP_URL=url) as stack:
        with stack.client() as team:
            family, referral = _ask(team)
            partner = Browser(stack.variables()["GATEWAY_URL"])
            partner.open(box.link("Neue Anfrage"))
            partner.submit("/referrals/answer", does="accept")
            assert "Angenommen" in partner.page
            assert team.get(f"/referrals/api/v1/referrals/{referral}").json()["state"] == "accepted"
            contact = box.link("Kontaktdaten sind freigegeben")
            partner.open(contact)
            partner.submit("/referrals/answer", does="contact")
            assert "Freigabe öffnen" in partner.page
            partner.submit(re.findall(r'action="(/intake/shared/[^"]+)"', partner.page)[0])
            assert "Musterfamilie" in partner.page
            with pytest.raises(httpx.HTTPStatusError, match="410"):
                partner.open(contact)
        looked = f"select who from release_look where household_id = '{family}'"
        assert stack.ask(f"INTAKE_{SITE}", looked) == f"Zugangslink für {PARTNER}"
        wait_until(
            lambda: (
                stack.count(f"INTAKE_{SITE}", "select count(*) from timeline where kind = 'referral_accepted'") == 1
            ),
            "the answer in the file",
            SECONDS,
        )
    assert not [mail for mail in box.mails if "Muster" in mail or family in mail or referral in mail]


def _ask(team: httpx.Client) -> tuple[str, str]:
    """A family, its consent, a partner with an offer, and the question; the ids of family and referral."""
    family = posted(team, "households", household(phone="0231 555010"))["household_id"]
    need = posted(team, f"households/{family}/needs", {"area": "language"})["need_id"]
    consent = {"recipient": {"kind": "partner", "slug": PARTNER}, "purpose": "referral"}
    posted(team, f"households/{family}/consents", consent)
    _post(
        team,
        "partners",
        {
            "slug": PARTNER,
            "name": "Projekt Ankommen e.V.",
            "kind": "association",
            "sites": [SITE],
            "email": "post@projekt-ankommen.example",
        },
    )
    offer = {"partner": PARTNER, "kind": "german_course", "title": {"de": "Deutsch am Vormittag"}}
    wanted = {
        "household_id": family,
        "need_id": need,
        "area": "language",
        "offer_id": _post(team, "offers", offer)["offer_id"],
        "legal_basis": {"kind": "consent"},
    }
    referral = _post(team, "referrals", wanted)["referral_id"]
    _post(team, f"referrals/{referral}/send", {})
    return family, referral


def _post(team: httpx.Client, path: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = team.post(f"/referrals/api/v1/{path}", json=body, headers={"idempotency-key": str(uuid.uuid4())})
    assert answer.is_success, answer.text
    return dict(answer.json())
