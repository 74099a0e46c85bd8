"""The desk in a real browser: no tap is lost when the line is, or the tab is closed."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest
import uvicorn
from playwright.async_api import BrowserContext, async_playwright, expect

from services.intake.app import create_app
from tests.component.intake.conftest import Intake

CHROMIUM = "/usr/bin/chromium"
DESK = "/intake/office-hours"


@asynccontextmanager
async def _served(intake: Intake) -> AsyncIterator[str]:
    config = uvicorn.Config(create_app(intake.settings), port=0, log_level="warning", lifespan="off", log_config=None)
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110  (uvicorn has no event for it)
        await asyncio.sleep(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    with suppress(asyncio.CancelledError):
        await task


@pytest.fixture
async def context(intake: Intake) -> AsyncIterator[BrowserContext]:
    """A browser in which a member of the team is signed in."""
    async with _served(intake) as origin, async_playwright() as playwright:
        as_root = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=as_root)
        context = await browser.new_context(base_url=origin, locale="de-DE")
        await context.add_cookies([{"name": "lokal_session", "value": await intake.token(), "url": origin}])
        yield context
        await browser.close()


async def test_no_tap_is_lost_with_the_line(context: BrowserContext, intake: Intake) -> None:
    """Taps without a line are kept on the device, survive the closed tab, and count once when the line is back."""
    page = await context.new_page()
    await page.goto(DESK)
    await page.get_by_role("button", name="Geflüchtete").click()
    await expect(page.locator("#last-title")).to_contain_text("Geflüchtete")
    await context.set_offline(True)
    for group in ("Partner", "Nachbarschaft"):
        await page.locator(".lw-tap", has_text=group).click()
    await expect(page.locator("#untransmitted")).to_contain_text("2 noch nicht übertragen")
    await expect(page.locator("#tally")).to_have_text("3")
    await page.close()
    assert len(await intake.events("contact-recorded")) == 1

    await context.set_offline(False)
    page = await context.new_page()
    await page.goto(DESK)
    await expect(page.locator("#untransmitted")).to_be_hidden()
    await expect(page.locator("#tally")).to_have_text("3")
    told = [event["data"]["target_group"] for event in await intake.events("contact-recorded")]
    assert told == ["refugee", "partner", "host_society"]
    assert await page.evaluate("Object.keys(localStorage).length") == 0


async def test_an_answer_that_got_lost_counts_once(context: BrowserContext, intake: Intake) -> None:
    """If a tap arrived and its answer did not, it is sent again under the same key and counts once."""
    page = await context.new_page()
    await page.goto(DESK)
    lost = 0

    async def lose_the_first_answer(route: object) -> None:
        nonlocal lost
        if lost == 0:
            lost += 1
            await route.fetch()  # type: ignore[attr-defined]
            await route.abort()  # type: ignore[attr-defined]
        else:
            await route.continue_()  # type: ignore[attr-defined]

    await page.route("**/intake/api/v1/contacts", lose_the_first_answer)
    await page.locator(".lw-tap", has_text="Partner").click()
    await expect(page.locator("#untransmitted")).to_contain_text("1 noch nicht übertragen")
    await page.evaluate("window.dispatchEvent(new Event('online'))")
    await expect(page.locator("#untransmitted")).to_be_hidden()
    await expect(page.locator("#tally")).to_have_text("1")
    assert len(await intake.events("contact-recorded")) == 1


async def test_a_desk_that_is_signed_out_keeps_its_taps(context: BrowserContext, intake: Intake) -> None:
    """Whoever is signed out meanwhile is asked to sign in, and the taps wait on the device."""
    page = await context.new_page()
    await page.goto(DESK)
    await context.clear_cookies()
    await page.locator(".lw-tap", has_text="Partner").click()
    await expect(page.locator("#untransmitted")).to_contain_text("Bitte neu anmelden")
    kept = await page.evaluate("Object.values(localStorage).join()")
    assert '"target_group":"partner"' in kept
    assert await intake.events() == []


async def test_the_focus_stays_where_the_eye_is(context: BrowserContext) -> None:
    """After a topic was chosen by keyboard the focus is on it; after undoing it is on what stands there instead."""
    page = await context.new_page()
    await page.goto(DESK)
    await page.locator(".lw-tap", has_text="Geflüchtete").press("Enter")
    await page.locator("#topic-housing").press("Enter")
    await expect(page.locator("#topic-housing")).to_have_attribute("aria-pressed", "true")
    await expect(page.locator("#topic-housing")).to_be_focused()
    await page.get_by_role("button", name="Rückgängig").press("Enter")
    await expect(page.get_by_text("Noch kein Kontakt erfasst.")).to_be_visible()
    await expect(page.locator("#desk-state [data-focus]")).to_be_focused()


async def test_the_desk_without_script(context: BrowserContext, intake: Intake) -> None:
    """Without script the buttons are a form, and a tap counts as well."""
    browser = context.browser
    assert browser is not None
    cookies = await context.cookies()
    page_with = await context.new_page()
    await page_with.goto(DESK)
    origin = page_with.url.removesuffix(DESK)
    plain = await browser.new_context(base_url=origin, java_script_enabled=False)
    await plain.add_cookies(cookies)  # type: ignore[arg-type]
    page = await plain.new_page()
    await page.goto(DESK)
    await page.locator(".lw-tap", has_text="Nachbarschaft").click()
    await expect(page.locator("#tally")).to_have_text("1")
    await page.get_by_role("button", name="Wohnen").click()
    await expect(page.locator("#last-title")).to_contain_text("Nachbarschaft, Wohnen")
    await page.get_by_role("button", name="Rückgängig").click()
    await expect(page.locator("#tally")).to_have_text("0")
