"""Which broker user may speak for which source."""

import pytest

from shared.contracts import Event
from shared.contracts.common import ErasureAcknowledged
from shared.contracts.words import Service
from shared.ids import uuid7
from shared.messaging import envelope
from shared.messaging.link import user_of
from shared.messaging.users import DEFAULT_VHOST, Senders, site_user
from tests.component.messaging.stage import contact, message_of

OURS, THEIRS, ASKED = "brackel-aplerbeck", "hoerde-hombruch", "mengede-huckarde"


def fault(user: str | None, event: Event, source: str, site: str, vhost: str = DEFAULT_VHOST) -> str | None:
    """What the site in Brackel and Aplerbeck has against an event."""
    received = envelope.read(message_of(event, source=source, site=site))
    return Senders(site_user(OURS, vhost), vhost).fault(user, received)


@pytest.mark.parametrize("vhost", [DEFAULT_VHOST, "lokal"])
def test_a_sites_user_speaks_for_its_intake(vhost: str) -> None:
    """Neither for another site, nor for the city, nor for another service; and nobody without a name."""
    theirs = site_user(THEIRS, vhost)
    assert fault(theirs, contact(), f"/sites/{THEIRS}/intake", THEIRS, vhost) is None
    for source in (f"/sites/{ASKED}/intake", "/sites/city/reporting", f"/sites/{THEIRS}/reporting", f"x{THEIRS}"):
        assert fault(theirs, contact(), source, THEIRS, vhost), source
    assert fault(theirs, contact(), f"/sites/{THEIRS}/intake", ASKED, vhost), "an event that concerns another site"
    for nobody in (None, ""):
        assert fault(nobody, contact(), f"/sites/{THEIRS}/intake", THEIRS, vhost)


def test_an_erasure_is_acknowledged_to_the_site_that_asked() -> None:
    """The one event that concerns another site than the one that tells it."""
    done = ErasureAcknowledged(household_id=uuid7(), erasure_id=uuid7(), site=ASKED, service=Service.INTAKE)
    assert fault(site_user(THEIRS), done, f"/sites/{THEIRS}/intake", ASKED) is None
    assert fault(site_user(THEIRS), done, f"/sites/{ASKED}/intake", ASKED)


@pytest.mark.parametrize("user", ["lokal", site_user(OURS)])
def test_the_administration_and_the_queues_own_user_bring_what_others_have_said(user: str) -> None:
    """After a replay, and after a pause in a waiting room."""
    assert fault(user, contact(), f"/sites/{THEIRS}/intake", THEIRS) is None


def test_the_user_of_a_url() -> None:
    """As the broker will know it."""
    assert user_of("amqp://site%2Dx:secret@localhost/v") == "site-x"
    assert user_of("amqp://localhost") == "guest"
