"""Letters between sites: written in one transaction with what they tell of, sealed, carried, opened, answered.

A letter is signed by the site that sends it and encrypted for the one that it is written to (network contract:
personal data leaves a site). Here stands what the three rooms share: `sealing` makes and opens the sealed form,
`courier` carries what waits in `letter_out` to the broker, `box` takes what lies in the site's own queue.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol
from uuid import UUID

from joserfc.jwk import OKPKey

EXCHANGE = "lokal.handover"
"""Direct exchange; the routing key is the receiving site."""
CONTENT_TYPE = "application/jose"
MAX_BYTES = 8 * 1024 * 1024
"""Of a sealed letter; the broker refuses more."""
CHANNEL = "lokal_letters"
"""PostgreSQL channel on which a command that has written a letter wakes the courier, once it has committed."""


class LetterKind(StrEnum):
    """What a letter is about. Every kind but a receipt is answered by a receipt."""

    HANDOVER = "handover"
    """A household's whole file, with the next charge number."""
    SUPPLEMENT = "supplement"
    """What became known to a site about a file that it has handed over already."""
    REGISTRATION = "registration"
    """A row of an imported list that belongs to the receiving site."""
    RECEIPT = "receipt"


class LetterState(StrEnum):
    """Where a letter that was written here is (`letter_out.state`)."""

    WAITING = "waiting"
    """To be sent by the courier, for the first time or again."""
    SENT = "sent"
    """The broker has it; a receipt's last state."""
    CONFIRMED = "confirmed"
    REFUSED = "refused"
    """The other site has answered that it does not take it; somebody has to decide."""
    SUPERSEDED = "superseded"
    """A later letter has brought the file back; this one is not sent any more."""


class RefusedBecause(StrEnum):
    """Why a letter was not accepted."""

    FORGED = "forged"
    UNKNOWN_KEY = "unknown_key"
    FOREIGN = "foreign"
    """Genuine, but not from the site that it names, or not to this one."""
    NOT_OURS = "not_ours"
    """Sealed for a key that this site does not have."""
    UNREADABLE = "unreadable"
    REPLAYED = "replayed"
    """The id of a letter that was accepted, with other content."""
    NEWER_VERSION = "newer_version"
    """Written by a newer release, with content that this one would lose."""
    OUT_OF_ATTEMPTS = "out-of-attempts"
    """Nothing is wrong with it that could be named: taking it has failed each time. The word of the dead letters."""


@dataclass(frozen=True, slots=True)
class OutgoingLetter:
    """A row of `letter_out` that is to be sent; what the courier hands to `Sealing.seal`."""

    id: UUID
    kind: LetterKind
    to_site: str
    household_id: UUID | None
    charge: int | None
    content: Mapping[str, Any]
    made_at: datetime


@dataclass(frozen=True, slots=True)
class Letter:
    """An opened letter: genuine, from `from_site`, to us."""

    id: UUID
    kind: LetterKind
    from_site: str
    to_site: str
    household_id: UUID | None
    charge: int | None
    content: dict[str, Any]
    digest: bytes
    """SHA-256 of what the letter says, the same for each copy however often it was sealed anew."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """What is kept of a letter that was not accepted; nothing of its content."""

    because: RefusedBecause
    digest: bytes
    """SHA-256 of the sealed bytes."""
    claimed_site: str | None = None
    """The site whose key has signed it, where it was genuine so far."""


class LetterRefused(Exception):
    """The letter is not accepted, now and later: it goes to the dead letters and is shown on the desk."""

    def __init__(self, because: RefusedBecause, claimed_site: str | None = None) -> None:
        super().__init__(because.value)
        self.because = because
        self.claimed_site = claimed_site


class SenderUnknown(LetterRefused):
    """Signed with a key that the register has not told yet. It may come with the next site-opened, so the letter is
    put aside first, and refused only when it is out of attempts.
    """

    def __init__(self) -> None:
        super().__init__(RefusedBecause.UNKNOWN_KEY)


class NoLetterKey(Exception):
    """The register names no key for which a letter to this site could be sealed; the letter waits."""


class LetterKeys(Protocol):
    """The X25519 keys: the own private ones, the other sites' public ones."""

    def own(self, kid: str) -> OKPKey | None:
        """The own private key of this id (RFC 7638 thumbprint), also an older one; None: not ours."""
        ...

    async def of_site(self, site: str) -> OKPKey | None:
        """The public key for which letters to a site are sealed now: the first X25519 key of its entry."""
        ...


__all__ = [
    "CHANNEL",
    "CONTENT_TYPE",
    "EXCHANGE",
    "MAX_BYTES",
    "Letter",
    "LetterKeys",
    "LetterKind",
    "LetterRefused",
    "LetterState",
    "NoLetterKey",
    "OutgoingLetter",
    "Refusal",
    "RefusedBecause",
    "SenderUnknown",
]
