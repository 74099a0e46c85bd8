"""„Meine Seite": what a volunteer is asked, has promised and wishes, in their language; by a link from a mail.

The link opens a session: a token of the city for this volunteer alone, good for an hour. At each look the register is
asked whether they are in it, so that leaving ends every session at once.
"""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import Field
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.requests import Request
from starlette.responses import Response

from services.volunteers.commands import assignments, mentorships, own
from services.volunteers.commands.acting import Acting
from services.volunteers.commands.acting import volunteer as acting_volunteer
from services.volunteers.commands.answers import LinkKind, question_of
from services.volunteers.commands.leaving import leave
from services.volunteers.commands.times import set_times
from services.volunteers.domain.asking import STRAINED
from services.volunteers.inputs import EndMentorship, HowItWas, Minutes, NoteHours, OwnWishes, Rating
from services.volunteers.pages.public import render
from services.volunteers.pages.vocabulary.asked import what, when, where
from services.volunteers.pages.vocabulary.volunteer import TEXTS
from services.volunteers.queries.own import OwnPage, asked_of, own_page
from services.volunteers.register_inputs import AbsenceIn, BlockIn, Email, SetTimes, SpanIn
from services.volunteers.tables import Via, Volunteer
from shared.contracts.words import CITY, AssignmentCancelReason, MentorshipEnd, Weekday
from shared.ids import uuid7
from shared.mail import links
from shared.refusals import Missing, Refused
from shared.web import forms, tickets, tokens, tongues
from shared.web.identity import Principal, Role, identify
from shared.web.inputs import Day, Input, LongText, ShortText
from shared.web.middleware import leading_to
from shared.web.routing import Session, page_router
from shared.web.templating import PageMaker, Pages

router: APIRouter = page_router("/volunteers/mine")

Lang = Literal["de", "en", "ar", "fa"]
Done = Literal["", "saved", "sent", "left", "expired", "said_yes", "said_no", "said_how", "said_strain"]
_SPARE = 2
"""So many empty rows are offered below what is entered."""


class LinkForm(Input):
    """Where the link shall go."""

    email: Email
    lang: Lang = "de"


class OpenForm(Input):
    """The code of a link to the own page."""

    code: ShortText


class DeedForm(Input):
    """One deed on the own page; which fields count depends on it."""

    assignment_id: UUID | None = None
    mentorship_id: UUID | None = None
    minutes: Minutes | None = None
    rating: Rating | None = None
    strain: Rating | None = None
    feedback: LongText | None = None
    on: Day | None = None
    reason: MentorshipEnd | None = None
    max_a_month: Annotated[int, Field(ge=0, le=60)] | None = None
    mail_language: Lang | None = None
    paused_until: Day | None = None
    erase: bool = False
    available: Annotated[list[SpanIn], Field(default=[])]
    blocks: Annotated[list[BlockIn], Field(default=[])]
    absences: Annotated[list[AbsenceIn], Field(default=[])]


async def _me(request: Request, session: Session) -> Acting | None:
    """The volunteer whose page it is; None for everybody else."""
    who = await identify(request)
    if who is None or who.role is not Role.VOLUNTEER:
        return None
    try:
        number = UUID(who.account)
    except ValueError:
        return None
    if await own.at_work(session, number) is None:
        return None
    return acting_volunteer(number, datetime.now(UTC), Via.PAGE)


Me = Annotated[Acting | None, Depends(_me)]


@router.get("")
async def show(
    request: Request,
    me: Me,
    session: Session,
    pages: Pages,
    lang: Annotated[Lang, Query()] = "de",
    done: Annotated[Done, Query()] = "",
) -> Response:
    """One's own page, or the way to it."""
    if me is None:
        return _ask(pages, lang, done)
    return await _show(request, session, me, pages, done=done)


@router.post("/link")
async def send_link(request: Request, session: Session, pages: Pages) -> Response:
    """A link by mail, for whoever is known by that address; the answer is the same for all."""
    form = await forms.read(request, LinkForm)
    lang = form.value.lang if form.value else "de"
    if form.value is None:
        return _ask(pages, form.text("lang") if form.text("lang") in TEXTS else "de", "", wrong=True)
    await own.send_link(session, form.value.email, datetime.now(UTC))
    return pages.redirect(f"/volunteers/mine?done=sent&lang={lang}")


