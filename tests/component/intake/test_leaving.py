"""A site opens for districts that another one looked after: their files go there by themselves, and no others."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest

from services.intake import commands
from services.intake.background.leaving import hand_over_some
from services.intake.commands import leaving
from services.intake.consumers import consumers
from services.intake.inputs import RegisterHousehold
from services.intake.queries.handovers import files_of_others, leaving_districts
from services.intake.settings import Settings
from shared.contracts.reporting import SiteClosed, SiteOpened
from shared.ids import uuid7
from shared.messaging import Received
from tests.component.intake.conftest import Intake
from tests.component.intake.samples import API, family
from tests.component.intake.three_sites import BRACKEL, DISTRICTS, HOERDE, Crash, Network, Site, opened, three_sites


@pytest.fixture
async def network(new_migrated: Callable[[], str], tmp_path: Path) -> AsyncIterator[Network]:
    """Brackel looks after Hörde's districts, which shall get their own site."""
    async with three_sites({name: new_migrated() for name in DISTRICTS}, tmp_path) as network:
        old = network.sites[BRACKEL]
        await told(old, closed(HOERDE, 2), entry(network, BRACKEL, 2, ["brackel"], ["hoerde", "hombruch", "eving"]))
        yield network


def entry(
    network: Network, site: str, sequence: int, districts: list[str], interim: list[str] | None = None
) -> Received[Any]:
    known = opened(site, network.folder, network.letter_keys[site]).model_dump(mode="json", exclude_none=True)
    return received(
        SiteOpened.model_validate({**known, "districts": districts, "interim_districts": interim or []}), sequence
    )


def closed(site: str, sequence: int) -> Received[Any]:
    return received(SiteClosed.model_validate({"site": site, "closed_on": "2026-01-01"}), sequence)


def received(data: SiteOpened | SiteClosed, sequence: int) -> Received[Any]:
    return Received(
        id=uuid7(),
        type=data.type,
        source="/sites/city/reporting",
        subject=data.site,
        time=datetime.now(UTC),
        site=data.site,
        district=None,
        sequence=sequence,
        correlation_id=None,
        causation_id=None,
        traceparent=None,
        data=data,
        body=b"",
    )


async def told(site: Site, *events: Received[Any]) -> None:
    async with site.database.transaction() as session:
        await consumers.handle(session, list(events))


def opening(network: Network) -> list[Received[Any]]:
    """Hörde gets its own site; Brackel goes on looking after Eving."""
    return [
        entry(network, HOERDE, 3, ["hoerde", "hombruch"]),
        entry(network, BRACKEL, 3, ["brackel"], ["eving"]),
    ]


async def families(site: Site, **count: int) -> list[UUID]:
    """So many families in each district; their files."""
    made = []
    for district, number in count.items():
        address = {**family()["address"], "district": district, "neighbourhood": None}
        for _ in range(number):
            wanted = RegisterHousehold.model_validate(family(address=address))
            file, _ = await site.do(
                lambda session, wanted=wanted: commands.register_household(session, site.by, wanted)  # type: ignore[misc]
            )
            made.append(file.household.id)
    return made


async def one_round(site: Site, tmp_path: Path) -> int:
    settings = Settings(
        site=site.name, database_url=site.url, rabbitmq_url="amqp://-", signing_key_file=tmp_path / "key", port=1
    )
    return await hand_over_some(site.database, settings, set())


async def standings(site: Site) -> dict[UUID, str]:
    return {row.id: row.standing for row in await site.rows("select id, standing from household")}


@pytest.mark.parametrize("first", [0, 1])
async def test_files_go_to_the_new_site_by_themselves(network: Network, tmp_path: Path, first: int) -> None:
    """Whichever entry comes first: every file of the district goes, once; those of other districts stay."""
    old, new = network.sites[BRACKEL], network.sites[HOERDE]
    leave, stay = await families(old, hoerde=2, hombruch=1), await families(old, brackel=1, eving=1)
    await told(old, opening(network)[first])
    await told(old, opening(network)[1 - first])
    assert await one_round(old, tmp_path) == 3
    assert await one_round(old, tmp_path) == 0
    await network.settle()
    assert await standings(new) == dict.fromkeys(leave, "in_charge")
    assert await standings(old) == dict.fromkeys(stay, "in_charge")
    progress = await old.do(leaving_districts)
    assert [(row.district, row.handed_over, row.left) for row in progress if row.handed_over] == [
        ("hoerde", 2, 0),
        ("hombruch", 1, 0),
    ]
    announced = [event for event in await old.events() if event["event"] == "household-handed-over"]
    assert len(announced) == 3


