"""Tickets: the city's fresh one-time code with which a partner coming from a mail opens a release at a site.

A JWT, signed by the city, for one release and one site, good for ten minutes; the site accepts it once (network
contract: "coming from a mail link, with a fresh one-time code").
"""

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jws import extract_compact

from shared.contracts.words import CITY
from shared.web.keys import KeyRing
from shared.web.tokens import ALGORITHM, CLOCK_SKEW

TYPE = "lokal-ticket+jwt"
"""The same keys sign sessions and letters: each says what it is, and is taken for nothing else."""
LASTS = timedelta(minutes=10)


class TicketRefused(Exception):
    """It opens nothing: forged, too old, or for something else."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """A genuine ticket for this site; whether it was used before is the site's to know."""

    grant_id: UUID
    id: UUID
    expires_at: datetime


def issue(keys: KeyRing, grant_id: UUID, site: str) -> str:
    """A ticket for a release of a site; only the city gives tickets."""
    if keys.stack != CITY:
        raise ValueError(f"{keys.stack} gives no tickets")
    now = int(time.time())
    claims = {
        "iss": CITY,
        "aud": site,
        "sub": str(grant_id),
        "jti": str(uuid4()),
        "iat": now,
        "exp": now + int(LASTS.total_seconds()),
    }
    header = {"alg": ALGORITHM, "typ": TYPE, "kid": keys.own_id}
    return jwt.encode(header, claims, keys.signing_key, algorithms=[ALGORITHM])


async def verify(keys: KeyRing, text: str) -> Ticket:
    """The ticket, if the city has given it for the own site and it is fresh. Raises `TicketRefused`."""
    try:
        header = extract_compact(text.encode("ascii")).headers()
        kid = header.get("kid")
        is_ticket = header.get("alg") == ALGORITHM and header.get("typ") == TYPE
        found = await keys.find(kid) if isinstance(kid, str) and is_ticket else None
        if found is None or found[0] != CITY:
            raise TicketRefused("not the city's")
        claims = jwt.decode(text, found[1], algorithms=[ALGORITHM]).claims
        issued_at, expires_at = int(claims["iat"]), int(claims["exp"])
        if claims["iss"] != CITY or claims["aud"] != keys.stack:
            raise TicketRefused("for another site")
        ticket = Ticket(UUID(claims["sub"]), UUID(claims["jti"]), datetime.fromtimestamp(expires_at, UTC))
    except (JoseError, ValueError, LookupError, TypeError, ArithmeticError, AttributeError, RecursionError) as error:
        raise TicketRefused(type(error).__name__) from None
    now = time.time()
    if issued_at > now + CLOCK_SKEW or expires_at <= now:
        raise TicketRefused("not fresh")
    return ticket
