"""Contacts (Kontakte) and office hours (Sprechstunden): every contact counts, also the short one (report, §4)."""

from uuid import UUID

from pydantic import Field

from shared.contracts.base import Event
from shared.contracts.kinds import Count, Flag, Language, Moment, Slug, Value
from shared.contracts.words import Channel, Presence, TargetGroup, Topic


class Contact(Event):
    """What is true of a recorded contact."""

    contact_id: UUID
    target_group: TargetGroup
    channel: Channel
    topic: Topic | None = None
    language: Language | None = None
    household_id: UUID | None = None
    person_id: UUID | None = None
    partner: Slug | None = None
    counterpart_id: UUID | None = None
    """Any id that the desk gives an unnamed person, to tell one from many."""
    at: Moment
    void: Flag = False
    """Corrected away: it no longer counts."""


class ContactRecorded(Contact, name="contact-recorded", publisher="intake", subject="contact_id"):
    """Somebody of one of the three target groups was in contact with the site (Kontakt erfasst, §3, §4)."""


class ContactCorrected(Contact, name="contact-corrected", publisher="intake", subject="contact_id"):
    """A recorded contact was mistaken (Kontakt berichtigt): this is what it says now, or that it is void."""


class Present(Value):
    """How many of one kind, and of one language where that matters, were there."""

    kind: Presence
    language: Language | None = None
    count: Count


class Waiting(Value):
    """How many visitors waited at most so long, and longer than the next lower step."""

    up_to_minutes: Count
    visitors: Count


class OfficeSessionHeld(Event, name="office-session-held", publisher="intake", subject="session_id"):
    """Office hours are over (Sprechstunde gehalten): which help was there, and how long people waited (§5).

    For the figures on opening hours and demand. Kinds and counts only, so that no employee can be looked at.
    """

    session_id: UUID
    from_: Moment = Field(alias="from")
    to: Moment
    present: tuple[Present, ...] = ()
    waiting: tuple[Waiting, ...] = ()
    visitors: Count
    left_unserved: Count = 0
