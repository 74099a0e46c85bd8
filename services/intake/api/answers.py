"""What the calls answer with."""

from datetime import date, datetime
from typing import Any, Literal, Self
from uuid import UUID

from pydantic import BaseModel, Field

from services.intake.domain.charge import Standing
from services.intake.domain.circles import History
from services.intake.domain.days import age_on
from services.intake.domain.members import CameBy, LeftBecause
from services.intake.domain.visits import VisitState
from services.intake.queries.files import HouseholdFile
from services.intake.tables import Consent, Contact, FirstVisit, Need, Person, Residence
from shared.contracts.words import (
    Channel,
    ClosingReason,
    District,
    LegalCircle,
    NeedArea,
    Purpose,
    RecipientKind,
    TargetGroup,
    Tenancy,
    Topic,
    VisitOutcome,
)


class HouseholdRegistered(BaseModel):
    """The new file; `first_visit_id` if a move owes one."""

    household_id: UUID
    person_ids: list[UUID]
    first_visit_id: UUID | None
    first_visit_due_on: date | None


class HouseholdMoved(BaseModel):
    """The move is entered; `first_visit_id` is the visit that it owes, none if the household left the city.

    `handed_over_to` is the site to which the file goes, or has gone already; it owes the visit then.
    """

    household_id: UUID
    moved_on: date
    left_city: bool
    first_visit_id: UUID | None
    first_visit_due_on: date | None
    handed_over_to: str | None


class LegalCircleSince(BaseModel):
    """A legal circle from a day on; no day means: as known at registration."""

    legal_circle: LegalCircle
    on: date | None


class PersonAnswer(BaseModel):
    """A member of the household, also a former one, with the legal circle of today."""

    person_id: UUID
    given_name: str
    family_name: str
    birth_date: date | None
    age: int | None
    legal_circle: LegalCircle
    legal_circles: list[LegalCircleSince]
    joined_on: date | None = Field(description="Ab wann; ohne Tag von Anfang an.")
    came_by: CameBy | None
    left_on: date | None = Field(description="Der erste Tag nicht mehr im Haushalt.")
    left_because: LeftBecause | None

    @classmethod
    def of(cls, person: Person, history: History, today: date) -> Self:
        """The row as an answer."""
        return cls(
            person_id=person.id,
            given_name=person.given_name,
            family_name=person.family_name,
            birth_date=person.birth_date,
            age=person.birth_date and age_on(person.birth_date, today),
            legal_circle=history.on(today),
            legal_circles=[
                LegalCircleSince(legal_circle=history.first, on=None),
                *(LegalCircleSince(legal_circle=circle, on=day) for day, circle in sorted(history.changes.items())),
            ],
            joined_on=person.joined_on,
            came_by=person.created_as,
            left_on=person.left_on,
            left_because=person.left_because,
        )


class AddressAnswer(BaseModel):
    """A home of the household."""

    street: str
    postal_code: str
    city: str
    district: District
    neighbourhood: str | None
    tenancy: Tenancy
    moved_in: date | None
    moved_out: date | None

    @classmethod
    def of(cls, residence: Residence) -> Self:
        """The row as an answer."""
        return cls.model_validate(residence.model_dump())


class FirstVisitAnswer(BaseModel):
    """A first visit."""

    visit_id: UUID
    household_id: UUID
    state: VisitState
    moved_on: date
    due_on: date
    at: datetime | None
    language: str | None
    interpreter_wanted: bool | None
    ended_on: date | None
    outcome: VisitOutcome | None
    days_overdue: int

    @classmethod
    def of(cls, visit: FirstVisit, today: date, **more: Any) -> Self:
        """The row as an answer."""
        return cls.model_validate(
            {
                **visit.model_dump(),
                "visit_id": visit.id,
                "outcome": visit.outcome,
                "days_overdue": visit.days_overdue(today),
                **more,
            }
        )


class FirstVisitListed(FirstVisitAnswer):
    """A first visit in a list; of a protected household without neighbourhood."""

    family_name: str
    languages: list[str]
    district: str
    neighbourhood: str | None


class NeedAnswer(BaseModel):
    """A need."""

    need_id: UUID
    household_id: UUID
    person_id: UUID | None
    area: NeedArea
    languages: list[str]
    times: list[dict[str, str]]
    note: str | None
    identified_on: date
    met_on: date | None

    @classmethod
    def of(cls, need: Need) -> Self:
        """The row as an answer."""
        return cls.model_validate({**need.model_dump(), "need_id": need.id})


