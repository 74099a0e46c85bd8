"""Where mails go out: what an address of a mail server means, and that a password never goes out in clear."""

from typing import Any

import pytest
from pydantic import ValidationError

from shared.mail import MailSettings

COMMON: dict[str, Any] = {
    "site": "city",
    "database_url": "postgresql://nobody@127.0.0.1:1/none",
    "rabbitmq_url": "amqp://nobody@127.0.0.1:1",
    "signing_key_file": "none.key",
    "port": 1,
}


@pytest.mark.parametrize(
    ("url", "port", "use_tls", "start_tls"),
    [
        ("smtp://mail.example", 25, False, None),
        ("smtp://lokal:ge%40heim@mail.example:587", 587, False, True),
        ("smtps://lokal:ge%40heim@mail.example", 465, True, False),
    ],
)
def test_how_a_server_is_reached(url: str, port: int, use_tls: bool, start_tls: bool | None) -> None:
    """Encrypted where the server can, always where a password is given."""
    smtp = MailSettings(**COMMON, smtp_url=url).smtp()
    assert (smtp["hostname"], smtp["port"], smtp["use_tls"], smtp["start_tls"]) == (
        "mail.example",
        port,
        use_tls,
        start_tls,
    )
    assert smtp["password"] == ("ge@heim" if "@mail" in url else None)


@pytest.mark.parametrize("wrong", [{"smtp_url": "mail.example:25"}, {"mail_from": "lokal willkommen"}])
def test_what_cannot_work_is_refused_at_the_start(wrong: dict[str, Any]) -> None:
    """Not only when the first mail is to be sent."""
    with pytest.raises(ValidationError):
        MailSettings(**COMMON, **wrong)
