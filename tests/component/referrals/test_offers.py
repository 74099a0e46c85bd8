"""Offers: who may publish and change what, and what becomes known of it."""

from datetime import timedelta
from typing import Any

from shared.web import german
from shared.web.identity import Role
from tests.component.referrals.conftest import API, NEIGHBOUR, Referrals
from tests.component.referrals.directory import COURSE, offer, partner, partner_client


async def test_an_offer_is_published_with_its_times_and_without_its_texts(referrals: Referrals) -> None:
    """The answer says when in words; the event has windows of the week, and no sentence."""
    await partner(referrals)
    answer = await offer(referrals)
    assert answer["when"] == "montags und mittwochs 9:00–11:00 Uhr"
    assert (answer["rrule"], answer["district"]) == ("FREQ=WEEKLY;BYDAY=MO,WE", "brackel")
    [event] = await referrals.told("offer-published", audience="public")
    assert event["data"]["times"][0] == {"weekday": "mon", "from": "09:00", "to": "11:00"}
    assert "Alltag" not in str(event)
    assert "Hellweg" not in str(event)


async def test_a_partner_keeps_its_own_offers(referrals: Referrals) -> None:
    """Published without saying whose it is; changed, filled, confirmed and withdrawn by the partner itself."""
    await partner(referrals)
    await partner(referrals, slug="malteser", name="Malteser Hilfsdienst e.V.")
    own_course = {name: value for name, value in COURSE.items() if name != "partner"}
    async with partner_client(referrals) as own, partner_client(referrals, "malteser") as other:
        made = (await own.post(f"{API}/offers", json=own_course)).json()
        address = f"{API}/offers/{made['offer_id']}"
        assert made["partner"] == "projekt-ankommen"
        assert (await own.put(f"{address}/capacity", json={"places": 12, "free": 0, "waiting": 4})).json()["free"] == 0
        changed = (await own.patch(address, json={"level": "a2"})).json()
        assert (changed["level"], changed["waiting"], changed["rrule"]) == ("a2", 4, "FREQ=WEEKLY;BYDAY=MO,WE")
        for method, path, body in (
            ("PATCH", address, {"level": "b1"}),
            ("PUT", f"{address}/capacity", {"places": 1}),
            ("POST", f"{address}/confirm", None),
            ("POST", f"{address}/withdraw", None),
            ("POST", f"{address}/sessions", {"on": german.today().isoformat(), "visitors": 3}),
            ("POST", f"{API}/offers", COURSE),
        ):
            assert (await other.request(method, path, json=body)).status_code == 403
        assert (await own.post(f"{address}/withdraw")).json()["withdrawn_on"] == german.today().isoformat()
        assert (await own.patch(address, json={"level": "b1"})).status_code == 409
        assert (await own.get(f"{API}/offers")).json()["items"] == []
    told = [event["event"] for event in await referrals.told() if event["event"].startswith("offer-")]
    assert told == ["offer-published", "offer-changed", "offer-changed", "offer-withdrawn"]


async def test_only_teams_that_the_partner_works_with_keep_its_offers(referrals: Referrals) -> None:
    """Another site's team sees the offer, and changes nothing; the project lead may."""
    await partner(referrals)
    address = f"{API}/offers/{(await offer(referrals))['offer_id']}"
    async with referrals.client(site=NEIGHBOUR) as other, referrals.client(Role.COORDINATOR) as lead:
        assert (await other.get(address)).status_code == 200
        assert (await other.patch(address, json={"level": "b1"})).status_code == 403
        assert (await lead.patch(address, json={"level": "b1"})).status_code == 200


async def test_offers_are_found_by_kind_place_language_and_title(referrals: Referrals) -> None:
    """An offer for the whole city is found in every district."""
    await partner(referrals)
    await offer(referrals)
    everywhere = {"kind": "sport", "title": {"de": "Fußball"}, "districts": [], "level": None, "languages": ["fr"]}
    await offer(referrals, **everywhere)
    async with referrals.client() as team:
        for asked, found in (
            ({"kind": "sport"}, 1),
            ({"district": "brackel"}, 2),
            ({"district": "hoerde"}, 1),
            ({"language": "ar"}, 1),
            ({"search": "ALLTAG"}, 1),
            ({"search": "Projekt"}, 2),
            ({"partner": "malteser"}, 0),
            ({"stale": "true"}, 0),
        ):
            answer = (await team.get(f"{API}/offers", params=asked)).json()
            assert len(answer["items"]) == found, asked
        first = (await team.get(f"{API}/offers", params={"limit": 1})).json()
        then = (await team.get(f"{API}/offers", params={"limit": 1, "cursor": first["next_cursor"]})).json()
        assert [page["items"][0]["kind"] for page in (first, then)] == ["german_course", "sport"]


async def test_a_day_on_which_it_took_place_is_counted_once(referrals: Referrals) -> None:
    """Participants and visitors reach the statistics by the event."""
    await partner(referrals)
    address = f"{API}/offers/{(await offer(referrals))['offer_id']}/sessions"
    today = german.today()
    async with partner_client(referrals) as own:
        assert (await own.post(address, json={"on": today.isoformat(), "attended": 11})).status_code == 201
        assert (await own.post(address, json={"on": today.isoformat(), "attended": 12})).status_code == 409
        ahead = (today + timedelta(days=1)).isoformat()
        assert (await own.post(address, json={"on": ahead, "visitors": 1})).status_code == 422
        assert (await own.post(address, json={"on": "2017-04-04"})).status_code == 422
        assert [held["attended"] for held in (await own.get(address)).json()] == [11]
    [event] = await referrals.told("offer-session-held", audience="internal")
    assert (event["data"]["attended"], event["data"]["neighbourhood"]) == (11, "wambel")


WRONG: tuple[tuple[dict[str, Any], str], ...] = (
    ({"title": {"en": "German"}}, "title.de"),
    ({"kind": "sport"}, "level"),
    ({"legal_advice": True}, "legal_advice"),
    ({"free": 13}, "free"),
    ({"places": None}, "places"),
    ({"waiting": 2}, "waiting"),
    ({"min_age": 18, "max_age": 6}, "max_age"),
    ({"valid_from": "2017-05-01", "valid_until": "2017-04-01"}, "valid_until"),
    ({"district": "hoerde"}, "neighbourhood"),
    ({"rrule": "FREQ=DAILY"}, "rrule"),
    ({"ends_at": "08:00"}, "ends_at"),
    ({"rrule": None}, "starts_at"),
    ({"cost_cents": -1}, "cost_cents"),
)


async def test_a_wrong_entry_names_its_field(referrals: Referrals) -> None:
    """Nothing is written of it."""
    await partner(referrals)
    async with referrals.client() as team:
        for wrong, field in WRONG:
            answer = await team.post(f"{API}/offers", json=COURSE | wrong)
            assert (answer.status_code, [error["path"] for error in answer.json()["errors"]]) == (422, [field]), wrong
    assert await referrals.rows("select 1 from offer") == []
