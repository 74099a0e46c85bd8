"""A case number is the family's name at the Sozialamt: whoever decides by it about new or known decides alone."""

from collections.abc import Iterable

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from services.intake.domain.lists import normal_case_number

# In one order, so that two who need several wait for each other instead of deadlocking.
_LOCK = text(
    "select pg_advisory_xact_lock(hashtextextended(k, 5047112)) from unnest(cast(:keys as text[])) k order by k"
)


async def lock_cases(session: AsyncSession, case_numbers: Iterable[str | None]) -> None:
    """Nobody else decides by one of these case numbers until the transaction ends.

    There is no row to lock before the file is there: a line of a list and a letter would both find none and make one
    each. Taken before any file is locked, and all at once, so that nobody who holds one waits for a file that
    somebody holds who waits for this one.
    """
    if keys := sorted({normal_case_number(number) for number in case_numbers if number}):
        await session.execute(_LOCK, {"keys": keys})
