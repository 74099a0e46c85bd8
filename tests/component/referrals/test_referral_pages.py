"""From a need to a partner's answer, page by page, as people click: in the browser, without script."""

import re
from html import unescape
from uuid import UUID

import httpx
import pytest

from shared.contracts.intake import ConsentGiven
from shared.ids import uuid7
from shared.web.identity import Role
from tests.component.referrals.conftest import NEIGHBOUR, Referrals
from tests.component.referrals.directory import offer, partner
from tests.component.referrals.scene import Scene
from tests.component.referrals.test_matching import need

OTHER = "fluechtlingshilfe-aplerbeck"


async def household_of(referrals: Referrals, need_id: UUID) -> UUID:
    """Whose need it is."""
    (row,) = await referrals.rows("select household_id from known_need where need_id = :id", id=need_id)
    return UUID(str(row[0]))


async def consent(referrals: Referrals, need_id: UUID, slug: str = "projekt-ankommen") -> None:
    """The family agrees that this partner is asked."""
    told = {
        "household_id": await household_of(referrals, need_id),
        "consent_id": uuid7(),
        "recipient": {"kind": "partner", "slug": slug},
        "purpose": "referral",
        "on": "2017-01-12",
    }
    await referrals.hear(ConsentGiven.model_validate(told))


async def asked(referrals: Referrals, offer_id: str) -> str:
    """A referral that waits for the partner, sent from the page of offers; its id."""
    need_id = await need(referrals)
    await consent(referrals, need_id)
    async with referrals.browser() as team:
        sent = await team.post("/referrals/match", params={"need": str(need_id)}, data={"offer_id": offer_id})
    assert sent.status_code == 303, sent.text
    return sent.headers["location"].rsplit("/", 1)[1]


async def state_of(referrals: Referrals, referral_id: str) -> str:
    """How the referral stands in the database."""
    (row,) = await referrals.rows("select state from referral where id = :id", id=UUID(referral_id))
    return str(row[0])


def words(page: httpx.Response) -> str:
    """What stands on the page, as one reads it."""
    main = page.text.partition("<main")[2].partition("</main>")[0]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", main)).split())


async def test_the_partner_with_consent_is_asked_with_one_click(referrals: Referrals) -> None:
    """With consent there is a button that asks; without, a link to the file and the statutory way."""
    await partner(referrals)
    await partner(referrals, slug=OTHER, name="Flüchtlingshilfe Aplerbeck e.V.")
    await offer(referrals, audiences=[])
    await offer(referrals, partner=OTHER, audiences=[], neighbourhood="asseln")
    need_id = await need(referrals)
    await consent(referrals, need_id)
    async with referrals.browser() as team:
        page = await team.get("/referrals/match", params={"need": str(need_id)})
    assert page.status_code == 200
    assert "gleicher Stadtteil, Arabisch, 3 freie Plätze" in words(page)
    assert page.text.count('aria-label="Anfragen: ') == 1
    household = await household_of(referrals, need_id)
    assert f'href="/intake/households/{household}/consent?partner={OTHER}&amp;need={need_id}"' in page.text
    assert f"lw-name household-{household}" in page.text


async def test_without_consent_the_basis_is_asked_for_by_its_name(referrals: Referrals) -> None:
    """Nothing chosen, or no reference: the field is named, and that form is open still, with what is there."""
    await partner(referrals)
    offer_id = (await offer(referrals, audiences=[]))["offer_id"]
    need_id = await need(referrals)
    address = f"/referrals/match?need={need_id}"
    given = {"offer_id": str(offer_id), "without_consent": "true"}
    async with referrals.browser() as team:
        nothing = await team.post(address, data=given)
        half = await team.post(address, data={**given, "basis": "statutory"})
    assert (nothing.status_code, half.status_code) == (422, 422)
    assert "Rechtsgrundlage: Bitte die Rechtsgrundlage wählen." in words(nothing)
    assert "Worauf sie beruht: " in words(half)
    assert '<details class="lw-ask" open>' in half.text
    assert 'value="statutory" checked' in half.text


async def test_without_consent_nobody_is_asked(referrals: Referrals) -> None:
    """The page says what is missing, and nothing was sent."""
    await partner(referrals)
    made = await offer(referrals, audiences=[])
    need_id = await need(referrals)
    async with referrals.browser() as team:
        refused = await team.post(
            "/referrals/match",
            params={"need": str(need_id)},
            data={"offer_id": made["offer_id"], "basis": "statutory"},
        )
    assert refused.status_code == 422
    assert "Bitte angeben, worauf die Grundlage beruht." in words(refused)
    assert await referrals.rows("select 1 from referral") == []


