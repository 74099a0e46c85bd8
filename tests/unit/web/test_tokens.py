"""Tokens: who is believed what."""

import base64
import hmac
import json
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import OKPKey

from shared.ids import uuid7
from shared.web import tokens
from shared.web.keys import KeyRing, ensure_signing_key, public_jwk
from shared.web.tokens import Principal, Role, TokenExpired, TokenRefused

SITE = "brackel-aplerbeck"
NEIGHBOUR = "hoerde-hombruch"
Rings = Callable[[str], KeyRing]


@pytest.fixture
def rings(tmp_path: Path) -> Rings:
    """The key rings of three stacks that know each other's public keys."""
    published: dict[str, Sequence[Mapping[str, Any]]] = {}
    for stack in (SITE, NEIGHBOUR, "city"):
        ensure_signing_key(tmp_path / stack)
        published[stack] = [public_jwk(tmp_path / stack)]

    async def register() -> Mapping[str, Sequence[Mapping[str, Any]]]:
        return published

    made = {stack: KeyRing(stack, tmp_path / stack, register) for stack in published}
    return made.__getitem__


def person(role: Role = Role.TEAM, site: str | None = SITE, issuer: str = SITE) -> Principal:
    return Principal("alex", role, site, uuid7(), issuer, "Alex")


def claims_of(principal: Principal, **changes: Any) -> dict[str, Any]:
    now = int(time.time())
    claims = {
        "iss": principal.issuer,
        "sub": principal.account,
        "name": principal.display_name,
        "role": str(principal.role),
        "site": principal.site,
        "sid": str(principal.session_id),
        "iat": now,
        "exp": now + 900,
    }
    return {**claims, **changes}


def signed(ring: KeyRing, claims: Mapping[str, Any], **header: Any) -> str:
    full = {"alg": "Ed25519", "kid": ring.own_id, **header}
    return jwt.encode(full, dict(claims), ring.signing_key, algorithms=["Ed25519"])


def unsigned(header: Mapping[str, Any], claims: Mapping[str, Any], signature: bytes = b"") -> str:
    return ".".join(text(part) for part in (json.dumps(header).encode(), json.dumps(claims).encode(), signature))


def text(part: bytes) -> str:
    return base64.urlsafe_b64encode(part).decode().rstrip("=")


async def test_round_trip(rings: Rings) -> None:
    """What a stack signs, every stack that knows its key reads, with nothing lost."""
    alex = person()
    token = tokens.issue(rings(SITE), alex)
    for stack in (SITE, NEIGHBOUR, "city"):
        assert (await tokens.verify(rings(stack), token)).principal == alex


async def test_expired_token_says_whose_it_was(rings: Rings) -> None:
    """A token whose time is over is refused, but tells which stack can renew it."""
    alex = person()
    token = tokens.issue(rings(SITE), alex, timedelta(seconds=-60))
    with pytest.raises(TokenExpired) as refused:
        await tokens.verify(rings("city"), token)
    assert refused.value.principal == alex
    assert 60 <= refused.value.since < 120


async def test_none_is_no_algorithm(rings: Rings) -> None:
    """A token with `alg: none` is refused, with and without a signature."""
    claims = claims_of(person())
    for signature in (b"", b"x" * 64):
        token = unsigned({"alg": "none", "typ": "JWT", "kid": rings(SITE).own_id}, claims, signature)
        with pytest.raises(TokenRefused):
            await tokens.verify(rings(SITE), token)


async def test_public_key_is_no_hmac_secret(rings: Rings) -> None:
    """A token signed with HMAC, our public key as its secret, is refused (algorithm confusion)."""
    ring = rings(SITE)
    secret = ring.signing_key.as_pem(private=False)
    content = unsigned({"alg": "HS256", "typ": "JWT", "kid": ring.own_id}, claims_of(person())).rstrip(".")
    token = f"{content}.{text(hmac.digest(secret, content.encode(), 'sha256'))}"
    with pytest.raises(TokenRefused):
        await tokens.verify(ring, token)


async def test_signature_must_fit(rings: Rings) -> None:
    """A token whose claims were changed after signing is refused."""
    header, _claims, signature = tokens.issue(rings("city"), person(Role.GUEST, None, "city")).split(".")
    richer = unsigned({}, claims_of(person(Role.PRIVACY, None, "city"))).split(".")[1]
    with pytest.raises(TokenRefused):
        await tokens.verify(rings("city"), ".".join((header, richer, signature)))


