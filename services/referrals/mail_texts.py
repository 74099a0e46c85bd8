"""What mails say, made when they are sent from what is true then. No mail holds anything about a person.

`RENDERERS` has one function for each kind of mail; it says nothing (None) where the mail has been overtaken.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from sqlmodel.ext.asyncio.session import AsyncSession

from services.referrals.commands.answers import CONTACT_LASTS, LinkKind, make_link
from services.referrals.commands.mails import MailKind
from services.referrals.domain.round_tables import calendar
from services.referrals.domain.states import OPEN
from services.referrals.queries.round_tables import calendar_entry, invitation_in_mail
from services.referrals.settings import Settings
from services.referrals.tables import DeletionRequest, Offer, Partner, Referral
from shared.contracts.words import CITY, ReferralState
from shared.days import day_of, last_day
from shared.mail import Letter, Mail
from shared.mail.settings import address_in
from shared.web import german
from shared.web.words import site_name, word

_TEXTS = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates" / "mail"),
    undefined=StrictUndefined,
    autoescape=False,  # noqa: S701  (plain text)
    trim_blocks=True,
    lstrip_blocks=True,
)


@dataclass(frozen=True, slots=True)
class Writing:
    """When a mail is made, and for which installation."""

    now: datetime
    settings: Settings

    @property
    def link_lasts(self) -> timedelta:
        """How long a link in a mail is good."""
        return timedelta(days=self.settings.mail_link_days)

    def text(self, template: str, **words: Any) -> str:
        """A text of `templates/mail`."""
        pages = f"{self.settings.public_url}/referrals"
        known = {"site": "", "address": f"{pages}/answer", "profile": f"{pages}/own/profile"}
        known |= {"team_contact": self.settings.team_contact, **words}
        return _TEXTS.get_template(template).render(**known).strip() + "\n"


Renderer = Callable[[AsyncSession, Mail, Writing], Awaitable[Letter | None]]


async def render(session: AsyncSession, mail: Mail, writing: Writing) -> Letter | None:
    """The mail's text, by its kind."""
    return await RENDERERS[MailKind(mail.kind)](session, mail, writing)


async def _requested(session: AsyncSession, mail: Mail, writing: Writing) -> Letter | None:
    referral = await _referral(session, mail)
    if referral is None or referral.state is not ReferralState.REQUESTED:
        return None
    kind = MailKind(mail.kind)
    subject = "Neue Anfrage" if kind is MailKind.REQUESTED else "Erinnerung: Anfrage ohne Antwort"
    words = await _words(session, referral)
    english = "You have been asked to help. Please accept or decline with this link."
    # As long as an answer counts, and never shorter than that: closures and holidays make it later.
    lasts = max(writing.link_lasts, (referral.expire_at or writing.now) - writing.now)
    text = await _with_link(session, mail, writing, LinkKind.ANSWER, lasts, words, english)
    return Letter(f"{subject} – {words['what']}", text)


async def _contact(session: AsyncSession, mail: Mail, writing: Writing) -> Letter | None:
    referral = await _referral(session, mail)
    if referral is None or referral.grant_id is None or referral.state not in OPEN:
        return None
    words = await _words(session, referral)
    english = "You can now see the contact data."
    text = await _with_link(session, mail, writing, LinkKind.CONTACT, CONTACT_LASTS, words, english)
    return Letter(f"Kontaktdaten sind freigegeben – {words['what']}", text)


async def _deletion(session: AsyncSession, mail: Mail, writing: Writing) -> Letter | None:
    request = await session.get(DeletionRequest, UUID(mail.about["deletion_id"]))
    if request is None or request.confirmed_at is not None:
        return None
    words = await _words(session, await session.get_one(Referral, request.referral_id))
    english = "Please delete what you have noted, and confirm it."
    text = await _with_link(session, mail, writing, LinkKind.DELETION, writing.link_lasts, words, english)
    return Letter("Bitte Daten löschen und bestätigen", text)


async def _confirm(session: AsyncSession, mail: Mail, writing: Writing) -> Letter | None:
    partner = await session.get(Partner, UUID(mail.about["partner_id"]))
    if partner is None or not partner.active:
        return None
    words = {"partner": partner.name, "days": writing.settings.stale_after_days}
    english = "Please confirm that your details in the directory are still right."
    text = await _with_link(session, mail, writing, LinkKind.CONFIRM, writing.link_lasts, words, english)
    return Letter("Stimmen Ihre Angaben noch?", text)


async def _invitation(session: AsyncSession, mail: Mail, writing: Writing) -> Letter | None:
    """Who sits at a round table is invited, told of another time or place, or that the meeting is off."""
    found = await invitation_in_mail(session, UUID(mail.about["invitation_id"]))
    if found is None:
        return None
    table, meeting, attendee = found
    organizer = address_in(writing.settings.mail_from)
    entry = await calendar_entry(session, table, meeting, writing.settings.public_url, organizer)
    entry = replace(entry, attendees=[replace(attendee, address=f"mailto:{mail.to_address}")])
    site = "" if table.site == CITY else site_name(table.site)
    words = {
        "theme": entry.theme,
        "when": f"{german.day(entry.starts_at, weekday=True)}, {german.clock(entry.starts_at)} Uhr",
        "place": entry.place,
        "agenda": entry.agenda,
        "meeting": entry.address,
        "cancelled": entry.cancelled,
        "moved": entry.sequence > 0,
        "site": site,
        "site_words": f"lokal willkommen {site}".strip(),
        "english": "The meeting has been cancelled." if entry.cancelled else "You are invited to this meeting.",
    }
    subject = "Abgesagt" if entry.cancelled else "Geändert" if entry.sequence else "Einladung"
    letter = writing.text("invitation.txt", **words)
    return Letter(f"{subject}: {entry.theme}, {german.day(entry.starts_at)}", letter, (entry.method, calendar(entry)))


RENDERERS: dict[MailKind, Renderer] = {
    MailKind.REQUESTED: _requested,
    MailKind.REMINDED: _requested,
    MailKind.CONTACT: _contact,
    MailKind.DELETION: _deletion,
    MailKind.CONFIRM: _confirm,
    MailKind.INVITATION: _invitation,
}


async def _referral(session: AsyncSession, mail: Mail) -> Referral | None:
    return await session.get(Referral, UUID(mail.about["referral_id"]))


async def _words(session: AsyncSession, referral: Referral) -> dict[str, Any]:
    """What may be said of a referral: the partner's own offer, the site and days."""
    offer = await session.get(Offer, referral.offer_id) if referral.offer_id else None
    site = site_name(referral.site)
    return {
        "what": offer.title["de"] if offer else word(referral.kind),
        "site": site,
        "site_words": f"lokal willkommen {site}",
        "asked": german.day(day_of(referral.requested_at)) if referral.requested_at else "",
        "due": german.day(last_day(referral.expire_at)) if referral.expire_at else "",
    }


async def _with_link(
    session: AsyncSession,
    mail: Mail,
    writing: Writing,
    kind: LinkKind,
    lasts: timedelta,
    words: dict[str, Any],
    english: str,
) -> str:
    code = await make_link(session, kind, lasts, writing.now, **mail.about)
    until = german.day(day_of(writing.now + lasts))
    return writing.text(f"{mail.kind}.txt", code=code, until=until, english=english, **words)
