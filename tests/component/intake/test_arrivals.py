"""What guards an arrival: whose rows a letter brings, which number it has, and what waited for the file."""

from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest

from services.intake import commands
from services.intake.commands.erasures import forget_everything
from services.intake.commands.merges import merge_households, undo_merge
from services.intake.inputs import ConcludeAgreement, CorrectContact, RecordContact
from services.intake.tables.handovers import PassedOn
from shared.contracts.words import TargetGroup
from shared.ids import uuid7
from shared.letters import LetterKind, OutgoingLetter
from shared.refusals import Conflict
from tests.component.intake.test_handover_steps import checked, move
from tests.component.intake.three_sites import BRACKEL, DISTRICTS, HOERDE, MENGEDE, Network, Site, three_sites


@pytest.fixture
async def network(new_migrated: Callable[[], str], tmp_path: Path) -> AsyncIterator[Network]:
    """Three sites of this test alone."""
    async with three_sites({name: new_migrated() for name in DISTRICTS}, tmp_path) as network:
        yield network


async def bring(
    sender: Site,
    to: Site,
    content: dict[str, Any],
    household_id: UUID,
    charge: int,
    kind: LetterKind = LetterKind.HANDOVER,
) -> str | None:
    """A genuine letter of a site, with whatever content; why it was refused, or None."""
    before = len(await to.rows("select id from letter_refused"))
    letter = OutgoingLetter(uuid7(), kind, to.name, household_id, charge, content, None)  # type: ignore[arg-type]
    assert await to.receive(await sender.sealing.seal(letter))
    lines = await to.rows("select reason from letter_refused order by id")
    return str(lines[-1].reason) if len(lines) > before else None


async def written(site: Site, household_id: UUID) -> dict[str, Any]:
    """The content of the handover letter that waits at a site."""
    found = await site.rows("select content from letter_out where household_id = :id", id=household_id)
    content: dict[str, Any] = orjson.loads(orjson.dumps(found[0].content))
    return content


async def outcomes(site: Site) -> list[tuple[str, int]]:
    """What was done with the letters that came."""
    return [tuple(row) for row in await site.rows("select outcome, repeats from letter_in order by received_at")]


async def test_a_genuine_site_smuggles_nothing(network: Network) -> None:
    """Households, persons and contacts of other families stay as they are, whoever signs the letter."""
    sender, to = network.sites[BRACKEL], network.sites[HOERDE]
    theirs = await to.register(family_name="Andere-Probe")
    visit = {"target_group": "refugee", "household_id": str(theirs)}
    wanted = RecordContact.model_validate(visit)
    met = await to.do(lambda session: commands.record_contact(session, to.by, wanted))
    [person] = await to.rows(
        "select to_jsonb(t) as row from person t where household_id = :id order by position limit 1", id=theirs
    )
    [other] = await to.rows("select to_jsonb(t) as row from household t where id = :id", id=theirs)
    [row] = await to.rows("select to_jsonb(t) as row from contact t where id = :id", id=met.id)
    mine = await sender.register()
    await move(sender, mine, "hoerde")

    async def tried(**tables: list[dict[str, Any]]) -> str | None:
        content = await written(sender, mine)
        for name, rows in tables.items():
            content["tables"][name] += rows
        return await bring(sender, to, content, mine, 2)

    main = str(mine)
    stranger = {**other.row, "id": str(uuid4())}
    assert await tried(household=[stranger]) == "unreadable", "not merged into the main one"
    loop = [{**stranger, "merged_into": stranger["id"]}]
    assert await tried(household=loop) == "unreadable", "merged into itself"
    seized = {**other.row, "merged_into": main, "charge": 9}
    assert await tried(household=[seized]) == "unreadable", "this site is in charge of it"
    assert await tried(person=[{**person.row, "household_id": main}]) == "unreadable", "the person is here"
    assert await tried(contact=[{**row.row, "household_id": main}]) == "unreadable", "the contact is theirs"
    assert await tried(contact=[{**row.row, "household_id": None}]) == "unreadable", "a contact of nobody"
    about = {**row.row, "id": str(uuid4()), "household_id": main, "person_id": person.row["id"]}
    assert await tried(contact=[about]) == "unreadable", "a person of another family"
    assert await to.standing(mine) is None
    assert await to.standing(theirs) == ("in_charge", 1)
    assert await to.rows("select to_jsonb(t) as row from contact t where id = :id", id=met.id) == [row]
    said = {"supplement_id": str(uuid7()), "what": "contact", "by": "x", "sequence": 1}
    await network.settle()
    moved_in = {**said, "row": {**row.row, "household_id": main}}
    assert await bring(sender, to, moved_in, mine, 2, LetterKind.SUPPLEMENT) is None
    assert await to.rows("select household_id from contact where id = :id", id=met.id) == [(theirs,)]
    assert await to.rows("select state from supplement") == [("unfit",)]


