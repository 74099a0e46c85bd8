"""Round tables: a team or the coordination founds them, plans meetings, writes down what was said and decided.

Every function raises `Missing` for a table or meeting that the asker may not see, and `Forbidden` for a table that is
not the asker's to keep (report, 3.1a and 4.3).
"""

from uuid import UUID

from sqlalchemy import func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.referrals.commands.acting import Acting
from services.referrals.commands.invitations import tell_invited
from services.referrals.domain.round_tables import check_not_cancelled, check_over, check_planned, moments
from services.referrals.queries.agenda import proposals
from services.referrals.queries.round_tables import keeps, meeting_of, seats_of, table_for
from services.referrals.table_inputs import (
    AddDecision,
    AddItem,
    AddMember,
    ChangeTable,
    FoundTable,
    HoldMeeting,
    PlanMeeting,
    WriteMinutes,
)
from services.referrals.tables import (
    AgendaItem,
    AgendaSource,
    Decision,
    Invitation,
    Meeting,
    MeetingState,
    Partner,
    RoundTable,
    TableMember,
)
from shared.contracts.referrals import RoundTableHeld
from shared.contracts.words import CITY, SITES
from shared.days import day_of
from shared.messaging import outbox
from shared.refusals import Conflict, Forbidden, Invalid, Missing
from shared.web.tokens import Role

_MOST = 50
"""More members, agenda items or decisions are a mistake (ours)."""


async def found_table(session: AsyncSession, by: Acting, wanted: FoundTable) -> RoundTable:
    """A new table; a team's is for its own site."""
    site = wanted.site or by.site or CITY
    if site != CITY and site not in SITES:
        raise Invalid("site", "Diesen Standort gibt es nicht.")
    table = RoundTable(**wanted.model_dump(exclude={"site"}), site=site, changed_at=by.now)
    if not keeps(by, table):
        raise Forbidden("Ein Team gründet Runde Tische für seinen eigenen Standort. Es wurde nichts geändert.")
    session.add(table)
    await session.flush()
    return table


async def change_table(session: AsyncSession, by: Acting, table_id: UUID, wanted: ChangeTable) -> RoundTable:
    """Enter the table as it is now. The calendars of those invited follow."""
    table = await table_to_keep(session, by, table_id)
    renamed = table.theme != wanted.theme
    for field, value in wanted.model_dump().items():
        setattr(table, field, value)
    table.changed_at = by.now
    if renamed:
        coming = select(Meeting).where(Meeting.table_id == table_id, Meeting.state == MeetingState.PLANNED)
        for meeting in (await session.exec(coming)).all():
            await _changed(session, by, meeting)
    return table


async def add_member(session: AsyncSession, by: Acting, table_id: UUID, wanted: AddMember) -> TableMember:
    """Somebody sits at the table from now on."""
    table = await table_to_keep(session, by, table_id)
    if (wanted.partner is None) == (wanted.label is None):
        raise Invalid("label", "Bitte entweder einen Partner wählen oder angeben, wer sonst am Tisch sitzt.")
    if wanted.partner is not None and (wanted.guest_account or wanted.email):
        raise Invalid("partner", "Ein Partner meldet sich selbst an; bitte Gastkonto und E-Mail weglassen.")
    seats = await seats_of(session, table.id)
    if len(seats) >= _MOST:
        raise Conflict(f"Am Tisch sitzen schon {_MOST}; mehr gehen nicht.")
    partner_id = await _partner_id(session, wanted.partner) if wanted.partner is not None else None
    if any(_same(seat.member, partner_id, wanted.guest_account) for seat in seats):
        raise Conflict("Sitzt schon am Tisch. Es wurde nichts geändert.")
    member = TableMember(table_id=table.id, partner_id=partner_id, **wanted.model_dump(exclude={"partner"}))
    session.add(member)
    await session.flush()
    return member


def _same(member: TableMember, partner_id: UUID | None, guest: str | None) -> bool:
    if partner_id is not None:
        return member.partner_id == partner_id
    return guest is not None and member.guest_account == guest


async def _partner_id(session: AsyncSession, slug: str) -> UUID:
    query = select(Partner.id).where(Partner.slug == slug, col(Partner.active))
    partner_id = (await session.exec(query)).one_or_none()
    if partner_id is None:
        raise Invalid("partner", "Diesen Partner gibt es im Netzwerk nicht; bitte einen aus der Liste wählen.")
    return partner_id


