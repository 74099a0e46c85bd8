"""A household or a volunteer is erased: their ids give way to random ones, and the figures stay (network contract).

Nothing keeps which id took the place of which. What arrives afterwards, late, belongs to `NOBODY`: a contact and a
need still count, and of a household nothing is derived. Since the archive is changed with the projections, these can be
made again from it and are the same.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from uuid import UUID, uuid4

import structlog
from sqlalchemy import ARRAY, Uuid, bindparam, func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlmodel.ext.asyncio.session import AsyncSession

from services.reporting.tables import ErasedHousehold, metadata
from shared.contracts.common import ErasureAcknowledged
from shared.contracts.intake import HouseholdErased
from shared.contracts.volunteers import VolunteerLeft
from shared.contracts.words import Service
from shared.messaging import Received, envelope, outbox

log = structlog.get_logger(__name__)

NOBODY = UUID(int=0)
"""Whom events name that arrive after their household or volunteer was erased."""

BATCH = 20_000
"""Positions of the archive that are looked through by one statement."""

_KEPT = (HouseholdErased.type, ErasureAcknowledged.type)
"""These keep the ids: by them the erasure is done again after an older database was restored, and nothing else is
known of the ids any more."""
_UUID = re.compile(rb"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
_ids = bindparam("ids", type_=ARRAY(Uuid))
_ERASED = text("select id from erased_household where id = any(:ids)").bindparams(_ids)
_HOLDER = text("select site from household_fact where household_id = :id order by sequence desc, event_id limit 1")
_NAMED = text(
    "select position, subject, body from event_archive where position > :after and position <= :until "
    "and type <> all(:kept) and exists (select from unnest(:ids) named "
    "where position(convert_to(named::text, 'UTF8') in body) > 0)"
).bindparams(_ids)
_WRITE_ARCHIVED = text("update event_archive set subject = :subject, body = :body where position = :position")
_HIDE_ARCHIVED = text("update event_archive set subject = :subject, body = :body where id = :id and body = :known")
_NAMING = [
    (table.name, column)
    for table in metadata.sorted_tables
    for column in ("household_id", "person_id", "volunteer_id")
    if column in table.columns
]
"""The projections that name a household, a person or a volunteer."""


async def erase_household(session: AsyncSession, event: Received[HouseholdErased]) -> None:
    """Replace the household's ids by random ones wherever they are, and tell the site that asked.

    Done already, it is only told again. A rebuild has no publisher: by it nobody is told anything. A site that is not
    in charge of the household is not obeyed, and hears nothing.
    """
    erased = event.data
    holder = (await session.execute(_HOLDER, {"id": erased.household_id})).scalar()
    if holder not in (None, event.site):
        log.warning("erasure_refused", asked_by=event.site, erasure_id=str(erased.erasure_id))
        return
    ids = [erased.household_id, *erased.person_ids, *erased.merged_household_ids]
    # The archive first, as consumers do. Whoever is archiving now has ended before this goes on; whoever comes after
    # finds the household among the erased ones.
    await session.execute(text("lock table event_archive in share row exclusive mode"))
    entered = await session.execute(
        insert(ErasedHousehold)
        .values(
            [{"id": id, "erasure_id": erased.erasure_id, "by_holder": holder is not None} for id in sorted(set(ids))]
        )
        .on_conflict_do_nothing()
        .returning(metadata.tables["erased_household"].c.id)
    )
    if new := {id: uuid4() for id in entered.scalars()}:
        await _replace_archived(session, new)
        await _replace_projected(session, new)
    if session.info.get("publisher") is not None:
        acknowledged = ErasureAcknowledged(
            erasure_id=erased.erasure_id,
            household_id=erased.household_id,
            site=event.site,
            service=Service.REPORTING,
        )
        await outbox.add(session, acknowledged)


async def erase_volunteer(session: AsyncSession, event: Received[VolunteerLeft]) -> None:
    """Replace the id of a volunteer whose data was removed by a random one, wherever it is: also in what says so.

    The register says it once and expects no answer. A rebuild finds an archive without the id and has nothing to do.
    """
    if not event.data.erased or session.info.get("publisher") is None:
        return
    await session.execute(text("lock table event_archive in share row exclusive mode"))
    volunteer_id = event.data.volunteer_id
    entered = await session.execute(
        insert(ErasedHousehold)
        .values(id=volunteer_id, erasure_id=event.id, by_holder=True)
        .on_conflict_do_nothing()
        .returning(metadata.tables["erased_household"].c.id)
    )
    if entered.first() is not None:
        new = {volunteer_id: uuid4()}
        await _replace_archived(session, new)
        await _replace_projected(session, new)


async def hide_erased(session: AsyncSession, events: list[Received[Any]]) -> None:
    """Take the ids of erased households out of events that have just been archived, there and in the list itself."""
    named = {id for event in events if event.type not in _KEPT for id in _ids_of(event)}
    if not named:
        return
    erased = set((await session.execute(_ERASED, {"ids": sorted(named)})).scalars())
    for number, event in enumerate(events):
        if event.type not in _KEPT and erased & set(_ids_of(event)):
            hidden = envelope.read(_without(event.body, lambda id: NOBODY if id in erased else None))
            await session.execute(
                _HIDE_ARCHIVED,
                {"id": event.id, "known": event.body, "subject": hidden.subject, "body": hidden.body},
            )
            events[number] = hidden


async def _replace_archived(session: AsyncSession, new: Mapping[UUID, UUID]) -> None:
    archive = metadata.tables["event_archive"]
    last = (await session.execute(select(func.max(archive.c.position)))).scalar() or 0
    first = (await session.execute(select(func.min(archive.c.position)))).scalar() or 0
    for after in range(first - 1, last, BATCH):
        found = await session.execute(
            _NAMED, {"after": after, "until": after + BATCH, "kept": list(_KEPT), "ids": sorted(new)}
        )
        for row in found.all():
            written = {
                "position": row.position,
                "subject": _without(row.subject.encode(), new.get).decode(),
                "body": _without(row.body, new.get),
            }
            await session.execute(_WRITE_ARCHIVED, written)


async def _replace_projected(session: AsyncSession, new: Mapping[UUID, UUID]) -> None:
    pairs = {"old": list(new), "new": list(new.values())}
    for table, column in _NAMING:
        statement = text(
            f"update {table} t set {column} = given.new from unnest(:old, :new) as given (old, new) "  # noqa: S608
            f"where t.{column} = given.old"
        ).bindparams(bindparam("old", type_=ARRAY(Uuid)), bindparam("new", type_=ARRAY(Uuid)))
        await session.execute(statement, pairs)


def _without(body: bytes, other: Callable[[UUID], UUID | None]) -> bytes:
    """The text with another id where `other` names one."""

    def written(match: re.Match[bytes]) -> bytes:
        instead = other(UUID(match[0].decode()))
        return match[0] if instead is None else str(instead).encode()

    return _UUID.sub(written, body)


def _ids_of(event: Received[Any]) -> Iterable[UUID]:
    """Whom the event names: fields that hold an id, whatever they are called."""
    values: Iterable[Any] = event.data.values() if isinstance(event.data, dict) else event.data.__dict__.values()
    for value in (event.subject, *values):
        if isinstance(value, UUID):
            yield value
        elif isinstance(value, str) and len(value) == 36 and _UUID.fullmatch(value.encode()):
            yield UUID(value)
