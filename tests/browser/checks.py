"""What is asked of every page: findings in words, none where all is well. The tests and the table of pages share them.

Sizes are CSS pixels: 1280×720 is the small laptop of the desk, 640×360 the same at a zoom of 200 % (WCAG 1.4.4),
320×640 a phone, also 1280 at 400 % (WCAG 1.4.10); 24 px is the least for a target (WCAG 2.5.8), 44 px what touch
wants (WCAG 2.5.5).
"""

from collections.abc import Callable
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Response

from tests.browser.addresses import Example
from tests.browser.house import House

DESK = (1280, 720)
ZOOMED = (640, 360)
PHONE = (320, 640)
PAPER = (794, 1123)
"""A4 at 96 px an inch."""
Look = Callable[[Page, str], None]
"""Is shown the page and the name of the size, when the page stands in it."""

_STOPS = 14
"""The header, the navigation and the beginning of what the page is for."""
_AXE = {"resultTypes": ["violations"]}
_PROBE = """([primary]) => {
  const shown = e => e.checkVisibility({visibilityProperty: true}) && e.getBoundingClientRect().width > 0;
  const box = e => { const b = e.getBoundingClientRect(); return [b.left, b.top, b.right, b.bottom]; };
  const words = e => (e.innerText || e.ariaLabel || e.name || e.tagName).trim().slice(0, 40);
  const touched = document.querySelectorAll('button, .kern-btn, summary, .lw-nav a, input:not([type=hidden]), select');
  return {
    wide: document.scrollingElement.scrollWidth - innerWidth,
    height: innerHeight,
    primaries: [...document.querySelectorAll('.kern-btn--primary')].filter(shown).map(e => [words(e), ...box(e)]),
    leading: primary ? [...document.querySelectorAll(primary)].filter(shown).map(e => [words(e), ...box(e)]) : [],
    low: [...touched].filter(shown)
      .map(e => e.matches('[type=checkbox], [type=radio]') ? e.closest('.kern-form-check') : e)
      .map(e => [words(e), e.getBoundingClientRect().height]).filter(([, height]) => height < 44),
    cut: [...document.querySelectorAll('main *, header *')].filter(e => shown(e) && !e.closest('.kern-sr-only')
        && getComputedStyle(e).overflowX === 'hidden' && e.scrollWidth > e.clientWidth + 1).map(words),
    outside: [...document.querySelectorAll('main *, header *')].filter(e => shown(e)
        && !e.closest('.lw-table, .kern-sr-only')
        && e.children.length === 0 && (box(e)[2] > innerWidth + 1 || box(e)[0] < -1)).map(words),
  };
}"""
_TO_THE_TOP = """() => {
  const top = document.createElement('span');
  top.tabIndex = -1;
  document.body.prepend(top);
  top.focus();
  top.remove();
}"""
_FOCUSED = """async () => {
  // The browser scrolls to what has the focus when it draws, and has drawn when a second frame is asked for.
  for (let frame = 0; frame < 2; frame++) await new Promise(requestAnimationFrame);
  const e = document.activeElement, style = getComputedStyle(e), box = e.getBoundingClientRect();
  const others = [...document.querySelectorAll('*')];
  return {
    skip: e.matches('.lw-skip'), body: e === document.body, place: others.indexOf(e),
    name: (e.innerText || e.name || '').slice(0, 40),
    outlined: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2,
    seen: box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth};
}"""
_ON_PAPER = """() => [...document.querySelectorAll('nav, button, .kern-btn, .lw-skip, .lw-footer')]
  .filter(e => e.checkVisibility() && e.getBoundingClientRect().height > 0).map(e => e.className || e.tagName)"""


def _no_look(page: Page, size: str) -> None:
    """Nobody looks."""


