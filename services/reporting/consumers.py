"""What reporting does on which event: unpack it, call one command.

Every handler may be called with any events in any order, and again with the same ones: the projections depend on the
set of events alone, and `sequence` tells old from new.
"""

from typing import Any
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.reporting import metrics
from services.reporting.commands.archive import archive
from services.reporting.commands.contacts import take_contacts
from services.reporting.commands.erase import NOBODY, erase_household, erase_volunteer, hide_erased
from services.reporting.commands.households import take_facts, take_needs
from services.reporting.commands.referrals import take_referrals
from services.reporting.commands.volunteers import (
    take_assignments,
    take_mentorships,
    take_trainings,
    take_volunteers,
)
from services.reporting.domain.households import CIRCLES, Circles, Fact, Kind
from shared.contracts.intake import (
    ContactCorrected,
    ContactRecorded,
    FirstVisitCompleted,
    FirstVisitMissed,
    FirstVisitOwed,
    FirstVisitRefused,
    FirstVisitRescheduled,
    FirstVisitScheduled,
    FirstVisitWaived,
    HouseholdChanged,
    HouseholdClosed,
    HouseholdErased,
    HouseholdHandedOver,
    HouseholdMerged,
    HouseholdMoved,
    HouseholdRegistered,
    HouseholdUnmerged,
    LegalCircleChanged,
    NeedIdentified,
    NeedMet,
)
from shared.contracts.intake.contacts import Contact
from shared.contracts.intake.households import HouseholdState
from shared.contracts.intake.needs import Need
from shared.contracts.intake.visits import FirstVisit
from shared.contracts.kinds import LegalCircles
from shared.contracts.referrals.referrals import (
    Referral,
    ReferralAccepted,
    ReferralCancelledV2,
    ReferralCompleted,
    ReferralDeclined,
    ReferralEscalated,
    ReferralExpired,
    ReferralFailed,
    ReferralHeld,
    ReferralReminded,
    ReferralRequested,
    ReferralResumed,
    ReferralStarted,
)
from shared.contracts.volunteers import (
    Assignment,
    AssignmentAccepted,
    AssignmentCancelled,
    AssignmentCompleted,
    AssignmentDeclined,
    AssignmentOffered,
    Mentorship,
    MentorshipEnded,
    MentorshipStarted,
    TrainingAttended,
    Volunteer,
    VolunteerChanged,
    VolunteerLeft,
    VolunteerRegistered,
)
from shared.contracts.words import HandoverStage, HouseholdChange
from shared.messaging import Consumers, Received
from shared.messaging.topology import Topology, consumer_queue

consumers = Consumers()


def queue(site: str) -> str:
    """The queue from which the projections are fed."""
    return f"{site}.reporting.projection"


def topology(site: str) -> Topology:
    """What must stand on the broker for this service: its queue, bound to every event but those for one partner."""
    return consumer_queue(queue(site), "*.*.*.*.internal", "*.*.*.*.public")


_VISITS: dict[type[FirstVisit], Kind] = {
    FirstVisitOwed: Kind.VISIT_OWED,
    FirstVisitScheduled: Kind.VISIT_ANNOUNCED,
    FirstVisitRescheduled: Kind.VISIT_ANNOUNCED,
    FirstVisitMissed: Kind.VISIT_MISSED,
    FirstVisitCompleted: Kind.VISIT_COMPLETED,
    FirstVisitWaived: Kind.VISIT_WAIVED,
    FirstVisitRefused: Kind.VISIT_REFUSED,
}


@consumers.every
async def on_every_event(session: AsyncSession, events: list[Received[Any]]) -> None:
    """Keep it in the archive, also when nobody here knows it; of households that were erased, without their ids."""
    await archive(session, events)
    await hide_erased(session, events)
    metrics.taken({event.site: event.time for event in events}.items())


@consumers.on_many(ContactRecorded, ContactCorrected)
async def on_contacts(session: AsyncSession, events: list[Received[Contact]]) -> None:
    """Count contacts as their newest state says."""
    await take_contacts(session, events)


@consumers.on_many(NeedIdentified, NeedMet)
async def on_needs(session: AsyncSession, events: list[Received[Need]]) -> None:
    """Count needs by area."""
    await take_needs(session, events)


@consumers.on_many(
    ReferralRequested,
    ReferralReminded,
    ReferralEscalated,
    ReferralAccepted,
    ReferralDeclined,
    ReferralStarted,
    ReferralHeld,
    ReferralResumed,
    ReferralCompleted,
    ReferralFailed,
    ReferralCancelledV2,
    ReferralExpired,
)
async def on_referrals(session: AsyncSession, events: list[Received[Referral]]) -> None:
    """Count referrals by what became of them; the partners' own copies do not come here."""
    await take_referrals(session, events)


