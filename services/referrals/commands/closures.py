"""Days on which a partner is closed: no term for an answer runs meanwhile (ours)."""

from datetime import timedelta
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.referrals.commands.acting import Acting
from services.referrals.commands.partners import partner_for, tell_changed
from services.referrals.commands.terms import reset_deadlines
from services.referrals.directory_inputs import AnnounceClosure
from services.referrals.domain.offers import check_order
from services.referrals.tables import PartnerClosure
from shared.refusals import Conflict, Invalid, Missing


async def announce_closure(session: AsyncSession, by: Acting, slug: str, wanted: AnnounceClosure) -> PartnerClosure:
    """Enter from which day to which a partner is closed."""
    partner = await partner_for(session, by, slug)
    check_order(wanted.from_on, wanted.to_on, "to_on", "Der letzte Tag liegt vor dem ersten.")
    if wanted.to_on < by.today:
        raise Invalid("to_on", "Diese Tage sind schon vorbei.")
    if (wanted.to_on - wanted.from_on).days > 366:
        raise Invalid("to_on", "Länger als ein Jahr ist niemand geschlossen; bitte die Tage prüfen.")
    overlapping = select(PartnerClosure.id).where(
        PartnerClosure.partner_id == partner.id,
        col(PartnerClosure.from_on) <= wanted.to_on,
        col(PartnerClosure.to_on) >= wanted.from_on,
    )
    if (await session.exec(overlapping)).first() is not None:
        raise Conflict("In diesen Tagen ist der Partner schon als geschlossen eingetragen.")
    closure = PartnerClosure(partner_id=partner.id, from_on=wanted.from_on, to_on=wanted.to_on)
    session.add(closure)
    await session.flush()
    await reset_deadlines(session, partner)
    await tell_changed(session, by, partner)
    return closure


async def recall_closure(session: AsyncSession, by: Acting, slug: str, closure_id: UUID) -> None:
    """The partner is open after all; days on which it was closed stay closed, and count for no deadline."""
    partner = await partner_for(session, by, slug)
    closure = await session.get(PartnerClosure, closure_id)
    if closure is None or closure.partner_id != partner.id:
        raise Missing("Die Schließzeit")
    if closure.from_on < by.today:
        closure.to_on = min(closure.to_on, by.today - timedelta(days=1))
        session.add(closure)
    else:
        await session.delete(closure)
    await session.flush()
    await reset_deadlines(session, partner)
    await tell_changed(session, by, partner)
