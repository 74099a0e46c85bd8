"""Mails of care in the language of the volunteer: invitations to trainings and meetings, thanks.

Each function says nothing (None) where its mail has been overtaken.
"""

from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from sqlmodel.ext.asyncio.session import AsyncSession

from services.volunteers.commands.answers import LinkKind, make_link
from services.volunteers.domain.asking import VolunteerState
from services.volunteers.domain.gatherings import Entry, calendar
from services.volunteers.pages.vocabulary.care import REPLY, when
from services.volunteers.papers import in_hours, thanks_text
from services.volunteers.queries.hours import hours_of
from services.volunteers.settings import Settings
from services.volunteers.tables import Gathering, Invitation, Thanks, Volunteer
from shared.mail import Letter, Mail
from shared.mail.settings import address_in
from shared.web import german

_TEXTS = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates" / "mail"),
    undefined=StrictUndefined,
    autoescape=False,  # noqa: S701  (plain text)
    trim_blocks=True,
    lstrip_blocks=True,
)
_SUBJECTS = {
    "invited": {"de": "Einladung", "en": "Invitation", "ar": "دعوة", "fa": "دعوت"},
    "moved": {"de": "Geändert", "en": "Changed", "ar": "تغيّر الموعد", "fa": "تغییر"},
    "cancelled": {"de": "Abgesagt", "en": "Cancelled", "ar": "أُلغي", "fa": "لغو شد"},
}
_THANKS = {"de": "Herzlichen Dank", "en": "Thank you", "ar": "شكراً جزيلاً", "fa": "بسیار سپاسگزاریم"}


async def invitation(session: AsyncSession, mail: Mail, now: datetime, settings: Settings) -> Letter | None:
    """To a training or a meeting; also that it is at another time, or off. With an entry for the calendar."""
    gathering = await session.get(Gathering, UUID(mail.about["gathering_id"]))
    volunteer = await session.get(Volunteer, UUID(mail.about["volunteer_id"]))
    if gathering is None or volunteer is None or volunteer.state is not VolunteerState.ACTIVE:
        return None
    invited = await session.get(Invitation, (gathering.id, volunteer.id))
    if invited is None or gathering.starts_at <= now:
        return None
    cancelled = gathering.cancelled_at is not None
    what = "cancelled" if cancelled else mail.about["what"]
    lang = volunteer.mail_language
    code = ""
    if not cancelled:
        about = {"volunteer_id": volunteer.id, "gathering_id": gathering.id}
        code = await make_link(session, LinkKind.INVITATION, gathering.starts_at - now, now, **about)
    text = _text(
        f"gathering.{lang}.txt",
        settings,
        name=volunteer.name,
        kind=REPLY[lang][gathering.kind.value],
        title=gathering.title,
        about=gathering.about,
        place=gathering.place,
        when=when(gathering.starts_at, gathering.ends_at, lang),
        cancelled=cancelled,
        moved=what == "moved",
        code=code,
        address=f"{settings.public_url}/volunteers/gathering-reply",
    )
    entry = Entry(
        gathering_id=gathering.id,
        sequence=gathering.revision,
        changed_at=gathering.cancelled_at or now,
        starts_at=gathering.starts_at,
        ends_at=gathering.ends_at,
        title=gathering.title,
        about=gathering.about,
        place=gathering.place,
        organizer=address_in(settings.mail_from),
        attendee=mail.to_address,
        name=volunteer.name,
        comes=invited.comes,
        cancelled=cancelled,
    )
    # A line break in a title must not become one in the mail's head.
    title = " ".join(gathering.title.split())
    subject = f"{_SUBJECTS[what][lang]}: {title}, {german.day(gathering.starts_at)}"
    return Letter(subject, text, (entry.method, calendar(entry)))


async def thanks(session: AsyncSession, mail: Mail, _now: datetime, settings: Settings) -> Letter | None:
    """A letter of thanks; what was done is counted when it is sent."""
    letter = await session.get(Thanks, UUID(mail.about["thanks_id"]))
    if letter is None:
        return None
    volunteer = await session.get_one(Volunteer, letter.volunteer_id)
    hours = await hours_of(session, volunteer.id, letter.from_on, letter.until_on)
    lang = volunteer.mail_language
    text = _text(
        f"thanks.{lang}.txt",
        settings,
        name=volunteer.name,
        paragraphs=thanks_text(hours),
        begin=german.day(letter.from_on),
        until=german.day(letter.until_on),
        hours=in_hours(hours.minutes) if hours.minutes else "",
        words=letter.words,
    )
    return Letter(_THANKS[lang], text)


def _text(template: str, settings: Settings, **words: Any) -> str:
    return _TEXTS.get_template(template).render(team_contact=settings.team_contact, **words).strip() + "\n"