async def test_a_stale_merged_household_is_stale(network: Network) -> None:
    """The number of each household in a letter must be above what is known here."""
    sender, to = network.sites[BRACKEL], network.sites[HOERDE]
    mine, other = await sender.register(), uuid4()
    await to.do(lambda session: went_on(session, other))
    await move(sender, mine, "hoerde")
    content = await written(sender, mine)
    content["tables"]["household"].append(
        {**content["tables"]["household"][0], "id": str(other), "merged_into": str(mine), "case_number": None}
    )
    assert await bring(sender, to, content, mine, 2) is None
    assert (await outcomes(to))[0][0] == "stale"
    assert await to.standing(mine) is None


async def went_on(session: Any, household_id: UUID) -> None:
    """A household that has gone from here with the number seven."""
    session.add(PassedOn(household_id=household_id, charge=7, to_site=MENGEDE))


async def test_a_letter_with_a_number_that_is_known_is_stale(network: Network) -> None:
    """A second letter with the number that this site has already changes nothing."""
    sender, to = network.sites[BRACKEL], network.sites[HOERDE]
    mine = await sender.register()
    await move(sender, mine, "hoerde")
    content = await written(sender, mine)
    await network.settle()
    persons = await to.rows("select id from person")
    content["tables"]["person"] = content["tables"]["person"][:1]
    for table in ("legal_circle_change", "need", "release"):
        content["tables"].pop(table, None)
    assert await bring(sender, to, content, mine, 2) is None
    assert [outcome for outcome, _ in await outcomes(to)] == ["accepted", "stale"]
    assert await to.rows("select id from person") == persons


async def test_a_letter_that_comes_twice_is_counted(network: Network) -> None:
    """The second copy finds the first one entered: it is neither stale nor told a second time."""
    sender, to = network.sites[BRACKEL], network.sites[HOERDE]
    mine = await sender.register()
    await move(sender, mine, "hoerde")
    await sender.send()
    await network.deliver(keep=True)
    await network.deliver()
    assert await outcomes(to) == [("accepted", 1)]
    told = [event for event in await to.events() if event["event"] == "household-handed-over"]
    assert len(told) == 1


async def test_a_receipt_ends_no_file_in_charge(network: Network) -> None:
    """Only a caretaker's copy is forgotten; a file that this site is in charge of stays, whatever is confirmed."""
    sender = network.sites[BRACKEL]
    mine = await sender.register()
    await move(sender, mine, "hoerde")
    await sender.send()
    await network.deliver()
    back = "update household set standing = 'in_charge', handed_to = null, handed_at = null where id = :id returning id"
    await sender.rows(back, id=mine)
    await network.send_all()
    await network.deliver()
    assert await sender.standing(mine) == ("in_charge", 1)


