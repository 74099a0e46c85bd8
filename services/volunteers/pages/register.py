"""„Ehrenamtliche": the register as the team of a site sees it, and everything about one of them."""

from collections.abc import Awaitable
from datetime import timedelta
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field, model_validator
from starlette.requests import Request
from starlette.responses import Response

from services.volunteers.commands import register as commands
from services.volunteers.commands.acting import Acting
from services.volunteers.commands.care import note_called
from services.volunteers.commands.leaving import leave
from services.volunteers.commands.times import set_times
from services.volunteers.desk import ByTeamOnPage
from services.volunteers.domain.asking import VolunteerState
from services.volunteers.pages.names import batches
from services.volunteers.pages.vocabulary import register as vocabulary
from services.volunteers.papers import in_hours
from services.volunteers.queries import register as queries
from services.volunteers.queries.hours import hours_of
from services.volunteers.queries.register import VolunteerFilter
from services.volunteers.queries.visible import volunteer_for
from services.volunteers.register_inputs import (
    EnterVolunteer,
    LanguageIn,
    Leave,
    NameConflict,
    Pause,
    Profile,
    RemoveConflict,
    SetCertificate,
    SetConfidentiality,
    SetTimes,
)
from services.volunteers.tables import Volunteer, VolunteerLanguage
from shared.contracts.words import District, VolunteerKind
from shared.web import forms, german
from shared.web.forms import Filled
from shared.web.pagination import PageQuery
from shared.web.routing import Session, page_router
from shared.web.templating import PageMaker, Pages

router: APIRouter = page_router("/volunteers/register")

_YEAR = timedelta(days=365)
_SPARE = 2
"""So many empty rows are offered below what is entered."""
_SKILLS = ("understands", "speaks", "reads", "writes")
_PLAIN = (
    "given_name", "family_name", "email", "phone", "mail_language", "organisation", "home_district", "skills", "wishes",
    "limits", "note", "max_a_month",
)  # fmt: skip


class LanguageRow(LanguageIn):
    """A language with boxes: what is not ticked they cannot."""

    understands: bool = False
    speaks: bool = False

    @model_validator(mode="after")
    def _can_something(self) -> Self:
        if not any(getattr(self, skill) for skill in _SKILLS):
            raise ValueError("Bitte ankreuzen, was die Person in dieser Sprache kann.")
        return self


class ProfileForm(Profile):
    """The profile as one fills it in."""

    languages: Annotated[list[LanguageRow], Field(default=[], max_length=30)]  # type: ignore[assignment]


class EnterForm(EnterVolunteer):
    """The same of somebody new."""

    languages: Annotated[list[LanguageRow], Field(default=[], max_length=30)]  # type: ignore[assignment]


@router.get("")
async def show_register(
    by: ByTeamOnPage,
    session: Session,
    pages: Pages,
    page: PageQuery,
    kind: Annotated[VolunteerKind | Literal[""], Query()] = "",
    language: Annotated[str, Query(max_length=12, pattern=r"^[A-Za-z0-9-]*$")] = "",
    district: Annotated[District | Literal[""], Query()] = "",
    state: Annotated[VolunteerState | Literal[""], Query()] = "",
    q: Annotated[str, Query(max_length=100)] = "",
    done: Annotated[Literal["", "gone"], Query()] = "",
) -> Response:
    """Who helps in the own districts, or in the whole city."""
    after = page.after(str, UUID)
    wanted = VolunteerFilter(
        VolunteerKind(kind) if kind else None,
        language or None,
        VolunteerState(state) if state else None,
        q.strip(),
        District(district) if district else None,
    )
    found = await queries.volunteer_lines(
        session, by.site, wanted, after=after and (after[0], after[1]), limit=page.limit + 1
    )
    shown = page.page(found, lambda line: (line.sort, line.volunteer.id), lambda line: line)
    return pages.render(
        "register.html",
        lines=shown.items,
        next_cursor=shown.next_cursor,
        chosen={"kind": str(kind), "language": language, "district": str(district), "state": str(state), "q": q},
        languages=german.language_choices(),
        new=await queries.new_ones(session, by.site),
        today=by.today,
        done=done,
    )


@router.get("/new")
async def ask_who(by: ByTeamOnPage, session: Session, pages: Pages) -> Response:
    """Who helps from now on."""
    texts = {"mail_language": ["de"], "max_a_month": ["4"]}
    return _form(pages, Filled[EnterForm](texts), None)


@router.post("/new")
async def enter(request: Request, by: ByTeamOnPage, session: Session, pages: Pages) -> Response:
    """Enter them."""
    form = await forms.read(request, EnterForm)
    if form.value is not None:
        months = request.app.state.settings.certificate_months
        entered = await forms.attempt(session, form, commands.enter(session, by, form.value, months))
        if entered is not None:
            return pages.redirect(f"/volunteers/register/{entered.id}?done=entered")
    return _form(pages, form, None)