@router.get("/open")
async def ask_to_open(session: Session, pages: Pages, code: Annotated[str, Query(max_length=100)] = "") -> Response:
    """What the link from the mail opens; looking uses nothing up."""
    question = await question_of(session, code, datetime.now(UTC))
    if question is None or question.kind is not LinkKind.OWN_PAGE:
        return render(pages, "answer_over.html", "de", status=410, team_contact="")
    return render(pages, "own_open.html", question.volunteer.mail_language, code=code)


@router.post("/open")
async def open_page(request: Request, session: Session, pages: Pages) -> Response:
    """Open it: the link is used up, and a session begins."""
    form = await forms.read(request, OpenForm)
    now = datetime.now(UTC)
    question = await question_of(session, form.text("code"), now)
    if question is None or question.kind is not LinkKind.OWN_PAGE:
        return render(pages, "answer_over.html", "de", status=410, team_contact="")
    if await links.use(session, form.text("code"), now) is None:
        return render(pages, "answer_over.html", question.volunteer.mail_language, status=410, team_contact="")
    minutes = request.app.state.settings.own_page_minutes
    who = Principal(str(question.volunteer.id), Role.VOLUNTEER, None, uuid7(), CITY, question.volunteer.given_name)
    request.state.new_token = tokens.issue(request.app.state.keys, who, timedelta(minutes=minutes))
    return pages.redirect("/volunteers/mine")


@router.post("/close")
async def close(request: Request, me: Me, session: Session, pages: Pages) -> Response:
    """Close it, for whoever sits at this browser next."""
    number = me.volunteer_id if me is not None else None
    volunteer = await session.get(Volunteer, number) if number is not None else None
    request.state.new_token = ""
    return pages.redirect(f"/volunteers/mine?lang={volunteer.mail_language if volunteer else 'de'}")


@router.post("/calendar")
async def make_calendar(
    request: Request, me: Me, session: Session, pages: Pages, lang: Annotated[Lang, Query()] = "de"
) -> Response:
    """A new secret address, shown once."""
    if me is None:
        return _expired(pages, lang)
    secret = await own.make_calendar(session, me)
    address = f"{request.app.state.settings.public_url}/volunteers/calendar/{secret}.ics"
    return await _show(request, session, me, pages, calendar=address)


@router.post("/{deed}")
async def do(
    deed: str, request: Request, me: Me, session: Session, pages: Pages, lang: Annotated[Lang, Query()] = "de"
) -> Response:
    """One deed: yes, no, cancel, how, hours, end, wishes, times, revoke, leave or where.

    `lang` is the page's language: whose session has run out is nobody any more, and still told so in their own.
    """
    form = await forms.read(request, DeedForm)
    if me is None:
        return _expired(pages, lang)
    if form.value is None:
        return await _show(request, session, me, pages, wrong="wrong", status=422)
    try:
        async with session.begin_nested():
            to = await _do(request, session, me, deed, form.value)
    except Refused:
        # In their own language, not in the words of the rule.
        return await _show(request, session, me, pages, wrong="settled" if deed in _ANSWERS else "wrong", status=422)
    return pages.redirect(to)


_ANSWERS = ("yes", "no", "cancel")


