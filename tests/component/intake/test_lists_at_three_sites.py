"""The city-wide list at three sites: every family has one file, where it lives, whoever imports the list."""

from collections.abc import AsyncIterator, Callable
from datetime import date
from itertools import permutations
from pathlib import Path

import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from services.intake.commands import imports as commands
from services.intake.commands.imports import take_some
from services.intake.queries.imports import next_file
from tests.component.intake.samples import days_ago
from tests.component.intake.three_sites import BRACKEL, DISTRICTS, HOERDE, MENGEDE, Network, Site, three_sites
from tests.unit.intake.hurtful_lists import HEADER, row

DAY = date.fromisoformat(days_ago(3))


@pytest.fixture
async def network(new_migrated: Callable[[], str], tmp_path: Path) -> AsyncIterator[Network]:
    """Three sites of this test alone."""
    async with three_sites({name: new_migrated() for name in DISTRICTS}, tmp_path) as network:
        yield network


def _line(case: str, to: str, former: str = "") -> str:
    changes = {"Aktenzeichen": case, "Familienname": f"Musterfamilie {case}", "Stadtbezirk": to, "Geburtsdatum": ""}
    return row(**changes, **{"Umzug am": f"{DAY:%d.%m.%Y}"}) + f";{former}"


_LIST = "\n".join(
    (
        f"{HEADER};Bisheriger Stadtbezirk",
        _line("known", "Brackel", "Hörde"),
        _line("moved on", "Mengede", "Brackel"),
        _line("new", "Hörde"),
        _line("from elsewhere", "Brackel", "Mengede"),
    )
)


async def _import(site: Site) -> None:
    async def hand_in(session: AsyncSession) -> None:
        file, _ = await commands.receive_list(session, site.by, "Liste", _LIST.encode())
        await commands.take_list(session, site.by, file.id)

    async def take(session: AsyncSession) -> bool:
        file = await next_file(session)
        return file is not None and await take_some(session, site.by, file) >= 0

    await site.do(hand_in)
    while await site.do(take):
        pass


@pytest.mark.parametrize("order", list(permutations((BRACKEL, HOERDE, MENGEDE)))[:3])
@pytest.mark.parametrize("letters_between", [True, False])
async def test_three_sites_import_the_same_list(
    network: Network, order: tuple[str, ...], letters_between: bool
) -> None:
    """In any order, with letters arriving in between or all at the end, also for families who have a file already."""
    known = await network.sites[HOERDE].register(
        case_number="KNOWN",
        moved_on=days_ago(90),
    )
    for name in order:
        await _import(network.sites[name])
        if letters_between:
            await network.settle()
    await network.settle()

    found = {
        (case, name)
        for name, site in network.sites.items()
        for (case,) in await site.rows("select case_number from household where standing = 'in_charge'")
    }
    assert sorted(found) == sorted(
        {("KNOWN", BRACKEL), ("moved on", MENGEDE), ("new", HOERDE), ("from elsewhere", BRACKEL)}
    )
    [(there,)] = await network.sites[BRACKEL].rows("select id from household where case_number = 'KNOWN'")
    assert there == known
    for site in network.sites.values():
        assert await site.rows("select 1 from household where standing <> 'in_charge'") == []
        assert await site.rows("select 1 from import_row where state in ('ready', 'duplicate', 'bad')") == []
        visits = await site.rows(
            "select household_id from first_visit where state = 'owed' and moved_on = :day", day=DAY
        )
        assert len(visits) == len({visit.household_id for visit in visits})
