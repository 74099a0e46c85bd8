"""„Freigabe": what a recipient sees of a household, signed in or once with the link from a mail."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from services.intake.commands.looks import Looking
from services.intake.commands.release_looks import look_at, use_code, use_ticket
from services.intake.desk import RECIPIENTS, looking
from services.intake.pages.forms import CodeForm
from services.intake.queries.releases import release_for
from services.intake.tables.records import Via
from services.intake.tables.releases import Release
from shared.contracts.words import CITY
from shared.refusals import Missing
from shared.web import forms, tickets
from shared.web.forms import Filled
from shared.web.identity import Principal, identify, sign_in_address
from shared.web.problems import SignInNeeded
from shared.web.routing import Session, page_router
from shared.web.templating import PageMaker, Pages

router: APIRouter = page_router("/intake/shared/{release_id}")

_USED_UP = (
    "Dieser Link gilt nicht mehr. Er gilt nur einmal und nur kurze Zeit. Bitte beim Standort um einen neuen bitten."
)


@router.get("")
async def show_shared(
    release_id: UUID,
    request: Request,
    session: Session,
    pages: Pages,
    code: Annotated[str, Query(max_length=100)] = "",
    ticket: Annotated[str, Query(max_length=1000)] = "",
) -> Response:
    """The release, for who is signed in as its recipient; with a code or ticket only the question whether to open it.

    Programs that check the links in mails open them too: they must not use up the code.
    """
    if code or ticket:
        form = Filled[CodeForm]({"code": [code], "ticket": [ticket]})
        return pages.render("shared_confirm.html", release_id=release_id, form=form)
    who = await identify(request)
    if who is None:
        renew = getattr(request.state, "renew_at", None) is not None
        raise SignInNeeded("Bitte melden Sie sich an.", sign_in_address(CITY, request.url.path, renew=renew))
    release = await _released_to(session, release_id, who)
    return await _show(session, pages, release, looking(who, Via.LINK))


@router.post("")
async def open_with_code(release_id: UUID, request: Request, session: Session, pages: Pages) -> Response:
    """Open it with the code or the ticket, once."""
    form = await forms.read(request, CodeForm)
    now = datetime.now(UTC)
    release = form.value and await _opened(request, session, release_id, form.value, now)
    if not release:
        form.errors = {"": _USED_UP}
        return pages.render("shared_confirm.html", status=422, release_id=release_id, form=form)
    recipient = release.recipient_slug or release.recipient_id
    by = Looking(f"Zugangslink für {recipient}", release.recipient_kind.value, Via.LINK, now)
    return await _show(session, pages, release, by)


async def _opened(
    request: Request, session: Session, release_id: UUID, form: CodeForm, now: datetime
) -> Release | None:
    if form.ticket is None:
        return await use_code(session, release_id, form.code, now) if form.code else None
    try:
        ticket = await tickets.verify(request.app.state.keys, form.ticket)
    except tickets.TicketRefused:
        return None
    return await use_ticket(session, release_id, ticket, now)


async def _released_to(session: Session, release_id: UUID, who: Principal) -> Release:
    release = await release_for(session, release_id, who.role.value, who.account) if who.role in RECIPIENTS else None
    if release is None:
        raise Missing("Die Freigabe")
    return release


async def _show(session: Session, pages: PageMaker, release: Release, by: Looking) -> Response:
    seen = await look_at(session, release, by)
    if seen is None:
        return pages.render("shared_over.html", status=410, release=release)
    return pages.render("shared.html", seen=seen)