async def test_what_was_parked_and_cannot_be_applied_does_not_hold_the_file(network: Network) -> None:
    """The file arrives; that something did not fit stands in it."""
    sender, to = network.sites[BRACKEL], network.sites[HOERDE]
    mine = await sender.register()
    await move(sender, mine, "hoerde")
    park = (
        "insert into supplement (id, household_id, charge, from_site, content, state, parked_at) "
        "values (:id, :household, 2, :site, cast(:content as jsonb), 'parked', now()) returning id"
    )
    broken = ({"what": "shoe_size"}, {"what": "move", "by": "x"}, {"what": "contact", "by": "x", "row": {"a": 1}})
    for content in (*broken, {}):
        values = {"id": uuid7(), "household": mine, "site": BRACKEL, "content": orjson.dumps(content).decode()}
        await to.rows(park, **values)
    await network.settle()
    assert await checked(network, mine) is to
    assert {row.state for row in await to.rows("select state from supplement")} == {"unfit"}
    assert len(await to.rows("select id from timeline where kind = 'supplement_unfit'")) == len(broken) + 1


async def test_a_supplement_is_judged_when_it_comes(network: Network) -> None:
    """Of a newer release, or of none: refused before it is parked, where nobody could refuse it any more."""
    sender, to = network.sites[BRACKEL], network.sites[HOERDE]
    said = {"supplement_id": str(uuid7()), "by": "x"}
    for content, because in (
        ({"what": "shoe_size"}, "newer_version"),
        ({"what": "consent_withdrawn", "consent_id": str(uuid4()), "shoe_size": 44}, "newer_version"),
        ({"what": "move", "wanted": {"shoe_size": 44}}, "newer_version"),
        ({"what": "contact", "sequence": 1, "row": {"shoe_size": 44}}, "newer_version"),
        ({"what": "consent_withdrawn"}, "unreadable"),
        ({"what": "contact", "row": 3, "sequence": "x"}, "unreadable"),
        ({}, "unreadable"),
    ):
        assert await bring(sender, to, {**said, **content}, uuid4(), 2, LetterKind.SUPPLEMENT) == because, content
    assert not await to.rows("select id from supplement")


async def test_a_withdrawn_agreement_goes_after_the_file(network: Network) -> None:
    """Withdrawn at the caretaker, it is withdrawn at the new site, which tells of it."""
    old, new = network.sites[BRACKEL], network.sites[HOERDE]
    mine = await old.register()
    wanted = ConcludeAgreement(household_goals=["Deutsch lernen"], site_goals=["Kurs suchen"])
    agreed = await old.do(lambda session: commands.conclude_agreement(session, old.by, mine, wanted))
    await move(old, mine, "hoerde")
    await old.do(lambda session: commands.withdraw_agreement(session, old.by, mine, agreed.id))
    await network.settle()
    assert await checked(network, mine) is new
    assert (await new.rows("select withdrawn_on from agreement"))[0].withdrawn_on is not None
    assert "agreement-withdrawn" in [event["event"] for event in await new.events()]


async def test_merged_files_travel_together(network: Network) -> None:
    """Both arrive, each with its own next number, and the file goes back whole."""
    old, new = network.sites[BRACKEL], network.sites[HOERDE]
    kept, absorbed = await old.register(), await old.register(case_number="50-7")
    await old.do(lambda session: merge_households(session, old.by, kept, absorbed, {}))
    persons = await old.rows("select id from person order by id")
    for site, there, district in ((old, new, "hoerde"), (new, old, "brackel")):
        await move(site, kept, district)
        await network.settle()
        assert await there.rows("select id from person order by id") == persons
        assert await there.rows("select merged_into from household where id = :id", id=absorbed) == [(kept,)]
        assert not await site.rows("select id from household")
        assert len(await site.rows("select household_id from passed_on")) == 2
    assert await old.standing(absorbed) == ("in_charge", 3)


