"""Round tables as they are read: by the team and the coordination, by the partners that sit at them, by guests.

A partner reads the tables that it is a member of, a guest only the meetings that it is invited to. Minutes and
decisions are drafts until the meeting was held, and are read then only.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, func, or_
from sqlmodel import col, select, tuple_
from sqlmodel.ext.asyncio.session import AsyncSession

from services.referrals.commands.acting import Acting
from services.referrals.domain.round_tables import Attendee, Entry, is_overdue
from services.referrals.tables import (
    AgendaItem,
    Decision,
    Invitation,
    Meeting,
    MeetingState,
    Partner,
    Reply,
    RoundTable,
    TableMember,
)
from shared.contracts.words import CITY
from shared.refusals import Missing
from shared.web.tokens import Role


@dataclass(frozen=True, slots=True)
class Listed:
    """A table in the list, with its next meeting that the reader may see."""

    table: RoundTable
    next_at: datetime | None

    @property
    def key(self) -> tuple[str, UUID]:
        """The row's place in the order of the list."""
        return self.table.theme.lower(), self.table.id


@dataclass(frozen=True, slots=True)
class Seat:
    """A member of a table: the partner's name or the label."""

    member: TableMember
    name: str
    partner: str | None

    def is_of(self, by: Acting) -> bool:
        """Whether it is the reader's own."""
        if by.role is Role.GUEST:
            return self.member.guest_account == by.who
        return by.partner is not None and self.partner == by.partner


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision, and whether it should have been carried out by now."""

    decision: Decision
    overdue: bool


@dataclass(frozen=True, slots=True)
class TableEntry:
    """A table with its members, its meetings (the newest first) and what is still to be done."""

    table: RoundTable
    seats: Sequence[Seat]
    meetings: Sequence[Meeting]
    open_decisions: Sequence[Decided]


@dataclass(frozen=True, slots=True)
class Invited:
    """An invitation and whose it is."""

    invitation: Invitation
    seat: Seat


@dataclass(frozen=True, slots=True)
class MeetingEntry:
    """A meeting as the reader may see it; `own` is the reader's own invitation."""

    table: RoundTable
    meeting: Meeting
    minutes: str | None
    seats: Sequence[Seat]
    agenda: Sequence[AgendaItem]
    decisions: Sequence[Decided]
    invitations: Sequence[Invited]
    own: Invited | None


def keeps(by: Acting, table: RoundTable) -> bool:
    """Whether somebody may change a table: the coordination all, a team its site's."""
    return by.role is Role.COORDINATOR or (by.role is Role.TEAM and table.site == by.site)


def visible(by: Acting) -> ColumnElement[bool]:
    """The tables that somebody may look at."""
    match by.role:
        case Role.COORDINATOR:
            return col(RoundTable.id).is_not(None)
        case Role.TEAM:
            return col(RoundTable.site).in_([by.site, CITY])
        case Role.GUEST:
            return exists(_own_seats(by).join(Invitation, col(Invitation.member_id) == col(TableMember.id)))
    return exists(_own_seats(by))


def _own_seats(by: Acting) -> Any:
    seats: Any = select(TableMember.id).where(col(TableMember.table_id) == col(RoundTable.id))
    if by.role is Role.GUEST:
        return seats.where(TableMember.guest_account == by.who)
    return seats.join(Partner, col(Partner.id) == col(TableMember.partner_id)).where(Partner.slug == by.partner)


def _visible_meeting(by: Acting) -> ColumnElement[bool]:
    if by.role is not Role.GUEST:
        return col(Meeting.id).is_not(None)
    own: Any = select(Invitation.id).join(TableMember, col(TableMember.id) == col(Invitation.member_id))
    return exists(own.where(col(Invitation.meeting_id) == col(Meeting.id), TableMember.guest_account == by.who))


async def list_tables(
    session: AsyncSession, by: Acting, after: tuple[str, UUID] | None, limit: int
) -> Sequence[Listed]:
    """The tables that somebody may look at, by theme."""
    theme = func.lower(RoundTable.theme)
    coming = and_(
        col(Meeting.table_id) == col(RoundTable.id),
        col(Meeting.state) == MeetingState.PLANNED,
        col(Meeting.ends_at) >= by.now,
        _visible_meeting(by),
    )
    next_at: Any = select(func.min(Meeting.starts_at)).where(coming).correlate(RoundTable).scalar_subquery()
    query: Any = select(RoundTable, next_at).where(visible(by)).order_by(theme, col(RoundTable.id)).limit(limit)
    if after is not None:
        query = query.where(tuple_(theme, col(RoundTable.id)) > tuple_(*after))
    return [Listed(table, at) for table, at in await session.exec(query)]


async def table_for(session: AsyncSession, by: Acting, table_id: UUID, *, lock: bool = False) -> RoundTable:
    """A table that somebody may look at. Raises `Missing` for every other."""
    query = select(RoundTable).where(RoundTable.id == table_id, visible(by))
    table = (await session.exec(query.with_for_update() if lock else query)).one_or_none()
    if table is None:
        raise Missing("Der Runde Tisch")
    return table


async def meeting_of(session: AsyncSession, by: Acting, table: RoundTable, meeting_id: UUID) -> Meeting:
    """A meeting of the table that somebody may look at. Raises `Missing`."""
    query = select(Meeting).where(Meeting.id == meeting_id, Meeting.table_id == table.id, _visible_meeting(by))
    meeting = (await session.exec(query)).one_or_none()
    if meeting is None:
        raise Missing("Das Treffen")
    return meeting


