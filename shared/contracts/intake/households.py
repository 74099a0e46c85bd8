"""What becomes of a household (Bedarfsgemeinschaft), the unit that everything else hangs on (report, §2.3)."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from shared.contracts.base import Event
from shared.contracts.kinds import Count, Day, Flag, Language, LegalCircles, Slug
from shared.contracts.words import ClosingReason, District, HandoverStage, HouseholdChange, Tenancy

Charge = Annotated[int, Field(ge=1, strict=True)]
"""The charge number: it only rises, and the site that holds it is in charge of the household."""


class HouseholdState(Event):
    """What is true of a household after the change, from the day `on`."""

    household_id: UUID
    on: Day
    """From when it counts: the day of the move, of the birth …, else the day of the entry."""
    persons: Count
    minors: Count
    languages: tuple[Language, ...]
    legal_circles: LegalCircles
    """Persons per legal circle on the day `on`; their sum is `persons`."""
    tenancy: Tenancy
    district: District
    neighbourhood: Slug | None = None
    charge: Charge


class HouseholdRegistered(
    HouseholdState, name="household-registered", publisher="intake", subject="household_id", district="district"
):
    """A household has got a file (Akte angelegt). Reporting counts it from then on (§2.3)."""


class HouseholdChanged(
    HouseholdState, name="household-changed", publisher="intake", subject="household_id", district="district"
):
    """A household's figures have changed (Haushalt geändert): somebody was born, died, joined or left …

    For all who count persons per legal circle and district (§6) or match offers.
    """

    change: HouseholdChange


class HouseholdMoved(Event, name="household-moved", publisher="intake", subject="household_id", district="to_district"):
    """A household has moved (Umzug), which starts everything: the site of the destination owes it a first visit.

    A first registration with a moving date is a move without `from_district`. When the household has left the city
    there is no destination; `to_tenancy` then repeats what it left, since nothing is known of the new place.
    """

    household_id: UUID
    from_district: District | None = None
    to_district: District | None = None
    from_site: Slug | None = None
    to_site: Slug | None = None
    left_city: Flag
    from_tenancy: Tenancy
    to_tenancy: Tenancy
    to_neighbourhood: Slug | None = None
    moved_on: Day
    persons: Count
    minors: Count
    languages: tuple[Language, ...]
    legal_circles: LegalCircles


class HouseholdMerged(
    HouseholdState, name="household-merged", publisher="intake", subject="household_id", district="district"
):
    """Two files turned out to be one family (Zusammenführung). This is the file that goes on.

    The absorbed one is closed in its own sequence by household-closed with the reason `merged`, so that a reader
    that follows one household at a time counts nobody twice.
    """

    merged_household_id: UUID


class HouseholdUnmerged(
    HouseholdState, name="household-unmerged", publisher="intake", subject="household_id", district="district"
):
    """A merge was undone (Trennung). The other file goes on by household-changed with the change `reopened`."""

    restored_household_id: UUID


class HouseholdClosed(Event, name="household-closed", publisher="intake", subject="household_id", district="district"):
    """A file was closed (Akte geschlossen): the household no longer counts from the day `on`.

    Open first visits, needs and referrals end with it.
    """

    household_id: UUID
    reason: ClosingReason
    on: Day
    district: District
    """Where the household last lived in the city."""
    charge: Charge


class HouseholdErased(Event, name="household-erased", publisher="intake", subject="household_id"):
    """A household's personal data is to be removed everywhere (Löschung; GDPR Art. 17).

    Every service deletes what it holds, every mapping included, and answers with erasure-acknowledged; reporting
    replaces the ids in its archive by random ones. The ids are listed because some events name a person alone.
    """

    household_id: UUID
    erasure_id: UUID
    person_ids: tuple[UUID, ...]
    merged_household_ids: tuple[UUID, ...] = ()
    """Files that had been absorbed by this one."""


class HouseholdHandedOver(
    Event, name="household-handed-over", publisher="intake", subject="household_id", district="district"
):
    """A file goes from one site to another (Übergabe); nobody is dropped in between and nobody is in charge twice.

    The old site publishes `sent` when it gives up its number, the new one `accepted` when it has the file.
    """

    household_id: UUID
    letter_id: UUID
    from_site: Slug
    to_site: Slug
    stage: HandoverStage
    charge: Charge
    """The number that the new site holds, one above that of the old site."""
    district: District
    on: Day
