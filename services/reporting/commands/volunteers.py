"""What volunteers do in the figures: the state with the highest sequence counts, whichever arrives first.

Told again with other minutes, an assignment or a training is corrected (report, 3.1a).
"""

from collections.abc import Sequence
from typing import Any, TypeVar
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.reporting.commands.bulk import insert_many, insert_rows
from services.reporting.commands.erase import NOBODY
from services.reporting.tables import metadata
from shared.contracts import Event
from shared.contracts.volunteers import (
    Assignment,
    AssignmentAccepted,
    AssignmentCancelled,
    AssignmentCompleted,
    AssignmentDeclined,
    AssignmentOffered,
    Mentorship,
    MentorshipStarted,
    TrainingAttended,
    Volunteer,
    VolunteerLeft,
    VolunteerRegistered,
)
from shared.days import day_of
from shared.messaging import Received

_STATES: dict[type[Assignment], str] = {
    AssignmentOffered: "offered",
    AssignmentAccepted: "accepted",
    AssignmentDeclined: "declined",
    AssignmentCancelled: "cancelled",
    AssignmentCompleted: "completed",
}


def _newest_wins(table: str, keys: tuple[str, ...], columns: tuple[str, ...], more: str = "") -> Any:
    """The row as the highest sequence tells it; of two that tell the same, either."""
    taken = ", ".join(
        f'"{column}" = case when excluded.sequence > {table}.sequence then excluded."{column}" '
        f'else {table}."{column}" end'
        for column in columns
    )
    return f"on conflict ({', '.join(keys)}) do update set {taken}{more}"


_ASSIGNMENT = ("sequence", "site", "volunteer_id", "kind", "language", "state", "day", "minutes")
_ASSIGNMENTS = ("assignment_id", *_ASSIGNMENT)
_TAKE_ASSIGNMENTS = insert_many(
    metadata.tables["assignment"], _ASSIGNMENTS, _newest_wins("assignment", ("assignment_id",), _ASSIGNMENT)
)
_MENTORSHIPS = ("mentorship_id", "sequence", "site", "started_on", "ended_on")
_TAKE_MENTORSHIPS = insert_many(
    metadata.tables["mentorship"],
    _MENTORSHIPS,
    _newest_wins(
        "mentorship",
        ("mentorship_id",),
        ("sequence", "site"),
        ", started_on = least(mentorship.started_on, excluded.started_on)"
        ", ended_on = least(mentorship.ended_on, excluded.ended_on)",
    ),
)
_VOLUNTEERS = ("volunteer_id", "sequence", "registered_on", "left_on")
_TAKE_VOLUNTEERS = insert_many(
    metadata.tables["volunteer"],
    _VOLUNTEERS,
    _newest_wins(
        "volunteer",
        ("volunteer_id",),
        ("sequence", "left_on"),
        ", registered_on = least(volunteer.registered_on, excluded.registered_on)",
    ),
)
_TRAINING = ("sequence", "kind", "day", "minutes")
_TRAININGS = ("gathering_id", "volunteer_id", *_TRAINING)
_TAKE_TRAININGS = insert_many(
    metadata.tables["training"],
    _TRAININGS,
    _newest_wins("training", ("gathering_id", "volunteer_id"), _TRAINING),
)

Data = TypeVar("Data", bound=Event)


async def take_assignments(session: AsyncSession, events: Sequence[Received[Assignment]]) -> None:
    """Count whom was asked, who came and for how long."""
    rows = [
        {
            **event.data.__dict__,
            "sequence": event.sequence,
            "state": _STATES[type(event.data)],
            "day": day_of(event.data.at) if event.data.at else event.data.on,
            "minutes": getattr(event.data, "minutes", None),
        }
        for event in _newest(events, "assignment_id")
    ]
    await insert_rows(session, _TAKE_ASSIGNMENTS, _ASSIGNMENTS, rows)


async def take_mentorships(session: AsyncSession, events: Sequence[Received[Mentorship]]) -> None:
    """Count mentorships from their first day to their last one."""
    # Beginning and end may come together, and one statement may not touch the same row twice.
    for started in (True, False):
        told = [event for event in events if isinstance(event.data, MentorshipStarted) is started]
        rows = [
            {
                **event.data.__dict__,
                "sequence": event.sequence,
                "started_on": event.data.on if started else None,
                "ended_on": None if started else event.data.on,
            }
            for event in _newest(told, "mentorship_id")
        ]
        await insert_rows(session, _TAKE_MENTORSHIPS, _MENTORSHIPS, rows)


async def take_volunteers(session: AsyncSession, events: Sequence[Received[Volunteer]]) -> None:
    """Count who belongs to the register. Of somebody who was erased already nothing is counted."""
    known = [event for event in events if event.data.volunteer_id != NOBODY]
    since: dict[UUID, Any] = {}
    for event in known:
        if isinstance(event.data, VolunteerRegistered):
            id = event.data.volunteer_id
            since[id] = min(event.data.on, since.get(id, event.data.on))
    rows = [
        {
            "volunteer_id": event.data.volunteer_id,
            "sequence": event.sequence,
            "registered_on": since.get(event.data.volunteer_id),
            "left_on": event.data.on if isinstance(event.data, VolunteerLeft) else None,
        }
        for event in _newest(known, "volunteer_id")
    ]
    await insert_rows(session, _TAKE_VOLUNTEERS, _VOLUNTEERS, rows)


async def take_trainings(session: AsyncSession, events: Sequence[Received[TrainingAttended]]) -> None:
    """Count who was at a training or an exchange meeting."""
    rows = [
        {**event.data.__dict__, "sequence": event.sequence, "day": event.data.on}
        for event in _newest(events, "gathering_id", "volunteer_id")
    ]
    await insert_rows(session, _TAKE_TRAININGS, _TRAININGS, rows)


def _newest(events: Sequence[Received[Data]], *keys: str) -> list[Received[Data]]:
    """The newest event of each, in the order of the ids, so that two groups wait for each other and never both."""
    newest: dict[tuple[UUID, ...], Received[Data]] = {}
    for event in events:
        key = tuple(getattr(event.data, name) for name in keys)
        if key not in newest or event.sequence > newest[key].sequence:
            newest[key] = event  # one statement may not touch the same row twice
    return [event for _, event in sorted(newest.items(), key=lambda item: item[0])]
