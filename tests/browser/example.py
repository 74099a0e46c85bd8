"""One page in one state, as it is looked at."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Page

from tests.browser.house import House

PRIMARY = ".kern-btn--primary"


@dataclass(frozen=True)
class Example:
    """One page in one state."""

    name: str
    route: str | None
    """As in the route table; None for what answers where there is no page."""
    account: str | None
    """Who opens it; None: nobody is signed in."""
    address: str
    """With the names of the house's ids in braces."""
    title: str
    """What the table of pages calls it."""
    primary: str | None = PRIMARY
    """What leads on; None: a page to read only, which must not have a primary action."""
    act: Callable[[Page], None] | None = None
    """What is done on the page to bring it into the state."""
    status: int = 200
    leads_to: str | None = None
    """The route of the page to which this address leads, where it has none of its own."""

    def url(self, house: House) -> str:
        """The address in this house."""
        return house.origin + re.sub(r"\{([^}]+)\}", lambda match: house.ids[match[1]], self.address)


def send(page: Page) -> None:
    """Send the form as it is, and wait for what is wrong with it."""
    page.locator(f"main {PRIMARY}").click()
    page.locator(".kern-alert--danger").wait_for()
