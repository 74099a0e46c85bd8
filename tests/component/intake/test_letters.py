"""Letters that are not what they seem are refused, with a reason that is seen, and change nothing."""

import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import orjson
import pytest
from joserfc import jwe, jws
from joserfc.jwk import OKPKey
from sqlmodel.ext.asyncio.session import AsyncSession

from services.intake import commands
from services.intake.api.handovers import HandoverAnswer
from services.intake.pages.vocabulary.handovers import REFUSED as WORDS
from services.intake.tables.handovers import LetterOut
from shared.ids import uuid7
from shared.letters import MAX_BYTES, Letter, LetterKind, LetterRefused, OutgoingLetter, RefusedBecause, SenderUnknown
from shared.letters.box import REFUSED
from shared.letters.sealing import _ENCRYPTION, _SIGNATURE, MAX_CONTENT, SIGNED, Sealing
from shared.messaging.link import NotConfirmed, Outgoing
from shared.refusals import Conflict
from shared.web import tokens
from shared.web.identity import Principal, Role
from shared.web.keys import KeyRing, ensure_signing_key, key_id
from tests.component.intake.three_sites import BRACKEL, DISTRICTS, HOERDE, MENGEDE, Network, Site, opened, three_sites


@pytest.fixture
async def network(new_migrated: Callable[[], str], tmp_path: Path) -> AsyncIterator[Network]:
    """Three sites of this test alone."""
    async with three_sites({name: new_migrated() for name in DISTRICTS}, tmp_path) as network:
        yield network


def letter(content: dict[str, Any] | None = None, to_site: str = HOERDE) -> OutgoingLetter:
    """A supplement about a household that nobody knows."""
    said = content or {"supplement_id": str(uuid7()), "what": "move", "by": "amal", "wanted": {"left_city": True}}
    return OutgoingLetter(uuid7(), LetterKind.SUPPLEMENT, to_site, uuid7(), 2, said, None)  # type: ignore[arg-type]


def sealed(
    network: Network,
    key: OKPKey,
    *,
    to_key: str = HOERDE,
    header: dict[str, Any] | None = None,
    signed: str | None = None,
    **changes: Any,
) -> bytes:
    """A letter to Hörde as an attacker, or a site of another release, could make it."""
    said = {
        "version": 1,
        "letter_id": str(uuid4()),
        "kind": "supplement",
        "iss": BRACKEL,
        "aud": HOERDE,
        "iat": int(time.time()),
        "household_id": str(uuid4()),
        "charge": 2,
        "content": {"supplement_id": str(uuid4()), "what": "move", "by": "x", "wanted": {}},
        **changes,
    }
    head = {"alg": "Ed25519", "kid": key_id(key), "typ": SIGNED, **(header or {})}
    inside = signed or jws.serialize_compact(head, orjson.dumps(said), key, registry=_SIGNATURE)
    outside = network.letter_keys[to_key]
    head = {"alg": "ECDH-ES", "enc": "A256GCM", "kid": key_id(outside)}
    return jwe.encrypt_compact(head, inside, outside, registry=_ENCRYPTION).encode()


async def refused(site: Site, body: bytes) -> str:
    """Why the site's box has refused the letter; it lies with the dead letters, and a line on the desk says so."""
    buried, written = len(site.wire.dead), len(await site.rows("select id from letter_refused"))
    assert await site.receive(body)
    assert len(site.wire.dead) == buried + 1
    lines = await site.rows("select reason, claimed_site from letter_refused order by id")
    assert len(lines) == written + 1
    return str(lines[-1].reason)


async def test_a_forged_letter_is_refused(network: Network) -> None:
    """A stranger's signature under a site's key id, none at all, a changed byte and a token are no letters."""
    site = network.sites[HOERDE]
    brackel = network.sites[BRACKEL].keys
    stranger = OKPKey.generate_key("Ed25519", private=True)
    assert await refused(site, sealed(network, stranger, header={"kid": brackel.own_id})) == "forged"
    nothing = jws.serialize_compact(
        {"alg": "none", "kid": brackel.own_id, "typ": SIGNED}, b"{}", None, algorithms=["none"]
    )
    assert await refused(site, sealed(network, stranger, signed=nothing)) == "forged"
    token = tokens.issue(brackel, Principal("amal", Role.TEAM, BRACKEL, uuid4(), BRACKEL, "Amal"))
    assert await refused(site, sealed(network, stranger, signed=token)) == "forged"
    changed = bytearray(sealed(network, brackel.signing_key))
    changed[-1] = ord("A") if changed[-1] != ord("A") else ord("B")
    changed[-30] = ord("A") if changed[-30] != ord("A") else ord("B")
    assert await refused(site, bytes(changed)) == "unreadable"
    assert await refused(site, b"{}") == "unreadable"
    assert await refused(site, b"." * 4) == "unreadable"
    assert not await site.rows("select letter_id from letter_in")