async def test_a_contact_is_corrected_where_the_file_is(network: Network) -> None:
    """The old site keeps it as its own work, and gives none of its numbers a second time; also of a merged file."""
    old, new = network.sites[BRACKEL], network.sites[HOERDE]
    kept, absorbed = await old.register(), await old.register(case_number="50-8")
    met = []
    for household_id in (kept, absorbed):
        contact = RecordContact.model_validate({"target_group": "refugee", "household_id": str(household_id)})
        recorded = await old.do(partial(commands.record_contact, by=old.by, wanted=contact))
        met.append(recorded.id)
    await old.do(lambda session: merge_households(session, old.by, kept, absorbed, {}))

    async def correct(site: Site, contact_id: UUID) -> None:
        wanted = CorrectContact(void=True) if site is new else CorrectContact(void=False)
        await site.do(lambda session: commands.correct_contact(session, site.by, contact_id, wanted))

    await move(old, kept, "hoerde")
    await network.settle()
    for contact_id in met:
        with pytest.raises(Conflict, match="an Hörde/Hombruch gegangen ist"):
            await correct(old, contact_id)
        await correct(new, contact_id)
    await move(new, kept, "brackel")
    await network.settle()
    for contact_id in met:
        with pytest.raises(Conflict, match="an Brackel/Aplerbeck gegangen ist"):
            await correct(new, contact_id)
        await correct(old, contact_id)
    numbers = [
        (event["subject"], event["sequence"])
        for site in (old, new)
        for event in await site.events()
        if "contact" in event["event"]
    ]
    assert len(numbers) == len(set(numbers)) == 6

    await move(old, kept, "hoerde")
    await network.settle()
    await new.do(lambda session: forget_everything(session, kept, [absorbed]))
    assert not await new.rows("select contact_id from contact_passed_on")


async def test_a_forged_merge_parts_nobody_elses_file(network: Network) -> None:
    """A merge travels with its file and says which rows go back; undone, it reaches into no other family's."""
    old, new = network.sites[BRACKEL], network.sites[HOERDE]
    kept, absorbed = await old.register(), await old.register(case_number="50-7")
    merge = await old.do(lambda session: merge_households(session, old.by, kept, absorbed, {}))
    theirs = await new.register(family_name="Andere-Probe")
    tap = RecordContact(target_group=TargetGroup.REFUGEE, household_id=theirs)
    met = await new.do(lambda session: commands.record_contact(session, new.by, tap))
    ours = RecordContact(target_group=TargetGroup.REFUGEE, household_id=kept)
    mine = await old.do(lambda session: commands.record_contact(session, old.by, ours))
    persons = await new.rows("select id, household_id, position from person order by id")
    stranger = {"key": {"id": str(persons[0].id)}, "was": {"position": 77}}
    about = {"person_id": str(persons[0].id), "partner": str(persons[0].id)}
    contacts = [{"key": {"id": str(met.id)}, "was": {}}, {"key": {"id": str(mine.id)}, "was": about}]
    forged = {"person": [*merge.moved["person"], stranger], "contact": contacts}
    change = (
        "update merge set moved = cast(:moved as jsonb), filled = cast(:filled as jsonb) where id = :id returning id"
    )
    filled = {"charge": [99, 2], "case_number": [None, "50-7"]}
    await old.rows(change, id=merge.id, moved=orjson.dumps(forged).decode(), filled=orjson.dumps(filled).decode())
    await move(old, kept, "hoerde")
    await network.settle()

    await new.do(lambda session: undo_merge(session, new.by, kept, merge.id))
    assert await new.rows("select id, household_id, position from person where household_id = :id", id=theirs) == [
        row for row in persons if row.household_id == theirs
    ]
    assert await new.rows("select household_id from contact where id = :id", id=met.id) == [(theirs,)]
    assert await new.rows("select household_id, person_id from contact where id = :id", id=mine.id) == [
        (absorbed, None)
    ]
    assert await new.standing(kept) == ("in_charge", 2)
    assert len(await new.rows("select id from person where household_id = :id", id=absorbed)) == 4