async def remove_member(session: AsyncSession, by: Acting, table_id: UUID, member_id: UUID) -> None:
    """Somebody leaves the table, and with that sees nothing of it any more."""
    await table_to_keep(session, by, table_id)
    query = select(TableMember).where(TableMember.id == member_id, TableMember.table_id == table_id)
    member = (await session.exec(query)).one_or_none()
    if member is None:
        raise Missing("Das Mitglied")
    await session.delete(member)


async def plan_meeting(session: AsyncSession, by: Acting, table_id: UUID, wanted: PlanMeeting) -> Meeting:
    """When and where the table meets next; also one that took place already may be entered."""
    table = await table_to_keep(session, by, table_id)
    if not table.active:
        raise Conflict("Dieser Runde Tisch trifft sich nicht mehr. Es wurde nichts geändert.")
    starts_at, ends_at = moments(wanted.on, wanted.begins, wanted.ends)
    meeting = Meeting(table_id=table.id, starts_at=starts_at, ends_at=ends_at, place=wanted.place, changed_at=by.now)
    session.add(meeting)
    await session.flush()
    return meeting


async def move_meeting(
    session: AsyncSession, by: Acting, table_id: UUID, meeting_id: UUID, wanted: PlanMeeting
) -> Meeting:
    """Another time or place. Whoever was invited is asked again."""
    meeting = await planned(session, by, table_id, meeting_id)
    meeting.starts_at, meeting.ends_at = moments(wanted.on, wanted.begins, wanted.ends)
    meeting.place = wanted.place
    for invitation in await _invitations(session, meeting_id):
        invitation.answer = invitation.answered_at = None
    await _changed(session, by, meeting)
    return meeting


async def cancel_meeting(session: AsyncSession, by: Acting, table_id: UUID, meeting_id: UUID) -> Meeting:
    """The meeting does not take place. Whoever was invited is told."""
    meeting = await planned(session, by, table_id, meeting_id)
    meeting.state = MeetingState.CANCELLED
    await _changed(session, by, meeting)
    return meeting


async def hold_meeting(
    session: AsyncSession, by: Acting, table_id: UUID, meeting_id: UUID, wanted: HoldMeeting
) -> Meeting:
    """The meeting took place; its minutes and decisions can be read by all members and the guests invited."""
    meeting = await planned(session, by, table_id, meeting_id)
    check_over(meeting.starts_at, by.now)
    meeting.state, meeting.attended, meeting.changed_at = MeetingState.HELD, wanted.attended, by.now
    table = await session.get_one(RoundTable, table_id)
    seats = await seats_of(session, table_id)
    event = RoundTableHeld(
        table_id=table_id,
        meeting_id=meeting_id,
        kind=table.kind,
        theme=table.theme_slug,
        site=table.site,
        on=day_of(meeting.starts_at),
        partners=tuple(seat.partner for seat in seats if seat.partner is not None),
        guests=sum(seat.partner is None for seat in seats),
        decisions=await _count(session, Decision, meeting_id),
    )
    await outbox.add(session, event, audience="public")
    return meeting


async def add_item(session: AsyncSession, by: Acting, table_id: UUID, meeting_id: UUID, wanted: AddItem) -> AgendaItem:
    """Something to talk about: one's own, or what the data proposes."""
    meeting = await planned(session, by, table_id, meeting_id)
    if (wanted.text is None) == (wanted.key is None):
        raise Invalid("text", "Bitte entweder einen eigenen Punkt schreiben oder einen Vorschlag übernehmen.")
    count = await _count(session, AgendaItem, meeting.id)
    if count >= _MOST:
        raise Conflict(f"Auf der Tagesordnung stehen schon {_MOST} Punkte; mehr gehen nicht.")
    text, source = wanted.text, AgendaSource.OWN
    if wanted.key is not None:
        text, source = await _proposed(session, by, table_id, meeting_id, wanted.key), AgendaSource.DATA
    last = select(func.coalesce(func.max(AgendaItem.position), 0)).where(AgendaItem.meeting_id == meeting_id)
    position = (await session.exec(last)).one() + 1
    item = AgendaItem(meeting_id=meeting.id, position=position, text=text or "", source=source, key=wanted.key)
    session.add(item)
    await session.flush()
    return item


