"""Passwords: Argon2id with the parameters of RFC 9106's low-memory recommendation (argon2-cffi's defaults)."""

import asyncio
import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

MIN_LENGTH = 12
MAX_LENGTH = 256
"""Longer ones are refused unread: hashing megabytes is work that a stranger could order."""

_hasher = PasswordHasher()
_NOBODYS = _hasher.hash("an account that does not exist is checked against this hash")
# 64 MiB and a core each: more at a time would let a flood of sign-ins take the machine away from everybody else.
_at_a_time = asyncio.Semaphore(2)


def normalised(password: str) -> str:
    """The same characters give the same password, whatever keyboard composed them (NFKC, as NIST SP 800-63B has it)."""
    return unicodedata.normalize("NFKC", password)


def hash_password(password: str) -> str:
    """Argon2id hash in PHC format; takes about a tenth of a second."""
    return _hasher.hash(normalised(password))


def needs_rehash(password_hash: str) -> bool:
    """Whether the hash was made with weaker parameters than today's."""
    return _hasher.check_needs_rehash(password_hash)


async def matches(password_hash: str | None, password: str) -> bool:
    """Whether the password is right; takes equally long for an account that does not exist or has no password."""
    async with _at_a_time:
        right = await asyncio.to_thread(_verify, password_hash or _NOBODYS, normalised(password))
    return right and password_hash is not None


def _verify(password_hash: str, password: str) -> bool:
    try:
        return _hasher.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False
