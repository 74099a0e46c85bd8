"""What mails to volunteers say, made when they are sent from what is true then, in the language of the volunteer.

A mail names the volunteer and nobody else: where to go and to whom is shown at the site, behind a link. `RENDERERS` has
one function for each kind of mail; it says nothing (None) where the mail has been overtaken.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.volunteers import care_mails
from services.volunteers.commands.answers import WHERE_LASTS, LinkKind, make_link
from services.volunteers.commands.mails import MailKind
from services.volunteers.domain.asking import AssignmentState, VolunteerState
from services.volunteers.pages.vocabulary.asked import time_words, what, when, where
from services.volunteers.pages.vocabulary.volunteer import KINDS, TEXTS
from services.volunteers.settings import Settings
from services.volunteers.tables import Assignment, HelpRequest, Mentorship, Volunteer
from shared.contracts.words import VolunteerKind
from shared.mail import Letter, Mail
from shared.web import tongues
from shared.web.words import site_name

_OWN_PAGE_DAYS = 3
"""A link to one's own page shows everything about oneself: it is good for less long than others (ours)."""


@dataclass(frozen=True, slots=True)
class Writing:
    """When a mail is made, and for which installation."""

    now: datetime
    settings: Settings


Renderer = Callable[[AsyncSession, Mail, Writing], Awaitable[Letter | None]]


async def render(session: AsyncSession, mail: Mail, writing: Writing) -> Letter | None:
    """The mail's text, by its kind."""
    return await RENDERERS[MailKind(mail.kind)](session, mail, writing)


async def _confirm(session: AsyncSession, mail: Mail, writing: Writing) -> Letter | None:
    volunteer = await _volunteer(session, mail)
    if volunteer is None or volunteer.state is not VolunteerState.UNCONFIRMED:
        return None
    lasts = timedelta(days=writing.settings.mail_link_days)
    return await _with_link(session, writing, mail, volunteer, LinkKind.CONFIRM, lasts)


async def _own_page(session: AsyncSession, mail: Mail, writing: Writing) -> Letter | None:
    volunteer = await _volunteer(session, mail)
    if volunteer is None or volunteer.state not in (VolunteerState.ACTIVE, VolunteerState.NEW):
        return None
    return await _with_link(session, writing, mail, volunteer, LinkKind.OWN_PAGE, timedelta(days=_OWN_PAGE_DAYS))


async def _asked(session: AsyncSession, mail: Mail, writing: Writing) -> Letter | None:
    found = await _assignment(session, mail, AssignmentState.OFFERED)
    if found is None:
        return None
    volunteer, assignment, request = found
    begins = assignment.starts_at or writing.now + timedelta(days=writing.settings.mail_link_days)
    facts = _facts(request, volunteer.mail_language)
    if assignment.answer_by is not None:
        answer_by = assignment.answer_by
        facts["until"] = f"{tongues.day(answer_by, volunteer.mail_language)}, {tongues.clock(answer_by)}"
    # As long as a yes counts: who answers late is still told how things stand.
    lasts = max(begins - writing.now, timedelta(hours=1))
    return await _with_link(session, writing, mail, volunteer, LinkKind.ANSWER, lasts, facts)


async def _not_needed(session: AsyncSession, mail: Mail, writing: Writing) -> Letter | None:
    found = await _assignment(session, mail, AssignmentState.DECLINED)
    if found is None:
        return None
    volunteer, _, request = found
    return _letter(writing, mail, volunteer, _facts(request, volunteer.mail_language))


async def _cancelled(session: AsyncSession, mail: Mail, writing: Writing) -> Letter | None:
    found = await _assignment(session, mail, AssignmentState.CANCELLED)
    if found is None:
        return None
    volunteer, assignment, request = found
    facts = _facts(request, volunteer.mail_language)
    facts["when"] = time_words(assignment.starts_at, assignment.ends_at, volunteer.mail_language)  # as it was promised
    return _letter(writing, mail, volunteer, facts)


async def _where(session: AsyncSession, mail: Mail, writing: Writing) -> Letter | None:
    if "mentorship_id" in mail.about:
        volunteer = await _volunteer(session, mail)
        mentorship = await session.get(Mentorship, UUID(mail.about["mentorship_id"]))
        if volunteer is None or mentorship is None or mentorship.ended_on is not None or mentorship.grant_id is None:
            return None
        facts = {"what": KINDS[volunteer.mail_language][VolunteerKind.MENTOR], "site": site_name(mentorship.site)}
        return await _with_link(session, writing, mail, volunteer, LinkKind.WHERE, WHERE_LASTS, facts)
    found = await _assignment(session, mail, AssignmentState.ACCEPTED)
    if found is None or found[1].grant_id is None:
        return None
    volunteer, _, request = found
    facts = _facts(request, volunteer.mail_language)
    return await _with_link(session, writing, mail, volunteer, LinkKind.WHERE, WHERE_LASTS, facts)


