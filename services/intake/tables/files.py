"""The file of a household: who belongs to it, where it lives and has lived, in which legal circles."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.dialects.postgresql import ARRAY, ExcludeConstraint
from sqlalchemy.types import Text
from sqlmodel import Field

from services.intake.domain.charge import Standing
from services.intake.domain.members import CameBy, LeftBecause
from services.intake.tables.base import MOMENT, Base, belongs_to_file, now, one_of
from shared.contracts.words import ClosingReason, District, LegalCircle, Tenancy
from shared.ids import uuid7


class Household(Base, table=True):
    """Bedarfsgemeinschaft: the unit of benefits (report, §2.3). `charge` only rises; who holds it is in charge."""

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    family_name: str = Field(sa_type=Text)
    phone: str | None = Field(default=None, sa_type=Text)
    case_number: str | None = Field(default=None, sa_type=Text)
    """The Sozialamt's."""
    languages: list[str] = Field(default_factory=list, sa_type=ARRAY(Text))  # type: ignore[call-overload]
    """BCP 47, the best one first."""
    protected: bool = False
    """The address must not become known (§ 51 BMG): only the file itself shows it, and asks for a reason."""
    charge: int = 1
    standing: Standing = Field(
        default=Standing.IN_CHARGE,
        sa_type=one_of(Standing, "standing"),
        sa_column_kwargs={"server_default": Standing.IN_CHARGE.value},
    )
    handed_to: str | None = Field(default=None, sa_type=Text)
    """The site that is or will be in charge, while this one is not."""
    handed_at: datetime | None = Field(default=None, sa_type=MOMENT)
    owner: str | None = Field(default=None, sa_type=Text)
    """The account of the member of the team who looks after the file, and of whoever does so meanwhile."""
    substitute: str | None = Field(default=None, sa_type=Text)
    merged_into: UUID | None = Field(default=None, foreign_key="household.id")
    """The file that goes on, where two turned out to be one family."""
    registered_on: date
    """From when the household counts: the day of the move that led here, else the day of the entry."""
    stated_on: date
    """The latest day for which others were told the household's state; what is entered late must not contradict it."""
    closed_on: date | None = None
    closing_reason: ClosingReason | None = Field(default=None, sa_type=one_of(ClosingReason, "closing_reason"))
    search: str = Field(default="", sa_type=Text)
    """Folded names, street and case number, kept by the commands; without the street of a protected household."""
    sounds: str = Field(default="", sa_type=Text, sa_column_kwargs={"server_default": ""})
    """How the names sound, however they were transliterated; kept by the commands."""
    created_at: datetime = Field(default_factory=now, sa_type=MOMENT)
    created_by: str | None = Field(default=None, sa_type=Text)

    __table_args__ = (
        CheckConstraint("charge >= 1", name="charge"),
        CheckConstraint("standing = 'in_charge' or handed_to is not null", name="handed"),
        CheckConstraint("family_name <> ''", name="family_name"),
        CheckConstraint("(closed_on is null) = (closing_reason is null)", name="closed"),
        Index("ix_household_search", text("search gin_trgm_ops"), postgresql_using="gin"),
        Index("ix_household_sounds", text("sounds gin_trgm_ops"), postgresql_using="gin"),
        Index("ix_household_in_order", text('"left"(search, 100)'), "id"),
        Index("ix_household_merged_into", "merged_into", postgresql_where=text("merged_into is not null")),
    )


class Residence(Base, table=True):
    """Where a household lives or has lived; `moved_in` is unknown for the first one of a family long settled."""

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    household_id: UUID = Field(foreign_key="household.id")
    street: str = Field(sa_type=Text)
    postal_code: str = Field(sa_type=Text)
    city: str = Field(sa_type=Text)
    district: District = Field(sa_type=one_of(District, "district"))
    neighbourhood: str | None = Field(default=None, sa_type=Text)
    tenancy: Tenancy = Field(sa_type=one_of(Tenancy, "tenancy"))
    moved_in: date | None = None
    moved_out: date | None = None

    __table_args__ = (
        CheckConstraint("postal_code ~ '^[0-9]{5}$'", name="postal_code"),
        CheckConstraint("moved_out >= moved_in", name="order"),
        Index(
            "uq_residence_current", "household_id", unique=True, postgresql_where=text("moved_out is null")
        ),  # nobody lives in two places
        ExcludeConstraint(
            ("household_id", "="),
            (text("daterange(moved_in, moved_out, '[)')"), "&&"),
            name="ex_residence_one_at_a_time",
            using="gist",
        ),
    )


class Person(Base, table=True):
    """A member of a household. `position` is the order in which the family was entered."""

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    household_id: UUID = Field(foreign_key="household.id", index=True)
    position: int
    given_name: str = Field(sa_type=Text)
    family_name: str = Field(sa_type=Text)
    birth_date: date | None = None
    first_legal_circle: LegalCircle = Field(sa_type=one_of(LegalCircle, "first_legal_circle"))
    """As known at registration; the later ones are in `legal_circle_change`."""
    joined_on: date | None = None
    """The first day in the household; None: from the beginning of the file."""
    created_as: CameBy | None = Field(default=None, sa_type=one_of(CameBy, "created_as"))
    left_on: date | None = None
    """The first day no longer in the household."""
    left_because: LeftBecause | None = Field(default=None, sa_type=one_of(LeftBecause, "left_because"))

    __table_args__ = (
        CheckConstraint("left_on >= joined_on", name="order"),
        CheckConstraint("(left_on is null) = (left_because is null)", name="left"),
        Index("uq_person_position", "household_id", "position", unique=True),
        CheckConstraint("given_name <> '' and family_name <> ''", name="name"),
    )


class LegalCircleChange(Base, table=True):
    """From this day the person is in this legal circle; one entry per person and day."""

    __tablename__ = "legal_circle_change"

    person_id: UUID = Field(foreign_key="person.id", primary_key=True)
    on: date = Field(primary_key=True)
    legal_circle: LegalCircle = Field(sa_type=one_of(LegalCircle, "legal_circle"))
    recorded_at: datetime = Field(default_factory=now, sa_type=MOMENT)


belongs_to_file(Household, column="id")
belongs_to_file(Residence)
belongs_to_file(Person)
belongs_to_file(LegalCircleChange, column="person_id")
