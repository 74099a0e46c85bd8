"""Contacts: every one counts, also the short one (domain rule 3; report, §4)."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.intake.commands.acting import Acting
from services.intake.commands.files import in_transit, write_down
from services.intake.commands.letters import add_supplement
from services.intake.commands.whole_file import carry_on, load, with_merged
from services.intake.domain.charge import Standing, site_name
from services.intake.domain.days import check_happened, day_of
from services.intake.inputs import CorrectContact, RecordContact
from services.intake.tables import Contact, Household, Person
from services.intake.tables.handovers import ContactPassedOn
from shared.contracts.intake import ContactCorrected, ContactRecorded
from shared.contracts.words import Channel, TargetGroup
from shared.messaging import outbox
from shared.refusals import Conflict, Invalid, Missing

_ROW_AND_NUMBER = text(
    "select to_jsonb(c) as row, s.last from contact c join subject_sequence s on s.subject = c.id::text "
    "where c.id = :id"
).columns(row=JSONB)


async def record_contact(session: AsyncSession, by: Acting, wanted: RecordContact) -> Contact:
    """Record a contact; the target group is enough. Raises `Invalid` for a household or person that is not here."""
    household_id = await _household_of(session, wanted)
    household = household_id and await _locked(session, household_id)
    contact = Contact(
        target_group=wanted.target_group,
        channel=wanted.channel,
        topic=wanted.topic,
        language=wanted.language,
        household_id=household_id,
        person_id=wanted.person_id,
        partner=wanted.partner,
        counterpart_id=wanted.counterpart_id,
        at=check_happened(wanted.at or by.now, by.now),
        recorded_at=by.now,
        recorded_by=by.who,
    )
    session.add(contact)
    await outbox.add(session, ContactRecorded(**_state(contact)))
    _write_down(session, by, contact, "contact")
    if household and household.standing is not Standing.IN_CHARGE:
        await _send_after(session, by, household, contact)
    return contact


async def _locked(session: AsyncSession, household_id: UUID) -> Household | None:
    """The household as it stays until the end of the transaction: its file must not leave without this contact."""
    found = await session.exec(select(Household).where(Household.id == household_id).with_for_update(read=True))
    return found.one_or_none()


async def _send_after(session: AsyncSession, by: Acting, household: Household, contact: Contact) -> None:
    """The caretaker has met the family, whose file is on its way: the contact belongs into it."""
    assert household.handed_to is not None  # noqa: S101  (the database allows no other)
    await session.flush()
    found = (await session.execute(_ROW_AND_NUMBER, {"id": contact.id})).one()
    content = {"what": "contact", "by": by.who, "row": found.row, "sequence": found.last}
    await add_supplement(session, by, household.handed_to, household.id, household.charge + 1, content)


async def take_contact(
    session: AsyncSession, by: Acting, household_id: UUID, row: dict[str, Any], sequence: int
) -> None:
    """Enter a contact that another site has recorded, and told of, after it had handed the household's file over."""
    if row["household_id"] != str(household_id):
        raise Invalid("household_id", "Der Kontakt gehört zu einem anderen Haushalt.")
    if row.get("person_id") is not None:
        person = await session.get(Person, UUID(str(row["person_id"])))
        if person is None or not await _are_one_file(session, person.household_id, household_id):
            raise Invalid("person_id", "Diese Person gehört nicht zu der Akte.")
    await load(session, {"contact": [row]})
    await carry_on(session, {str(row["id"]): sequence})
    contact = (await session.exec(select(Contact).where(Contact.id == UUID(str(row["id"]))))).one()
    _write_down(session, by, contact, "contact")


async def _are_one_file(session: AsyncSession, one: UUID, other: UUID) -> bool:
    """Whether they are one household, or one was merged into the other."""
    return one in await with_merged(session, other) or other in await with_merged(session, one)


