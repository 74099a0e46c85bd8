"""Runde Tische: who sits at them, when they meet, what is talked about and decided."""

from datetime import date, datetime
from typing import Any, Self
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, Field
from starlette.responses import Response

from services.referrals.commands import invitations, round_tables
from services.referrals.desk import ByCoordinator, ByMember
from services.referrals.queries.agenda import proposals, taken
from services.referrals.queries.round_tables import (
    Decided,
    MeetingEntry,
    Seat,
    TableEntry,
    keeps,
    list_tables,
    meeting_entry,
    meeting_of,
    table_entry,
    table_for,
)
from services.referrals.table_inputs import (
    AddDecision,
    AddItem,
    AddMember,
    AnswerInvitation,
    ChangeTable,
    FoundTable,
    HoldMeeting,
    PlanMeeting,
    WriteMinutes,
)
from services.referrals.tables import AgendaItem, AgendaSource, Decision, Meeting, MeetingState, Reply
from shared.contracts.words import TableKind
from shared.web.pagination import Page, PageQuery
from shared.web.problems import conflict
from shared.web.routing import Session, api_router

router: APIRouter = api_router("/referrals/api/v1/round-tables", tags=["Runde Tische"])


class TableListed(BaseModel):
    """A table as it stands in the list."""

    table_id: UUID = Field(validation_alias="id")
    kind: TableKind
    theme: str
    theme_slug: str | None
    site: str
    description: str | None
    active: bool
    next_at: datetime | None = Field(default=None, description="Wann es sich als Nächstes trifft.")


class MemberAnswer(BaseModel):
    """Who sits at the table. Guest account and mail address are for those who keep the table."""

    member_id: UUID
    name: str
    partner: str | None
    guest_account: str | None
    email: str | None

    @classmethod
    def of(cls, seat: Seat, ours: bool) -> Self:
        """The member as this reader may see it."""
        guest, email = (seat.member.guest_account, seat.member.email) if ours else (None, None)
        return cls(member_id=seat.member.id, name=seat.name, partner=seat.partner, guest_account=guest, email=email)


class MeetingListed(BaseModel):
    """When and where the table meets."""

    meeting_id: UUID = Field(validation_alias="id")
    starts_at: datetime
    ends_at: datetime
    place: str
    state: MeetingState
    sequence: int = Field(description="Wie oft der Termin geändert wurde.")
    attended: int | None


class DecisionAnswer(BaseModel):
    """What was decided."""

    decision_id: UUID
    text: str
    owner: str
    due_on: date | None
    done_on: date | None
    overdue: bool

    @classmethod
    def of(cls, decided: Decided) -> Self:
        """The decision as it stands today."""
        decision: Decision = decided.decision
        return cls(
            decision_id=decision.id, overdue=decided.overdue, **decision.model_dump(exclude={"id", "meeting_id"})
        )


class TableAnswer(TableListed):
    """A table with its members, meetings and what is still to be done."""

    members: list[MemberAnswer]
    meetings: list[MeetingListed]
    open_decisions: list[DecisionAnswer]

    @classmethod
    def of(cls, entry: TableEntry, ours: bool) -> Self:
        """The table as this reader may see it."""
        return cls.model_validate(
            entry.table.model_dump()
            | {
                "members": [MemberAnswer.of(seat, ours) for seat in entry.seats],
                "meetings": [meeting.model_dump() for meeting in entry.meetings],
                "open_decisions": [DecisionAnswer.of(each) for each in entry.open_decisions],
            }
        )


class ItemAnswer(BaseModel):
    """What is to be talked about."""

    item_id: UUID = Field(validation_alias="id")
    text: str
    source: AgendaSource
    key: str | None


class InvitationAnswer(BaseModel):
    """Who is invited, and what was answered."""

    member_id: UUID
    name: str
    answer: Reply | None


class MeetingAnswer(MeetingListed):
    """A meeting with its agenda. Minutes and decisions are drafts until it was held; all invitations are for those who
    keep the table.
    """

    agenda: list[ItemAnswer]
    minutes: str | None
    decisions: list[DecisionAnswer]
    invitations: list[InvitationAnswer]
    own_answer: Reply | None
    invited: bool = Field(description="Sie selbst sind eingeladen.")

    @classmethod
    def of_entry(cls, entry: MeetingEntry) -> Self:
        """The meeting as this reader may see it."""
        invited = [
            {"member_id": each.seat.member.id, "name": each.seat.name, "answer": each.invitation.answer}
            for each in entry.invitations
        ]
        parts: dict[str, Any] = {
            "agenda": [item.model_dump() for item in entry.agenda],
            "minutes": entry.minutes,
            "decisions": [DecisionAnswer.of(each) for each in entry.decisions],
            "invitations": invited,
            "own_answer": entry.own.invitation.answer if entry.own else None,
            "invited": entry.own is not None,
        }
        return cls.model_validate(entry.meeting.model_dump() | parts)


