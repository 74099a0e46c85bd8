"""Ids: UUIDv7 (RFC 9562, section 5.7), which sort by the time they were made."""

from uuid import UUID

from uuid6 import uuid7 as _uuid7


def uuid7() -> UUID:
    """A new UUIDv7 as a plain `uuid.UUID` (the standard library has none before Python 3.14)."""
    return UUID(int=_uuid7().int)