async def seats_of(session: AsyncSession, table_id: UUID) -> list[Seat]:
    """Who sits at a table, by name."""
    query = (
        select(TableMember, Partner.name, Partner.slug)
        .outerjoin(Partner, col(Partner.id) == col(TableMember.partner_id))
        .where(TableMember.table_id == table_id)
        .order_by(func.lower(func.coalesce(Partner.name, TableMember.label)), col(TableMember.id))
    )
    return [Seat(member, name or member.label or "", slug) for member, name, slug in await session.exec(query)]


async def table_entry(session: AsyncSession, by: Acting, table_id: UUID) -> TableEntry:
    """One table. Raises `Missing` for whoever may not look at it."""
    table = await table_for(session, by, table_id)
    meetings = (
        select(Meeting)
        .where(Meeting.table_id == table_id, _visible_meeting(by))
        .order_by(col(Meeting.starts_at).desc(), col(Meeting.id))
        .limit(100)
    )
    decided = (
        select(Decision)
        .join(Meeting, col(Meeting.id) == Decision.meeting_id)
        .where(Meeting.table_id == table_id, col(Decision.done_on).is_(None), _visible_meeting(by))
        .order_by(col(Decision.due_on).nulls_last(), col(Decision.id))
    )
    if not keeps(by, table):
        decided = decided.where(Meeting.state == MeetingState.HELD)
    return TableEntry(
        table,
        await seats_of(session, table_id),
        (await session.exec(meetings)).all(),
        _judged(by, (await session.exec(decided)).all()),
    )


async def meeting_entry(session: AsyncSession, by: Acting, table_id: UUID, meeting_id: UUID) -> MeetingEntry:
    """One meeting. Raises `Missing` for whoever may not look at it."""
    table = await table_for(session, by, table_id)
    meeting = await meeting_of(session, by, table, meeting_id)
    seats = {seat.member.id: seat for seat in await seats_of(session, table_id)}
    found = (await session.exec(select(Invitation).where(Invitation.meeting_id == meeting_id))).all()
    invitations = [Invited(invitation, seats[invitation.member_id]) for invitation in found]
    invitations.sort(key=lambda invited: invited.seat.name.lower())
    ours = keeps(by, table)
    told = ours or meeting.state is MeetingState.HELD
    return MeetingEntry(
        table,
        meeting,
        meeting.minutes if told else None,
        list(seats.values()),
        await agenda_of(session, meeting_id),
        _judged(by, await decisions_of(session, meeting_id)) if told else [],
        invitations if ours else [],
        next((invited for invited in invitations if invited.seat.is_of(by)), None),
    )


async def agenda_of(session: AsyncSession, meeting_id: UUID) -> Sequence[AgendaItem]:
    """What is to be talked about, in its order."""
    query = select(AgendaItem).where(AgendaItem.meeting_id == meeting_id)
    return (await session.exec(query.order_by(col(AgendaItem.position), col(AgendaItem.id)))).all()


async def decisions_of(session: AsyncSession, meeting_id: UUID) -> Sequence[Decision]:
    """What was decided, in the order in which it was written down."""
    return (
        await session.exec(select(Decision).where(Decision.meeting_id == meeting_id).order_by(col(Decision.id)))
    ).all()


async def partners_to_add(session: AsyncSession, table: RoundTable) -> list[tuple[str, str]]:
    """Slug and name of the partners that do not sit at the table yet."""
    sits = exists().where(col(TableMember.table_id) == table.id, col(TableMember.partner_id) == col(Partner.id))
    query: Any = select(Partner.slug, Partner.name).where(col(Partner.active), ~sits).order_by(func.lower(Partner.name))
    if table.site != CITY:
        query = query.where(or_(col(Partner.all_sites), col(Partner.sites).contains([table.site])))
    return [(slug, name) for slug, name in await session.exec(query)]


async def calendar_entry(
    session: AsyncSession, table: RoundTable, meeting: Meeting, public_url: str, organizer: str
) -> Entry:
    """A meeting as it goes into calendars; the members' mail addresses are not told to each other."""
    seats = {seat.member.id: seat for seat in await seats_of(session, table.id)}
    invited = (
        await session.exec(select(Invitation).where(Invitation.meeting_id == meeting.id).order_by(col(Invitation.id)))
    ).all()
    return Entry(
        meeting_id=meeting.id,
        sequence=meeting.sequence,
        changed_at=meeting.changed_at,
        starts_at=meeting.starts_at,
        ends_at=meeting.ends_at,
        theme=table.theme,
        place=meeting.place,
        agenda=[item.text for item in await agenda_of(session, meeting.id)],
        address=f"{public_url}/referrals/round-tables/{table.id}/meetings/{meeting.id}",
        organizer=organizer,
        attendees=[
            Attendee(seats[each.member_id].name, f"urn:uuid:{each.member_id}", _coming(each.answer)) for each in invited
        ],
        cancelled=meeting.state is MeetingState.CANCELLED,
    )


async def invitation_in_mail(session: AsyncSession, invitation_id: UUID) -> tuple[RoundTable, Meeting, Attendee] | None:
    """What an invitation is to and whose it is; None where there is nothing to tell any more."""
    invitation = await session.get(Invitation, invitation_id)
    if invitation is None:
        return None
    meeting = await session.get_one(Meeting, invitation.meeting_id)
    if meeting.state is MeetingState.HELD:
        return None
    table = await session.get_one(RoundTable, meeting.table_id)
    name = next(seat.name for seat in await seats_of(session, table.id) if seat.member.id == invitation.member_id)
    return table, meeting, Attendee(name, f"urn:uuid:{invitation.member_id}", _coming(invitation.answer))


def _coming(answer: Reply | None) -> bool | None:
    return None if answer is None else answer is Reply.YES


def _judged(by: Acting, decisions: Sequence[Decision]) -> list[Decided]:
    return [Decided(each, is_overdue(each.due_on, each.done_on, by.today)) for each in decisions]
