"""What partner systems may ask for, over AMQP or HTTP (network contract, „Partner systems“).

A command is a CloudEvent in the structured mode like every event, sent to the exchange `lokal.partner` with the routing
key `<slug>.<command>.v<major>` and the AMQP `user_id` of the partner's own user::

    {"specversion": "1.0", "id": "<UUID>", "source": "/partners/projekt-ankommen",
     "type": "de.dortmund.lokal-willkommen.accept-referral.v1", "data": {"referral_id": "<UUID>"}}

Its id makes it count once. A field that is not of the schema is an error, not ignored: what a partner wanted and we do
not know would otherwise be lost in silence.
"""

from typing import Any, ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from shared.contracts.base import PREFIX
from shared.contracts.kinds import ClockTime, Count, Day, Flag, Language, Moment, Slug
from shared.contracts.words import Audience, DeclineReason, District, Level, OfferKind, ReferralOutcome

COMMANDS: dict[str, type["Command"]] = {}
"""Every command class by its CloudEvents type."""


class Command(BaseModel):
    """The data of one command; a subclass says in its class keyword what it is called."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    command: ClassVar[str]
    major: ClassVar[int]
    type: ClassVar[str]

    def __init_subclass__(cls, **keywords: Any) -> None:
        # Pydantic hands the class keywords to `__pydantic_init_subclass__` as well; `object` would refuse them.
        super().__init_subclass__()

    @classmethod
    def __pydantic_init_subclass__(cls, *, name: str | None = None, major: int = 1, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        if name is None:
            return
        cls.command, cls.major, cls.type = name, major, f"{PREFIX}{name}.v{major}"
        if cls.type in COMMANDS:
            raise TypeError(f"{cls.type} is defined twice")
        COMMANDS[cls.type] = cls


class OfReferral(Command):
    """A step of one of the partner's own referrals."""

    referral_id: UUID


class ContactPerson(BaseModel):
    """Whom the family turns to: an employee at work."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    name: str = Field(min_length=1, max_length=200)
    phone: str | None = Field(default=None, max_length=40)
    email: str | None = Field(default=None, max_length=254)
    room: str | None = Field(default=None, max_length=200)


class Appointment(BaseModel):
    """When the family is expected, and where."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    at: Moment
    place: str | None = Field(default=None, max_length=200)


class AcceptReferral(OfReferral, name="accept-referral"):
    """We help (annehmen); the site then opens the contact data."""

    contact: ContactPerson | None = None
    """Who is in charge of the family at yours; the site's team sees it."""
    appointments: tuple[Appointment, ...] = Field(default=(), max_length=5)


class DeclineReferral(OfReferral, name="decline-referral"):
    """We cannot help (ablehnen)."""

    reason: DeclineReason


class StartReferral(OfReferral, name="start-referral"):
    """The help has begun (beginnen)."""


class HoldReferral(OfReferral, name="hold-referral"):
    """It rests (zurückstellen); with a position it is a place on a waiting list."""

    position: int | None = Field(default=None, ge=1, strict=True)


class ResumeReferral(OfReferral, name="resume-referral"):
    """It goes on where it rested (fortsetzen)."""


class CompleteReferral(OfReferral, name="complete-referral"):
    """It is done (abschließen)."""

    outcome: ReferralOutcome


class FailReferral(OfReferral, name="fail-referral"):
    """It came to nothing after it was accepted (nicht zustande gekommen)."""

    outcome: ReferralOutcome


class ConfirmDeletion(Command, name="confirm-deletion"):
    """We have deleted what we had (Löschung bestätigen; GDPR Art. 17, 19)."""

    deletion_id: UUID


class WithdrawOffer(Command, name="withdraw-offer"):
    """We do not offer it any more (Angebot zurückziehen)."""

    offer_id: UUID


class PublishOffer(Command, name="publish-offer"):
    """We offer this from now on (Angebot veröffentlichen); it stands in the public directory at once.

    The event `offer-published` that follows has the command's id as `causationid`, and the offer's id.
    """

    kind: OfferKind
    title: dict[str, str]
    """By language (`de`, `en`, `ar`, `fa`); German is required."""
    description: dict[str, str] = Field(default_factory=dict)
    street: str | None = None
    postal_code: str | None = None
    district: District | None = None
    """Where it takes place."""
    neighbourhood: Slug | None = None
    districts: tuple[District, ...] = ()
    """The districts that it serves; empty: the whole city."""
    languages: tuple[Language, ...] = ()
    level: Level | None = None
    audiences: tuple[Audience, ...] = ()
    min_age: Count | None = None
    max_age: Count | None = None
    accessible: Flag | None = None
    cost_cents: Count | None = None
    places: Count | None = None
    free: Count | None = None
    waiting: Count = 0
    childcare: Flag = False
    legal_advice: Flag = False
    rrule: str | None = None
    """When it comes back, as RFC 5545 has it: `FREQ=WEEKLY;BYDAY=MO`."""
    starts_at: ClockTime | None = None
    ends_at: ClockTime | None = None
    first_on: Day | None = None
    valid_from: Day | None = None
    valid_until: Day | None = None
