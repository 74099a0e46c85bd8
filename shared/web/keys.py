"""The stack's signing key and the ring of all stacks' public keys.

Each stack (a site, the city) signs the tokens of its own accounts with one Ed25519 key. The public halves stand in the
site register and reach everyone with `site-opened`, so that a token is verified without asking its stack, also when
the line between them is cut. A key's id is its thumbprint (RFC 7638).
"""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

PublishedKeys = Callable[[], Awaitable[Mapping[str, Sequence[Mapping[str, Any]]]]]
"""Asks the service's copy of the site register: stack slug -> its public keys (JWK)."""


def ensure_signing_key(path: Path) -> bool:
    """Create the stack's private key if there is none; True if it was created. Only its owner can read it."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    if path.exists():
        return False
    pem = OKPKey.generate_key("Ed25519", private=True).as_pem(private=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(pem)
        # A link, not a rename: of two processes that start at once, the second must not replace the first one's key.
        os.link(draft, path)
    except FileExistsError:
        return False
    finally:
        draft.unlink()
    return True


def read_signing_key(path: Path) -> OKPKey:
    """The private key; raises `ValueError` if the file holds another kind of key."""
    key = OKPKey.import_key(path.read_bytes())
    if key.curve_name != "Ed25519" or not key.is_private:
        raise ValueError(f"{path} holds no private Ed25519 key")
    return key


def key_id(key: OKPKey) -> str:
    """RFC 7638 thumbprint."""
    return key.thumbprint()


def public_jwk(path: Path) -> dict[str, str]:
    """The public half of the key file as a JWK, as it stands in the site register."""
    key = read_signing_key(path)
    return {**{k: str(v) for k, v in key.as_dict(private=False).items()}, "kid": key_id(key)}


class KeyRing:
    """Finds the stack and public key that belong to a key id; the own key needs nobody's register."""

    FRESH_SECONDS = 60.0
    """A withdrawn key is forgotten after this time."""
    PATIENCE_SECONDS = 2.0
    """An unknown key id asks the register again at most this often, so that forged ids cannot flood the database."""

    def __init__(self, stack: str, signing_key_file: Path, published: PublishedKeys) -> None:
        self.stack = stack
        self._published = published
        self._own = read_signing_key(signing_key_file)
        self.own_id = key_id(self._own)
        self._others: dict[str, tuple[str, OKPKey]] = {}
        self._asked_at = float("-inf")
        self._asking = asyncio.Lock()

    @classmethod
    def of_own(cls, stack: str, signing_key_file: Path) -> "KeyRing":
        """A ring with the own key alone: enough to sign, and to verify what the own stack has signed."""

        async def nobody() -> Mapping[str, Sequence[Mapping[str, Any]]]:
            return {}

        return cls(stack, signing_key_file, nobody)

    @property
    def signing_key(self) -> OKPKey:
        """The own stack's private key."""
        return self._own

    async def find(self, kid: str) -> tuple[str, OKPKey] | None:
        """The stack that signs with the key of this id, and its public key; None if nobody known does."""
        if kid == self.own_id:
            return self.stack, self._own
        async with self._asking:  # who comes while the register is being read must not be told that nobody has the key
            age = time.monotonic() - self._asked_at
            if age > self.FRESH_SECONDS or (kid not in self._others and age > self.PATIENCE_SECONDS):
                await self._ask()
        return self._others.get(kid)

    async def _ask(self) -> None:
        self._asked_at = time.monotonic()
        found: dict[str, tuple[str, OKPKey]] = {}
        for stack, jwks in (await self._published()).items():
            # Whoever could write a key for our own slug into the register could sign our own people in.
            if stack == self.stack:
                continue
            for jwk in jwks:
                try:
                    key = OKPKey.import_key({name: jwk[name] for name in ("kty", "crv", "x") if name in jwk})
                except (JoseError, ValueError):
                    continue
                if key.curve_name == "Ed25519":
                    found[key_id(key)] = (stack, key)
        self._others = found