async def test_where_nothing_fits_one_click_records_the_barrier(referrals: Referrals) -> None:
    """The button is the intake's own form, with all that it asks for filled in."""
    need_id = await need(referrals)
    household = await household_of(referrals, need_id)
    async with referrals.browser() as team:
        page = await team.get("/referrals/match", params={"need": str(need_id)})
    assert "Für diesen Bedarf passt kein Angebot." in words(page)
    form = page.text.partition(f'action="/intake/households/{household}/barriers"')[2].partition("</form>")[0]
    sent = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form))
    assert (sent["kind"], sent["topic"], sent["need_id"]) == ("structural", "language", str(need_id))


async def test_a_partner_accepts_several_at_once_and_declines_with_one_click(referrals: Referrals) -> None:
    """What is ticked is accepted together; a button with the reason declines."""
    await partner(referrals)
    made = await offer(referrals, audiences=[], places=9, free=9)
    first, second, third = [await asked(referrals, made["offer_id"]) for _ in range(3)]
    async with referrals.browser(Role.PARTNER) as own:
        page = await own.get("/referrals/own")
        assert "Wartet auf Ihre Antwort (3)" in words(page)
        accepted = await own.post("/referrals/own/accept", data={"ids": [first, second]})
        declined = await own.post(f"/referrals/own/{third}/decline", data={"decline": "no_capacity"})
        assert (accepted.status_code, declined.status_code) == (303, 303)
        assert "Angenommen und läuft (2)" in words(await own.get("/referrals/own"))
    assert [await state_of(referrals, one) for one in (first, second, third)] == ["accepted", "accepted", "declined"]


async def test_of_several_all_or_none_are_accepted(referrals: Referrals) -> None:
    """Where one of those ticked was answered meanwhile, none is accepted and the page says why."""
    await partner(referrals)
    made = await offer(referrals, audiences=[], places=9, free=9)
    first, second = sorted([await asked(referrals, made["offer_id"]) for _ in range(2)])
    async with referrals.browser(Role.PARTNER) as own:
        assert (await own.post(f"/referrals/own/{second}/accept")).status_code == 303
        refused = await own.post("/referrals/own/accept", data={"ids": [first, second]})
        assert refused.status_code == 422
        nothing = await own.post("/referrals/own/accept", data={})
        assert "Bitte mindestens eine Anfrage ankreuzen." in words(nothing)
    assert await state_of(referrals, first) == "requested"


async def test_after_a_no_the_next_best_is_proposed(referrals: Referrals) -> None:
    """The team sees the next offer and asks with one click; the first one is replaced and off the board."""
    await partner(referrals)
    await partner(referrals, slug=OTHER, name="Flüchtlingshilfe Aplerbeck e.V.")
    made = await offer(referrals, audiences=[])
    following = await offer(referrals, partner=OTHER, audiences=[], neighbourhood="asseln")
    referral_id = await asked(referrals, made["offer_id"])
    (row,) = await referrals.rows("select need_id from referral")
    await consent(referrals, UUID(str(row[0])), OTHER)
    async with referrals.browser(Role.PARTNER) as own:
        await own.post(f"/referrals/own/{referral_id}/decline", data={"decline": "no_capacity"})
    async with referrals.browser() as team:
        page = await team.get(f"/referrals/referrals/{referral_id}")
        assert "Wer könnte stattdessen helfen?" in words(page)
        assert "abgelehnt kein Platz frei" in words(page)
        assert "Weiter vermitteln" in words(await team.get("/referrals/board?state=team"))
        sent = await team.post(f"/referrals/referrals/{referral_id}/next", data={"offer_id": following["offer_id"]})
        assert sent.status_code == 303, sent.text
        assert "Nichts wartet auf uns." in words(await team.get("/referrals/board?state=team"))
    (row,) = await referrals.rows("select state from referral where replaces = :id", id=UUID(referral_id))
    assert row[0] == "requested"


async def test_who_is_asked_from_the_list_of_offers_takes_the_old_try_off_the_board(referrals: Referrals) -> None:
    """Asking somebody else for the same need is a new try as well, whichever page it is done on."""
    await partner(referrals)
    made = await offer(referrals, audiences=[])
    following = await offer(referrals, audiences=[], neighbourhood="asseln")
    referral_id = await asked(referrals, made["offer_id"])
    (row,) = await referrals.rows("select need_id from referral")
    async with referrals.browser() as team:
        await team.post(f"/referrals/referrals/{referral_id}/decline", data={"decline": "no_capacity"})
        assert "Weiter vermitteln" in words(await team.get("/referrals/board?state=team"))
        sent = await team.post(
            "/referrals/match", params={"need": str(row[0])}, data={"offer_id": following["offer_id"]}
        )
        assert sent.status_code == 303, words(sent)
        assert "Nichts wartet auf uns." in words(await team.get("/referrals/board?state=team"))


