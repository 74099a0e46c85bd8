"""Compares an intake's database with what the network knows, and does again what a restored older one lacks."""

from dataclasses import replace
from typing import Any

from sqlalchemy import text

from services.intake.commands.restore import DECIDING, DoneAgain, ask_for_unknown, do_again, number_on
from services.intake.settings import Settings
from shared.contracts.words import Service
from shared.database import Database
from shared.messaging import Publisher, Received, envelope
from shared.messaging.log import entries

_ARCHIVED = text("select body from event_archive where type = any(:types) order by position")
_TRUSTED = text("select distinct erasure_id from erased_household where by_holder")
_TOLD = text("select subject, max(sequence) as last from event_archive where source = :source group by subject")


async def compare_with_archive(
    intake_url: str, site: str, reporting_url: str, public_url: str
) -> tuple[DoneAgain, int]:
    """Do again what reporting's archive knows and the intake does not; also how many subjects were counted on."""
    publisher = Publisher(site, "intake", public_url)
    intake, reporting = Database(intake_url, publisher), Database(reporting_url)
    try:
        async with reporting.transaction() as session:
            types = {"types": [event.type for event in DECIDING]}
            bodies = (await session.execute(_ARCHIVED, types)).scalars().all()
            trusted = set((await session.execute(_TRUSTED)).scalars())
            rows = await session.execute(_TOLD, {"source": publisher.source})
            told = {row.subject: row.last for row in rows}
        known = [envelope.read(body) for body in bodies]
        async with intake.transaction() as session:
            done = await do_again(session, known, existing_services(), trusted)
            further = await number_on(session, told)  # before anything is published
            asked = await ask_for_unknown(session, known)
        return replace(done, asked=asked), further
    finally:
        await reporting.dispose()
        await intake.dispose()


async def compare_with_log(intake_url: str, site: str, rabbitmq_url: str, public_url: str) -> DoneAgain:
    """The same by the event log, which reaches back as far as the broker keeps it."""
    intake = Database(intake_url, Publisher(site, "intake", public_url))
    types = {event.type for event in DECIDING}
    known: list[Received[Any]] = []
    try:
        async for entry in entries(rabbitmq_url):
            read = envelope.read(entry.body, typed=False)
            if read.type in types:
                known.append(envelope.read(entry.body))
        async with intake.transaction() as session:
            return await do_again(session, known, existing_services())
    finally:
        await intake.dispose()


def existing_services() -> list[Service]:
    """The services that exist, where an intake's own setting does not say otherwise."""
    return list(Settings.model_fields["existing_services"].default)