class ProposalAnswer(BaseModel):
    """What the data proposes to talk about."""

    key: str
    text: str = Field(description="So steht es danach auf der Tagesordnung.")
    count: int | None = Field(description="Leer, wenn die Zahl nur das Team des Standorts sehen darf.")
    withheld: bool


class InvitedAnswer(BaseModel):
    """How many were invited now."""

    invited: int


@router.get("")
async def list_round_tables(page: PageQuery, by: ByMember, session: Session) -> Page[TableListed]:
    """Die Runden Tische, an denen Sie sitzen oder zu denen Sie eingeladen sind, nach Thema."""
    rows = await list_tables(session, by, page.after(str, UUID), page.limit + 1)
    return page.page(
        rows,
        lambda row: row.key,
        lambda row: TableListed.model_validate(row.table.model_dump() | {"next_at": row.next_at}),
    )


@router.post("", status_code=201)
async def found(body: FoundTable, by: ByCoordinator, session: Session) -> TableAnswer:
    """Gründet einen Runden Tisch."""
    table = await round_tables.found_table(session, by, body)
    return await _table(session, by, table.id)


@router.get("/{table_id}")
async def read_table(table_id: UUID, by: ByMember, session: Session) -> TableAnswer:
    """Ein Runder Tisch mit Mitgliedern, Treffen und offenen Beschlüssen."""
    return await _table(session, by, table_id)


@router.put("/{table_id}")
async def change(table_id: UUID, body: ChangeTable, by: ByCoordinator, session: Session) -> TableAnswer:
    """Schreibt Thema und Beschreibung neu."""
    await round_tables.change_table(session, by, table_id, body)
    return await _table(session, by, table_id)


@router.post("/{table_id}/members", status_code=201, responses=conflict)
async def add_member(table_id: UUID, body: AddMember, by: ByCoordinator, session: Session) -> TableAnswer:
    """Nimmt einen Partner oder jemand anderen an den Tisch."""
    await round_tables.add_member(session, by, table_id, body)
    return await _table(session, by, table_id)


@router.delete("/{table_id}/members/{member_id}", status_code=204)
async def remove_member(table_id: UUID, member_id: UUID, by: ByCoordinator, session: Session) -> Response:
    """Nimmt ein Mitglied mit seinen Einladungen heraus."""
    await round_tables.remove_member(session, by, table_id, member_id)
    return Response(status_code=204)


@router.post("/{table_id}/meetings", status_code=201, responses=conflict)
async def plan(table_id: UUID, body: PlanMeeting, by: ByCoordinator, session: Session) -> MeetingAnswer:
    """Setzt ein Treffen an."""
    meeting = await round_tables.plan_meeting(session, by, table_id, body)
    return await _meeting(session, by, table_id, meeting)


@router.get("/{table_id}/meetings/{meeting_id}")
async def read_meeting(table_id: UUID, meeting_id: UUID, by: ByMember, session: Session) -> MeetingAnswer:
    """Ein Treffen mit Tagesordnung, und wenn es stattgefunden hat, mit Protokoll und Beschlüssen."""
    return MeetingAnswer.of_entry(await meeting_entry(session, by, table_id, meeting_id))


@router.put("/{table_id}/meetings/{meeting_id}", responses=conflict)
async def move(
    table_id: UUID, meeting_id: UUID, body: PlanMeeting, by: ByCoordinator, session: Session
) -> MeetingAnswer:
    """Verlegt ein Treffen; wer eingeladen ist, wird neu gefragt."""
    meeting = await round_tables.move_meeting(session, by, table_id, meeting_id, body)
    return await _meeting(session, by, table_id, meeting)


@router.post("/{table_id}/meetings/{meeting_id}/cancel", responses=conflict)
async def cancel(table_id: UUID, meeting_id: UUID, by: ByCoordinator, session: Session) -> MeetingAnswer:
    """Sagt ein Treffen ab."""
    meeting = await round_tables.cancel_meeting(session, by, table_id, meeting_id)
    return await _meeting(session, by, table_id, meeting)


