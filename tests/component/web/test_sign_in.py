"""Signing in and out in the browser."""

import httpx

from tests.component.web.conftest import PASSWORD


async def test_page_leads_to_sign_in(browser: httpx.AsyncClient) -> None:
    """Whoever has not signed in is led from a page to the sign-in, and from there back."""
    answer = await browser.get("/")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/sign-in?next=/"
    form = await browser.get(answer.headers["location"])
    assert form.status_code == 200
    assert "Anmelden" in form.text
    entered = await browser.post("/sign-in", data={"account": "Alex ", "password": PASSWORD, "next": "/"})
    assert entered.status_code == 303
    assert entered.headers["location"] == "/"
    assert (await browser.get("/")).status_code == 200
