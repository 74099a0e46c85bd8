"""Care: who is to be called, was asked too often or never, rests, needs a certificate; how the load is spread."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.volunteers.domain.asking import VolunteerState
from services.volunteers.domain.care import (
    CERTIFICATE_SOON,
    LOAD_DAYS,
    NEW_FOR,
    Band,
    asked_too_often,
    middle,
    spread,
)
from services.volunteers.queries.hours import hours_of_all
from services.volunteers.queries.visible import visible_at
from services.volunteers.tables import Assignment, Volunteer
from shared.days import BERLIN, day_of


@dataclass(frozen=True, slots=True)
class Cared:
    """One volunteer: how often asked this month and in the last 90 days, how many minutes they have helped in these."""

    volunteer: Volunteer
    asked_this_month: int
    asked_lately: int
    ever_asked: bool
    minutes: int


@dataclass(frozen=True, slots=True)
class Care:
    """Everybody at work whom somebody sees, the one with the most hours first; and who needs what."""

    people: Sequence[Cared]
    now: datetime

    @property
    def to_call(self) -> list[Cared]:
        """After a hard assignment; who waits longest first."""
        return sorted(
            (each for each in self.people if each.volunteer.call_since),
            key=lambda each: each.volunteer.call_since or self.now,
        )

    @property
    def too_often(self) -> list[Cared]:
        """Asked as often as they allowed, or far more often than others."""
        usual = middle([each.asked_lately for each in self.people])
        return [
            each
            for each in self.people
            if asked_too_often(each.asked_this_month, each.volunteer.max_a_month, each.asked_lately, usual)
        ]

    @property
    def never(self) -> list[Cared]:
        """There for a month and never asked, though they would like to be; who waits longest first."""
        waiting = (
            each
            for each in self.people
            if not each.ever_asked
            and each.volunteer.max_a_month > 0
            and each.volunteer.registered_at <= self.now - NEW_FOR
        )
        return sorted(waiting, key=lambda each: each.volunteer.registered_at)

    @property
    def resting(self) -> list[Cared]:
        """Nobody asks them now: after a hard assignment, or since they wished for a pause."""
        today = day_of(self.now)
        return [
            each
            for each in self.people
            if (each.volunteer.resting_until and each.volunteer.resting_until > today)
            or (each.volunteer.paused_until and each.volunteer.paused_until >= today)
        ]

    @property
    def certificates(self) -> list[Cared]:
        """Whose certificate of good conduct is to be looked at again within 60 days, or should have been."""
        until = day_of(self.now) + CERTIFICATE_SOON
        return sorted(
            (e for e in self.people if e.volunteer.certificate_due_on and e.volunteer.certificate_due_on <= until),
            key=lambda each: str(each.volunteer.certificate_due_on),
        )

    @property
    def median_minutes(self) -> float:
        """Of the last 90 days."""
        return middle([each.minutes for each in self.people])

    @property
    def minutes(self) -> int:
        """Of all of them in the last 90 days."""
        return sum(each.minutes for each in self.people)

    @property
    def most(self) -> int:
        """The minutes of whoever has helped longest."""
        return max((each.minutes for each in self.people), default=0)

    @property
    def bands(self) -> list[Band]:
        """How many have helped how long."""
        return spread([each.minutes for each in self.people])


async def care(session: AsyncSession, site: str | None, now: datetime) -> Care:
    """Of the volunteers whom a site sees; None: of all."""
    found = await session.exec(
        select(Volunteer)
        .where(Volunteer.state == VolunteerState.ACTIVE, visible_at(site))
        .order_by(func.lower(Volunteer.family_name), func.lower(Volunteer.given_name), col(Volunteer.id))
    )
    people = found.all()
    ids = [person.id for person in people]
    today = day_of(now)
    begin = today - timedelta(days=LOAD_DAYS - 1)
    hours = await hours_of_all(session, ids, begin, today)
    asked = await session.execute(
        select(Assignment.volunteer_id, Assignment.asked_at).where(col(Assignment.volunteer_id).in_(ids))
    )
    month = datetime.combine(today.replace(day=1), time(), BERLIN)
    since = datetime.combine(begin, time(), BERLIN)
    moments = [(volunteer_id, at) for volunteer_id, at in asked.all()]
    this_month, lately = _count(moments, month), _count(moments, since)
    ever = {volunteer_id for volunteer_id, _ in moments}
    cared = [
        Cared(each, this_month[each.id], lately[each.id], each.id in ever, hours[each.id].minutes) for each in people
    ]
    return Care(sorted(cared, key=lambda each: -each.minutes), now)


def _count(asked: Iterable[tuple[Any, datetime]], since: datetime) -> Counter[Any]:
    return Counter(volunteer_id for volunteer_id, at in asked if at >= since)
