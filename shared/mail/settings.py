"""What a service that sends mails is told by its environment."""

from email.headerregistry import Address
from email.utils import parseaddr
from typing import Annotated
from urllib.parse import unquote, urlsplit

from pydantic import AfterValidator, Field

from shared.settings import ServiceSettings

_PORTS = {"smtp": 25, "smtps": 465}


def _is_smtp(url: str) -> str:
    if url and (urlsplit(url).scheme not in _PORTS or not urlsplit(url).hostname):
        raise ValueError("smtp://user:password@host:port or smtps://… is expected")
    return url


def _is_sender(text: str) -> str:
    name, address = parseaddr(text)
    Address(name, addr_spec=address)  # raises ValueError for what no mail could come from
    if not address:
        raise ValueError("Name <address@host> is expected")
    return text


def address_in(sender: str) -> str:
    """The address in `mail_from`, without the name."""
    return parseaddr(sender)[1]


class MailSettings(ServiceSettings):
    """Where mails go out, and from whom."""

    smtp_url: Annotated[str, AfterValidator(_is_smtp)] = Field(
        default="",
        description="`smtp://user:password@host:port` (with STARTTLS where the server has it; always where a password "
        "is given) or `smtps://…`. Empty: mails are kept and not sent.",
    )
    mail_from: Annotated[str, AfterValidator(_is_sender)] = Field(
        default="lokal willkommen <lokal-willkommen@localhost>", description="From whom mails come, with the address."
    )

    def smtp(self) -> dict[str, object]:
        """The mail server as `aiosmtplib.SMTP` takes it."""
        url = urlsplit(self.smtp_url)
        tls = url.scheme == "smtps"
        return {
            "hostname": url.hostname,
            "port": url.port or _PORTS[url.scheme],
            "username": unquote(url.username) if url.username else None,
            "password": unquote(url.password) if url.password else None,
            "use_tls": tls,
            # None: encrypted where the server can; a password never goes out in clear.
            "start_tls": True if url.username and not tls else None if not tls else False,
        }
