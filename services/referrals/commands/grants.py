"""Which release of a site belongs to a referral; the data itself stays with the site."""

from datetime import UTC, datetime

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.referrals.commands import mails
from services.referrals.commands.told import tell_how_it_ended
from services.referrals.domain.states import OVER
from services.referrals.tables import EndedGrant, Referral
from shared.contracts.intake import GrantEnded
from shared.contracts.intake.agreements import Grant
from shared.messaging import Received


async def take_grant(session: AsyncSession, event: Received[Grant]) -> Referral | None:
    """A release was issued or has ended; returns the referral whose partner may look now, if there is one.

    The two may come in either order, and again: what has ended once is not opened by its beginning.
    """
    data = event.data
    if data.referral_id is None:
        return None
    found = await session.exec(select(Referral).where(col(Referral.id) == data.referral_id).with_for_update())
    referral = found.one_or_none()
    if referral is None or referral.household_id is None:
        return None
    ended = isinstance(data, GrantEnded)
    if ended:
        over = insert(EndedGrant).values(grant_id=data.grant_id, referral_id=referral.id)
        await session.execute(over.on_conflict_do_nothing())
        if referral.grant_id != data.grant_id:
            return None  # another one has taken its place, or it has not come yet
    elif await session.get(EndedGrant, data.grant_id) is not None:
        return None
    referral.grant_id = None if ended else data.grant_id
    referral.grant_site = None if ended else event.site
    session.add(referral)
    await session.flush()
    if not ended and referral.state in OVER:
        # Issued by a site that has not heard of the end: told so, it ends the release.
        await tell_how_it_ended(session, referral, event.site)
        return None
    if ended:
        return None
    await mails.about_referrals(session, mails.MailKind.CONTACT, [referral], datetime.now(UTC))
    return referral