async def _proposed(session: AsyncSession, by: Acting, table_id: UUID, meeting_id: UUID, key: str) -> str:
    there = select(AgendaItem.id).where(AgendaItem.meeting_id == meeting_id, AgendaItem.key == key)
    if (await session.exec(there)).first() is not None:
        raise Conflict("Dieser Vorschlag steht schon auf der Tagesordnung.")
    table = await session.get_one(RoundTable, table_id)
    found = [proposal.text for proposal in await proposals(session, by, table) if proposal.key == key]
    if not found:
        raise Conflict("Diesen Vorschlag gibt es nicht mehr: Die Zahlen haben sich geändert. Bitte neu laden.")
    return found[0]


async def remove_item(session: AsyncSession, by: Acting, table_id: UUID, meeting_id: UUID, item_id: UUID) -> None:
    """It is not talked about after all."""
    await planned(session, by, table_id, meeting_id)
    query = select(AgendaItem).where(AgendaItem.id == item_id, AgendaItem.meeting_id == meeting_id)
    item = (await session.exec(query)).one_or_none()
    if item is None:
        raise Missing("Der Punkt der Tagesordnung")
    await session.delete(item)


async def write_minutes(
    session: AsyncSession, by: Acting, table_id: UUID, meeting_id: UUID, wanted: WriteMinutes
) -> Meeting:
    """What was said; a draft until the meeting is entered as held."""
    meeting = await _kept(session, by, table_id, meeting_id)
    check_not_cancelled(meeting.state)
    meeting.minutes = wanted.minutes
    return meeting


async def add_decision(
    session: AsyncSession, by: Acting, table_id: UUID, meeting_id: UUID, wanted: AddDecision
) -> Decision:
    """What was decided, who does it, and by when."""
    meeting = await _kept(session, by, table_id, meeting_id)
    check_not_cancelled(meeting.state)
    if wanted.due_on is not None and wanted.due_on < day_of(meeting.starts_at):
        raise Invalid("due_on", "Der Tag liegt vor dem Treffen; bitte das Datum prüfen.")
    if await _count(session, Decision, meeting_id) >= _MOST:
        raise Conflict(f"Es stehen schon {_MOST} Beschlüsse da; mehr gehen nicht.")
    decision = Decision(meeting_id=meeting.id, text=wanted.decision, owner=wanted.owner, due_on=wanted.due_on)
    session.add(decision)
    await session.flush()
    return decision


async def finish_decision(
    session: AsyncSession, by: Acting, table_id: UUID, meeting_id: UUID, decision_id: UUID
) -> Decision:
    """It has been carried out."""
    await _kept(session, by, table_id, meeting_id)
    query = select(Decision).where(Decision.id == decision_id, Decision.meeting_id == meeting_id)
    decision = (await session.exec(query)).one_or_none()
    if decision is None:
        raise Missing("Der Beschluss")
    if decision.done_on is not None:
        raise Conflict("Dieser Beschluss ist schon erledigt.")
    decision.done_on = by.today
    return decision


async def table_to_keep(session: AsyncSession, by: Acting, table_id: UUID) -> RoundTable:
    """The table that somebody is about to change, locked: all that belongs to it changes one after the other."""
    table = await table_for(session, by, table_id, lock=True)
    if not keeps(by, table):
        who = "die Projektleitung" if by.role is Role.TEAM else "das Team"
        raise Forbidden(f"Diesen Runden Tisch pflegt {who}. Es wurde nichts geändert.")
    return table


async def planned(session: AsyncSession, by: Acting, table_id: UUID, meeting_id: UUID) -> Meeting:
    """The meeting that somebody is about to change, still to come."""
    meeting = await _kept(session, by, table_id, meeting_id)
    check_planned(meeting.state)
    return meeting


async def _kept(session: AsyncSession, by: Acting, table_id: UUID, meeting_id: UUID) -> Meeting:
    return await meeting_of(session, by, await table_to_keep(session, by, table_id), meeting_id)


async def _changed(session: AsyncSession, by: Acting, meeting: Meeting) -> None:
    """Calendars take a change by its higher number."""
    meeting.sequence += 1
    meeting.changed_at = by.now
    await tell_invited(session, by, meeting, await _invitations(session, meeting.id))


async def _invitations(session: AsyncSession, meeting_id: UUID) -> list[Invitation]:
    return list((await session.exec(select(Invitation).where(Invitation.meeting_id == meeting_id))).all())


async def _count(session: AsyncSession, of: type[Decision] | type[AgendaItem], meeting_id: UUID) -> int:
    return (await session.exec(select(func.count()).select_from(of).where(of.meeting_id == meeting_id))).one()
