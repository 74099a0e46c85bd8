"""Every look at personal data is written down: who, when, at what, and why (GDPR Art. 5(2))."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.intake.tables import AccessLog
from services.intake.tables.records import Look, Via
from shared.database import add_for_good


@dataclass(frozen=True, slots=True)
class Looking:
    """Who looks, in which role, from page or API."""

    who: str
    role: str
    via: Via
    now: datetime


def log_look(session: AsyncSession, by: Looking, look: Look, why: str, households: Iterable[UUID]) -> None:
    """Write down a look at these households' data in the transaction that reads it, or after it if it is undone.

    `why` is the screen's context, or the reason given for a protected address; it never repeats what was searched
    for, since that is a name. A list or search that shows nobody is no look.
    """
    seen = sorted(set(households))
    if seen:
        add_for_good(
            session,
            lambda: AccessLog(at=by.now, who=by.who, role=by.role, look=look, why=why, via=by.via, households=seen),
        )
