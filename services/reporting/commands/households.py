"""Households, first visits and needs in the figures.

Every event of a household's file is kept as a fact; what follows from the set of facts is derived anew for the
households that a group of events touches. So the result depends on which events there are, never on their order.
"""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, bindparam, select, text
from sqlmodel.ext.asyncio.session import AsyncSession

from services.reporting.commands.bulk import insert_many, insert_rows
from services.reporting.domain.households import CIRCLES, Circles, Fact, Kind, household
from services.reporting.tables import metadata
from shared.contracts.intake import NeedMet
from shared.contracts.intake.needs import Need
from shared.messaging import Received

_CIRCLE_COLUMNS = [circle.value for circle in CIRCLES]
_PLAIN_FIELDS = [field.name for field in fields(Fact) if field.name != "circles"]

_FACT_COLUMNS = ["household_id", *_PLAIN_FIELDS, *_CIRCLE_COLUMNS]
_ADD_FACTS = insert_many(metadata.tables["household_fact"], _FACT_COLUMNS, "on conflict (event_id) do nothing")

_PERIOD_COLUMNS = ["household_id", "begin", "end", "site", "district", *_CIRCLE_COLUMNS]
_ADD_PERIODS = insert_many(metadata.tables["household_period"], _PERIOD_COLUMNS, "")

_VISIT_COLUMNS = ["household_id", "visit_id", "site", "district", "owed_on", "due_on", "settled_on", "outcome"]
_ADD_VISITS = insert_many(metadata.tables["first_visit"], _VISIT_COLUMNS, "")

_HOUSEHOLD_COLUMNS = ["household_id", "registered_on", "registered_site", "persons", "counted"]
_SET_HOUSEHOLDS = insert_many(
    metadata.tables["household"],
    _HOUSEHOLD_COLUMNS,
    "on conflict (household_id) do update set registered_on = excluded.registered_on, "
    "registered_site = excluded.registered_site, persons = excluded.persons, counted = excluded.counted",
)

# Two consumers that hold events of the same household must not both derive it from half of the facts: the second
# waits here for the first one's commit. In the order of the ids, so that they never wait for each other.
_ids = bindparam("ids", type_=ARRAY(Uuid))
_ENTER = text(
    "insert into household (household_id, persons, counted) select unnest(:ids), 0, false on conflict do nothing"
).bindparams(_ids)
_LOCK = text(
    "select household_id from household where household_id = any(:ids) order by household_id for update"
).bindparams(_ids)
_FORGET = [
    text(f"delete from {table} where household_id = any(:ids)").bindparams(_ids)  # noqa: S608  (names of our tables)
    for table in ("household_period", "first_visit")
]

_NEED_COLUMNS = ["need_id", "sequence", "household_id", "site", "district", "area", "identified_on", "met_on"]
_TAKE_NEEDS = insert_many(
    metadata.tables["need"],
    _NEED_COLUMNS,
    "on conflict (need_id) do update set "
    + ", ".join(
        f"{column} = case when excluded.sequence > need.sequence then excluded.{column} else need.{column} end"
        for column in _NEED_COLUMNS
        if column not in ("need_id", "identified_on", "met_on")
    )
    + ", identified_on = least(need.identified_on, excluded.identified_on)"
    + ", met_on = least(need.met_on, excluded.met_on)",
)


async def take_facts(session: AsyncSession, facts: Sequence[tuple[UUID, Fact]]) -> None:
    """Keep what events say about households, given with the household's id, and derive these households anew."""
    households = sorted({household_id for household_id, _ in facts})
    await session.execute(_ENTER, {"ids": households})
    await session.execute(_LOCK, {"ids": households})
    rows = {fact.event_id: _fact_row(household_id, fact) for household_id, fact in facts}
    await insert_rows(session, _ADD_FACTS, _FACT_COLUMNS, list(rows.values()))
    await _derive(session, households)


async def _derive(session: AsyncSession, households: Sequence[UUID]) -> None:
    facts: dict[UUID, list[Fact]] = {household_id: [] for household_id in households}
    table = metadata.tables["household_fact"]
    for row in (await session.execute(select(table).where(table.c.household_id.in_(households)))).mappings():
        facts[row["household_id"]].append(_fact(row))
    periods: list[dict[str, Any]] = []
    visits: list[dict[str, Any]] = []
    derived: list[dict[str, Any]] = []
    for household_id, known in facts.items():
        view = household(known)
        derived.append(
            {
                "household_id": household_id,
                "registered_on": view.registered_on,
                "registered_site": view.registered_site,
                "persons": sum(view.registered_circles),
                "counted": view.counted,
            }
        )
        for period in view.periods:
            periods.append(
                {
                    "household_id": household_id,
                    "begin": period.begin,
                    "end": period.end,
                    "site": period.site,
                    "district": period.district,
                    **_circle_columns(period.circles),
                }
            )
        for visit in view.visits:
            visits.append(
                {"household_id": household_id, **{c: getattr(visit, c) for c in _VISIT_COLUMNS if c != "household_id"}}
            )
    for forget in _FORGET:
        await session.execute(forget, {"ids": list(households)})
    await insert_rows(session, _SET_HOUSEHOLDS, _HOUSEHOLD_COLUMNS, derived)
    await insert_rows(session, _ADD_PERIODS, _PERIOD_COLUMNS, periods)
    await insert_rows(session, _ADD_VISITS, _VISIT_COLUMNS, visits)


def _fact_row(household_id: UUID, fact: Fact) -> dict[str, Any]:
    plain = {name: getattr(fact, name) for name in _PLAIN_FIELDS}
    return {**plain, "kind": fact.kind.value, "household_id": household_id, **_circle_columns(fact.circles)}


def _circle_columns(circles: Circles | None) -> dict[str, int | None]:
    return dict(zip(_CIRCLE_COLUMNS, circles or (None,) * len(CIRCLES), strict=True))


def _fact(row: Mapping[Any, Any]) -> Fact:
    counts = tuple(row[column] for column in _CIRCLE_COLUMNS)
    plain = {name: row[name] for name in _PLAIN_FIELDS}
    return Fact(**{**plain, "kind": Kind(row["kind"]), "circles": None if None in counts else counts})


async def take_needs(session: AsyncSession, events: Sequence[Received[Need]]) -> None:
    """Count needs by area: known from the earliest day that was told, met from the earliest day on."""
    newest: dict[UUID, dict[str, Any]] = {}
    for event in sorted(events, key=lambda event: event.sequence):
        data = event.data
        met = isinstance(data, NeedMet)
        known = newest.get(data.need_id, {"identified_on": None, "met_on": None})
        day = "met_on" if met else "identified_on"
        newest[data.need_id] = {
            **known,
            "need_id": data.need_id,
            "sequence": event.sequence,
            "household_id": data.household_id,
            "site": event.site,
            "district": data.district.value,
            "area": data.area.value,
            day: min(filter(None, (known[day], data.on))),
        }
    await insert_rows(session, _TAKE_NEEDS, _NEED_COLUMNS, [newest[need_id] for need_id in sorted(newest)])