async def _reminded(session: AsyncSession, mail: Mail, writing: Writing) -> Letter | None:
    found = await _assignment(session, mail, AssignmentState.ACCEPTED)
    if found is None:
        return None
    volunteer, _, request = found
    return _letter(writing, mail, volunteer, _facts(request, volunteer.mail_language), _own_address(writing))


async def _how_was_it(session: AsyncSession, mail: Mail, writing: Writing) -> Letter | None:
    found = await _assignment(session, mail, AssignmentState.ACCEPTED, AssignmentState.COMPLETED)
    if found is None or found[1].strain is not None:
        return None
    volunteer, _, request = found
    lasts = timedelta(days=writing.settings.mail_link_days)
    facts = _facts(request, volunteer.mail_language)
    return await _with_link(session, writing, mail, volunteer, LinkKind.HOW_WAS_IT, lasts, facts)


async def _mentorship_ended(session: AsyncSession, mail: Mail, writing: Writing) -> Letter | None:
    volunteer = await _volunteer(session, mail)
    if volunteer is None or volunteer.state is not VolunteerState.ACTIVE:
        return None
    return _letter(writing, mail, volunteer, {}, _own_address(writing))


async def _invitation(session: AsyncSession, mail: Mail, writing: Writing) -> Letter | None:
    return await care_mails.invitation(session, mail, writing.now, writing.settings)


async def _thanks(session: AsyncSession, mail: Mail, writing: Writing) -> Letter | None:
    return await care_mails.thanks(session, mail, writing.now, writing.settings)


RENDERERS: Mapping[MailKind, Renderer] = {
    MailKind.CONFIRM: _confirm,
    MailKind.WELCOME: _own_page,
    MailKind.OWN_PAGE: _own_page,
    MailKind.ASKED: _asked,
    MailKind.NOT_NEEDED: _not_needed,
    MailKind.CANCELLED: _cancelled,
    MailKind.WHERE: _where,
    MailKind.REMINDED: _reminded,
    MailKind.HOW_WAS_IT: _how_was_it,
    MailKind.MENTORSHIP_ENDED: _mentorship_ended,
    MailKind.INVITATION: _invitation,
    MailKind.THANKS: _thanks,
}
_PATHS = {LinkKind.CONFIRM: "confirm", LinkKind.OWN_PAGE: "mine/open"}


def _facts(request: HelpRequest, lang: str) -> dict[str, str]:
    return {
        "what": what(request, lang),
        "when": when(request, lang),
        "where": where(request, lang),
        "site": site_name(request.site),
    }


def _own_address(writing: Writing) -> str:
    return f"{writing.settings.public_url}/volunteers/mine"


async def _with_link(
    session: AsyncSession,
    writing: Writing,
    mail: Mail,
    volunteer: Volunteer,
    kind: LinkKind,
    lasts: timedelta,
    facts: Mapping[str, str] | None = None,
) -> Letter:
    code = await make_link(session, kind, lasts, writing.now, **mail.about)
    address = f"{writing.settings.public_url}/volunteers/{_PATHS.get(kind, 'answer')}?code={code}"
    until = tongues.day(writing.now + lasts, volunteer.mail_language)
    more = {} if kind is LinkKind.ANSWER else {"link_until": until}
    return _letter(writing, mail, volunteer, {**(facts or {}), **more}, address)


def _letter(
    writing: Writing, mail: Mail, volunteer: Volunteer, facts: Mapping[str, str], address: str | None = None
) -> Letter:
    texts = TEXTS[volunteer.mail_language]
    lines = [f"{texts['hello']} {volunteer.name},", texts[f"{mail.kind}_body"]]
    if address is not None:
        lines.append(address)
    if facts:
        lines.append("\n".join(f"{texts[name]}: {said}" for name, said in facts.items()))
    if writing.settings.team_contact:
        lines.append(f"{texts['questions']}\n{writing.settings.team_contact}")
    lines.append(f"{texts['greeting']}\nlokal willkommen")
    subject = texts[f"{mail.kind}_subject"]
    return Letter(f"{subject} – {facts['what']}" if "what" in facts else subject, "\n\n".join(lines) + "\n")


async def _volunteer(session: AsyncSession, mail: Mail) -> Volunteer | None:
    return await session.get(Volunteer, UUID(mail.about["volunteer_id"]))


async def _assignment(
    session: AsyncSession, mail: Mail, *states: AssignmentState
) -> tuple[Volunteer, Assignment, HelpRequest] | None:
    """The assignment of the mail while it is in one of these states, with its volunteer and request."""
    assignment = await session.get(Assignment, UUID(mail.about["assignment_id"]))
    volunteer = await _volunteer(session, mail)
    if assignment is None or assignment.state not in states:
        return None
    if volunteer is None or volunteer.state is not VolunteerState.ACTIVE:
        return None
    return volunteer, assignment, await session.get_one(HelpRequest, assignment.request_id)
