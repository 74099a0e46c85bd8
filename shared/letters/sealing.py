"""The sealed form of a letter: JSON, signed (JWS, RFC 7515), then encrypted (JWE, RFC 7516).

Signed inside, encrypted outside: nobody on the way learns even which site has written it, and nobody can put his own
signature in the place of another's. Signatures are Ed25519 with the stack's key (RFC 8037, 9864), encryption is
ECDH-ES on X25519 with A256GCM. Nothing is compressed, so that no small letter becomes a huge one when it is opened.
"""

import hashlib
import time
from typing import Any
from uuid import UUID

import orjson
from joserfc import jwe, jws
from joserfc.errors import JoseError
from joserfc.jwe import JWERegistry
from joserfc.jws import JWSRegistry
from joserfc.util import urlsafe_b64decode
from pydantic import BaseModel, ConfigDict, ValidationError

from shared.contracts.words import CITY
from shared.letters import (
    MAX_BYTES,
    Letter,
    LetterKeys,
    LetterKind,
    LetterRefused,
    NoLetterKey,
    OutgoingLetter,
    RefusedBecause,
    SenderUnknown,
)
from shared.web.keys import KeyRing, key_id

SIGNED = "lokal-letter+jws"
"""`typ` of what is signed: a session token, signed with the same key, does not pass for a letter, nor the reverse."""
ALGORITHM = "Ed25519"
VERSION = 1
"""Of the letter's own form. What its content may hold, the receiving site's tables say."""
MAX_CONTENT = 4 * 1024 * 1024
"""Bytes of a letter's content as JSON: base64 twice makes 1.8 times as much of it, and 8 MiB are carried."""

_FAULTS = (JoseError, ValueError, LookupError, TypeError, ArithmeticError, RecursionError)
"""What reading a stranger's bytes may raise."""


class _Encryption(JWERegistry):
    """The library's own limit of 64 KiB is for tokens."""

    max_ciphertext_length = MAX_BYTES


class _Signature(JWSRegistry):
    """The library's own limit of 128 KB is for tokens."""

    max_payload_length = MAX_BYTES


_ENCRYPTION = _Encryption(algorithms=["ECDH-ES", "A256GCM"])
_SIGNATURE = _Signature(algorithms=[ALGORITHM])


class _Payload(BaseModel):
    """What is signed."""

    model_config = ConfigDict(extra="forbid", strict=False)

    version: int
    letter_id: UUID
    kind: LetterKind
    iss: str
    aud: str
    iat: int
    household_id: UUID | None
    charge: int | None
    content: dict[str, Any]


class Sealing:
    """Seals letters of the own site and opens letters to it."""

    def __init__(self, keys: KeyRing, letter_keys: LetterKeys) -> None:
        self._keys = keys
        self._letter_keys = letter_keys

    async def seal(self, letter: OutgoingLetter) -> bytes:
        """The letter for the wire, sealed anew each time. Raises `NoLetterKey` while the receiving site has none."""
        recipient = await self._letter_keys.of_site(letter.to_site)
        if recipient is None:
            raise NoLetterKey(letter.to_site)
        payload = {
            "version": VERSION,
            "letter_id": str(letter.id),
            "kind": letter.kind,
            "iss": self._keys.stack,
            "aud": letter.to_site,
            "iat": int(time.time()),
            "household_id": letter.household_id and str(letter.household_id),
            "charge": letter.charge,
            "content": letter.content,
        }
        signed = jws.serialize_compact(
            {"alg": ALGORITHM, "kid": self._keys.own_id, "typ": SIGNED},
            orjson.dumps(payload),
            self._keys.signing_key,
            registry=_SIGNATURE,
        )
        header = {"alg": "ECDH-ES", "enc": "A256GCM", "kid": key_id(recipient), "cty": SIGNED}
        return jwe.encrypt_compact(header, signed, recipient, registry=_ENCRYPTION).encode("ascii")

    async def open(self, body: bytes) -> Letter:
        """The letter in these bytes. Raises `LetterRefused`, and `SenderUnknown` if waiting may help."""
        payload, stack = await self._verified(self._decrypted(body))
        letter = _read(payload, stack)
        if stack in (CITY, self._keys.stack) or letter.iss != stack or letter.aud != self._keys.stack:
            raise LetterRefused(RefusedBecause.FOREIGN, stack)
        return Letter(
            id=letter.letter_id,
            kind=letter.kind,
            from_site=stack,
            to_site=letter.aud,
            household_id=letter.household_id,
            charge=letter.charge,
            content=letter.content,
            digest=_digest(letter),
        )

    def _decrypted(self, body: bytes) -> bytes:
        if len(body) > MAX_BYTES:
            raise LetterRefused(RefusedBecause.UNREADABLE)
        try:
            kid = _header(body).get("kid")
        except _FAULTS:
            raise LetterRefused(RefusedBecause.UNREADABLE) from None
        key = self._letter_keys.own(kid) if isinstance(kid, str) else None
        if key is None:
            raise LetterRefused(RefusedBecause.NOT_OURS)
        try:
            opened = jwe.decrypt_compact(body, key, registry=_ENCRYPTION).plaintext
        except _FAULTS:
            raise LetterRefused(RefusedBecause.UNREADABLE) from None
        return opened or b""

    async def _verified(self, signed: bytes) -> tuple[bytes, str]:
        """What was signed, and the stack whose key has signed it."""
        try:
            header = jws.extract_compact(signed, registry=_SIGNATURE).headers()
        except _FAULTS:
            raise LetterRefused(RefusedBecause.UNREADABLE) from None
        kid = header.get("kid")
        if header.get("typ") != SIGNED or header.get("alg") != ALGORITHM or not isinstance(kid, str):
            raise LetterRefused(RefusedBecause.FORGED)
        found = await self._keys.find(kid)
        if found is None:
            raise SenderUnknown
        stack, key = found
        try:
            return jws.deserialize_compact(signed, key, registry=_SIGNATURE).payload, stack
        except _FAULTS:
            raise LetterRefused(RefusedBecause.FORGED) from None


def _header(body: bytes) -> dict[str, Any]:
    if body.count(b".") != 4:
        raise ValueError("no JWE in the compact form")
    header = orjson.loads(urlsafe_b64decode(body.partition(b".")[0]))
    if not isinstance(header, dict):
        raise TypeError("no header")
    return header


def _read(payload: bytes, stack: str) -> _Payload:
    try:
        said = orjson.loads(payload)
        newer = isinstance(said, dict) and isinstance(said.get("version"), int) and said["version"] > VERSION
        if not newer:
            return _Payload.model_validate(said)
    except (ValidationError, ValueError, RecursionError):
        raise LetterRefused(RefusedBecause.UNREADABLE, stack) from None
    raise LetterRefused(RefusedBecause.NEWER_VERSION, stack)


def _digest(letter: _Payload) -> bytes:
    """The same for each copy: when it was signed does not count."""
    said = letter.model_dump(mode="json", exclude={"iat", "version"})
    return hashlib.sha256(orjson.dumps(said, option=orjson.OPT_SORT_KEYS)).digest()
