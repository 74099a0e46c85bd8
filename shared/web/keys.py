"""The stack's own keys and the ring of all stacks' public keys.

Each stack (a site, the city) signs the tokens of its own accounts with one Ed25519 key. The public halves stand in the
site register and reach everyone with `site-opened`, so that a token is verified without asking its stack, also when
the line between them is cut. A key's id is its thumbprint (RFC 7638).

A site has a second key, X25519, to which the other sites seal their letters (network contract: handover letters).
"""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

PublishedKeys = Callable[[], Awaitable[Mapping[str, Sequence[Mapping[str, Any]]]]]
"""Asks the service's copy of the site register: stack slug -> its public keys (JWK)."""


def ensure_signing_key(path: Path) -> bool:
    """Create the stack's private key if there is none; True if it was created. Only its owner can read it."""
    return _create(path, "Ed25519")


def letter_key_file(folder: Path, stack: str) -> Path:
    """The private X25519 key to which letters to this stack are sealed."""
    return folder / f"{stack}.letters.key"


def ensure_letter_key(folder: Path, stack: str) -> bool:
    """Create the key for letters to this stack if there is none; True if it was created."""
    return _create(letter_key_file(folder, stack), "X25519")


def rotate(path: Path) -> str:
    """Put a new key of the same kind in the place of the one in this file; returns the new key's id.

    The old one is kept beside it as `<stack>….<first eight characters of its id>.key` until `drop_older`: what it was
    used for may still be on its way. At every moment there is a current key.
    """
    old = _read(path)
    with suppress(FileExistsError):
        os.link(path, _kept(path, old))
    draft = path.with_name(f".{path.name}.new.{os.getpid()}")
    _create(draft, str(old.curve_name))
    draft.replace(path)
    return key_id(_read(path))


def older(path: Path) -> list[Path]:
    """The files with the keys that the one in this file has replaced."""
    current = key_id(_read(path))
    stem, kind = path.name.removesuffix(".key"), _read(path).curve_name
    found = {}
    for file in sorted(path.parent.glob(f"{stem}.*.key")):
        key = _read(file)
        # „site.*.key" also matches the site's keys for letters.
        if key.curve_name == kind and key_id(key) != current:
            found[file] = file.stat().st_mtime
    return sorted(found, key=lambda file: found[file], reverse=True)


def drop_older(path: Path) -> int:
    """Delete the keys that the one in this file has replaced; how many there were."""
    files = older(path)
    for file in files:
        file.unlink()
    return len(files)


def _kept(path: Path, key: OKPKey) -> Path:
    return path.with_name(f"{path.name.removesuffix('.key')}.{key_id(key)[:8]}.key")


def _create(path: Path, curve: str) -> bool:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    if path.exists():
        return False
    pem = OKPKey.generate_key(curve, private=True).as_pem(private=True)  # type: ignore[arg-type]
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


def _read(path: Path) -> OKPKey:
    key = OKPKey.import_key(path.read_bytes())
    if not key.is_private:
        raise ValueError(f"{path} holds no private key")
    return key


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
    return _public(read_signing_key(path))


def public_jwks(folder: Path, stack: str) -> list[dict[str, str]]:
    """The public halves of all keys of a stack, as they stand in the site register: of each kind the current one first.

    Those that were replaced stand there until they are dropped, so that what they have signed can still be verified.
    """
    signing, letters = folder / f"{stack}.key", letter_key_file(folder, stack)
    found = [public_jwk(file) for file in (signing, *older(signing))]
    if letters.exists():
        found += [{**_public(_read(file)), "use": "enc"} for file in (letters, *older(letters))]
    return found


def _public(key: OKPKey) -> dict[str, str]:
    return {**{k: str(v) for k, v in key.as_dict(private=False).items()}, "kid": key_id(key)}


class OpeningKeys:
    """The private keys with which a stack opens its letters: the current one, and those that it has replaced."""

    def __init__(self, folder: Path, stack: str) -> None:
        self._current = letter_key_file(folder, stack)
        self._known: dict[str, OKPKey] = {}

    def find(self, kid: str) -> OKPKey | None:
        """The key of this id, None if it is none of this stack's.

        The folder is read again for an id that is not known: keys are changed while the service runs.
        """
        if kid not in self._known:
            files = [self._current, *older(self._current)] if self._current.exists() else []
            self._known = {key_id(key): key for key in map(_read, files)}
        return self._known.get(kid)


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
