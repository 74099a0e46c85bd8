"""Consents: who may see what for, until the household takes it back (domain rules 5 and 12)."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.intake.commands.acting import Acting
from services.intake.commands.assignments import forget_advance, let_look_by
from services.intake.commands.files import File, open_file, write_down
from services.intake.commands.letters import add_supplement
from services.intake.commands.releases import end_releases_of_consent
from services.intake.domain.charge import Standing
from services.intake.domain.days import german
from services.intake.inputs import GiveConsent
from services.intake.tables import Consent
from shared.contracts.intake import ConsentGiven, ConsentWithdrawn
from shared.contracts.words import Purpose
from shared.messaging import outbox
from shared.refusals import Conflict, Invalid, Missing


async def give_consent(
    session: AsyncSession, by: Acting, household_id: UUID, wanted: GiveConsent, *, on: date | None = None
) -> Consent:
    """Record the household's consent for this very recipient and purpose; what has waited for it is opened.

    `on` is the day on which it was given, if not today.
    """
    file = await open_file(session, household_id)
    file.require_open()
    if wanted.person_id is not None and wanted.person_id not in file.histories:
        raise Invalid("person_id", "Diese Person gibt es in diesem Haushalt nicht.")
    known = wanted.purpose in set(Purpose)
    consent = Consent(
        household_id=household_id,
        person_id=wanted.person_id,
        recipient_kind=wanted.recipient.kind,
        recipient_slug=wanted.recipient.slug,
        recipient_id=wanted.recipient.id,
        purpose=Purpose(wanted.purpose) if known else Purpose.OTHER,
        purpose_in_words=None if known else wanted.purpose,
        given_on=on or by.today,
    )
    session.add(consent)
    await outbox.add(session, ConsentGiven(**_state(consent, consent.given_on)))
    _write_down(session, by, consent, "consent_given")
    await let_look_by(session, by, file, consent)
    return consent


async def withdraw_consent(session: AsyncSession, by: Acting, household_id: UUID, consent_id: UUID) -> Consent:
    """Withdrawal is one step, without a reason and also in a closed file. What rested on it ends with it.

    While the file is in transit, the withdrawal goes after it: the next site tells of it.
    """
    file = await open_file(session, household_id)
    consent = (
        await session.exec(select(Consent).where(Consent.id == consent_id, Consent.household_id == household_id))
    ).one_or_none()
    if consent is None:
        raise Missing("Die Einwilligung")
    if consent.withdrawn_on is not None:
        raise Conflict(f"Die Einwilligung ist schon am {german(consent.withdrawn_on)} widerrufen worden.")
    consent.withdrawn_on = by.today
    session.add(consent)
    await forget_advance(session, consent)
    if file.household.standing is not Standing.IN_CHARGE:
        await _send_after(session, by, file, consent)
        return consent
    await outbox.add(session, ConsentWithdrawn(**_state(consent, consent.withdrawn_on)))
    _write_down(session, by, consent, "consent_withdrawn")
    await end_releases_of_consent(session, by, consent)
    return consent


async def _send_after(session: AsyncSession, by: Acting, file: File, consent: Consent) -> None:
    household = file.household
    assert household.handed_to is not None  # noqa: S101  (the database allows no other)
    content = {"what": "consent_withdrawn", "by": by.who, "consent_id": str(consent.id)}
    await add_supplement(session, by, household.handed_to, household.id, household.charge + 1, content)
    _write_down(session, by, consent, "consent_withdrawn")


def _state(consent: Consent, on: date) -> dict[str, Any]:
    return {
        "household_id": consent.household_id,
        "consent_id": consent.id,
        "person_id": consent.person_id,
        "recipient": {
            "kind": consent.recipient_kind,
            "slug": consent.recipient_slug,
            "id": consent.recipient_id,
        },
        "purpose": consent.purpose,
        "on": on,
    }


def _write_down(session: AsyncSession, by: Acting, consent: Consent, kind: str) -> None:
    write_down(
        session,
        by,
        consent.household_id,
        kind,
        recipient_kind=consent.recipient_kind,
        recipient=consent.recipient_slug,
        purpose=consent.purpose_in_words or consent.purpose,
    )
