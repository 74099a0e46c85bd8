"""The pages „Zahlen" and „Betrieb"."""

import re
from datetime import UTC, date, datetime
from xml.etree import ElementTree

import httpx
import pytest

from services.reporting.report import TABLES
from shared.contracts.words import District, LegalCircle, TargetGroup
from shared.web.tokens import Role
from tests.component.reporting.app import Reporting
from tests.component.reporting.test_api import API, PILOT, contact, household
from tests.component.reporting.test_projections import need_events, referral_events
from tests.unit.reporting.stories import SITE, Story

PAGE = "/reporting/figures"


@pytest.fixture
async def filled(reporting: Reporting) -> Reporting:
    """The pilot's half year in small: a crowded Thursday, and one household that must not be seen by others."""
    thursday, monday = datetime(2016, 11, 3, 13, tzinfo=UTC), datetime(2016, 11, 7, 9, tzinfo=UTC)
    events = [event for _ in range(6) for event in household(4, visit="done")]
    await reporting.take(
        [
            *events,
            *household(2, LegalCircle.SGB12, visit="waived"),
            *(contact(thursday) for _ in range(12)),
            contact(monday, target_group=TargetGroup.PARTNER),
            *(event for _ in range(7) for event in referral_events("accepted")),
            *referral_events("declined", partner="planerladen"),
        ]
    )
    return reporting


async def page(client: httpx.AsyncClient, path: str = PAGE, **query: str) -> str:
    answer = await client.get(path, params=query, headers={"accept": "text/html"})
    assert answer.status_code == 200, answer.text
    return answer.text