@consumers.on_many(AssignmentOffered, AssignmentAccepted, AssignmentDeclined, AssignmentCancelled, AssignmentCompleted)
async def on_assignments(session: AsyncSession, events: list[Received[Assignment]]) -> None:
    """Count what volunteers were asked for and did."""
    await take_assignments(session, events)


@consumers.on_many(MentorshipStarted, MentorshipEnded)
async def on_mentorships(session: AsyncSession, events: list[Received[Mentorship]]) -> None:
    """Count mentorships that run."""
    await take_mentorships(session, events)


@consumers.on_many(VolunteerRegistered, VolunteerChanged)
async def on_volunteers(session: AsyncSession, events: list[Received[Volunteer]]) -> None:
    """Count who belongs to the register."""
    await take_volunteers(session, events)


@consumers.on_many(TrainingAttended)
async def on_trainings(session: AsyncSession, events: list[Received[TrainingAttended]]) -> None:
    """Count who was at trainings and exchange meetings."""
    await take_trainings(session, events)


@consumers.on_many(
    HouseholdRegistered,
    HouseholdChanged,
    HouseholdMerged,
    HouseholdUnmerged,
    HouseholdMoved,
    HouseholdClosed,
    HouseholdHandedOver,
    LegalCircleChanged,
    *_VISITS,
)
async def on_household_files(session: AsyncSession, events: list[Received[Any]]) -> None:
    """Count households, persons per legal circle and district, and first visits, on any day."""
    told = (event for event in events if event.data.household_id != NOBODY)
    facts = [(event.data.household_id, fact) for event in told if (fact := _fact(event)) is not None]
    if facts:
        await take_facts(session, facts)


@consumers.on(HouseholdErased)
async def on_erased(session: AsyncSession, event: Received[HouseholdErased]) -> None:
    """Nobody can be found any more, and the figures stay. The last handlers: what came with it was taken as it is."""
    await erase_household(session, event)


@consumers.on(VolunteerLeft)
async def on_volunteer_left(session: AsyncSession, event: Received[VolunteerLeft]) -> None:
    """Count who left; of one who was erased the figures stay alone."""
    await take_volunteers(session, [event])
    await erase_volunteer(session, event)


def _fact(event: Received[Any]) -> Fact | None:
    data = event.data
    if isinstance(data, HouseholdState):
        return _new(event, _kind_of_state(data), data.on, district=data.district, circles=_circles(data.legal_circles))
    if isinstance(data, HouseholdMoved):
        return _move(event, data)
    if isinstance(data, HouseholdClosed):
        return _new(event, Kind.CLOSED, data.on, district=data.district, reason=data.reason.value)
    if isinstance(data, HouseholdHandedOver):
        if data.stage is not HandoverStage.ACCEPTED:
            return None  # the old site is caretaker until the new one has the file
        return _new(event, Kind.HANDED_OVER, data.on, site=data.to_site)
    if isinstance(data, LegalCircleChanged):
        return _new(
            event,
            Kind.CIRCLE_CHANGED,
            data.on,
            person_id=data.person_id,
            circle_from=data.from_.value,
            circle_to=data.to.value,
        )
    visit: FirstVisit = data
    return _new(
        event,
        _VISITS[type(visit)],
        visit.on,
        district=visit.district,
        visit_id=visit.visit_id,
        due_on=visit.due_on,
    )


def _move(event: Received[Any], data: HouseholdMoved) -> Fact:
    if data.left_city or data.to_district is None:
        return _new(event, Kind.LEFT_CITY, data.moved_on)
    return _new(event, Kind.MOVED, data.moved_on, district=data.to_district, circles=_circles(data.legal_circles))


def _kind_of_state(data: HouseholdState) -> Kind:
    if isinstance(data, HouseholdRegistered):
        return Kind.REGISTERED
    if isinstance(data, HouseholdChanged) and data.change is HouseholdChange.REOPENED:
        return Kind.REOPENED
    return Kind.CHANGED


def _circles(legal_circles: LegalCircles) -> Circles:
    return tuple(legal_circles.get(circle, 0) for circle in CIRCLES)


def _new(event: Received[Any], kind: Kind, on: Any, *, site: str | None = None, **said: Any) -> Fact:
    person_id: UUID | None = said.pop("person_id", None)
    return Fact(
        event_id=event.id,
        sequence=event.sequence,
        kind=kind,
        on=on,
        site=site or event.site,
        person_id=person_id,
        **said,
    )
