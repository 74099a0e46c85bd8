"""What comes in about partners, offers and knowledge: bodies of calls and forms of pages."""

from datetime import time
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints

from shared.contracts.kinds import Language
from shared.contracts.words import Audience, District, LegalCircle, Level, NeedArea, OfferKind, PartnerKind, Topic
from shared.places import neighbourhoods
from shared.web.inputs import Day, Input, LongText, ShortText, Slug


def _each_once(values: list[str]) -> list[str]:
    return list(dict.fromkeys(values))


def _known(neighbourhood: str) -> str:
    if not any(neighbourhood in known for known in neighbourhoods().values()):
        raise ValueError("Diesen Stadtteil gibt es nicht; bitte einen aus der Liste wählen.")
    return neighbourhood


def _whole_minutes(clock: time) -> time:
    if clock.tzinfo is not None or clock.second or clock.microsecond:
        raise ValueError("Bitte die Uhrzeit ohne Sekunden und Zeitzone angeben, zum Beispiel 09:00.")
    return clock


Texts = Annotated[dict[str, LongText], Field(max_length=4)]
"""A text in several languages of the directory; which ones there are is checked by the domain."""
Titles = Annotated[dict[str, ShortText], Field(max_length=4)]
Neighbourhood = Annotated[Slug, AfterValidator(_known)]
Languages = Annotated[list[Language], Field(max_length=30), AfterValidator(_each_once)]
Districts = Annotated[list[District], Field(max_length=12), AfterValidator(_each_once)]
Neighbourhoods = Annotated[list[Neighbourhood], Field(max_length=80), AfterValidator(_each_once)]
Sites = Annotated[list[Slug], Field(max_length=12), AfterValidator(_each_once)]
Audiences = Annotated[list[Audience], Field(max_length=10), AfterValidator(_each_once)]
Circles = Annotated[list[LegalCircle], Field(max_length=4), AfterValidator(_each_once)]
Email = Annotated[str, StringConstraints(pattern=r"^[^@\s<>()]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$", max_length=254)]
Website = Annotated[
    str, StringConstraints(pattern=r"^https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?(/[!-~]*)?$", max_length=500)
]
Phone = Annotated[str, StringConstraints(pattern=r"^\+?[0-9][0-9 ()/-]{2,30}$")]
PostalCode = Annotated[str, StringConstraints(pattern=r"^[0-9]{5}$")]
Days = Annotated[int, Field(ge=1, le=60)]
Number = Annotated[int, Field(ge=0, le=100_000)]
Age = Annotated[int, Field(ge=0, le=120)]
Clock = Annotated[time, AfterValidator(_whole_minutes)]
PartnerSlug = Annotated[Slug, StringConstraints(min_length=2)]


class Contact(Input):
    """Whom one reaches at a partner."""

    name: ShortText
    role: ShortText | None = None
    phone: Phone | None = None
    email: Email | None = None
    substitute_for: UUID | None = None


class PartnerDetails(Input):
    """What a partner may say of itself."""

    description: Texts = Field(default_factory=dict)
    website: Website | None = None
    email: Email | None = None
    phone: Phone | None = None
    street: ShortText | None = None
    postal_code: PostalCode | None = None
    city: ShortText | None = None
    districts: Districts = Field(default_factory=list)
    neighbourhoods: Neighbourhoods = Field(default_factory=list)
    languages: Languages = Field(default_factory=list)
    wants_mail: bool = True
    reminder_days: Days | None = None
    escalation_days: Days | None = None
    expiry_days: Days | None = None


class RegisterPartner(PartnerDetails):
    """A partner that is new in the network."""

    slug: PartnerSlug
    name: ShortText
    kind: PartnerKind
    sites: Sites = Field(default_factory=list)
    all_sites: bool = False
    contacts: Annotated[list[Contact], Field(max_length=20)] = Field(default_factory=list)


class ChangePartner(PartnerDetails):
    """What is different now; what is left out stays as it is."""

    name: ShortText | None = None
    kind: PartnerKind | None = None
    sites: Sites | None = None
    all_sites: bool | None = None
    active: bool | None = None


class AnnounceClosure(Input):
    """From which day to which, both included, a partner is closed."""

    from_on: Day
    to_on: Day


class AgreeCooperation(Input):
    """What a site has agreed with a partner."""

    site: Slug
    agreed_on: Day
    until: Day | None = None
    subject: ShortText
    area: NeedArea | None = None
    topic: Topic | None = None


class OfferDetails(Input):
    """What is said of an offer."""

    title: Titles
    description: Texts = Field(default_factory=dict)
    street: ShortText | None = None
    postal_code: PostalCode | None = None
    district: District | None = None
    neighbourhood: Neighbourhood | None = None
    districts: Districts = Field(default_factory=list)
    languages: Languages = Field(default_factory=list)
    level: Level | None = None
    audiences: Audiences = Field(default_factory=list)
    min_age: Age | None = None
    max_age: Age | None = None
    accessible: bool | None = None
    cost_cents: Number | None = None
    places: Number | None = None
    free: Number | None = None
    waiting: Number = 0
    childcare: bool = False
    legal_advice: bool = False
    for_circles: Circles = Field(default_factory=list)
    rrule: Annotated[str, StringConstraints(max_length=200)] | None = None
    starts_at: Clock | None = None
    ends_at: Clock | None = None
    first_on: Day | None = None
    valid_from: Day | None = None
    valid_until: Day | None = None


class PublishOffer(OfferDetails):
    """An offer that is new in the directory; a partner's own account may leave out whose it is."""

    partner: PartnerSlug | None = None
    kind: OfferKind


class ChangeOffer(OfferDetails):
    """What is different now; what is left out stays as it is."""

    title: Titles = Field(default_factory=dict)
    kind: OfferKind | None = None


class SetCapacity(Input):
    """How many places there are, how many of them are free, how many people wait."""

    places: Number | None = None
    free: Number | None = None
    waiting: Number = 0


class HoldSession(Input):
    """A day on which an offer took place: participants who belong to it, or visitors who came."""

    on: Day
    attended: Number | None = None
    visitors: Number | None = None


class WriteKnowledge(Input):
    """An answer to a question that comes back, in plain language."""

    topic: Topic | None = None
    area: NeedArea | None = None
    title: Titles
    body: Texts
    owner: ShortText
    review_on: Day


class AddKnowledge(WriteKnowledge):
    """A new answer, and the word by which its page is found."""

    slug: Slug
