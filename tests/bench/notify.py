"""What waking the relay costs the commands: NOTIFY inside their transactions, after them, or not at all."""

import asyncio
import time

import asyncpg
import uvloop

from shared.database import Doorbell

WRITERS, COMMITS = 32, 6400


async def _commits(url: str, way: str) -> float:
    bell = Doorbell(url)
    async with asyncpg.create_pool(url, min_size=WRITERS, max_size=WRITERS) as pool:
        await pool.execute("drop table if exists bell; create table bell (id bigserial primary key, body text)")

        async def writer() -> None:
            async with pool.acquire() as connection:
                for _ in range(COMMITS // WRITERS):
                    async with connection.transaction():
                        await connection.execute("insert into bell (body) values ('x')")
                        if way == "NOTIFY in the transaction":
                            await connection.execute(f"notify {Doorbell.CHANNEL}")
                    if way == "a ring after it":
                        bell.ring()

        started = time.perf_counter()
        await asyncio.gather(*(writer() for _ in range(WRITERS)))
        elapsed = time.perf_counter() - started
    await bell.close()
    return COMMITS / elapsed


def measure(url: str, rounds: int) -> dict[str, list[float]]:
    """Commits per second of 32 writers, by the way in which the relay is woken."""
    ways: dict[str, list[float]] = {"no waking": [], "a ring after it": [], "NOTIFY in the transaction": []}
    for _ in range(rounds):
        for way, rates in ways.items():
            rates.append(uvloop.run(_commits(url, way)))
    return ways