class RecipientAnswer(BaseModel):
    """Who may see something."""

    kind: RecipientKind
    slug: str | None
    id: UUID | None


class ConsentAnswer(BaseModel):
    """A consent."""

    consent_id: UUID
    household_id: UUID
    person_id: UUID | None
    recipient: RecipientAnswer
    purpose: Purpose
    purpose_in_words: str | None
    given_on: date
    withdrawn_on: date | None

    @classmethod
    def of(cls, consent: Consent) -> Self:
        """The row as an answer."""
        recipient = {
            "kind": consent.recipient_kind,
            "slug": consent.recipient_slug,
            "id": consent.recipient_id,
        }
        return cls.model_validate({**consent.model_dump(), "consent_id": consent.id, "recipient": recipient})


class ContactAnswer(BaseModel):
    """A contact; `void` ones were corrected away and do not count."""

    contact_id: UUID
    target_group: TargetGroup
    channel: Channel
    topic: Topic | None
    language: str | None
    household_id: UUID | None
    person_id: UUID | None
    partner: str | None
    counterpart_id: UUID | None
    at: datetime
    void: bool

    @classmethod
    def of(cls, contact: Contact) -> Self:
        """The row as an answer."""
        return cls.model_validate({**contact.model_dump(), "contact_id": contact.id})


class TimelineEntry(BaseModel):
    """One line of what happened."""

    kind: str
    on: date
    at: datetime | None
    details: dict[str, Any]
    recorded_at: datetime
    recorded_by: str


class HouseholdAnswer(BaseModel):
    """A household's file. Of a protected one `address` and `former_addresses` come only with a reason."""

    household_id: UUID
    family_name: str
    phone: str | None
    case_number: str | None
    languages: list[str]
    protected: bool
    charge: int
    standing: Standing = Field(
        description="`caretaker`: die Akte ist in Übergabe an `handed_to`; geändert wird sie dort."
    )
    handed_to: str | None
    site: str
    registered_on: date
    closed_on: date | None
    closing_reason: ClosingReason | None
    tenancy: Tenancy
    district: District
    address: AddressAnswer | None
    former_addresses: list[AddressAnswer]
    persons: list[PersonAnswer]
    legal_circles: dict[LegalCircle, int]
    first_visits: list[FirstVisitAnswer]
    needs: list[NeedAnswer]
    consents: list[ConsentAnswer]
    timeline: list[TimelineEntry]

    @classmethod
    def of(cls, file: HouseholdFile, site: str, today: date, *, show_address: bool) -> Self:
        """The file as an answer."""
        addresses = [AddressAnswer.of(residence) for residence in file.residences] if show_address else []
        return cls.model_validate(
            {
                **file.household.model_dump(exclude={"search"}),
                "household_id": file.household.id,
                "site": site,
                "tenancy": file.residence.tenancy,
                "district": file.residence.district,
                "address": addresses[0] if addresses else None,
                "former_addresses": addresses[1:],
                "persons": [PersonAnswer.of(person, file.histories[person.id], today) for person in file.persons],
                "legal_circles": file.circles_on(today),
                "first_visits": [FirstVisitAnswer.of(visit, today) for visit in file.visits],
                "needs": [NeedAnswer.of(need) for need in file.needs],
                "consents": [ConsentAnswer.of(consent) for consent in file.consents],
                "timeline": [entry.model_dump() for entry in file.timeline],
            }
        )


class HouseholdListed(BaseModel):
    """A household in a list; of a protected one without street and neighbourhood."""

    household_id: UUID
    family_name: str
    persons: int
    languages: list[str]
    district: District
    neighbourhood: str | None
    street: str | None
    moved_in: date | None
    protected: bool
    closed_on: date | None
    nearness: Literal["exact", "sound", "similar"] = Field(
        description="Ob die Suchworte so vorkommen, so klingen oder ähnlich geschrieben werden; die nächsten zuerst."
    )


class LegalCircleChanged(BaseModel):
    """The change as it was entered."""

    household_id: UUID
    person_id: UUID
    before: LegalCircle
    legal_circle: LegalCircle
    on: date


class AccessLogged(BaseModel):
    """One look at personal data."""

    at: datetime
    who: str
    role: str
    look: str
    why: str
    via: str
    households: list[UUID]
