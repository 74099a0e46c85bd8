"""The signing key and the ring of public keys."""

import asyncio
import stat
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from joserfc.jwk import OKPKey

from shared.web.keys import (
    KeyRing,
    OpeningKeys,
    drop_older,
    ensure_letter_key,
    ensure_signing_key,
    letter_key_file,
    older,
    public_jwk,
    public_jwks,
    read_signing_key,
    rotate,
)


def test_key_is_made_once_and_private(tmp_path: Path) -> None:
    """The key file is made once, is never replaced, and only its owner can read it."""
    path = tmp_path / "secrets" / "city.key"
    assert ensure_signing_key(path)
    before = path.read_bytes()
    assert not ensure_signing_key(path)
    assert path.read_bytes() == before
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in path.parent.iterdir()] == ["city.key"]


def test_public_half_holds_no_secret(tmp_path: Path) -> None:
    """What goes into the site register verifies signatures and cannot make them."""
    ensure_signing_key(tmp_path / "key")
    jwk = public_jwk(tmp_path / "key")
    assert set(jwk) == {"kty", "crv", "x", "kid"}
    assert jwk["kid"] == read_signing_key(tmp_path / "key").thumbprint()


def test_other_keys_are_refused(tmp_path: Path) -> None:
    """A key of another kind is noticed at the start and not at the first sign-in."""
    (tmp_path / "key").write_bytes(OKPKey.generate_key("X25519").as_pem(private=True))
    with pytest.raises(ValueError, match="no private Ed25519 key"):
        read_signing_key(tmp_path / "key")


class Register:
    """A site register that counts how often it is asked."""

    def __init__(self) -> None:
        self.asked = 0
        self.keys: dict[str, Sequence[Mapping[str, Any]]] = {}

    async def __call__(self) -> Mapping[str, Sequence[Mapping[str, Any]]]:
        self.asked += 1
        await asyncio.sleep(0)
        return self.keys


@pytest.fixture
def register() -> Register:
    return Register()


@pytest.fixture
def ring(tmp_path: Path, register: Register) -> KeyRing:
    ensure_signing_key(tmp_path / "own")
    return KeyRing("brackel-aplerbeck", tmp_path / "own", register)


async def test_own_key_needs_no_register(ring: KeyRing, register: Register) -> None:
    """The own stack's tokens are read also before the register has told anything."""
    found = await ring.find(ring.own_id)
    assert found is not None
    assert found[0] == "brackel-aplerbeck"
    assert register.asked == 0


async def test_new_key_is_found_soon(ring: KeyRing, register: Register, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stack that opens later is known as soon as the register knows it."""
    monkeypatch.setattr(KeyRing, "PATIENCE_SECONDS", 0.0)
    key = OKPKey.generate_key("Ed25519")
    assert await ring.find(key.thumbprint()) is None
    register.keys["city"] = [key.as_dict(private=False)]
    found = await ring.find(key.thumbprint())
    assert found is not None
    assert found[0] == "city"


async def test_nobody_is_refused_while_the_register_is_read(ring: KeyRing, register: Register) -> None:
    """Two requests after a start come with the same foreign key: the second waits for what the first is asking."""
    key = OKPKey.generate_key("Ed25519")
    register.keys["city"] = [key.as_dict(private=False)]
    assert None not in await asyncio.gather(ring.find(key.thumbprint()), ring.find(key.thumbprint()))
    assert register.asked == 1


async def test_forged_ids_do_not_flood_the_register(ring: KeyRing, register: Register) -> None:
    """A thousand unknown key ids ask the database once."""
    for number in range(1000):
        assert await ring.find(f"forged-{number}") is None
    assert register.asked == 1


async def test_withdrawn_key_is_forgotten(ring: KeyRing, register: Register, monkeypatch: pytest.MonkeyPatch) -> None:
    """A key that has left the register is no longer believed once the ring asks again."""
    key = OKPKey.generate_key("Ed25519")
    register.keys["city"] = [key.as_dict(private=False)]
    assert await ring.find(key.thumbprint()) is not None
    register.keys.clear()
    monkeypatch.setattr(KeyRing, "FRESH_SECONDS", 0.0)
    assert await ring.find(key.thumbprint()) is None


async def test_register_cannot_replace_the_own_key(ring: KeyRing, register: Register) -> None:
    """A key that somebody publishes under our own slug is not ours."""
    key = OKPKey.generate_key("Ed25519")
    register.keys["brackel-aplerbeck"] = [key.as_dict(private=False)]
    assert await ring.find(key.thumbprint()) is None


async def test_broken_entries_do_not_hide_good_ones(ring: KeyRing, register: Register) -> None:
    """One unreadable key in the register does not lock everybody else out."""
    key = OKPKey.generate_key("Ed25519")
    register.keys["city"] = [{"kty": "OKP"}, {"kty": "EC", "x": "?"}, {}, key.as_dict(private=False)]
    assert await ring.find(key.thumbprint()) is not None


SITE = "hoerde-hombruch"


@pytest.fixture
def secrets(tmp_path: Path) -> Path:
    """The folder of a site that has both its keys."""
    ensure_signing_key(tmp_path / f"{SITE}.key")
    assert ensure_letter_key(tmp_path, SITE)
    assert not ensure_letter_key(tmp_path, SITE)
    return tmp_path


def test_the_register_gets_the_key_to_sign_and_the_key_for_letters(secrets: Path) -> None:
    """Both public halves, each with what it is for; no private part."""
    signing, letters = public_jwks(secrets, SITE)
    assert (signing["crv"], letters["crv"], letters["use"]) == ("Ed25519", "X25519", "enc")
    assert "d" not in signing | letters
    assert stat.S_IMODE(letter_key_file(secrets, SITE).stat().st_mode) == 0o600


def test_a_new_key_comes_first_and_the_old_one_still_opens(secrets: Path) -> None:
    """After a rotation the new key stands first in the register; a running service finds it, and keeps the old one."""
    before = [key["kid"] for key in public_jwks(secrets, SITE)]
    ring = OpeningKeys(secrets, SITE)
    assert ring.find(before[1]) is not None
    new = rotate(letter_key_file(secrets, SITE))
    rotate(secrets / f"{SITE}.key")
    after = [key["kid"] for key in public_jwks(secrets, SITE)]
    assert [after[1], after[3]] == [before[0], before[1]]
    assert after[2] == new
    assert len(older(secrets / f"{SITE}.key")) == 1
    assert ring.find(new) is not None
    assert ring.find(before[1]) is not None
    assert {stat.S_IMODE(file.stat().st_mode) for file in secrets.iterdir()} == {0o600}


def test_dropped_keys_open_nothing_any_more(secrets: Path) -> None:
    """When the old letters have come, only the current key is left, and the other kind is not touched."""
    old = public_jwks(secrets, SITE)[1]["kid"]
    rotate(letter_key_file(secrets, SITE))
    rotate(secrets / f"{SITE}.key")
    assert drop_older(letter_key_file(secrets, SITE)) == 1
    assert OpeningKeys(secrets, SITE).find(old) is None
    assert [key["crv"] for key in public_jwks(secrets, SITE)] == ["Ed25519", "Ed25519", "X25519"]


def test_a_site_without_keys_for_letters_opens_nothing(tmp_path: Path) -> None:
    """Before `lokal migrate` has made one there is none, and nothing breaks."""
    assert OpeningKeys(tmp_path, SITE).find("anything") is None
