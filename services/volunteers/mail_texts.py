"""What mails to volunteers say, made when they are sent from what is true then, in the language of the volunteer."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from services.volunteers.settings import Settings
from shared.mail import Letter, Mail


@dataclass(frozen=True, slots=True)
class Writing:
    """When a mail is made, and for which installation."""

    now: datetime
    settings: Settings


async def render(session: AsyncSession, mail: Mail, writing: Writing) -> Letter | None:
    """The mail's text, by its kind."""
    raise NotImplementedError
