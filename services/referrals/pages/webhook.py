"""„Webhook": where a partner's own web server is told, with which secret, what arrived and what did not."""

from datetime import UTC, datetime, time, timedelta
from typing import Any, Literal

from fastapi import APIRouter
from pydantic import Field
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.requests import Request
from starlette.responses import Response

from services.referrals.commands.acting import Acting
from services.referrals.commands.webhooks import remove_webhook, replay, rotate_secret, set_webhook
from services.referrals.desk import ByPartnerOnPage
from services.referrals.queries.systems import deliveries, webhook_of
from shared.web import forms
from shared.web.forms import Filled
from shared.web.inputs import Input, ShortText
from shared.web.routing import Session, page_router
from shared.web.templating import PageMaker, Pages

router: APIRouter = page_router("/referrals/own/webhook")

_DONE = {
    "changed": "Geändert.",
    "removed": "Es wird nichts mehr dorthin gesendet.",
    "again": "Wird noch einmal gesendet.",
}
_CHOICES = (("1", "einem Tag"), ("7", "einer Woche"), ("30", "30 Tagen"))


class Address(Input):
    """Where to."""

    url: ShortText


class Since(Input):
    """From when on."""

    days: Literal["1", "7", "30"] = Field(default="1")


@router.get("")
async def show(request: Request, by: ByPartnerOnPage, session: Session, pages: Pages, done: str = "") -> Response:
    """What is set, and how it went."""
    return await _show(session, by, pages, Filled[Any]({}), done=_DONE.get(done, ""))


@router.post("")
async def enter(request: Request, by: ByPartnerOnPage, session: Session, pages: Pages) -> Response:
    """Name the address; the first time the secret is shown, once."""
    form = await forms.read(request, Address)
    if form.value is not None:
        work = _set(session, by, form.value.url, request.app.state.settings.private_hosts)
        done = await forms.attempt(session, form, work)
        if done is not None:
            return await _show(session, by, pages, form, secret=done) if done else pages.redirect(_here("changed"))
    return await _show(session, by, pages, form)


@router.post("/secret")
async def new_secret(by: ByPartnerOnPage, session: Session, pages: Pages) -> Response:
    """Another secret, shown once; the one before still signs for a day."""
    secret = await rotate_secret(session, by)
    return await _show(session, by, pages, Filled[Any]({}), secret=secret)


@router.post("/remove")
async def remove(by: ByPartnerOnPage, session: Session, pages: Pages) -> Response:
    """No more."""
    await remove_webhook(session, by)
    return pages.redirect(_here("removed"))


@router.post("/again")
async def send_again(request: Request, by: ByPartnerOnPage, session: Session, pages: Pages) -> Response:
    """Send again what was sent or given up in the last days."""
    form = await forms.read(request, Since)
    if form.value is None:
        return await _show(session, by, pages, form)
    since = datetime.combine(by.today - timedelta(days=int(form.value.days)), time(), UTC)
    await replay(session, by, since)
    return pages.redirect(_here("again"))


def _here(done: str) -> str:
    return f"/referrals/own/webhook?done={done}"


async def _set(session: AsyncSession, by: Acting, url: str, private_hosts: frozenset[str]) -> str:
    """The new secret, or an empty word."""
    return await set_webhook(session, by, url, private_hosts) or ""


async def _show(
    session: AsyncSession, by: Acting, pages: PageMaker, form: Filled[Any], *, secret: str = "", done: str = ""
) -> Response:
    await session.flush()
    return pages.render(
        "own_webhook.html",
        status=422 if form.errors else 200,
        webhook=await webhook_of(session, by.partner or ""),
        deliveries=await deliveries(session, by.partner or ""),
        choices=_CHOICES,
        secret=secret,
        form=form,
        done=done,
    )