async def test_the_team_enters_what_it_heard_on_the_telephone(referrals: Referrals) -> None:
    """Every step can be entered on the referral's page, to the end, and the page says what became of it."""
    await partner(referrals)
    made = await offer(referrals, audiences=[])
    referral_id = await asked(referrals, made["offer_id"])
    address = f"/referrals/referrals/{referral_id}"
    async with referrals.browser() as team:
        for step, data in (
            ("hold", {"position": "3"}),
            ("resume", {}),
            ("accept", {}),
            ("start", {}),
            ("complete", {"outcome": "got_help"}),
        ):
            answer = await team.post(f"{address}/{step}", data=data)
            assert answer.status_code == 303, (step, words(answer))
        page = await team.get(address)
        assert "Hilfe ist angekommen" in words(page)
        again = await team.post(f"{address}/accept", data={})
        assert again.status_code == 422
        without = await team.post(f"{address}/complete", data={})
        assert "Bitte auswählen." in words(without)
        assert (await team.post(f"{address}/unsinn", data={})).status_code == 404


async def test_deleted_data_is_confirmed_by_a_click(referrals: Referrals) -> None:
    """What is over stands in the partner's list until it says that it has deleted it."""
    await partner(referrals)
    made = await offer(referrals, audiences=[])
    referral_id = await asked(referrals, made["offer_id"])
    async with referrals.browser(Role.PARTNER) as own:
        await own.post(f"/referrals/own/{referral_id}/decline", data={"decline": "other"})
        page = await own.get("/referrals/own/deletions")
        action = re.search(r'action="(/referrals/own/deletions/[^"]+/confirm)"', page.text)
        assert action is not None
        assert (await own.post(action[1])).status_code == 303
        assert "Es ist nichts zu löschen." in words(await own.get("/referrals/own/deletions"))


async def test_somebody_without_a_file_takes_a_slip_along(referrals: Referrals) -> None:
    """The partner gets a code and no data; the slip names place and code."""
    await partner(referrals)
    made = await offer(
        referrals, kind="counselling", level=None, audiences=[], rrule=None, starts_at=None, ends_at=None
    )
    asked_for = {"contact": str(uuid7()), "topic": "housing"}
    async with referrals.browser() as team:
        page = await team.get("/referrals/match/new", params=asked_for)
        assert "Zettel ausstellen" in words(page)
        sent = await team.post("/referrals/match/new", params=asked_for, data={"offer_id": made["offer_id"]})
        assert sent.status_code == 303, words(sent)
        slip = await team.get(sent.headers["location"])
    (row,) = await referrals.rows("select slip_code, household_id, person_ref from referral")
    assert (row[1], row[2]) == (None, None)
    assert row[0] in words(slip)
    assert "Wambeler Hellweg 11" in words(slip)


@pytest.mark.parametrize("path", ["", "/slip"])
async def test_others_see_no_page(referrals: Referrals, path: str) -> None:
    """A team of another site and another partner find nothing, and can do nothing."""
    await partner(referrals)
    await partner(referrals, slug=OTHER, name="Flüchtlingshilfe Aplerbeck e.V.")
    made = await offer(referrals, audiences=[])
    referral_id = await asked(referrals, made["offer_id"])
    address = f"/referrals/referrals/{referral_id}"
    async with referrals.browser(site=NEIGHBOUR) as stranger, referrals.browser(Role.PARTNER, OTHER) as other:
        assert (await stranger.get(address + path)).status_code == 404
        assert (await other.get(address + path)).status_code in (403, 404)
        assert (await stranger.post(f"{address}/accept")).status_code == 404
        assert (await other.post(f"/referrals/own/{referral_id}/accept")).status_code == 404
    assert await state_of(referrals, referral_id) == "requested"


async def test_a_partner_sees_neither_names_nor_ids_of_the_site(referrals: Referrals) -> None:
    """The partner's pages hold nothing by which the household could be found elsewhere."""
    await partner(referrals)
    made = await offer(referrals, audiences=[])
    referral_id = await asked(referrals, made["offer_id"])
    (row,) = await referrals.rows("select household_id, need_id, consent_id from referral")
    async with referrals.browser(Role.PARTNER) as own:
        seen = (await own.get("/referrals/own")).text + (await own.get(f"/referrals/referrals/{referral_id}")).text
    assert not any(str(internal) in seen for internal in row)


async def test_a_draft_is_deleted_on_its_page(referrals: Referrals) -> None:
    """Nobody has learned of it; what was sent is not deleted."""
    scene = await Scene(referrals).set_up()
    draft, sent = await scene.draft(), await scene.sent()
    async with referrals.browser() as team:
        assert "Entwurf löschen" in (await team.get(f"/referrals/referrals/{draft}")).text
        assert (await team.post(f"/referrals/referrals/{draft}/delete")).status_code == 303
        assert (await team.get(f"/referrals/referrals/{draft}")).status_code == 404
        assert (await team.post(f"/referrals/referrals/{sent}/delete")).status_code == 422
    assert await scene.state(sent) == "requested"
