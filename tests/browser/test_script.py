"""What pages do with script: keys, focus, voice, errors in words, and the veil over names; without a server."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Request, Route, expect
from starlette.requests import Request as ServerRequest

from shared.contracts.words import SITES
from shared.ids import uuid7
from shared.settings import ServiceSettings
from shared.web import app, middleware
from shared.web.templating import Templates
from shared.web.tokens import Principal, Role

ORIGIN = "http://127.0.0.1:9"
SITE = SITES[0]
PART = '<p data-say="Zwei Haushalte gefunden"><input id="first" aria-label="Erster" data-focus></p>'
PROBLEM = '{"title": "Geht so nicht mehr", "detail": "Der Besuch ist schon erledigt.", "errors": []}'


class Site:
    """Answers the browser from templates and files, as the service would."""

    def __init__(self) -> None:
        self.templates = Templates(Path(__file__).parent / "templates")
        settings = ServiceSettings(
            site=SITE, database_url="-", rabbitmq_url="-", signing_key_file=Path("-"), port=1, public_url=ORIGIN
        )
        self.templates.serve(settings, "intake")
        self.sent: list[Request] = []
        self.marks = True

    def page(self) -> str:
        principal = Principal("alex", Role.TEAM, SITE, uuid7(), SITE, "Alex")
        scope = {"type": "http", "path": "/", "headers": [], "state": {"principal": principal}}
        return bytes(self.templates.render(ServerRequest(scope), "script.html", marks=self.marks).body).decode()

    def answer(self, route: Route) -> None:
        self.sent.append(route.request)
        path = route.request.url.removeprefix(ORIGIN).partition("?")[0]
        policy = {"content-security-policy": middleware._POLICY}
        match path:
            case "/":
                route.fulfill(body=self.page(), content_type="text/html", headers=policy)
            case "/part":
                route.fulfill(body=PART, content_type="text/html")
            case "/broken":
                route.fulfill(status=409, body=PROBLEM, content_type="application/problem+json")
            case "/gone":
                route.abort()
            case "/slow":
                pass  # the answer does not come while the test looks
            case _ if path.startswith("/intake/static/vendor/"):
                route.fulfill(path=app.VENDOR / path.removeprefix("/intake/static/vendor/"))
            case _ if path.startswith("/intake/static/"):
                route.fulfill(path=app.STATIC / path.removeprefix("/intake/static/"))
            case _:
                route.fulfill(body=f"<title>{path}</title>", content_type="text/html")


@pytest.fixture(scope="module")
def browser_page(browser: Browser) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": 1280, "height": 720})
    yield page
    page.close()


@pytest.fixture
def site() -> Site:
    return Site()


@pytest.fixture
def page(browser_page: Page, site: Site) -> Iterator[Page]:
    """The page, opened; fails the test when the content security policy stopped anything on it."""
    complaints: list[str] = []

    def listen(message: object) -> None:
        complaints.append(str(message))

    browser_page.on("console", listen)
    browser_page.on("pageerror", listen)
    browser_page.route("**/*", site.answer)
    browser_page.goto(ORIGIN + "/")
    yield browser_page
    browser_page.unroute_all(behavior="ignoreErrors")
    browser_page.remove_listener("console", listen)
    browser_page.remove_listener("pageerror", listen)
    assert [line for line in complaints if "Content Security Policy" in line or "Error:" in line] == []


def test_keys_search_and_make_new(page: Page) -> None:
    """`/` goes to the search, and there it is a letter; `n` opens what is new."""
    page.keyboard.press("/")
    expect(page.locator("#q")).to_be_focused()
    page.keyboard.type("a/n?")
    expect(page.locator("#q")).to_have_value("a/n?")
    page.locator("#q").blur()
    page.keyboard.press("n")
    page.wait_for_url("**/new")


def test_keys_lead_on_from_pages_without_a_search(page: Page, site: Site) -> None:
    """On a page with nothing to search or to make, the keys lead to the households."""
    site.marks = False
    for key, address in (("/", "**/intake/households#q"), ("n", "**/intake/households/new")):
        page.goto(ORIGIN + "/")
        page.keyboard.press(key)
        page.wait_for_url(address)


def test_keys_are_shown(page: Page) -> None:
    """`?` shows the keys, Escape closes them, and nothing else happens meanwhile."""
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    page.keyboard.press("n")
    page.keyboard.press("Escape")
    expect(page.locator("#keys")).to_be_hidden()
    assert page.url == ORIGIN + "/"


def test_shortcuts_of_the_browser_are_left_alone(page: Page) -> None:
    """Ctrl+N is the browser's."""
    page.keyboard.press("Control+n")
    assert page.url == ORIGIN + "/"


def test_update_takes_the_focus_and_is_said(page: Page) -> None:
    """After an update the focus is where the eye goes, and a screen reader hears what changed."""
    page.click("text=Laden")
    expect(page.locator("#first")).to_be_focused()
    expect(page.locator("#live")).to_have_text("Zwei Haushalte gefunden")


def test_refusal_is_told_in_words(page: Page) -> None:
    """An update that is refused shows why, and changes nothing on the page."""
    page.click("text=Kaputt")
    expect(page.get_by_role("alert")).to_contain_text("Der Besuch ist schon erledigt.")
    expect(page.locator("#here")).to_be_empty()
    page.click("text=Laden")
    expect(page.get_by_role("alert")).to_have_count(0)


def test_lost_line_is_told_in_words(page: Page) -> None:
    """Without a connection the page says so and that nothing that was entered is lost."""
    page.click("text=Weg")
    expect(page.get_by_role("alert")).to_contain_text("Keine Verbindung")


def test_button_pressed_twice_sends_once(page: Page, site: Site) -> None:
    """A second press while the first is on its way is not sent."""
    with page.expect_request("**/slow"):
        page.evaluate("const b = document.querySelector('form[action=\"/slow\"] button'); b.click(); b.click();")
    page.goto(ORIGIN + "/")
    assert len([request for request in site.sent if request.url.endswith("/slow")]) == 1


def test_names_are_veiled_after_a_minute(page: Page) -> None:
    """A desk that nobody uses for a minute shows no name, until somebody touches it."""
    page.clock.install()
    page.goto(ORIGIN + "/")
    page.clock.fast_forward(59_000)
    assert page.locator(".lw-name").evaluate("e => getComputedStyle(e).filter") == "none"
    page.clock.fast_forward(2_000)
    assert "blur" in page.locator(".lw-name").evaluate("e => getComputedStyle(e).filter")
    page.keyboard.press("Shift")
    assert page.locator(".lw-name").evaluate("e => getComputedStyle(e).filter") == "none"
