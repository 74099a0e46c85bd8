"""The volunteers' figures as metrics: who finds nobody, how long it takes, how the load is spread. No ids, no names."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog
from prometheus_client import Gauge
from sqlalchemy import text

from shared.database import Database
from shared.logging import describe

EVERY_SECONDS = 15.0

OPEN = Gauge("lokal_volunteer_requests_open", "Requests for which somebody is looked for.", ["site", "language"])
NOBODY = Gauge(
    "lokal_volunteer_requests_without_match",
    "Of these, those for which everybody was asked and nobody is left.",
    ["site", "language"],
)
UNFILLED = Gauge(
    "lokal_volunteer_requests_unfilled", "Requests of the last 30 days to which nobody came.", ["site", "language"]
)
TO_MATCH = Gauge(
    "lokal_volunteer_seconds_to_match",
    "From the request to the yes, of the last 30 days, by quantile.",
    ["quantile"],
)
LOAD = Gauge("lokal_volunteer_load_hours", "Hours of the last 90 days by volunteer, by quantile.", ["quantile"])
UNANSWERED = Gauge("lokal_volunteer_asked_unanswered", "Volunteers who were asked and have not answered yet.", ["site"])
OLDEST_DUE = Gauge(
    "lokal_volunteer_oldest_due_seconds", "How long the next one should have been asked, or an answer been over."
)
TO_CALL = Gauge("lokal_volunteers_to_call", "Volunteers whom the team is to call after a hard assignment.")

_REQUESTS = text(
    """
    select site, coalesce(language, '') as language,
        count(*) filter (where state = 'open') as open,
        count(*) filter (where state = 'open' and asks_by_itself and ask_at is null and not exists (
            select from assignment a where a.request_id = r.id and a.state = 'offered')) as nobody,
        count(*) filter (where state = 'unfilled' and closed_at > now() - interval '30 days') as unfilled
    from help_request r group by 1, 2
    """
)
_TO_MATCH = text(
    """
    select percentile_cont(array[0.5, 0.9]) within group (
        order by greatest(0, extract(epoch from filled_at - created_at)))
    from help_request where filled_at > now() - interval '30 days'
    """
)
_LOAD = text(
    """
    with load as (
        select v.id, (
            select coalesce(sum(minutes), 0) from assignment a
            where a.volunteer_id = v.id and a.state = 'completed' and a.ended_at > now() - interval '90 days'
        ) + (
            select coalesce(sum(h.minutes), 0) from mentorship m join mentorship_hours h on h.mentorship_id = m.id
            where m.volunteer_id = v.id and h.on_day > current_date - 90
        ) as minutes
        from volunteer v where v.state = 'active'
    )
    select percentile_cont(array[0.1, 0.5, 0.9, 1]) within group (order by minutes / 60.0) from load
    """
)
_UNANSWERED = text(
    """
    select s.site, count(a.id) from site_register s
    left join help_request r on r.site = s.site left join assignment a on a.request_id = r.id and a.state = 'offered'
    where s.site <> 'city' group by 1
    """
)
_OLDEST_DUE = text(
    """
    select greatest(0, extract(epoch from now() - least(
        (select min(ask_at) from help_request where state = 'open'), (select min(answer_by) from assignment))))
    """
)
_TO_CALL = text("select count(*) from volunteer where call_since is not null and state = 'active'")


async def measure(database: Database) -> None:
    """Count once."""
    async with database.transaction() as session:
        requests = (await session.execute(_REQUESTS)).all()
        to_match = (await session.execute(_TO_MATCH)).scalar_one()
        load = (await session.execute(_LOAD)).scalar_one()
        unanswered = (await session.execute(_UNANSWERED)).all()
        oldest_due = (await session.execute(_OLDEST_DUE)).scalar_one()
        to_call = (await session.execute(_TO_CALL)).scalar_one()
    for gauge in (OPEN, NOBODY, UNFILLED):
        gauge.clear()
    for site, language, open_now, nobody, unfilled in requests:
        OPEN.labels(site, language).set(open_now)
        NOBODY.labels(site, language).set(nobody)
        UNFILLED.labels(site, language).set(unfilled)
    for quantile, seconds in zip(("0.5", "0.9"), to_match or (), strict=False):
        TO_MATCH.labels(quantile).set(seconds)
    for quantile, hours in zip(("0.1", "0.5", "0.9", "1"), load or (), strict=False):
        LOAD.labels(quantile).set(hours)
    for site, count in unanswered:
        UNANSWERED.labels(site).set(count)
    OLDEST_DUE.set(oldest_due)
    TO_CALL.set(to_call)


@asynccontextmanager
async def kept_current(database: Database) -> AsyncIterator[None]:
    """Counts again and again while it is entered; a database that is away costs a line in the log, not the service."""

    async def again_and_again() -> None:
        while True:
            try:
                await measure(database)
            except Exception as error:  # whatever it is, it must not end the counting: the figures would stand still
                structlog.get_logger(__name__).warning("figures_not_counted", error=describe(error))
            await asyncio.sleep(EVERY_SECONDS)

    task = asyncio.create_task(again_and_again(), name="volunteers' figures")
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
