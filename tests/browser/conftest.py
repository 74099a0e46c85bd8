"""One house and one browser for all tests of this folder."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from deploy.servers import Servers
from tests.browser import chromium, examples
from tests.browser.house import House, running_house
from tests.browser.visitors import Visitors


@pytest.fixture(scope="package")
def house(running_servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The city and its pilot site with a small set of data; tests add to it and take nothing away."""
    with running_house(running_servers, tmp_path_factory.mktemp("house"), examples.enter) as house:
        yield house


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Chromium; closed before tests outside of this folder run, since playwright keeps a loop running."""
    with sync_playwright() as playwright:
        browser = chromium.launch(playwright)
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def visitors(house: House, browser: Browser) -> Iterator[Visitors]:
    """Everybody of the house at a browser of their own, signed in."""
    with Visitors(house, browser) as visitors:
        yield visitors
