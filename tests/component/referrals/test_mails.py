"""Mails to partners: written with what they tell of, sent once, without anything about a person."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import text

from services.referrals.background.mails import ask_all, sender
from services.referrals.commands.timers import run_due
from services.referrals.tables import Offer
from shared.contracts.intake import GrantIssued, HouseholdErased, Recipient
from shared.days import day_of
from shared.ids import uuid7
from shared.mail import links, sending
from shared.web.identity import Role
from tests.component.referrals.conftest import API, Referrals
from tests.component.referrals.post import Post, post_office, send
from tests.component.referrals.scene import Scene
from tests.waiting import eventually

ANSWER = "/referrals/answer"
OFFICE = "post@projekt-ankommen.example"


@pytest.fixture
async def scene(referrals: Referrals) -> Scene:
    """A partner with an address, an offer, a family that agrees; nobody is asked to confirm anything."""
    scene = await Scene(referrals).set_up()
    async with referrals.transaction() as session:
        await session.execute(text("update partner set email = :email"), {"email": OFFICE})
    return scene


@pytest.fixture
async def post(scene: Scene) -> AsyncIterator[Post]:
    """A mail server."""
    async with post_office(scene.referrals) as office:
        yield office


def at(start: datetime, minutes: int) -> Callable[[], datetime]:
    """A clock that stands so many minutes later."""
    return lambda: start + timedelta(minutes=minutes)


async def states(scene: Scene) -> list[tuple[str, str, int]]:
    """Kind, state and attempts of all mails."""
    return [tuple(row) for row in await scene.referrals.rows("select kind, state, attempts from mail order by id")]


async def _is_sent(scene: Scene) -> bool:
    return await states(scene) == [("requested", "sent", 1)]


async def granted(scene: Scene, referral: str) -> str:
    """The site releases the contact data."""
    grant = uuid7()
    await scene.referrals.hear(
        GrantIssued(
            household_id=scene.household,
            grant_id=grant,
            recipient=Recipient(kind="partner", slug=scene.partner),
            purpose="referral",
            referral_id=referral,
            basis="consent",
            consent_id=scene.consent,
        ),
        site=scene.site,
    )
    return str(grant)


async def test_a_request_is_mailed_once(scene: Scene, post: Post) -> None:
    """With the offer, the site and a link, and nothing about the family."""
    referral = await scene.sent()
    assert await send(scene.referrals) == 1
    assert await send(scene.referrals) == 0
    (mail,) = post.received
    assert mail["to"] == OFFICE
    assert mail["auto-submitted"] == "auto-generated"
    assert post.subjects == ["Neue Anfrage – Deutsch"]
    assert "Brackel/Aplerbeck" in post.text()
    assert "The link works once" in post.text()
    ((last_day,),) = await scene.referrals.rows("select expire_at - interval '1 microsecond' from referral")
    until = f"bis zum {day_of(last_day):%d.%m.%Y}"
    assert until in post.text()
    async with scene.referrals.browser(None) as browser, scene.referrals.browser(Role.PARTNER) as own:
        assert until[8:] in (await browser.get(ANSWER, params={"code": post.code()})).text
        assert until[8:] in (await own.get("/referrals/own")).text
    assert await states(scene) == [("requested", "sent", 1)]
    kept = await scene.referrals.rows("select hash from mail_link")
    assert post.code() not in str(kept)
    rows = await scene.referrals.rows("select person_ref from referral")
    for pseudonym in (referral, scene.household, scene.person, scene.need, scene.consent, rows[0][0]):
        assert str(pseudonym) not in mail.as_string()
    for word in ("Arabisch", "Sprache lernen", "Brackel,"):
        assert word not in post.text()


async def test_accept_in_one_click_then_the_contact_data(scene: Scene, post: Post) -> None:
    """Looking uses nothing up; the yes leads to the contact data as soon as the site has released them."""
    referral = await scene.sent()
    await send(scene.referrals)
    code = post.code()
    async with scene.referrals.browser(None) as browser:
        for _ in range(2):
            shown = await browser.get(ANSWER, params={"code": code})
            assert shown.status_code == 200
            assert "Annehmen" in shown.text
        accepted = await browser.post(ANSWER, data={"code": code, "does": "accept"})
        assert accepted.status_code == 303, accepted.text
        assert await scene.state(referral) == "accepted"
        waiting = await browser.get(accepted.headers["location"])
        assert "sobald sie da sind" in waiting.text
        contact = {"code": accepted.headers["location"].partition("code=")[2].partition("&")[0], "does": "contact"}
        too_early = await browser.post(ANSWER, data=contact)
        assert too_early.status_code == 422
        assert "noch nicht freigegeben" in too_early.text
        grant = await granted(scene, referral)
        opened, again = await asyncio.gather(*(browser.post(ANSWER, data=contact) for _ in range(2)))
        if opened.status_code != 303:
            opened, again = again, opened
        assert (opened.status_code, again.status_code) == (303, 410)
        assert opened.headers["location"].startswith(f"http://testserver/intake/shared/{grant}?ticket=")
        assert (await browser.post(ANSWER, data=contact)).status_code == 410
    (told,) = await scene.referrals.told("referral-accepted", audience="internal")
    assert told["data"]["referral_id"] == referral
    assert await scene.referrals.rows("select via, by from referral_step where what = 'accepted'") == [
        ("mail", scene.partner)
    ]
    await send(scene.referrals)
    assert post.subjects[-1] == "Kontaktdaten sind freigegeben – Deutsch"


async def test_decline_says_why(scene: Scene, post: Post) -> None:
    """Without a reason the page asks for it, and the link still works."""
    referral = await scene.sent()
    await send(scene.referrals)
    async with scene.referrals.browser(None) as browser:
        said = {"code": post.code(), "does": "decline"}
        assert (await browser.post(ANSWER, data=said)).status_code == 422
        done = await browser.post(ANSWER, data={**said, "reason": "no_capacity"})
        assert "Abgelehnt" in (await browser.get(done.headers["location"])).text
    assert await scene.state(referral) == "declined"
    (told,) = await scene.referrals.told("referral-declined", audience="internal")
    assert told["data"]["reason"] == "no_capacity"
    await send(scene.referrals)
    assert post.subjects[-1] == "Bitte Daten löschen und bestätigen"
    async with scene.referrals.browser(None) as browser:
        assert "Gelöscht" in (await browser.get(ANSWER, params={"code": post.code()})).text
        await browser.post(ANSWER, data={"code": post.code(), "does": "deleted"})
    assert await scene.referrals.told("deletion-confirmed")


async def test_of_two_answers_in_the_same_moment_one_counts(scene: Scene, post: Post) -> None:
    """The second finds the link used."""
    referral = await scene.sent()
    await send(scene.referrals)
    said = ({"does": "accept"}, {"does": "decline", "reason": "other"})
    async with scene.referrals.browser(None) as one, scene.referrals.browser(None) as other:
        answers = await asyncio.gather(
            *(
                browser.post(ANSWER, data={"code": post.code(), **what})
                for browser, what in zip((one, other), said, strict=True)
            )
        )
    assert sorted(answer.status_code for answer in answers) == [303, 410]
    assert len(await scene.referrals.rows("select 1 from referral_step where what in ('accepted', 'declined')")) == 1
    assert await scene.state(referral) in ("accepted", "declined")


async def test_a_code_is_used_once(referrals: Referrals) -> None:
    """Of eight uses in the same moment one succeeds, also where nothing else stands in the way."""
    now = datetime.now(UTC)
    async with referrals.transaction() as session:
        code = await links.make(session, "answer", timedelta(days=1), now)

    async def use() -> bool:
        async with referrals.transaction() as session:
            return await links.use(session, code, now) is not None

    assert (await asyncio.gather(*(use() for _ in range(8)))).count(True) == 1


async def test_a_link_ends(scene: Scene, post: Post) -> None:
    """By the clock, by a code that nobody has made, for another purpose, and when the request is taken back."""
    first, second = await scene.sent(), await scene.sent(need_id=None)
    await send(scene.referrals)
    async with scene.referrals.browser(None) as browser:
        other = await browser.post(ANSWER, data={"code": post.code(), "does": "deleted"})
        assert other.status_code == 422
        await scene.step(second, "cancel", Role.TEAM, reason="sender")
        gone = await browser.get(ANSWER, params={"code": post.code()})
        assert (gone.status_code, "wenden Sie sich bitte an das Team" in gone.text) == (410, True)
        assert (await browser.get(ANSWER, params={"code": "x" * 22})).status_code == 410
        assert (await browser.get(ANSWER, params={"code": post.code(0)})).status_code == 200
        await scene.referrals.rows("update mail_link set expires_at = now() returning 1")
        late = await browser.post(ANSWER, data={"code": post.code(0), "does": "accept"})
        assert late.status_code == 410
    assert await scene.state(first) == "requested"


async def test_what_is_overtaken_is_not_sent(scene: Scene, post: Post) -> None:
    """Answered, cancelled or erased before the mail went out: only what still is to be said arrives."""
    answered = await scene.sent()
    await scene.step(answered, "accept")
    await scene.sent(need_id=None)
    await scene.referrals.hear(
        HouseholdErased(household_id=scene.household, erasure_id=uuid7(), person_ids=()), site=scene.site
    )
    await send(scene.referrals)
    assert post.subjects == ["Bitte Daten löschen und bestätigen"] * 2
    assert await scene.referrals.rows("select 1 from mail_link where kind <> 'deletion'") == []


async def test_a_server_that_is_away_loses_no_mail(scene: Scene) -> None:
    """However long: the mails wait, cost no attempt, and go out in their order."""
    async with post_office(scene.referrals) as office:
        port = office.port
    await scene.sent()
    await scene.sent(need_id=None)
    await scene.referrals.rows("update mail set kind = 'reminded' where id = 2 returning 1")
    mails = sender(scene.referrals.database, scene.referrals.settings)
    start = datetime.now(UTC)
    for minutes in range(20, 180, 20):
        for _ in range(2):  # the second time the pause lasts
            assert await mails.send_due(at(start, minutes)) == 0
    assert {(state, attempts) for _, state, attempts in await states(scene)} == {("waiting", 0)}
    async with post_office(scene.referrals, port) as office:
        assert await mails.send_due(at(start, 180)) == 2
        assert [subject.split()[0] for subject in office.subjects] == ["Neue", "Erinnerung:"]


async def test_a_process_that_is_killed_while_it_sends_loses_no_mail(scene: Scene, post: Post) -> None:
    """What it has taken is sent again after a while, by whoever sends then."""
    await scene.sent()
    mails, now = sender(scene.referrals.database, scene.referrals.settings), datetime.now(UTC)
    assert await mails._take(now) is not None
    assert await send(scene.referrals, now) == 0
    assert await send(scene.referrals, now + sending.TAKEN_FOR) == 1


async def test_mails_go_out_by_themselves(scene: Scene, post: Post) -> None:
    """Written while the service runs, sent soon afterwards; two senders send it once."""
    mails = [sender(scene.referrals.database, scene.referrals.settings) for _ in range(2)]
    async with sending.running(mails[0], every=0.02), sending.running(mails[1], every=0.02):
        await scene.sent()

        await eventually(lambda: _is_sent(scene))
    assert len(post.received) == 1


async def test_a_refused_mail_is_tried_again_and_given_up(scene: Scene, post: Post) -> None:
    """After 1, 5, 30, 120 and 600 seconds; then it has failed, is counted, and the next one goes."""
    failed = sending.FAILED._value.get()
    await scene.sent()
    post.refuses = "451 later, please"
    now = datetime.now(UTC)
    for pause in (0, *(each.total_seconds() for each in sending.PAUSES)):
        now += timedelta(seconds=pause)
        assert await states(scene) == [("requested", "waiting", (await states(scene))[0][2])]
        await send(scene.referrals, now - timedelta(milliseconds=1))
        await send(scene.referrals, now)
    assert await states(scene) == [("requested", "failed", 6)]
    assert sending.FAILED._value.get() == failed + 1
    assert await scene.referrals.rows("select error_code from mail") == [("451",)]
    post.refuses = ""
    await scene.sent(need_id=None)
    assert await send(scene.referrals, now) == 1


async def test_who_gets_the_mail(scene: Scene, post: Post) -> None:
    """The first person with an address, while the partner is closed who stands in; nobody where none is wanted."""
    partner = f"{API}/partners/{scene.partner}"
    async with scene.helper() as helper:
        keller = await helper.post(f"{partner}/contacts", json={"name": "Keller", "email": "keller@example.org"})
        stands_in = {"name": "Otto", "email": "otto@example.org", "substitute_for": keller.json()["contact_id"]}
        assert (await helper.post(f"{partner}/contacts", json=stands_in)).status_code == 201
        await scene.sent()
        today = day_of(datetime.now(UTC)).isoformat()
        await helper.post(f"{partner}/closures", json={"from_on": today, "to_on": today})
        await scene.sent(need_id=None)
        assert (await helper.patch(partner, json={"wants_mail": False})).status_code == 200
        await scene.sent(need_id=None)
    await send(scene.referrals)
    assert [mail["to"] for mail in post.received] == ["keller@example.org", "otto@example.org"]


async def test_a_reminder_has_a_link_of_its_own(scene: Scene, post: Post) -> None:
    """Both work until one was used."""
    await scene.sent()
    await send(scene.referrals)
    ((remind_at,),) = await scene.referrals.rows("select remind_at from referral")
    async with scene.referrals.transaction() as session:
        await run_due(session, remind_at)
    await send(scene.referrals, remind_at)
    assert post.subjects[-1] == "Erinnerung: Anfrage ohne Antwort – Deutsch"
    async with scene.referrals.browser(None) as browser:
        assert (await browser.post(ANSWER, data={"code": post.code(1), "does": "accept"})).status_code == 303
        assert (await browser.get(ANSWER, params={"code": post.code(0)})).status_code == 410


async def test_old_details_are_confirmed_in_one_click(scene: Scene, post: Post) -> None:
    """Asked once in thirty days; the click confirms the entry and the offers, which no one is asked about then."""
    now = datetime.now(UTC)
    for moment in (now, now + timedelta(days=29)):
        await ask_all(scene.referrals.database, scene.referrals.settings, moment)
    await send(scene.referrals)
    assert post.subjects == ["Stimmen Ihre Angaben noch?"]
    await ask_all(scene.referrals.database, scene.referrals.settings, now + timedelta(days=30))
    assert len(await states(scene)) == 2
    async with scene.referrals.browser(None) as browser:
        shown = await browser.get(ANSWER, params={"code": post.code()})
        assert "Deutsch" in shown.text
        seen = re.findall(r'name="offers" value="([^"]+)"', shown.text)
        assert seen == [str(scene.offer)]
        async with scene.referrals.transaction() as session:  # became old while the page was being looked at
            old = (await session.get_one(Offer, scene.offer)).model_dump(exclude={"id"})
            session.add(Offer(**{**old, "id": uuid7(), "confirmed_on": date(2016, 1, 1)}))
        await browser.post(ANSWER, data={"code": post.code(), "does": "confirm", "offers": seen})
    today = day_of(datetime.now(UTC))
    for table in ("partner", f"offer where id = '{scene.offer}'"):
        assert await scene.referrals.rows(f"select confirmed_on, asked_on from {table}") == [(today, None)]
    # What was not shown is not confirmed.
    assert await scene.referrals.rows("select 1 from offer where confirmed_on = '2016-01-01'")
    assert await scene.referrals.told("offer-confirmed")


async def test_without_a_server_mails_are_kept_and_the_board_says_so(scene: Scene) -> None:
    """Nothing is lost, nothing is pretended."""
    await scene.sent()
    assert await send(scene.referrals) == 0
    async with scene.referrals.browser() as team:
        assert "E-Mails an Partner gehen zurzeit nicht hinaus" in (await team.get("/referrals/board")).text
    assert await states(scene) == [("requested", "waiting", 0)]


async def test_a_link_lasts_as_long_as_an_answer_counts(scene: Scene, post: Post) -> None:
    """Fourteen working days are more than fourteen days; a closure that is announced later makes it longer still."""
    await scene.sent()
    await send(scene.referrals)
    ends = "select expires_at >= (select expire_at from referral) from mail_link where kind = 'answer'"
    assert await scene.referrals.rows(ends) == [(True,)]
    today = day_of(datetime.now(UTC))
    days = {"from_on": today.isoformat(), "to_on": (today + timedelta(days=40)).isoformat()}
    async with scene.helper() as helper:
        assert (await helper.post(f"{API}/partners/{scene.partner}/closures", json=days)).status_code == 201
    assert await scene.referrals.rows(ends) == [(True,)]
    late = "select expires_at > now() + interval '40 days' from mail_link where kind = 'answer'"
    assert await scene.referrals.rows(late) == [(True,)]


async def test_nothing_is_sent_to_where_nobody_is(scene: Scene, post: Post) -> None:
    """The demonstration's partners have addresses that cannot exist: a server that is given later gets none of them."""
    await scene.referrals.rows("update partner set email = 'post@beispiel.invalid' returning 1")
    await scene.sent()
    assert await send(scene.referrals) == 0
    assert post.subjects == []
    assert await scene.referrals.rows("select 1 from mail where state = 'waiting'") == []
