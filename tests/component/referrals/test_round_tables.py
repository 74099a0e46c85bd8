"""Round tables: who keeps and who reads them, meetings, invitations, decisions, and what the event says."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest
from icalendar import Calendar

from shared.web.identity import Role
from tests.component.referrals.conftest import API, NEIGHBOUR, SITE, Referrals
from tests.component.referrals.directory import partner
from tests.component.referrals.post import post_office, send

TABLES = f"{API}/round-tables"
TABLE = {"kind": "thematic", "theme": "Sprache", "theme_slug": "language"}
TOMORROW = (datetime.now(UTC) + timedelta(days=1)).date()
MEETING = {"on": TOMORROW.isoformat(), "begins": "17:00", "ends": "19:00", "place": "Bezirksverwaltungsstelle"}
PAST = {**MEETING, "on": (TOMORROW - timedelta(days=8)).isoformat()}


async def table(referrals: Referrals) -> str:
    """A table with a partner, a guest and somebody without an account; returns its address."""
    await partner(referrals)
    async with referrals.client() as client:
        made = await call(client, 201, "post", TABLES, TABLE)
        path = f"{TABLES}/{made['table_id']}"
        for member in (
            {"partner": "projekt-ankommen"},
            {"label": "Bezirksbürgermeister Brackel", "guest_account": "mayor", "email": "bv@brackel.example"},
            {"label": "Familienbüro"},
        ):
            await call(client, 201, "post", f"{path}/members", member)
    return path


async def meeting(referrals: Referrals, path: str, **other: Any) -> str:
    """A meeting of the table; returns its address."""
    async with referrals.client() as client:
        made = await call(client, 201, "post", f"{path}/meetings", MEETING | other)
    return f"{path}/meetings/{made['meeting_id']}"


async def call(client: httpx.AsyncClient, status: int, method: str, path: str, body: Any = None) -> Any:
    """A call, and what it must answer."""
    answer = await client.request(method.upper(), path, json=body)
    assert answer.status_code == status, answer.text
    return answer.json() if answer.content else None


async def test_a_table_meets_decides_and_says_so(referrals: Referrals) -> None:
    path = await table(referrals)
    at = await meeting(referrals, path, **PAST)
    async with referrals.client() as team:
        await call(team, 201, "post", f"{at}/agenda", {"text": "Sprachcafés im April"})
        draft = await call(team, 200, "put", f"{at}/minutes", {"minutes": "Drei Cafés sind zugesagt."})
        due = (date.fromisoformat(PAST["on"]) + timedelta(days=2)).isoformat()
        decision = {"decision": "Räume anfragen", "owner": "Projekt Ankommen e.V.", "due_on": due}
        decided = await call(team, 201, "post", f"{at}/decisions", decision)
        assert decided["decisions"][0]["overdue"] is True
        held = await call(team, 200, "post", f"{at}/hold", {"attended": 14})
        assert (held["state"], held["attended"], held["minutes"]) == ("held", 14, draft["minutes"])
        [open_one] = (await call(team, 200, "get", path))["open_decisions"]
        done = await call(team, 200, "post", f"{at}/decisions/{open_one['decision_id']}/done")
        assert done["decisions"][0]["done_on"] is not None
        assert done["decisions"][0]["overdue"] is False
        await call(team, 409, "post", f"{at}/decisions/{open_one['decision_id']}/done")
        await call(team, 409, "post", f"{at}/hold", {})
        await call(team, 409, "post", f"{at}/cancel")
    [event] = await referrals.told("round-table-held", audience="public")
    assert event["data"] == {
        "table_id": path.rsplit("/", 1)[1],
        "meeting_id": at.rsplit("/", 1)[1],
        "kind": "thematic",
        "theme": "language",
        "site": SITE,
        "on": PAST["on"],
        "partners": ["projekt-ankommen"],
        "guests": 2,
        "decisions": 1,
    }
    assert event["to_site"] == SITE


async def test_guests_see_what_they_are_invited_to(referrals: Referrals) -> None:
    path = await table(referrals)
    first, second = await meeting(referrals, path, **PAST), await meeting(referrals, path)
    async with referrals.client(Role.GUEST, "mayor") as mayor, referrals.client(Role.GUEST, "stranger") as stranger:
        assert (await call(mayor, 200, "get", TABLES))["items"] == []  # a member, but not invited yet
        await call(mayor, 404, "get", path)
        async with referrals.client() as team:
            assert await call(team, 201, "post", f"{first}/invitations") == {"invited": 3}
            await call(team, 409, "post", f"{first}/invitations")
            await call(team, 200, "put", f"{first}/minutes", {"minutes": "Entwurf"})
            await call(team, 201, "post", f"{first}/decisions", {"decision": "Räume anfragen", "owner": "Team"})
        [listed] = (await call(mayor, 200, "get", TABLES))["items"]
        assert listed["theme"] == "Sprache"
        seen = await call(mayor, 200, "get", path)
        assert [each["meeting_id"] for each in seen["meetings"]] == [first.rsplit("/", 1)[1]]
        assert {each["guest_account"] for each in seen["members"]} == {None}
        assert {each["email"] for each in seen["members"]} == {None}
        assert seen["open_decisions"] == []
        draft = await call(mayor, 200, "get", first)
        assert (draft["minutes"], draft["decisions"], draft["invitations"]) == (None, [], [])
        assert draft["invited"] is True
        await call(mayor, 404, "get", second)
        said = await call(mayor, 200, "post", f"{first}/answer", {"answer": "yes"})
        assert said["own_answer"] == "yes"
        for address in (path, first, f"{first}/proposals"):
            assert (await stranger.get(address)).status_code in (403, 404)
        assert (await call(stranger, 200, "get", TABLES))["items"] == []
        await call(stranger, 404, "post", f"{first}/answer", {"answer": "yes"})
        for method, address, body in (
            ("post", f"{first}/agenda", {"text": "Eigenes"}),
            ("put", f"{first}/minutes", {"minutes": "Anderes"}),
            ("post", f"{first}/hold", {}),
            ("post", TABLES, TABLE),
        ):
            await call(mayor, 403, method, address, body)
        async with referrals.client() as team:
            entered = await call(team, 200, "get", first)
            assert {each["name"]: each["answer"] for each in entered["invitations"]} == {
                "Bezirksbürgermeister Brackel": "yes",
                "Familienbüro": None,
                "Projekt Ankommen e.V.": None,
            }
            await call(team, 200, "post", f"{first}/hold", {})
        assert (await call(mayor, 200, "get", first))["minutes"] == "Entwurf"


async def test_partners_see_the_tables_that_they_sit_at(referrals: Referrals) -> None:
    path = await table(referrals)
    at = await meeting(referrals, path)
    async with referrals.client(Role.PARTNER) as own, referrals.client(Role.PARTNER, "anderer-verein") as other:
        assert (await call(own, 200, "get", path))["meetings"][0]["meeting_id"] in at
        await call(own, 409, "post", f"{at}/answer", {"answer": "no"})  # nobody has invited it
        await call(own, 403, "put", path, {"theme": "Anderes"})
        await call(other, 404, "get", path)
        await call(other, 404, "get", at)
        assert (await call(other, 200, "get", TABLES))["items"] == []


async def test_a_team_keeps_its_sites_tables_and_reads_the_citys(referrals: Referrals) -> None:
    path = await table(referrals)
    async with referrals.client(site=NEIGHBOUR) as neighbour, referrals.client(Role.COORDINATOR) as city:
        await call(neighbour, 404, "get", path)
        await call(neighbour, 403, "post", TABLES, TABLE | {"site": SITE})
        quarterly = {"kind": "quarterly", "theme": "Quartalstreffen", "site": "city"}
        made = await call(city, 201, "post", TABLES, quarterly)
        citys = f"{TABLES}/{made['table_id']}"
        await call(neighbour, 200, "get", citys)
        await call(neighbour, 403, "put", citys, {"theme": "Unseres"})
        assert (await call(city, 200, "put", path, {"theme": "Sprache und Schule"}))["theme"] == "Sprache und Schule"


async def test_a_cancelled_meeting_is_over(referrals: Referrals) -> None:
    path = await table(referrals)
    at = await meeting(referrals, path)
    async with referrals.client() as team:
        await call(team, 201, "post", f"{at}/invitations")
        await call(team, 409, "post", f"{at}/hold", {})  # it has not begun
        [moved] = [await call(team, 200, "put", at, MEETING | {"place": "Gemeindehaus"})]
        assert (moved["sequence"], moved["place"]) == (1, "Gemeindehaus")
        cancelled = await call(team, 200, "post", f"{at}/cancel")
        assert (cancelled["state"], cancelled["sequence"]) == ("cancelled", 2)
        await call(team, 409, "post", f"{at}/decisions", {"decision": "Nichts", "owner": "Team"})
        await call(team, 409, "put", at, MEETING)
    assert await referrals.told("round-table-held") == []


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("members", {}, "label"),
        ("members", {"partner": "gibt-es-nicht"}, "partner"),
        ("members", {"partner": "projekt-ankommen", "guest_account": "mayor"}, "partner"),
        ("meetings", MEETING | {"ends": "16:00"}, "ends"),
    ],
)
async def test_what_is_wrong_is_named(referrals: Referrals, path: str, body: dict[str, Any], field: str) -> None:
    at = await table(referrals)
    async with referrals.client() as team:
        answer = await call(team, 422, "post", f"{at}/{path}", body)
        assert field in answer["errors"][0].values()


async def test_on_pages_without_script(referrals: Referrals) -> None:
    """The same in a browser: found, sit down, plan, invite, write, hold; the guest answers and reads."""
    await partner(referrals)
    async with referrals.browser() as team, referrals.browser(Role.GUEST, "mayor") as mayor:

        async def submit(path: str, **data: str) -> str:
            answer = await team.post(path, data=data)
            assert answer.status_code == 303, answer.text
            return answer.headers["location"].partition("?")[0]

        base = await submit("/referrals/round-tables/new", kind="thematic", theme="Sprache", site="")
        await submit(f"{base}/members", partner="projekt-ankommen")
        await submit(f"{base}/members", label="Bezirksbürgermeister Brackel", guest_account="mayor")
        wrong = await team.post(f"{base}/meetings/new", data={"on": PAST["on"]})
        assert wrong.status_code == 422
        assert "Ort: Diese Angabe fehlt." in wrong.text
        when = {name: PAST[name] for name in ("on", "begins", "ends", "place")}
        at = await submit(f"{base}/meetings/new", **when)
        assert (await team.get(f"{at}/edit")).text.count('value="17:00"') == 1
        assert (await mayor.get(at)).status_code == 404
        await submit(f"{at}/invitations")
        await submit(f"{at}/agenda", text="Sprachcafés im April")
        await submit(f"{at}/minutes", minutes="Drei Cafés sind zugesagt.")
        await submit(f"{at}/decisions", decision="Räume anfragen", owner="Familienbüro", due_on=PAST["on"])
        assert "überfällig seit" in (await team.get(base)).text
        page = (await mayor.get(at)).text
        assert "Sprachcafés im April" in page
        assert "Drei Cafés" not in page
        assert "Räume anfragen" not in page
        assert (await mayor.post(f"{at}/answer", data={"answer": "yes"})).status_code == 303
        assert "Sie haben zugesagt." in (await mayor.get(at)).text
        await submit(f"{at}/hold", attended="14")
        assert "Drei Cafés sind zugesagt." in (await mayor.get(at)).text
        for page_of_team in ("/referrals/round-tables", "/referrals/round-tables/new", f"{base}/edit", at):
            assert (await team.get(page_of_team)).status_code == 200
        await submit(f"{base}/edit", theme="Sprache")
        assert "trifft sich nicht mehr" in (await mayor.get("/referrals/round-tables")).text
        assert (await mayor.get("/referrals/round-tables/new")).status_code == 403


async def test_a_meeting_goes_into_calendars(referrals: Referrals) -> None:
    path = await table(referrals)
    at = await meeting(referrals, path)
    address = at.replace(f"{API}/", "/referrals/") + ".ics"
    async with referrals.client() as team, referrals.browser() as browser:
        await call(team, 201, "post", f"{at}/invitations")
        await call(team, 201, "post", f"{at}/agenda", {"text": "Sprachcafés; Räume, Zeiten"})
        answer = await browser.get(address)
        assert answer.headers["content-type"] == "text/calendar; method=REQUEST; charset=utf-8"
        found: Any = Calendar.from_ical(answer.content)
        event: Any = found.events[0]
        assert found["method"] == "REQUEST"
        assert [zone["tzid"] for zone in found.timezones] == ["Europe/Berlin"]
        assert event["uid"] == f"{at.rsplit('/', 1)[1]}@lokal-willkommen"
        assert event["dtstart"].params["tzid"] == "Europe/Berlin"
        assert event.start.isoformat()[:16] == f"{TOMORROW}T17:00"
        assert event.end.isoformat()[:16] == f"{TOMORROW}T19:00"
        assert (event["sequence"], event["location"], event["status"]) == (0, MEETING["place"], "CONFIRMED")
        assert event["description"] == "1. Sprachcafés; Räume, Zeiten"
        assert {each.params["cn"] for each in event["attendee"]} == {
            "Bezirksbürgermeister Brackel",
            "Familienbüro",
            "Projekt Ankommen e.V.",
        }
        assert "bv@brackel.example" not in answer.text
        await call(team, 200, "post", f"{at}/cancel")
        cancelled: Any = Calendar.from_ical((await browser.get(address)).content)
        assert cancelled["method"] == "CANCEL"
        assert (cancelled.events[0]["sequence"], cancelled.events[0]["status"]) == (1, "CANCELLED")
        assert cancelled.events[0]["uid"] == event["uid"]
    async with referrals.browser(Role.GUEST, "stranger") as stranger:
        assert (await stranger.get(address)).status_code == 404


async def test_invitations_go_out_by_mail_and_into_calendars(referrals: Referrals) -> None:
    """Invited, moved, cancelled: each is told to whoever has an address, with the meeting for the calendar."""
    path = await table(referrals)
    at = await meeting(referrals, path)
    async with referrals.client() as team, post_office(referrals) as post:
        await call(team, 201, "post", f"{at}/agenda", {"text": "Sprachcafés im April"})
        await call(team, 201, "post", f"{at}/invitations")
        assert await send(referrals) == 2
        assert {str(each["to"]) for each in post.received} == {"bv@brackel.example", "erika@ankommen.example"}
        assert post.subjects[0] == f"Einladung: Sprache, {TOMORROW:%d.%m.%Y}"
        words, calendar = [each for each in post.received[0].walk() if not each.is_multipart()]
        assert "1. Sprachcafés im April" in words.get_content()
        assert "Brackel/Aplerbeck lädt Sie" in words.get_content()
        assert at.rsplit("/", 1)[1] in words.get_content()
        assert calendar.get_content_type() == "text/calendar"
        assert (calendar.get_param("method"), calendar.get_content_charset()) == ("REQUEST", "utf-8")
        content: Any = calendar.get_payload(decode=True)
        sent: Any = Calendar.from_ical(content)
        assert sent.events[0]["attendee"] == f"mailto:{post.received[0]['to']}"
        await call(team, 200, "put", at, MEETING | {"place": "Gemeindehaus"})
        await call(team, 200, "post", f"{at}/cancel")
        assert await send(referrals) == 2  # that it has moved is overtaken
        assert post.subjects[2:] == [f"Abgesagt: Sprache, {TOMORROW:%d.%m.%Y}"] * 2
        last: Any = list(post.received[-1].walk())[-1]
        assert last.get_param("method") == "CANCEL"