@router.post("/{table_id}/meetings/{meeting_id}/hold", responses=conflict)
async def hold(
    table_id: UUID, meeting_id: UUID, body: HoldMeeting, by: ByCoordinator, session: Session
) -> MeetingAnswer:
    """Trägt ein, dass ein Treffen stattgefunden hat."""
    meeting = await round_tables.hold_meeting(session, by, table_id, meeting_id, body)
    return await _meeting(session, by, table_id, meeting)


@router.get("/{table_id}/meetings/{meeting_id}/proposals")
async def read_proposals(table_id: UUID, meeting_id: UUID, by: ByCoordinator, session: Session) -> list[ProposalAnswer]:
    """Was die Daten für die Tagesordnung vorschlagen und noch nicht darauf steht."""
    table = await table_for(session, by, table_id)
    await meeting_of(session, by, table, meeting_id)
    if not keeps(by, table):
        return []
    there = await taken(session, meeting_id)
    found = [proposal for proposal in await proposals(session, by, table) if proposal.key not in there]
    return [ProposalAnswer(key=each.key, text=each.text, count=each.count, withheld=each.withheld) for each in found]


@router.post("/{table_id}/meetings/{meeting_id}/agenda", status_code=201, responses=conflict)
async def add_item(table_id: UUID, meeting_id: UUID, body: AddItem, by: ByCoordinator, session: Session) -> ItemAnswer:
    """Setzt einen Punkt auf die Tagesordnung."""
    item: AgendaItem = await round_tables.add_item(session, by, table_id, meeting_id, body)
    return ItemAnswer.model_validate(item.model_dump())


@router.delete("/{table_id}/meetings/{meeting_id}/agenda/{item_id}", status_code=204, responses=conflict)
async def remove_item(table_id: UUID, meeting_id: UUID, item_id: UUID, by: ByCoordinator, session: Session) -> Response:
    """Nimmt einen Punkt von der Tagesordnung."""
    await round_tables.remove_item(session, by, table_id, meeting_id, item_id)
    return Response(status_code=204)


@router.put("/{table_id}/meetings/{meeting_id}/minutes", responses=conflict)
async def write_minutes(
    table_id: UUID, meeting_id: UUID, body: WriteMinutes, by: ByCoordinator, session: Session
) -> MeetingAnswer:
    """Schreibt das Protokoll, ohne personenbezogene Daten."""
    meeting = await round_tables.write_minutes(session, by, table_id, meeting_id, body)
    return await _meeting(session, by, table_id, meeting)


@router.post("/{table_id}/meetings/{meeting_id}/decisions", status_code=201, responses=conflict)
async def decide(
    table_id: UUID, meeting_id: UUID, body: AddDecision, by: ByCoordinator, session: Session
) -> MeetingAnswer:
    """Trägt einen Beschluss ein."""
    await round_tables.add_decision(session, by, table_id, meeting_id, body)
    return MeetingAnswer.of_entry(await meeting_entry(session, by, table_id, meeting_id))


@router.post("/{table_id}/meetings/{meeting_id}/decisions/{decision_id}/done", responses=conflict)
async def finish(
    table_id: UUID, meeting_id: UUID, decision_id: UUID, by: ByCoordinator, session: Session
) -> MeetingAnswer:
    """Ein Beschluss ist erledigt."""
    await round_tables.finish_decision(session, by, table_id, meeting_id, decision_id)
    await session.flush()
    return MeetingAnswer.of_entry(await meeting_entry(session, by, table_id, meeting_id))


@router.post("/{table_id}/meetings/{meeting_id}/invitations", status_code=201, responses=conflict)
async def invite(table_id: UUID, meeting_id: UUID, by: ByCoordinator, session: Session) -> InvitedAnswer:
    """Lädt alle Mitglieder ein, die es noch nicht sind."""
    return InvitedAnswer(invited=await invitations.invite(session, by, table_id, meeting_id))


@router.post("/{table_id}/meetings/{meeting_id}/answer", responses=conflict)
async def answer(
    table_id: UUID, meeting_id: UUID, body: AnswerInvitation, by: ByMember, session: Session
) -> MeetingAnswer:
    """Sagt zu oder ab."""
    await invitations.answer(session, by, table_id, meeting_id, body)
    await session.flush()
    return MeetingAnswer.of_entry(await meeting_entry(session, by, table_id, meeting_id))


async def _table(session: Session, by: ByMember, table_id: UUID) -> TableAnswer:
    await session.flush()
    entry = await table_entry(session, by, table_id)
    return TableAnswer.of(entry, keeps(by, entry.table))


async def _meeting(session: Session, by: ByMember, table_id: UUID, meeting: Meeting) -> MeetingAnswer:
    await session.flush()
    return MeetingAnswer.of_entry(await meeting_entry(session, by, table_id, meeting.id))