async def test_a_crash_in_the_middle_loses_nothing_and_doubles_nothing(
    network: Network, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process ends in the middle of the second file; the next one goes on where it was."""
    old, new = network.sites[BRACKEL], network.sites[HOERDE]
    leave = await families(old, hoerde=3)
    await told(old, *opening(network))
    steps = 0

    def at_the_second(step: str) -> None:
        nonlocal steps
        steps += step == "S3"
        if step == "S3" and steps == 2:
            raise Crash(step)

    with monkeypatch.context() as patched:
        patched.setattr("shared.letters.steps.reached", at_the_second)
        with pytest.raises(Crash):
            await one_round(old, tmp_path)
    assert sorted((await standings(old)).values()) == ["caretaker", "in_charge", "in_charge"]
    assert await one_round(old, tmp_path) == 2
    await network.settle()
    assert await standings(new) == dict.fromkeys(leave, "in_charge")
    assert await standings(old) == {}


async def test_what_comes_late_follows(network: Network, tmp_path: Path) -> None:
    """A file that arrives here after its district has left goes on to the new site, too."""
    old, new = network.sites[BRACKEL], network.sites[HOERDE]
    [late] = await families(old, eving=1)
    await told(old, *opening(network))
    await old.rows("update residence set district = 'hoerde' where household_id = :id returning 1", id=late)
    assert await one_round(old, tmp_path) == 1
    await network.settle()
    assert await new.standing(late) == ("in_charge", 2)


async def test_a_new_site_that_does_not_answer_gets_a_few_files_only(
    network: Network, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While nobody answers there, the other families keep their site in charge."""
    monkeypatch.setattr(leaving, "ON_THE_WAY", 2)
    old = network.sites[BRACKEL]
    await families(old, hoerde=4)
    await told(old, *opening(network))
    assert [await one_round(old, tmp_path) for _ in range(2)] == [2, 0]
    await network.settle()
    assert await one_round(old, tmp_path) == 2


async def test_what_was_never_in_the_meantime_stays(network: Network, tmp_path: Path) -> None:
    """A district of its own that another site gets is a matter for people: it may be a wrong entry."""
    old = network.sites[BRACKEL]
    await families(old, brackel=1)
    await told(old, entry(network, HOERDE, 3, ["brackel"]), entry(network, BRACKEL, 3, ["aplerbeck"], ["eving"]))
    assert await one_round(old, tmp_path) == 0
    assert await old.do(lambda session: files_of_others(session, BRACKEL)) == {HOERDE: 1}


async def test_it_ends_when_the_district_comes_back(network: Network, tmp_path: Path) -> None:
    """The new site is closed again, or was a mistake: what has not gone yet stays."""
    old = network.sites[BRACKEL]
    await families(old, hoerde=1)
    await told(old, *opening(network), closed(HOERDE, 4))
    assert await one_round(old, tmp_path) == 0
    await told(old, entry(network, BRACKEL, 4, ["brackel"], ["hoerde", "eving"]))
    assert await old.rows("select district from leaving_district where district = 'hoerde'") == []


async def test_the_desk_sees_how_far_it_is(network: Network, tmp_path: Path) -> None:
    """How many have gone and how many follow; none of them is offered to be handed over by hand."""
    old = network.sites[BRACKEL]
    await families(old, hoerde=2)
    await told(old, *opening(network))
    [row] = [row for row in await old.do(leaving_districts) if row.left]
    assert (row.district, row.to_site, row.handed_over, row.left) == ("hoerde", HOERDE, 0, 2)
    assert await old.do(lambda session: files_of_others(session, BRACKEL, {"hoerde"})) == {}


async def test_the_page_says_what_goes_by_itself(
    api: httpx.AsyncClient, browser: httpx.AsyncClient, intake: Intake
) -> None:
    """„Übergaben" names district, site and how many follow, and asks nobody to hand them over."""
    address = {**family()["address"], "district": "eving", "neighbourhood": None}
    assert (await api.post(f"{API}/households", json=family(address=address))).status_code == 201
    values: dict[str, Any] = {"site": "eving-scharnhorst", "districts": ["eving"], "public_keys": []}
    async with intake.database.transaction() as session:
        await consumers.handle(session, [received(SiteOpened.model_validate(values), 1)])
    page = " ".join((await browser.get("/intake/handovers")).text.split())
    assert "<strong>Eving</strong> an Eving/Scharnhorst" in page
    assert "0 Akten übergeben" in page
    assert "1 folgt noch" in page
    assert "Alle übergeben" not in page
