"""Invitations to a table's meetings: written, mailed to whoever has an address, answered with yes or no."""

from collections.abc import Iterable
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.referrals.commands.acting import Acting
from services.referrals.commands.mails import MailKind, address_of, write_mail
from services.referrals.domain.round_tables import check_planned
from services.referrals.queries.round_tables import Seat, keeps, meeting_of, seats_of, table_for
from services.referrals.table_inputs import AnswerInvitation
from services.referrals.tables import Invitation, Meeting, Partner, TableMember
from shared.mail import box
from shared.refusals import Conflict, Forbidden, Invalid


async def invite(session: AsyncSession, by: Acting, table_id: UUID, meeting_id: UUID) -> int:
    """Invite all members who are not invited yet; how many these are."""
    table = await table_for(session, by, table_id, lock=True)
    if not keeps(by, table):
        raise Forbidden("Einladen dürfen das Team und die Projektleitung. Es wurde nichts geändert.")
    meeting = await meeting_of(session, by, table, meeting_id)
    check_planned(meeting.state)
    known = set(await session.exec(select(Invitation.member_id).where(Invitation.meeting_id == meeting_id)))
    new = [
        Invitation(meeting_id=meeting_id, member_id=seat.member.id, invited_at=by.now)
        for seat in await seats_of(session, table_id)
        if seat.member.id not in known
    ]
    if not new:
        raise Conflict("Alle Mitglieder sind schon eingeladen.")
    session.add_all(new)
    await session.flush()
    await tell_invited(session, by, meeting, new)
    return len(new)


async def answer(
    session: AsyncSession, by: Acting, table_id: UUID, meeting_id: UUID, given: AnswerInvitation
) -> Invitation:
    """Somebody comes, or does not; who keeps the table enters it for a member."""
    table = await table_for(session, by, table_id, lock=True)
    meeting = await meeting_of(session, by, table, meeting_id)
    check_planned(meeting.state)
    seats = await seats_of(session, table_id)
    if keeps(by, table):
        if given.member_id is None:
            raise Invalid("member_id", "Bitte angeben, für wen die Antwort ist.")
        whose = [seat for seat in seats if seat.member.id == given.member_id]
    else:
        whose = [seat for seat in seats if seat.is_of(by) and given.member_id in (None, seat.member.id)]
    invitation = await _invitation(session, meeting_id, whose)
    invitation.answer, invitation.answered_at = given.answer, by.now
    return invitation


async def _invitation(session: AsyncSession, meeting_id: UUID, whose: list[Seat]) -> Invitation:
    query = select(Invitation).where(
        Invitation.meeting_id == meeting_id, col(Invitation.member_id).in_([seat.member.id for seat in whose])
    )
    invitation = (await session.exec(query)).first()
    if invitation is None:
        raise Conflict("Dafür gibt es keine Einladung. Es wurde nichts geändert.")
    return invitation


async def tell_invited(session: AsyncSession, by: Acting, meeting: Meeting, invitations: Iterable[Invitation]) -> None:
    """Mail each of them what is true of the meeting when the mail is sent; what still waits to be told is overtaken."""
    invitations = list(invitations)
    await box.drop_all(session, "invitation_id", [invitation.id for invitation in invitations])
    for invitation in invitations:
        member = await session.get_one(TableMember, invitation.member_id)
        address = member.email
        if member.partner_id is not None:
            address = await address_of(session, await session.get_one(Partner, member.partner_id), by.now)
        if address is not None:
            await write_mail(session, MailKind.INVITATION, address, invitation_id=invitation.id, meeting_id=meeting.id)
