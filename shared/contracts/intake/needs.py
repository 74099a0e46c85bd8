"""What a household needs (Integrationsbedarf) and what stands in its way (Hemmnis) (report, §2.2, §3.1b)."""

from typing import Self
from uuid import UUID

from pydantic import model_validator

from shared.contracts.base import Event
from shared.contracts.kinds import Day, Flag, Language, Slug, WeeklyTime
from shared.contracts.words import BarrierKind, District, NeedArea, Topic


class Need(Event):
    """What is true of a need after the change."""

    household_id: UUID
    need_id: UUID
    person_id: UUID | None = None
    """Whose need it is, when it is not the whole household's."""
    on: Day
    area: NeedArea
    languages: tuple[Language, ...] = ()
    times: tuple[WeeklyTime, ...] = ()
    """When they can; empty: no restriction known."""
    district: District
    neighbourhood: Slug | None = None


class NeedIdentified(Need, name="need-identified", publisher="intake", subject="household_id", district="district"):
    """A need was found in the needs assessment (Bedarf erkannt). Referrals and volunteers look for what fits."""


class NeedMet(Need, name="need-met", publisher="intake", subject="household_id", district="district"):
    """A need has been met (Bedarf gedeckt); nobody looks any further."""

    referral_id: UUID | None = None
    """The referral that led to it, if one did."""


class BarrierRecorded(Event, name="barrier-recorded", publisher="intake", subject="household_id", district="district"):
    """Something stands in the way of integration (Hemmnis erfasst, §2.2).

    Round tables and the reports look at the structural ones: at which authority the team's reach ended (§4.1).
    What an individual barrier is about stays in the file, because it may be a matter of health.
    """

    household_id: UUID
    barrier_id: UUID
    kind: BarrierKind
    on: Day
    district: District
    topic: Topic | None = None
    authority: Slug | None = None
    need_id: UUID | None = None
    """The need for which nothing was found."""
    reach_ended: Flag = False
    """The team could not get any further there (§4.1)."""

    @model_validator(mode="after")
    def _says_nothing_about_a_person(self) -> Self:
        if self.kind is BarrierKind.INDIVIDUAL and self.topic is not None:
            raise ValueError("an individual barrier's topic stays in the file")
        return self