async def contact_of_visit(
    session: AsyncSession, by: Acting, household_id: UUID, at: datetime, language: str | None
) -> Contact:
    """The contact that a first visit is."""
    contact = Contact(
        target_group=TargetGroup.REFUGEE,
        channel=Channel.VISIT,
        language=language,
        household_id=household_id,
        at=at,
        recorded_at=by.now,
        recorded_by=by.who,
    )
    session.add(contact)
    await outbox.add(session, ContactRecorded(**_state(contact)))
    return contact


async def correct_contact(session: AsyncSession, by: Acting, contact_id: UUID, wanted: CorrectContact) -> Contact:
    """Say what the contact was really, or that there was none (`void`). Raises `Conflict` if nothing would change."""
    # The file first, as everywhere: its handing over reads the contact, and must wait for the correction or refuse it.
    found = await session.exec(select(Contact.household_id).where(Contact.id == contact_id))
    if (household_id := found.one_or_none()) is not None:
        await _require_in_charge(session, household_id)
    contact = (await session.exec(select(Contact).where(Contact.id == contact_id).with_for_update())).one_or_none()
    if contact is None:
        raise Missing("Der Kontakt")
    if contact.household_id is None:
        await _require_counted_here(session, contact_id)
    changes = {field: getattr(wanted, field) for field in wanted.model_fields_set}
    for field in ("target_group", "channel", "at", "void"):
        if field in changes and changes[field] is None:
            raise Invalid(field, "Dieses Feld kann nicht leer sein.")
    if "at" in changes:
        changes["at"] = check_happened(changes["at"], by.now)
    if all(getattr(contact, field) == value for field, value in changes.items()):
        raise Conflict("Die Berichtigung ändert nichts an dem Kontakt.")
    for field, value in changes.items():
        setattr(contact, field, value)
    contact.corrected_at = by.now
    session.add(contact)
    await outbox.add(session, ContactCorrected(**_state(contact)))
    _write_down(session, by, contact, "contact_void" if contact.void else "contact_corrected")
    return contact


async def _require_in_charge(session: AsyncSession, household_id: UUID) -> None:
    household = await _locked(session, household_id)
    if household and household.standing is not Standing.IN_CHARGE:
        raise in_transit(household.handed_to)


async def _require_counted_here(session: AsyncSession, contact_id: UUID) -> None:
    """Of a file that is gone only the contact is left; its events go on elsewhere, and no number is given twice."""
    if gone := await session.get(ContactPassedOn, contact_id):
        raise Conflict(
            f"Der Kontakt gehört zu einer Akte, die an {site_name(gone.to_site)} gegangen ist; "
            "berichtigt wird er dort. Hier wurde nichts geändert."
        )


async def _household_of(session: AsyncSession, wanted: RecordContact) -> UUID | None:
    """Whose contact it is; a person alone leads to its household."""
    if wanted.person_id is not None:
        found = await session.exec(select(Person.household_id).where(Person.id == wanted.person_id))
        household_id = found.one_or_none()
        if household_id is None or wanted.household_id not in (None, household_id):
            raise Invalid("person_id", "Diese Person gibt es in diesem Haushalt nicht.")
        return household_id
    if wanted.household_id is not None:
        known = await session.exec(select(col(Household.id)).where(Household.id == wanted.household_id))
        if known.one_or_none() is None:
            raise Invalid("household_id", "Diesen Haushalt gibt es an diesem Standort nicht.")
    return wanted.household_id


def _state(contact: Contact) -> dict[str, Any]:
    return {
        "contact_id": contact.id,
        "target_group": contact.target_group,
        "channel": contact.channel,
        "topic": contact.topic,
        "language": contact.language,
        "household_id": contact.household_id,
        "person_id": contact.person_id,
        "partner": contact.partner,
        "counterpart_id": contact.counterpart_id,
        "at": contact.at,
        "void": contact.void,
    }


def _write_down(session: AsyncSession, by: Acting, contact: Contact, kind: str) -> None:
    if contact.household_id is not None:
        write_down(
            session,
            by,
            contact.household_id,
            kind,
            on=day_of(contact.at),
            at=contact.at,
            channel=contact.channel,
            topic=contact.topic,
            language=contact.language,
            partner=contact.partner,
        )
