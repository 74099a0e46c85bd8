"""A handover that is refused for good is no dead end: somebody gives the copy up, or takes the file back."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from typer.testing import CliRunner

from deploy.cli import app
from deploy.cli import handover as cli
from services.intake import commands
from services.intake.commands.erasures import note_erasure
from shared.contracts.intake import HouseholdErased, HouseholdHandedOver
from shared.refusals import Conflict, Missing
from tests.component.intake.test_handover_steps import checked, move
from tests.component.intake.three_sites import BRACKEL, DISTRICTS, HOERDE, MENGEDE, Network, three_sites


@pytest.fixture
async def network(new_migrated: Callable[[], str], tmp_path: Path) -> AsyncIterator[Network]:
    """Three sites of this test alone."""
    async with three_sites({name: new_migrated() for name in DISTRICTS}, tmp_path) as network:
        yield network


async def refused(network: Network, why: str = "stale") -> tuple[UUID, UUID]:
    """A household that Brackel has handed over to Hörde, which has refused it; and the letter's id."""
    old, other = network.sites[BRACKEL], network.sites[HOERDE]
    household_id = await old.register()
    if why == "stale":
        await other.rows(
            "insert into passed_on (household_id, charge, to_site, confirmed_at) "
            "values (:id, 5, :to, now()) returning 1",
            id=household_id,
            to=MENGEDE,
        )
    else:
        erased = HouseholdErased(household_id=household_id, erasure_id=uuid4(), person_ids=())
        await other.do(lambda session: note_erasure(session, erased, BRACKEL, datetime.now(UTC)))
    await move(old, household_id, "hoerde")
    await network.settle()
    [letter] = await old.rows("select id, state, why, content::text from letter_out where kind = 'handover'")
    assert (letter.state, letter.why) == ("refused", why)
    assert "persons" not in letter.content, "the file does not lie here twice"
    return household_id, letter.id


async def test_the_file_is_taken_back_and_handed_over_anew(network: Network) -> None:
    """Nobody has it: this site is in charge with a number that nobody knows, and the next letter is accepted."""
    old = network.sites[BRACKEL]
    household_id, letter = await refused(network)
    taken = await old.do(lambda session: commands.take_back(session, old.by, letter))
    assert taken.state == "superseded"
    assert await old.standing(household_id) == ("in_charge", 6)
    told = (await old.events())[-2:]
    assert [event["event"] for event in told] == ["household-handed-over", "first-visit-owed"]
    assert (told[0]["data"]["stage"], told[0]["data"]["charge"]) == ("accepted", 6)
    with pytest.raises(Conflict, match="nicht abgelehnt"):
        await old.do(lambda session: commands.take_back(session, old.by, letter))

    assert await old.do(lambda session: commands.start_for_site(session, old.by, HOERDE)) == 1
    await network.settle()
    assert await checked(network, household_id) is network.sites[HOERDE]
    assert await network.sites[HOERDE].standing(household_id) == ("in_charge", 7)


async def test_who_is_behind_is_told_so_when_a_file_is_taken_back(network: Network) -> None:
    """It was somewhere after all: the copy with the lower number is superseded, so never two work on the file."""
    old, third = network.sites[BRACKEL], network.sites[MENGEDE]
    household_id, letter = await refused(network)
    await old.do(lambda session: commands.take_back(session, old.by, letter))
    copy = await third.register()
    await third.rows("update household set charge = 5 returning 1")
    said = [event["data"] for event in await old.events() if event["event"] == "household-handed-over"][-1]
    told = HouseholdHandedOver.model_validate({**said, "household_id": str(copy)})
    await third.do(lambda session: commands.note_handover(session, told))
    assert await third.standing(copy) == ("superseded", 5)
    assert await old.standing(household_id) == ("in_charge", 6)


async def test_the_copy_is_given_up(network: Network) -> None:
    """Another site has a newer file: here stays what is known of it, and nothing of the family."""
    old = network.sites[BRACKEL]
    household_id, letter = await refused(network)
    await old.do(lambda session: commands.give_up_copy(session, old.by, letter))
    assert await old.standing(household_id) is None
    assert await old.rows("select charge, to_site from passed_on") == [(5, HOERDE)]
    assert not await old.rows("select id from person")
    with pytest.raises(Conflict):
        await old.do(lambda session: commands.give_up_copy(session, old.by, letter))
    with pytest.raises(Missing):
        await old.do(lambda session: commands.give_up_copy(session, old.by, uuid4()))


async def test_an_erased_file_is_not_taken_back(network: Network) -> None:
    """Nothing brings back what was erased; the copy can only go."""
    old = network.sites[BRACKEL]
    household_id, letter = await refused(network, "erased")
    with pytest.raises(Conflict, match="gelöscht"):
        await old.do(lambda session: commands.take_back(session, old.by, letter))
    assert await old.standing(household_id) == ("caretaker", 1)
    await old.do(lambda session: commands.give_up_copy(session, old.by, letter))
    assert await old.standing(household_id) is None


async def test_a_letter_without_an_answer_may_still_arrive(network: Network) -> None:
    """While nobody has refused it, there is nothing to decide: two sites might get the file."""
    old = network.sites[BRACKEL]
    household_id = await old.register()
    await move(old, household_id, "hoerde")
    [letter] = await old.rows("select id from letter_out")
    for way in (commands.take_back, commands.give_up_copy):
        with pytest.raises(Conflict, match="nicht abgelehnt"):
            await old.do(lambda session, way=way: way(session, old.by, letter.id))
    assert await old.standing(household_id) == ("caretaker", 1)


async def lokal(*arguments: str) -> str:
    """What `lokal handover …` says; it runs a loop of its own."""
    done = await asyncio.to_thread(CliRunner().invoke, app, ["handover", *arguments])
    assert done.exit_code == 0, done.output + repr(done.exception)
    return done.output


async def test_operations_have_the_same_ways(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    """`lokal handover`: start with files to move, list, repeat by age, take back, give up."""
    monkeypatch.setattr(cli, "database_url", lambda service, site: network.sites[site].url)
    monkeypatch.setattr(cli, "public_url", lambda: "http://localhost")
    old, other = network.sites[BRACKEL], network.sites[HOERDE]
    household_id, letter = await refused(network)
    assert str(letter) in await lokal("list", "--site", BRACKEL, "--json")
    await lokal("take-back", "--site", BRACKEL, "--letter", str(letter), "--yes")
    assert await old.standing(household_id) == ("in_charge", 6)

    assert "1 handed over" in await lokal("start", "--from", BRACKEL, "--to", HOERDE, "--yes")
    await old.send()
    network.wire.letters.clear()
    assert "0 letters" in await lokal("repeat", "--site", BRACKEL, "--older-than", "5")
    assert "1 letters" in await lokal("repeat", "--site", BRACKEL, "--older-than", "0")
    await other.rows("update passed_on set charge = 9 returning 1")
    await network.settle()
    [again] = await old.rows("select id from letter_out where state = 'refused'")
    await lokal("give-up", "--site", BRACKEL, "--letter", str(again.id), "--yes")
    assert await old.standing(household_id) is None
    assert await old.rows("select charge from passed_on") == [(9,)]
