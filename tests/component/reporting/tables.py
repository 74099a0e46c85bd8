"""What the projections hold, for comparing one way of getting there with another."""

from typing import Any

from sqlalchemy import text

from shared.database import Database

PROJECTIONS = (
    "contact",
    "household_fact",
    "household",
    "household_period",
    "first_visit",
    "need",
    "referral",
    "assignment",
    "mentorship",
    "volunteer",
    "training",
)
ORDER = {
    "contact": "contact_id",
    "household_fact": "event_id",
    "household": "household_id",
    "household_period": "household_id, begin",
    "first_visit": "household_id, visit_id",
    "need": "need_id",
    "referral": "referral_id",
    "assignment": "assignment_id",
    "mentorship": "mentorship_id",
    "volunteer": "volunteer_id",
    "training": "gathering_id, volunteer_id",
    "event_archive": "id",
}


async def rows(database: Database, *tables: str) -> dict[str, list[Any]]:
    """All rows of the tables, in the order of their keys."""
    async with database.transaction() as session:
        return {
            table: [tuple(row) for row in await session.execute(text(f"select * from {table} order by {ORDER[table]}"))]
            for table in tables
        }


async def projections(database: Database) -> dict[str, list[Any]]:
    """All rows of all projections."""
    return await rows(database, *PROJECTIONS)