def check(context: BrowserContext, example: Example, house: House, look: Look = _no_look) -> dict[str, list[str]]:
    """Open the page and check it in every size; the findings by what was checked."""
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.extend(_complaint(message, example)))
    page.on("pageerror", lambda error: said.append(str(error)))
    _resize(page, DESK)
    try:
        findings = {"answer": _answer(page.goto(example.url(house), wait_until="load"), example)}
        if example.act is not None:
            example.act(page)
        findings["1280 × 720"] = _desk(page, example)
        look(page, "1280")
        findings["keyboard"] = _keyboard(page)
        findings["axe"] = _axe(page)
        _resize(page, ZOOMED)
        findings["200 %"] = _fits(page)
        _resize(page, PHONE)
        findings["320 px"] = [*_fits(page), *_phone(page)]
        look(page, "320")
        page.emulate_media(media="print")
        _resize(page, PAPER)
        findings["print"] = [*_fits(page), *(f"printed: {name}" for name in page.evaluate(_ON_PAPER))]
        look(page, "print")
        findings["console"] = said
        return findings
    finally:
        page.close()


def _resize(page: Page, size: tuple[int, int]) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})


def _complaint(message: ConsoleMessage, example: Example) -> list[str]:
    refused = f"status of {example.status}" in message.text or (example.act and "status of 4" in message.text)
    return [message.text] if message.type in ("error", "warning") and not refused else []


def _answer(answer: Response | None, example: Example) -> list[str]:
    if answer is None:
        return ["no answer"]
    kind = answer.headers.get("content-type", "")
    return [
        *([f"status {answer.status}"] if answer.status != example.status else []),
        *([f"not a page: {kind}"] if not kind.startswith("text/html") else []),
    ]


def _probe(page: Page, primary: str | None = None) -> dict[str, Any]:
    return dict(page.evaluate(_PROBE, [primary]))


def _fits(page: Page) -> list[str]:
    found = _probe(page)
    return [
        *([f"scrolls sideways by {found['wide']} px"] if found["wide"] > 0 else []),
        *(f"cut off: {name}" for name in found["cut"]),
        *(f"outside: {name}" for name in found["outside"]),
    ]


def _desk(page: Page, example: Example) -> list[str]:
    page.evaluate("scrollTo(0, 0)")
    found = _probe(page, example.primary)
    findings = _fits(page)
    if len(found["primaries"]) > 1:
        findings.append(f"more than one primary action: {[name for name, *_ in found['primaries']]}")
    if example.primary is None:
        return [*findings, *(f"a primary action on a page to read: {name}" for name, *_ in found["primaries"])]
    if not found["leading"]:
        return [*findings, "no next action"]
    name, _, top, _, bottom = found["leading"][0]
    if bottom - top < 20:
        findings.append(f"next action {name!r} is {bottom - top:.0f} px high")
    if top < 0 or bottom > found["height"]:
        findings.append(f"next action {name!r} is out of sight, at {top:.0f} to {bottom:.0f} px")
    return findings


def _phone(page: Page) -> list[str]:
    return [f"{name!r} is {height:.0f} px high" for name, height in _probe(page)["low"]]


def _axe(page: Page) -> list[str]:
    violations = Axe().run(page, options=_AXE).response["violations"]
    return [
        f"{violation['id']}: {violation['nodes'][0]['html'][:160]}"
        for violation in violations
        if violation["impact"] in ("serious", "critical")
    ]


def _keyboard(page: Page) -> list[str]:
    """From the top, Tab meets the skip link first, then goes on in the order of the page, each stop outlined.

    A page without navigation, as the gateway has for addresses of nobody, has nothing to skip.
    """
    skips = page.locator("header a, nav a").count() > 0
    page.evaluate(_TO_THE_TOP)
    findings: list[str] = []
    before = -1
    for stop in range(_STOPS):
        page.keyboard.press("Tab")
        found = page.evaluate(_FOCUSED)
        if found["body"]:
            break
        if found["place"] == before:  # day, month and year are stops within one field
            continue
        if stop == 0 and skips and not found["skip"]:
            findings.append(f"Tab starts at {found['name']!r}")
        if found["place"] < before:
            findings.append(f"Tab goes back to {found['name']!r}")
        if not found["outlined"]:
            findings.append(f"focus has no outline on {found['name']!r}")
        if not found["seen"]:
            findings.append(f"focus is out of sight on {found['name']!r}")
        before = found["place"]
    return findings