async def test_unknown_key_is_refused(rings: Rings) -> None:
    """A key that no stack has published proves nothing, also under a known key's id."""
    stranger = OKPKey.generate_key("Ed25519")
    for kid in (stranger.thumbprint(), rings(SITE).own_id, rings("city").own_id, "", "x" * 10_000):
        token = jwt.encode({"alg": "Ed25519", "kid": kid}, claims_of(person()), stranger, algorithms=["Ed25519"])
        with pytest.raises(TokenRefused):
            await tokens.verify(rings(SITE), token)


async def test_key_in_the_header_is_not_used(rings: Rings) -> None:
    """A token cannot bring its own key along (`jwk` in the header)."""
    stranger = OKPKey.generate_key("Ed25519")
    header = {"alg": "Ed25519", "kid": stranger.thumbprint(), "jwk": stranger.as_dict(private=False)}
    token = jwt.encode(header, claims_of(person()), stranger, algorithms=["Ed25519"])
    with pytest.raises(TokenRefused):
        await tokens.verify(rings(SITE), token)


@pytest.mark.parametrize(
    ("signer", "role", "site", "issuer"),
    [
        (NEIGHBOUR, "team", SITE, NEIGHBOUR),  # a site speaks for its neighbour's team
        (NEIGHBOUR, "team", SITE, SITE),  # a site calls itself its neighbour
        (NEIGHBOUR, "privacy", None, NEIGHBOUR),  # a site gives a role of the city
        (NEIGHBOUR, "coordinator", None, "city"),  # a site calls itself the city
        ("city", "privacy", None, SITE),  # the city gives its own role in a site's name
        ("city", "team", SITE, "city"),  # the city makes itself a site's team
        ("city", "team", "city", "city"),
        ("city", "team", None, "city"),
    ],
)
async def test_no_stack_speaks_for_another(rings: Rings, signer: str, role: str, site: str | None, issuer: str) -> None:
    """A good signature does not help a stack that says what is another's to say."""
    token = signed(rings(signer), claims_of(person(), role=role, site=site, iss=issuer))
    with pytest.raises(TokenRefused):
        await tokens.verify(rings(SITE), token)


@pytest.mark.parametrize(
    ("stack", "role", "site"), [(SITE, Role.PRIVACY, SITE), (SITE, Role.TEAM, NEIGHBOUR), ("city", Role.TEAM, SITE)]
)
def test_no_stack_signs_what_is_not_its_own(rings: Rings, stack: str, role: Role, site: str) -> None:
    """A stack does not even issue a token that nobody would believe."""
    with pytest.raises(ValueError, match="gives no role"):
        tokens.issue(rings(stack), person(role, site, stack))


@pytest.mark.parametrize("missing", ["iss", "sub", "name", "role", "site", "sid", "iat", "exp"])
async def test_every_claim_is_needed(rings: Rings, missing: str) -> None:
    """A token without one of its claims is refused."""
    claims = claims_of(person())
    del claims[missing]
    with pytest.raises(TokenRefused):
        await tokens.verify(rings(SITE), signed(rings(SITE), claims))


@pytest.mark.parametrize(
    "changes",
    [
        {"role": "mayor"},
        {"sid": "no id"},
        {"sub": ""},
        {"sub": 7},
        {"exp": "soon"},
        {"exp": None},
        {"exp": 1e400},
        {"iat": int(time.time()) + 3600, "exp": int(time.time()) + 7200},
    ],
)
async def test_claims_must_make_sense(rings: Rings, changes: dict[str, Any]) -> None:
    """Claims of another kind, and tokens from the future, are refused and never crash."""
    with pytest.raises(TokenRefused):
        await tokens.verify(rings(SITE), signed(rings(SITE), claims_of(person(), **changes)))


@pytest.mark.parametrize(
    "text", ["", ".", "..", "a.b.c", "é.é.é", "x" * 20_000, "eyJhbGciOiJFZDI1NTE5In0.e30.", "[" * 9999]
)
async def test_rubbish_is_refused(rings: Rings, text: str) -> None:
    """Whatever stands in the header, the answer is a refusal."""
    with pytest.raises(TokenRefused):
        await tokens.verify(rings(SITE), text)


async def test_deeply_nested_claims_are_refused(rings: Rings) -> None:
    """A genuine-looking token full of brackets does not exhaust the parser's stack."""
    nested = base64.urlsafe_b64encode(b"[" * 30_000).decode().rstrip("=")
    with pytest.raises(TokenRefused):
        await tokens.verify(rings(SITE), f"{nested}.{nested}.{nested}")
