"""Session tokens: JWTs (RFC 7519) signed with Ed25519 (RFC 8037, RFC 9864).

The verifier does not only ask whether a signature is good, but whether that stack may say such a thing: a site speaks
for its own team and for nobody else, the city for its own roles and never for a site's team.
"""

import time
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from uuid import UUID

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jws import extract_compact

from shared.contracts.words import CITY
from shared.web.keys import KeyRing

ALGORITHM = "Ed25519"
SESSION_TOKEN = timedelta(minutes=15)
CLOCK_SKEW = 30
"""Seconds by which two machines' clocks may differ."""


class Role(StrEnum):
    """Who somebody is to the network."""

    TEAM = "team"
    COORDINATOR = "coordinator"
    ADMINISTRATION = "administration"
    PARTNER = "partner"
    AUTHORITY = "authority"
    VOLUNTEER = "volunteer"
    GUEST = "guest"
    PRIVACY = "privacy"
    OPERATIONS = "operations"


SITE_ROLES = frozenset({Role.TEAM})
"""Roles that a site's stack may give, for that site; all others are the city's to give."""


@dataclass(frozen=True, slots=True)
class Principal:
    """Somebody who has signed in, as the token says."""

    account: str
    role: Role
    site: str | None
    session_id: UUID
    issuer: str
    display_name: str

    @property
    def who(self) -> str:
        """The account with its stack: two stacks may have accounts of the same name."""
        return f"{self.account}@{self.issuer}"


class TokenRefused(Exception):
    """The token proves nothing."""


class TokenExpired(TokenRefused):
    """The token is genuine, but its time is over; `principal` is who it was, `since` seconds ago."""

    def __init__(self, principal: Principal, since: float) -> None:
        super().__init__("expired")
        self.principal = principal
        self.since = since


def may_issue(stack: str, role: Role, site: str | None) -> bool:
    """Whether a stack may give this role for this site."""
    if role in SITE_ROLES:
        return stack != CITY and site == stack
    return stack == CITY


def issue(keys: KeyRing, principal: Principal, lifetime: timedelta = SESSION_TOKEN) -> str:
    """A token of the own stack. Raises `ValueError` if this stack may not give such a role."""
    if principal.issuer != keys.stack or not may_issue(keys.stack, principal.role, principal.site):
        raise ValueError(f"{keys.stack} gives no role {principal.role} for {principal.site}")
    now = int(time.time())
    claims = {
        "iss": keys.stack,
        "sub": principal.account,
        "name": principal.display_name,
        "role": str(principal.role),
        "site": principal.site,
        "sid": str(principal.session_id),
        "iat": now,
        "exp": now + int(lifetime.total_seconds()),
    }
    header = {"alg": ALGORITHM, "kid": keys.own_id}
    return jwt.encode(header, claims, keys.signing_key, algorithms=[ALGORITHM])


@dataclass(frozen=True, slots=True)
class Verified:
    """A genuine token: who, and how many seconds it is old."""

    principal: Principal
    age: float


async def verify(keys: KeyRing, token: str) -> Verified:
    """Who the token speaks for. Raises `TokenExpired` or, for everything else that is wrong, `TokenRefused`."""
    try:
        header = extract_compact(token.encode("ascii")).headers()
        kid = header.get("kid")
        # The same key signs letters between sites, which say so in `typ`.
        is_token = header.get("alg") == ALGORITHM and header.get("typ") in (None, "JWT")
        found = await keys.find(kid) if isinstance(kid, str) and is_token else None
        if found is None:
            raise TokenRefused("unknown key or algorithm")
        stack, key = found
        claims = jwt.decode(token, key, algorithms=[ALGORITHM]).claims
        principal = Principal(
            account=_text(claims["sub"]),
            role=Role(claims["role"]),
            site=None if claims["site"] is None else _text(claims["site"]),
            session_id=UUID(claims["sid"]),
            issuer=_text(claims["iss"]),
            display_name=_text(claims["name"]),
        )
        issued_at, expires_at = int(claims["iat"]), int(claims["exp"])
    except (JoseError, ValueError, LookupError, TypeError, ArithmeticError, RecursionError) as error:
        raise TokenRefused(type(error).__name__) from None
    if principal.issuer != stack or not may_issue(stack, principal.role, principal.site):
        raise TokenRefused("a stack speaks for what is not its own")
    now = time.time()
    if issued_at > now + CLOCK_SKEW:
        raise TokenRefused("issued in the future")
    if expires_at <= now:
        raise TokenExpired(principal, now - expires_at)
    return Verified(principal, max(0.0, now - issued_at))


def _text(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise TypeError("no text")
    return value
