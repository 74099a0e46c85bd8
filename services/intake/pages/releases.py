"""„Freigabe": the team lets a recipient look, sees who has looked, and ends it."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from services.intake import commands
from services.intake.commands import Acting
from services.intake.commands.looks import Looking, log_look
from services.intake.commands.release_looks import NewCode, make_code
from services.intake.commands.releases import release_of
from services.intake.desk import ByTeamOnPage, SeenByTeamOnPage
from services.intake.domain.releases import ALWAYS, ReleaseField, is_over, link_to
from services.intake.pages.forms import ReleaseForm
from services.intake.pages.words import release_field
from services.intake.queries.care import team
from services.intake.queries.files import household_file
from services.intake.queries.releases import ledger
from services.intake.tables import Consent
from services.intake.tables.records import Look
from shared.contracts.words import LegalBasis
from shared.web import forms, words
from shared.web.forms import Filled, attempt
from shared.web.routing import Session, page_router
from shared.web.templating import PageMaker, Pages

router: APIRouter = page_router("/intake/households/{household_id}")


@router.get("/releases")
async def new_release(
    household_id: UUID,
    by: ByTeamOnPage,
    seen: SeenByTeamOnPage,
    session: Session,
    pages: Pages,
    consent: Annotated[str, Query(max_length=40)] = "",
) -> Response:
    """Who may look at what; a consent may be chosen already, but nothing that is let out."""
    form = Filled[ReleaseForm]({"consent_id": [consent]} if consent else {})
    return await _ask(household_id, seen, session, pages, form)


@router.post("/releases")
async def issue_release(
    household_id: UUID, request: Request, by: ByTeamOnPage, seen: SeenByTeamOnPage, session: Session, pages: Pages
) -> Response:
    """Let the recipient look."""
    form = await forms.read(request, ReleaseForm)
    if form.value is not None and (wanted := form.value.release_or_fault(form)) is not None:
        work = commands.issue_release(session, by, household_id, wanted)
        if (release := await attempt(session, form, work)) is not None:
            return pages.redirect(f"/intake/households/{household_id}/releases/{release.id}")
    return await _ask(household_id, seen, session, pages, form)


@router.get("/releases/{release_id}")
async def show_release(
    household_id: UUID,
    release_id: UUID,
    request: Request,
    by: ByTeamOnPage,
    seen: SeenByTeamOnPage,
    session: Session,
    pages: Pages,
) -> Response:
    """One release, and who has looked."""
    return await _show(household_id, release_id, request, by, seen, session, pages)


@router.post("/releases/{release_id}/code")
async def make_link(
    household_id: UUID,
    release_id: UUID,
    request: Request,
    by: ByTeamOnPage,
    seen: SeenByTeamOnPage,
    session: Session,
    pages: Pages,
) -> Response:
    """A link that opens the release once; it is shown here and never again."""
    made = await make_code(session, by, household_id, release_id)
    return await _show(household_id, release_id, request, by, seen, session, pages, made)


@router.post("/releases/{release_id}/end")
async def end_release(
    household_id: UUID, release_id: UUID, by: ByTeamOnPage, session: Session, pages: Pages
) -> Response:
    """From now on the recipient sees nothing."""
    await commands.end_release(session, by, household_id, release_id)
    return pages.redirect(f"/intake/households/{household_id}?done=release_ended")


async def _ask(
    household_id: UUID, seen: Looking, session: Session, pages: PageMaker, form: Filled[ReleaseForm]
) -> Response:
    file = await household_file(session, household_id)
    log_look(session, seen, Look.FILE, "Freigabe erteilen", [household_id])
    kept_back = {*ALWAYS, *([ReleaseField.ADDRESS] if file.household.protected else [])}
    return pages.render(
        "release_new.html",
        status=422 if form.errors else 200,
        file=file,
        form=form,
        consents=[(str(consent.id), _named(consent)) for consent in file.consents if consent.withdrawn_on is None],
        fields=[(field.value, release_field(field)) for field in ReleaseField if field not in kept_back],
        bases=[(basis.value, words.word(basis)) for basis in LegalBasis if basis is not LegalBasis.CONSENT],
    )


def _named(consent: Consent) -> str:
    recipient = f"{words.word(consent.recipient_kind)} {consent.recipient_slug or ''}".strip()
    return f"{recipient}: {consent.purpose_in_words or words.word(consent.purpose)}"


async def _show(
    household_id: UUID,
    release_id: UUID,
    request: Request,
    by: Acting,
    seen: Looking,
    session: Session,
    pages: PageMaker,
    made: NewCode | None = None,
) -> Response:
    origin = request.app.state.settings.public_url
    release = await release_of(session, household_id, release_id)
    file = await household_file(session, household_id)
    log_look(session, seen, Look.FILE, "Freigabe", [household_id])
    return pages.render(
        "release.html",
        file=file,
        release=release,
        over=is_over(release.ended_at is not None, release.ends_on, by.today),
        looks=(await ledger(session, [release.id]))[release.id],
        made=made,
        link=made and link_to(origin, release.id, made.code),
        open_at=link_to(origin, release.id),
        people={account.name: account.display_name for account in await team(session, by.site)},
    )
