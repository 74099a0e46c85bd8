"""Two partners, one fact, two majors: each is told in the one that its program reads, until nobody reads the former."""

import json
import re
from datetime import UTC, datetime
from typing import Any

import pytest

from services.referrals.commands import majors
from services.referrals.commands.acting import service
from services.referrals.tables import Via
from shared.contracts.asyncapi import name_of
from shared.contracts.intake import HouseholdClosed
from shared.refusals import Invalid
from tests.component.referrals.connected import System, Systems
from tests.component.referrals.scene import DAY, Scene
from tests.component.referrals.test_partner_guide import GUIDE
from tests.component.referrals.test_partner_systems import HELPER, systems

__all__ = ["systems"]

V1, V2 = "referral-cancelled.v1", "referral-cancelled.v2"


def section() -> str:
    """The guide's section about two majors."""
    return GUIDE.read_text().partition("## 8. ")[2].partition("\n## ")[0]


def block(language: str) -> str:
    """Its only block of code in a language."""
    (found,) = re.findall(rf"^```{language}\n(.*?)^```", section(), re.DOTALL | re.MULTILINE)
    return str(found)


async def close(scene: Scene) -> None:
    """The family needs no help any more: its file is closed, and its referrals end."""
    told = {"household_id": scene.household, "on": DAY, "district": "brackel", "charge": 1}
    await scene.referrals.hear(HouseholdClosed(reason="no_longer_needed", **told))


async def ended(scene: Scene, system: System) -> dict[str, Any]:
    """What the partner is told of a referral that ends with the file; nothing else of it lies in its queue."""
    await scene.sent()
    await close(scene)
    came = await system.receive("referral-cancelled", "deletion-requested")
    (told,) = [event for event in came if "referral-cancelled" in event["type"]]
    return told


async def test_the_guides_move(systems: Systems) -> None:
    """Told in the former major, moved by the guide's command, told in the newer; operations see who still reads it."""
    scene = await Scene(systems.referrals).set_up()
    helper = await systems.connect(HELPER)
    forth, back = [line.removeprefix("lokal ").split() for line in block("sh").splitlines() if line]
    assert f"{V1}, published until 2027-05-31: still read by {HELPER}" in await systems.lokal(*back)
    assert json.loads(await systems.lokal("partner", "list", "--json"))[0]["former_majors"] == [V1]
    async with systems.heard():
        first = await ended(scene, helper)
        assert "read by no partner any more, it can end" in await systems.lokal(*forth)
        family = Scene(systems.referrals, offer=scene.offer, partner_id=scene.partner_id)
        second = await ended(await family.set_up_family(), helper)
    assert [told["type"].partition("willkommen.")[2] for told in (first, second)] == [V1, V2]
    assert [told["data"]["reason"] for told in (first, second)] == ["sender", "file_closed"]
    assert f"{V1}, published until 2027-05-31: read by no partner" in await systems.lokal("partner", "check", HELPER)


@pytest.mark.parametrize("version", [V1, V2])
async def test_the_internal_event_is_told_in_both(systems: Systems, version: str) -> None:
    """Whatever the partner reads: our own services find each fact in both majors, the partner in one."""
    scene = await Scene(systems.referrals).set_up()
    await systems.connect(HELPER)
    async with systems.referrals.transaction() as session:
        by = service(datetime.now(UTC), Via.API)
        with pytest.raises(Invalid, match="Möglich ist: referral-cancelled"):
            await majors.move(session, by, HELPER, "referral-cancelled.v3")
        await majors.move(session, by, HELPER, version)
        readers = {name_of(event): slugs for event, slugs in (await majors.readers(session)).items()}
    assert readers == {V1: [HELPER] if version == V1 else []}
    await scene.sent()
    await close(scene)
    internal = await scene.referrals.told("referral-cancelled", audience="internal")
    assert [event["type"].rpartition(".")[2] for event in internal] == ["v1", "v2"]
    assert internal[0]["restates"] == internal[1]["id"]
    (copy,) = await scene.referrals.told("referral-cancelled", audience=HELPER)
    assert copy["type"].endswith(version)
    assert "restates" not in copy


def test_the_guides_program_reads_both() -> None:
    """The few lines that take either major, word for word."""
    place: dict[str, Any] = {}
    exec(compile(block("py"), "guide", "exec"), place)  # noqa: S102  (our own page)
    event = {"type": f"de.dortmund.lokal-willkommen.{V1}", "data": {"reason": "sender"}}
    assert place["ended_by"](event) == "unknown"
    assert place["ended_by"]({**event, "data": {"reason": "moved_away"}}) == "moved_away"
    newer = {**event, "type": f"de.dortmund.lokal-willkommen.{V2}"}
    assert place["ended_by"](newer) == "sender"
    assert place["ended_by"]({**newer, "data": {"reason": "file_closed"}}) == "file_closed"
    assert place["ended_by"]({**newer, "type": "de.dortmund.lokal-willkommen.referral-held.v1"}) is None