@router.get("/{volunteer_id}")
async def show_volunteer(
    volunteer_id: UUID,
    by: ByTeamOnPage,
    session: Session,
    pages: Pages,
    done: Annotated[Literal["", "entered", "changed", "active", "left", "erased"], Query()] = "",
) -> Response:
    """Everything about one."""
    return await _show(session, by, pages, volunteer_id, Filled[Any]({}), done)


@router.get("/{volunteer_id}/edit")
async def ask_profile(volunteer_id: UUID, by: ByTeamOnPage, session: Session, pages: Pages) -> Response:
    """What is known of them, to be changed."""
    volunteer = await volunteer_for(session, by, volunteer_id)
    known = await queries.languages_of(session, volunteer_id)
    return _form(pages, Filled[ProfileForm](_texts(volunteer, known)), volunteer)


@router.post("/{volunteer_id}/edit")
async def change(volunteer_id: UUID, request: Request, by: ByTeamOnPage, session: Session, pages: Pages) -> Response:
    """Change it."""
    form = await forms.read(request, ProfileForm)
    volunteer = await volunteer_for(session, by, volunteer_id)
    if form.value is not None:
        work = commands.change(session, by, volunteer_id, form.value)
        if await forms.attempt(session, form, work) is not None:
            return _back(pages, volunteer_id)
    return _form(pages, form, volunteer)


@router.get("/{volunteer_id}/times")
async def ask_times(volunteer_id: UUID, by: ByTeamOnPage, session: Session, pages: Pages) -> Response:
    """When they can come, to be changed."""
    times = await queries.times_of(session, volunteer_id)
    span = ("weekday", "starts", "ends")
    texts = {
        **vocabulary.rows_of("available", times.available, span),
        **vocabulary.rows_of("blocks", times.blocks, (*span, "reason")),
        **vocabulary.rows_of("absences", times.absences, ("from_on", "until_on")),
    }
    return await _times(session, by, pages, volunteer_id, Filled[SetTimes](texts))


@router.post("/{volunteer_id}/times")
async def change_times(
    volunteer_id: UUID, request: Request, by: ByTeamOnPage, session: Session, pages: Pages
) -> Response:
    """Change them."""
    form = await forms.read(request, SetTimes)
    work = set_times(session, by, volunteer_id, form.value) if form.value is not None else None
    if work is not None and await forms.attempt(session, form, work) is not None:
        return _back(pages, volunteer_id)
    return await _times(session, by, pages, volunteer_id, form)


@router.post("/{volunteer_id}/activate")
async def activate(volunteer_id: UUID, by: ByTeamOnPage, session: Session, pages: Pages) -> Response:
    """The team has met them."""
    form = Filled[Any]({})
    return await _do(session, by, pages, volunteer_id, form, commands.activate(session, by, volunteer_id), "active")


@router.post("/{volunteer_id}/called")
async def called(volunteer_id: UUID, by: ByTeamOnPage, session: Session, pages: Pages) -> Response:
    """The team has called them after a hard assignment."""
    return await _do(session, by, pages, volunteer_id, Filled[Any]({}), note_called(session, by, volunteer_id))


@router.post("/{volunteer_id}/certificate")
async def set_certificate(
    volunteer_id: UUID, request: Request, by: ByTeamOnPage, session: Session, pages: Pages
) -> Response:
    """A certificate was looked at, or there is none."""
    form = await forms.read(request, SetCertificate)
    months = request.app.state.settings.certificate_months
    work = commands.set_certificate(session, by, volunteer_id, form.value, months) if form.value else None
    return await _do(session, by, pages, volunteer_id, form, work)


@router.post("/{volunteer_id}/confidentiality")
async def set_confidentiality(
    volunteer_id: UUID, request: Request, by: ByTeamOnPage, session: Session, pages: Pages
) -> Response:
    """They have undertaken it, or not."""
    form = await forms.read(request, SetConfidentiality)
    work = commands.set_confidentiality(session, by, volunteer_id, form.value) if form.value else None
    return await _do(session, by, pages, volunteer_id, form, work)


@router.post("/{volunteer_id}/pause")
async def pause(volunteer_id: UUID, request: Request, by: ByTeamOnPage, session: Session, pages: Pages) -> Response:
    """Nobody asks them until that day."""
    form = await forms.read(request, Pause)
    work = commands.pause(session, by, volunteer_id, form.value) if form.value else None
    return await _do(session, by, pages, volunteer_id, form, work)


@router.post("/{volunteer_id}/conflicts")
async def name_conflict(
    volunteer_id: UUID, request: Request, by: ByTeamOnPage, session: Session, pages: Pages
) -> Response:
    """They and a family are not to meet."""
    form = await forms.read(request, NameConflict)
    work = commands.name_conflict(session, by, volunteer_id, form.value) if form.value else None
    return await _do(session, by, pages, volunteer_id, form, work)


