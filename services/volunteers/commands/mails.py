"""Mails to volunteers: written in the transaction of what they tell of, worded when they are sent (`mail_texts.py`).

A mail names nobody but the volunteer: where to go and to whom, they see at the site, through a grant.
"""

from enum import StrEnum
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.volunteers.tables import Volunteer
from shared.mail import box, links


class MailKind(StrEnum):
    """What a mail is about; `about` holds `volunteer_id` and what the comment says."""

    CONFIRM = "confirm"
    """Please confirm your address (double opt-in)."""
    WELCOME = "welcome"
    """You are active from now on; a link to your own page."""
    OWN_PAGE = "own_page"
    """The link to your own page that you have asked for."""
    ASKED = "asked"
    """`assignment_id`: can you come?"""
    NOT_NEEDED = "not_needed"
    """`assignment_id`: it is settled otherwise."""
    CANCELLED = "cancelled"
    """`assignment_id`: what you had accepted does not take place."""
    WHERE = "where"
    """`assignment_id` or `mentorship_id`: the contact data can be looked at."""
    REMINDED = "reminded"
    """`assignment_id`: tomorrow you are expected."""
    HOW_WAS_IT = "how_was_it"
    """`assignment_id`: how was it, how long did it take?"""
    MENTORSHIP_ENDED = "mentorship_ended"
    """`mentorship_id`: it has ended; how was it?"""
    INVITATION = "invitation"
    """`gathering_id`: a training or an exchange meeting; also when it is moved or called off."""
    THANKS = "thanks"
    """`thanks_id`: a letter of thanks."""


async def write(session: AsyncSession, kind: MailKind, volunteer: Volunteer, **about: UUID | str) -> bool:
    """Have a mail sent to a volunteer; False if no address of theirs is known, so that the team must call."""
    if volunteer.email is None:
        return False
    await box.write(session, kind.value, volunteer.email, volunteer_id=volunteer.id, **about)
    return True


async def forget(session: AsyncSession, name: str, *ids: UUID) -> None:
    """What was to be sent about these (`name`: of which kind the ids are) is not sent; no link about them works."""
    await box.drop_all(session, name, ids)
    await links.drop_all(session, name, ids)