async def test_a_refused_letter_is_written_down_once(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    """It comes again and again while the dead letters cannot be reached; the desk has one line of it."""
    site = network.sites[HOERDE]
    monkeypatch.setattr("shared.letters.box.GIVE_BACK_PAUSE", 0)
    publish = site.wire.publish

    async def away(message: Outgoing) -> None:
        raise NotConfirmed("no queue")

    site.wire.publish = away  # type: ignore[method-assign]
    assert not await site.receive(b"{}")
    assert not await site.receive(b"{}")
    site.wire.publish = publish  # type: ignore[method-assign]
    assert await site.receive(b"{}")
    assert [row.reason for row in await site.rows("select reason from letter_refused")] == ["unreadable"]
    assert len(site.wire.dead) == 1


async def test_a_letter_out_of_attempts_stands_on_the_desk(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    """What could not be taken in any attempt is not given up in silence: a line, a number, a sentence."""
    site = network.sites[HOERDE]

    async def broken(session: AsyncSession, taken: Letter) -> None:
        raise ValueError("something that nobody has thought of")

    monkeypatch.setattr(site.box, "_take", broken)
    body = await network.sites[BRACKEL].sealing.seal(letter())
    counted = REFUSED.labels(HOERDE, RefusedBecause.OUT_OF_ATTEMPTS)._value
    before = counted.get()
    assert await site.receive(body)
    assert not await site.rows("select id from letter_refused"), "it is tried again first"
    monkeypatch.setattr(site.box, "_retry_pauses", ())
    assert await refused(site, body) == "out-of-attempts"
    assert counted.get() == before + 1
    assert set(WORDS) == set(RefusedBecause)


async def test_a_letter_is_no_token(network: Network) -> None:
    """What a site signs for a letter opens no session, though it is the same key."""
    brackel = network.sites[BRACKEL].keys
    claims = {"iss": BRACKEL, "sub": "amal", "name": "A", "role": "team", "site": BRACKEL, "sid": str(uuid4())}
    now = int(time.time())
    signed = jws.serialize_compact(
        {"alg": "Ed25519", "kid": brackel.own_id, "typ": SIGNED},
        orjson.dumps({**claims, "iat": now, "exp": now + 60, "letter_id": str(uuid4())}),
        brackel.signing_key,
        registry=_SIGNATURE,
    )
    with pytest.raises(tokens.TokenRefused):
        await tokens.verify(network.sites[HOERDE].keys, signed)


async def test_a_foreign_letter_is_refused(network: Network) -> None:
    """A site speaks for itself alone and to the site that it names; the city writes no letters."""
    site, mengede = network.sites[HOERDE], network.sites[MENGEDE].keys.signing_key
    assert await refused(site, sealed(network, mengede)) == "foreign"
    assert await refused(site, sealed(network, mengede, iss=MENGEDE, aud=BRACKEL)) == "foreign"
    assert await refused(site, sealed(network, site.keys.signing_key, iss=HOERDE)) == "foreign"
    city = KeyRing.of_own("city", network.folder / "city.key").signing_key
    assert await refused(site, sealed(network, city, iss="city")) == "foreign"
    lines = await site.rows("select claimed_site from letter_refused order by id limit 1")
    assert lines[0].claimed_site == MENGEDE
    to_another = sealed(network, network.sites[BRACKEL].keys.signing_key, to_key=MENGEDE, aud=MENGEDE)
    assert await refused(site, to_another) == "not_ours"


async def test_a_replayed_letter_is_refused(network: Network) -> None:
    """The id of a letter that was accepted, with other content, changes nothing; the same letter is only counted."""
    old, site = network.sites[BRACKEL], network.sites[HOERDE]
    first = letter()
    for _ in range(2):
        assert await site.receive(await old.sealing.seal(first))
    other = sealed(network, old.keys.signing_key, letter_id=str(first.id))
    assert await refused(site, other) == "replayed"
    assert await site.rows("select repeats from letter_in") == [(1,)]


async def test_a_newer_release_is_not_guessed_at(network: Network) -> None:
    """A letter of a newer form, or with a field that is not known here, is kept whole for after the update."""
    old, site = network.sites[BRACKEL], network.sites[HOERDE]
    assert await refused(site, sealed(network, old.keys.signing_key, version=2)) == "newer_version"
    household_id = str(uuid4())
    content = {
        "moved_on": None,
        "sequences": {},
        "tables": {"household": [{"id": household_id, "charge": 1, "shoe_size": 44}]},
    }
    newer = sealed(network, old.keys.signing_key, kind="handover", household_id=household_id, content=content)
    assert await refused(site, newer) == "newer_version"
    assert not await site.rows("select id from household")


async def test_a_site_speaks_for_no_other_family(network: Network) -> None:
    """A letter about one household cannot enter rows, or numbers, of another one."""
    old, site = network.sites[BRACKEL], network.sites[HOERDE]
    mine, other = str(uuid4()), str(uuid4())
    household = {"id": mine, "charge": 1}
    for tables, numbers in (
        ({"household": [household], "person": [{"id": str(uuid4()), "household_id": other}]}, {}),
        ({"household": [household]}, {other: 9}),
        ({"household": [{**household, "charge": 7}]}, {}),
        ({"household": []}, {}),
    ):
        content: dict[str, Any] = {"moved_on": None, "sequences": numbers, "tables": tables}
        body = sealed(network, old.keys.signing_key, kind="handover", household_id=mine, content=content)
        assert await refused(site, body) == "unreadable"


async def test_a_sender_who_is_not_known_yet(network: Network, tmp_path: Path) -> None:
    """A key that the register has not told is waited for, and good as soon as it has."""
    site = network.sites[HOERDE]
    ensure_signing_key(tmp_path / "eving-scharnhorst.key")

    async def nobody() -> dict[str, Any]:
        return {}

    keys = KeyRing("eving-scharnhorst", tmp_path / "eving-scharnhorst.key", nobody)
    body = await Sealing(keys, network.sites[BRACKEL].sealing._letter_keys).seal(letter())
    with pytest.raises(SenderUnknown):
        await site.sealing.open(body)
    assert await site.receive(body)
    assert network.wire.aside == [(HOERDE, body)]
    entry = opened("eving-scharnhorst", tmp_path, None)
    await site.do(lambda session: commands.enter_site(session, entry, 1))
    site.keys.PATIENCE_SECONDS = 0  # type: ignore[misc]
    assert (await site.sealing.open(body)).from_site == "eving-scharnhorst"


async def test_large_letters(network: Network) -> None:
    """A letter of four megabytes is carried; what is larger is refused in the command, with nothing given up."""
    old, site = network.sites[BRACKEL], network.sites[HOERDE]
    largest = letter({"supplement_id": str(uuid7()), "note": "ä" * (MAX_CONTENT // 2 - 100)})
    body = await old.sealing.seal(largest)
    assert len(body) <= MAX_BYTES
    assert (await site.sealing.open(body)).content == largest.content
    with pytest.raises(LetterRefused) as too_large:
        await site.sealing.open(b"x" * (MAX_BYTES + 1))
    assert too_large.value.because is RefusedBecause.UNREADABLE
    with pytest.raises(Conflict, match="größer als 4 MB"):
        await old.do(
            lambda session: commands.letters.write_letter(
                session, old.by, LetterKind.HANDOVER, HOERDE, {"note": "x" * MAX_CONTENT}
            )
        )


async def test_the_answer_about_a_letter_holds_nothing_of_it() -> None:
    """What the desk's list says of a letter comes from the outside of it."""
    written = LetterOut(kind=LetterKind.RECEIPT, to_site=HOERDE, content={"secret": "x"}, made_by="amal")
    assert "secret" not in HandoverAnswer.of(written).model_dump_json()
