"""Everybody of the house at a browser of their own, signed in by the form once."""

from types import TracebackType
from typing import Any, Self

from playwright.sync_api import Browser, BrowserContext

from shared.web.tokens import Role
from tests.browser.house import ACCOUNTS, PASSWORD, House


class Visitors:
    """Browser contexts by account."""

    def __init__(self, house: House, browser: Browser) -> None:
        self._house = house
        self._browser = browser
        self._contexts: dict[str | None, BrowserContext] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for context in self._contexts.values():
            context.close()

    def of(self, account: str | None) -> BrowserContext:
        """The context in which this account is signed in; None: nobody is."""
        if account not in self._contexts:
            self._contexts[account] = self.fresh(account)
        return self._contexts[account]

    def fresh(self, account: str | None, **options: Any) -> BrowserContext:
        """A context of its own, for who needs it alone; to be closed by the caller."""
        context = self._browser.new_context(base_url=self._house.origin, locale="de-DE", **options)
        if account is not None:
            page = context.new_page()
            page.goto("/sign-in" if ACCOUNTS[account][0] is Role.TEAM else "/reporting/sign-in")
            page.get_by_label("Konto").fill(account)
            page.get_by_label("Passwort").fill(PASSWORD)
            page.get_by_role("button", name="Anmelden").click()
            if ACCOUNTS[account][0] is Role.VOLUNTEER:
                page.wait_for_url("**/volunteers/mine")
            else:
                page.get_by_role("button", name="Abmelden").wait_for()
            page.close()
        return context