@router.post("/{volunteer_id}/conflicts/remove")
async def remove_conflict(
    volunteer_id: UUID, request: Request, by: ByTeamOnPage, session: Session, pages: Pages
) -> Response:
    """They may meet again."""
    form = await forms.read(request, RemoveConflict)
    if form.value is None:
        return await _show(session, by, pages, volunteer_id, form)
    await commands.remove_conflict(session, by, volunteer_id, form.value.household_id)
    return _back(pages, volunteer_id)


@router.post("/{volunteer_id}/leave")
async def let_leave(volunteer_id: UUID, request: Request, by: ByTeamOnPage, session: Session, pages: Pages) -> Response:
    """They do not help any more."""
    form = await forms.read(request, Leave)
    if form.value is None:
        return await _show(session, by, pages, volunteer_id, form)
    if await leave(session, by, volunteer_id, form.value.erase) is None:
        return pages.redirect("/volunteers/register?done=gone")
    return _back(pages, volunteer_id, "erased" if form.value.erase else "left")


async def _do(
    session: Session,
    by: Acting,
    pages: PageMaker,
    volunteer_id: UUID,
    form: Filled[Any],
    work: Awaitable[Any] | None,
    done: str = "changed",
) -> Response:
    """One deed on the page of somebody."""
    if work is not None and await forms.attempt(session, form, work) is not None:
        return _back(pages, volunteer_id, done)
    return await _show(session, by, pages, volunteer_id, form)


def _back(pages: PageMaker, volunteer_id: UUID, done: str = "changed") -> Response:
    return pages.redirect(f"/volunteers/register/{volunteer_id}?done={done}")


async def _show(
    session: Session, by: Acting, pages: PageMaker, volunteer_id: UUID, form: Filled[Any], done: str = ""
) -> Response:
    volunteer = await volunteer_for(session, by, volunteer_id)
    history = await queries.history_of(session, volunteer_id)
    conflicts, elsewhere = await queries.conflicts_of(session, volunteer_id, by.site)
    hours = await hours_of(session, volunteer_id, by.today - _YEAR, by.today)
    own_requests = {request.id for _, request in history.asked if request.site == by.site}
    met = dict.fromkeys(
        household
        for household, site in (
            *((request.household_id, request.site) for _, request in history.asked),
            *((mentorship.household_id, mentorship.site) for mentorship in history.mentorships),
        )
        if household is not None and site == by.site
    )
    apart = {conflict.household_id for conflict in conflicts}
    return pages.render(
        "volunteer.html",
        status=422 if form.errors else 200,
        volunteer=volunteer,
        languages=[(known, vocabulary.skills(known)) for known in await queries.languages_of(session, volunteer_id)],
        times=(times := await queries.times_of(session, volunteer_id)),
        week=vocabulary.week(times),
        conflicts=conflicts,
        conflicts_elsewhere=elsewhere,
        met=[household for household in met if household not in apart],
        history=history,
        own_requests=own_requests,
        hours=in_hours(hours.minutes),
        form=form,
        done=done,
        today=by.today,
        site=by.site,
        names=batches([*met, *apart]),
    )


def _form(pages: PageMaker, form: Filled[Any], volunteer: Volunteer | None) -> Response:
    tags = [
        texts[0] for name, texts in form.texts.items() if name.startswith("languages.") and name.endswith(".language")
    ]
    known = dict(german.language_choices())
    return pages.render(
        "volunteer_form.html",
        status=422 if form.errors else 200,
        form=form,
        volunteer=volunteer,
        rows=_rows(form, "languages"),
        languages=[*known.items(), *((tag, german.language(tag)) for tag in tags if tag and tag not in known)],
    )


async def _times(
    session: Session, by: Acting, pages: PageMaker, volunteer_id: UUID, form: Filled[SetTimes]
) -> Response:
    return pages.render(
        "volunteer_times.html",
        status=422 if form.errors else 200,
        form=form,
        volunteer=await volunteer_for(session, by, volunteer_id),
        rows={name: _rows(form, name) for name in ("available", "blocks", "absences")},
    )


def _rows(form: Filled[Any], prefix: str) -> int:
    """How many rows to offer: what is there and a few empty ones."""
    numbers = [name.split(".")[1] for name in form.texts if name.startswith(f"{prefix}.")]
    return max((int(number) + 1 for number in numbers if number.isdecimal() and len(number) < 3), default=0) + _SPARE


def _texts(volunteer: Volunteer, languages: list[VolunteerLanguage]) -> dict[str, list[str]]:
    texts = {name: [str(value)] for name in _PLAIN if (value := getattr(volunteer, name)) is not None}
    texts["woman"] = ["" if volunteer.woman is None else str(volunteer.woman).lower()]
    for name in ("driving_licence", "car"):
        texts[name] = [str(getattr(volunteer, name)).lower()]
    texts |= {"kinds": volunteer.kinds, "districts": volunteer.districts}
    return texts | vocabulary.rows_of("languages", languages, ("language", "level", *_SKILLS, "dialects"))