def text_of(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


async def test_the_period_that_is_over(filled: Reporting) -> None:
    """Without a question the page shows the last half year with figures that is over, and says so in its heading."""
    shown = text_of(await page(filled.as_team(SITE)))
    assert "Zahlen 01.10.2016 bis 31.03.2017" in shown
    assert "13 Kontakte" in shown
    assert "7 Haushalte erreicht" in shown
    assert "6 Haushalte besucht" in shown
    assert "Do" in shown


async def test_thursday(filled: Reporting) -> None:
    """The table by weekday and hour shows that Thursday afternoon is overrun."""
    table = (await page(filled.as_team(SITE))).split('id="weekday-hours"')[1].split("</section>")[0]
    assert "14 Uhr 0 0 0 12 0 12" in text_of(table)


async def test_small_counts_for_others(filled: Reporting) -> None:
    """The team sees two persons; the coordination sees a dash and why, in the page, the picture and the CSV."""
    coordinator = await filled.as_role(Role.COORDINATOR)
    team_page, other_page = await page(filled.as_team(SITE)), await page(coordinator)
    assert "wird nicht gezeigt" not in team_page
    assert "wird nicht gezeigt" in other_page
    row = "Brackel 0 0 {} 0"
    own = await filled.as_team(SITE).get(f"{PAGE}/legal-circles.csv")
    others = await coordinator.get(f"{PAGE}/legal-circles.csv")
    assert ";2;" in own.text
    assert ";2;" not in others.text
    assert "–" in others.text
    assert row.format(2) not in text_of(other_page)


@pytest.mark.parametrize("slug", TABLES)
@pytest.mark.parametrize("narrow", ["false", "true"])
async def test_pictures(filled: Reporting, slug: str, narrow: str) -> None:
    """Each table has a picture that stands for itself: valid SVG, no address in it, for a desk and for a phone."""
    team = filled.as_team(SITE)
    answer = await team.get(f"{PAGE}/{slug}.svg", params={**PILOT, "narrow": narrow})
    assert answer.headers["content-type"] == "image/svg+xml"
    root = ElementTree.fromstring(answer.text)  # noqa: S314  (our own)
    assert float(root.attrib["width"]) <= (296 if narrow == "true" else 620)
    assert "http" not in re.sub(r'xmlns(:\w+)?="[^"]+"', "", answer.text)
    again = await team.get(
        f"{PAGE}/{slug}.svg", params={**PILOT, "narrow": narrow}, headers={"if-none-match": answer.headers["etag"]}
    )
    assert (again.status_code, again.content) == (304, b"")


async def test_same_rights_for_pictures_and_files(filled: Reporting) -> None:
    """Picture and CSV ask for the same rights as the page."""
    nobody, operations = filled.client(), await filled.as_role(Role.OPERATIONS)
    for path in (PAGE, f"{PAGE}/topics.svg", f"{PAGE}/topics.csv"):
        assert (await nobody.get(path, headers={"accept": "text/html"})).status_code == 303
        assert (await operations.get(path)).status_code == 403
    assert (await filled.as_team(SITE).get(f"{PAGE}/names.svg")).status_code == 404


async def test_needs(reporting: Reporting) -> None:
    """Needs stand by area, met and open; the coordination does not see one to four of them."""
    story = Story(District.BRACKEL, [LegalCircle.ASYLBLG])
    await reporting.take([*need_events(story), *need_events(story), need_events(story)[0]])
    own = await reporting.as_team(SITE).get(f"{PAGE}/needs.csv", params=PILOT)
    assert own.text.splitlines() == ["\ufeffBereich;gedeckt;offen;Summe", "Sprache;2;1;3"]
    others = await (await reporting.as_role(Role.COORDINATOR)).get(f"{PAGE}/needs.csv", params=PILOT)
    assert others.text.splitlines()[1] == "Sprache;–;–;–"


async def test_notice(filled: Reporting) -> None:
    """Who enters a demonstration says so, and readers of its days see it; of other days they do not."""
    coordinator = await filled.as_role(Role.COORDINATOR)
    said = {**PILOT, "text": "Diese Aufteilung ist von uns."}
    assert (await filled.as_team(SITE).put(f"{API}/notices/pilot", json=said)).status_code == 403
    assert (await coordinator.put(f"{API}/notices/pilot", json=said)).status_code == 204
    assert "Diese Aufteilung ist von uns." in await page(coordinator)
    later = await page(coordinator, **{"from": "2017-04-01", "to": "2017-09-30"})
    assert "Diese Aufteilung ist von uns." not in later
    wrong = {**said, "from": "2018-01-01"}
    assert (await coordinator.put(f"{API}/notices/pilot", json=wrong)).status_code == 422


async def test_nothing_there(reporting: Reporting) -> None:
    """Without figures the page says what would stand here."""
    assert "noch nichts erfasst" in await page(reporting.as_team(SITE))


@pytest.mark.parametrize(
    "query",
    [
        {"from": "2017-03-31", "to": "2016-10-01"},
        {"from": "gestern"},
        {"from": "0001-01-01", "to": "0001-01-02"},
        {"to": "9999-12-31"},
        {"from": "0001-01-01", "to": "9999-12-31", "on": "9999-12-31"},
        {"on": "0001-01-01"},
        {"site": "nirgends"},
        {"site": ""},
    ],
)
async def test_odd_questions(filled: Reporting, query: dict[str, str]) -> None:
    """Odd periods and sites get a page or a German refusal, never a fault."""
    client = await filled.as_role(Role.COORDINATOR)
    for path in (PAGE, f"{PAGE}/legal-circles.csv", f"{PAGE}/weekday-hours.svg", f"{PAGE}/months.svg"):
        answer = await client.get(path, params=query, headers={"accept": "text/html"})
        assert answer.status_code in (200, 422), (path, answer.text)


async def test_operations(reporting: Reporting) -> None:
    """„Betrieb" is for operations alone, and says what it cannot see."""
    await reporting.take([contact(datetime(2016, 11, 3, 13, tzinfo=UTC))])
    shown = text_of(await page(await reporting.as_role(Role.OPERATIONS), "/reporting/operations"))
    assert "1 Ereignisse im Archiv" in shown
    assert "nicht zu sehen" in shown
    for other in (await reporting.as_role(Role.COORDINATOR), reporting.as_team(SITE)):
        assert (await other.get("/reporting/operations")).status_code == 403


async def test_start(filled: Reporting) -> None:
    """The figures are the first page of the city."""
    answer = await filled.as_team(SITE).get("/reporting/")
    assert (answer.status_code, answer.headers["location"]) == (307, PAGE)


async def test_legal_circles_on_a_day(filled: Reporting) -> None:
    """The day for the persons can be chosen by itself."""
    before = await page(filled.as_team(SITE), on=date(2016, 10, 9).isoformat())
    assert "Personen je Rechtskreis und Stadtbezirk am 09.10.2016" in before
    assert "keine Zahlen" in before