async def _do(request: Request, session: AsyncSession, me: Acting, deed: str, given: DeedForm) -> str:
    assert me.volunteer_id is not None  # noqa: S101  (whose page it is)
    done = "saved"
    match deed:
        case "yes":
            await assignments.accept(session, me, _given(given.assignment_id))
            done = "said_yes"
        case "no":
            await assignments.decline(session, me, _given(given.assignment_id))
            done = "said_no"
        case "cancel":
            await assignments.cancel(session, me, _given(given.assignment_id), AssignmentCancelReason.VOLUNTEER)
        case "how":
            how = HowItWas(minutes=_given(given.minutes), **given.model_dump(include={"rating", "strain", "feedback"}))
            await assignments.complete(session, me, _given(given.assignment_id), how)
            done = "said_strain" if (given.strain or 0) >= STRAINED else "said_how"
        case "hours":
            noted = NoteHours(on=_given(given.on), minutes=_given(given.minutes) or 1)
            await mentorships.note_hours(session, me, _given(given.mentorship_id), noted)
        case "end":
            end = EndMentorship(reason=_given(given.reason), rating=given.rating, feedback=given.feedback)
            await mentorships.end_mentorship(session, me, _given(given.mentorship_id), end)
        case "wishes":
            names = {"max_a_month", "mail_language", "paused_until"}
            _given(given.max_a_month)
            _given(given.mail_language)
            await own.set_wishes(session, me, OwnWishes(**given.model_dump(include=names)))
        case "times":
            times = SetTimes(available=given.available, blocks=given.blocks, absences=given.absences)
            await set_times(session, me, me.volunteer_id, times)
        case "revoke":
            await own.revoke_calendar(session, me)
        case "leave":
            language = (await session.get_one(Volunteer, me.volunteer_id)).mail_language
            await leave(session, me, me.volunteer_id, given.erase)
            request.state.new_token = ""
            return f"/volunteers/mine?done=left&lang={language}"
        case "where":
            return await _where(request, session, me, given)
        case _:
            raise Missing("Diese Seite")
    return f"/volunteers/mine?done={done}"


async def _where(request: Request, session: AsyncSession, me: Acting, given: DeedForm) -> str:
    thing: Any = None
    if given.assignment_id is not None and me.volunteer_id is not None:
        thing = await asked_of(session, me.volunteer_id, given.assignment_id)
    elif given.mentorship_id is not None:
        thing = await mentorships.mentorship_of(session, me, given.mentorship_id)
    if thing is None or thing.grant_id is None or thing.grant_site is None:
        raise Missing("Die Freigabe")
    ticket = tickets.issue(request.app.state.keys, thing.grant_id, thing.grant_site)
    return f"{request.app.state.settings.site_url(thing.grant_site)}/intake/shared/{thing.grant_id}?ticket={ticket}"


def _given(value: Any) -> Any:
    if value is None:
        raise Missing("Die Angabe")
    return value


def _ask(pages: PageMaker, lang: str, done: str, *, wrong: bool = False) -> Response:
    switch = "/volunteers/mine?lang={}"
    return render(pages, "own_ask.html", lang, status=422 if wrong else 200, switch=switch, done=done, wrong=wrong)


def _expired(pages: PageMaker, lang: str) -> Response:
    return pages.redirect(f"/volunteers/mine?done=expired&lang={lang}")


async def _show(
    request: Request,
    session: AsyncSession,
    me: Acting,
    pages: PageMaker,
    *,
    done: str = "",
    wrong: str = "",
    calendar: str = "",
    status: int = 200,
) -> Response:
    assert me.volunteer_id is not None  # noqa: S101  (whose page it is)
    volunteer = await session.get_one(Volunteer, me.volunteer_id, populate_existing=True)
    shown: OwnPage = await own_page(session, volunteer, me.now)
    lang = volunteer.mail_language
    page = render(
        pages,
        "own.html",
        lang,
        status=status,
        own=shown,
        volunteer=volunteer,
        done=done,
        wrong=wrong,
        calendar=calendar,
        what=what,
        when=when,
        where=where,
        day=tongues.day,
        weekdays=[(weekday.value, _weekday(weekday, lang)) for weekday in Weekday],
        block_reasons=["integration_course", "work", "school", "family", "other"],
        ends=[("settled", "end_settled"), ("volunteer", "end_volunteer"), ("did_not_fit", "end_did_not_fit")],
        tongues=tongues.NAMES,
        spare=_SPARE,
        today=me.today,
    )
    if origins := {request.app.state.settings.site_url(thing.grant_site) for thing in _granted(shown)}:
        leading_to(page, " ".join(sorted(origins)))
    return page


def _granted(shown: OwnPage) -> list[Any]:
    things: list[Any] = [*(assignment for assignment, _ in shown.coming), *shown.mentorships]
    return [thing for thing in things if thing.grant_id is not None and thing.grant_site is not None]


def _weekday(weekday: Weekday, lang: str) -> str:
    return tongues.weekday(list(Weekday).index(weekday), lang)
