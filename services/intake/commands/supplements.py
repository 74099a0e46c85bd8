"""What became known of a family at a site that had given its file up already: it goes after the file.

The caretaker may be told of the next move, meet the family, be asked to end a consent, or have to protect somebody. It
must not publish that of the household any more, since the receiving site goes on with the household's numbers; so it
writes it to that site, which applies it by the ordinary commands. A supplement that comes before the file is parked,
one that comes after the file has gone on is sent after it.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

import structlog
from pydantic import BaseModel, Field
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.intake.commands import care
from services.intake.commands.acting import Acting
from services.intake.commands.agreements import withdraw_agreement
from services.intake.commands.consents import withdraw_consent
from services.intake.commands.contacts import take_contact
from services.intake.commands.correct import protect_address
from services.intake.commands.files import write_down
from services.intake.commands.letters import forward_supplement
from services.intake.commands.moves import move_household
from services.intake.commands.sites import NotKnownYet
from services.intake.commands.whole_file import UnknownContent, check_known
from services.intake.domain.care import ProtectionStep
from services.intake.domain.charge import Standing
from services.intake.domain.handovers import Outcome, SupplementState
from services.intake.inputs import MoveHousehold
from services.intake.tables import Household
from services.intake.tables.care import ChildProtection
from services.intake.tables.handovers import PassedOn, Supplement
from shared.database import passes
from shared.refusals import Refused

log = structlog.get_logger(__name__)

_NOT_APPLICABLE = (
    "Der Nachtrag passt zu nichts, was in dieser Akte steht. Bitte bei dem Standort nachfragen, von dem er kommt."
)


class _Said(BaseModel):
    """What every supplement says; one of a newer release may say more, which is refused before it is read."""

    supplement_id: UUID
    what: str
    by: str = Field(min_length=1)


class _MoveSaid(_Said):
    wanted: MoveHousehold


class _ContactSaid(_Said):
    row: dict[str, Any]
    sequence: int = Field(ge=0)


class _ConsentSaid(_Said):
    consent_id: UUID


class _AgreementSaid(_Said):
    agreement_id: UUID


class _NoteSaid(_Said):
    text: str | None = Field(min_length=1)
    at: datetime
    replaces: datetime | None


class _PathSaid(_Said):
    path_id: UUID
    opened_on: date
    opened_by: str = Field(min_length=1)


class _StepSaid(_PathSaid):
    step: ProtectionStep
    on: date
    done_by: str = Field(min_length=1)
    note: str | None = None
    at: datetime


class _EndSaid(_PathSaid):
    on: date
    result: str = Field(min_length=1)


def check(content: dict[str, Any]) -> None:
    """Whether this release can apply it, decided when it comes: once it is parked, nobody is there to refuse it.

    Raises `UnknownContent` for a kind or a field that a newer release has written, `ValidationError` for what none has.
    """
    kind = _KINDS.get(str(_Said.model_validate(content).what))
    if kind is None:
        raise UnknownContent("a kind of supplement that is not known here")
    if unknown := content.keys() - kind.said.model_fields.keys():
        raise UnknownContent(f"unknown fields of a supplement: {', '.join(sorted(unknown))}")
    wanted = content.get("wanted")
    if isinstance(wanted, dict) and wanted.keys() - MoveHousehold.model_fields.keys():
        raise UnknownContent("a move with fields that are not known here")
    said = kind.said.model_validate(content)
    if isinstance(said, _ContactSaid):
        check_known({"contact": [said.row]})


async def take(
    session: AsyncSession,
    by: Acting,
    from_site: str,
    household_id: UUID,
    charge: int,
    content: dict[str, Any],
    household: Household | None,
    known: int,
) -> Outcome:
    """Apply a supplement, or keep it until the file comes, or send it after the file. The household is locked.

    `charge` is the number with which the file left the site that has written this, `known` the highest one here.
    Raises as `check` does.
    """
    check(content)
    supplement = await _entered(
        session,
        Supplement(
            id=UUID(content["supplement_id"]),
            household_id=household_id,
            charge=charge,
            from_site=from_site,
            content=content,
            state=SupplementState.PARKED,
            parked_at=by.now,
        ),
    )
    if supplement.state in (SupplementState.APPLIED, SupplementState.UNFIT):
        return Outcome.ACCEPTED
    supplement.charge, supplement.content, supplement.state = charge, content, SupplementState.PARKED
    session.add(supplement)
    if known < charge:
        return Outcome.HELD
    if household is not None and household.standing is Standing.IN_CHARGE:
        await _apply(session, by, supplement)
    else:
        await _send_after(session, by, supplement, household)
    return Outcome.ACCEPTED


async def apply_parked(session: AsyncSession, by: Acting, household_id: UUID, charge: int) -> None:
    """The file has come: what was waiting for it is applied, in the order in which it was written.

    A supplement may be a move that takes the file on to the next site; what is left then goes after it.
    """
    found = await session.exec(
        select(Supplement)
        .where(
            Supplement.household_id == household_id,
            Supplement.state == SupplementState.PARKED,
            col(Supplement.charge) <= charge,
        )
        .order_by(col(Supplement.id))
        .with_for_update()
    )
    # A protected address first: else what follows would tell of the place.
    for supplement in sorted(found.all(), key=lambda each: (each.content or {}).get("what") != "address_protected"):
        household = (await session.exec(select(Household).where(Household.id == household_id))).one()
        await session.refresh(supplement)  # the one before it may have put everything out of date
        if household.standing is Standing.IN_CHARGE:
            await _apply(session, by, supplement)
        else:
            await _send_after(session, by, supplement, household)


async def _entered(session: AsyncSession, supplement: Supplement) -> Supplement:
    row = insert(Supplement).values(**supplement.model_dump()).on_conflict_do_nothing(index_elements=["id"])
    await session.execute(row)
    return (await session.exec(select(Supplement).where(Supplement.id == supplement.id).with_for_update())).one()


async def _apply(session: AsyncSession, by: Acting, supplement: Supplement) -> None:
    """Apply it, or say in the file why not. Raises faults that pass, such as a deadlock: they are tried again.

    Nothing else does: the file that a supplement waited for must not wait for the supplement.
    """
    content = supplement.content or {}
    acting = replace(by, who=str(content.get("by") or by.who))
    try:
        async with session.begin_nested():
            await _KINDS[content["what"]].apply(session, acting, supplement.household_id, content)
    except NotKnownYet:
        raise  # the register comes with its own messages, which may be later than the letter
    except Refused as refused:
        await session.refresh(supplement)
        _does_not_fit(session, acting, supplement, refused.message)
    except Exception as error:
        if passes(error):
            raise
        await session.refresh(supplement)
        log.warning("supplement_unfit", supplement=str(supplement.id), error=type(error).__name__)
        _does_not_fit(session, acting, supplement, _NOT_APPLICABLE)
    else:
        supplement.state = SupplementState.APPLIED
    supplement.content = None
    session.add(supplement)
    await session.flush()


def _does_not_fit(session: AsyncSession, by: Acting, supplement: Supplement, why: str) -> None:
    supplement.state, supplement.why = SupplementState.UNFIT, why
    what = str((supplement.content or {}).get("what"))
    write_down(
        session,
        by,
        supplement.household_id,
        "supplement_unfit",
        site=supplement.from_site,
        supplement=what,
        note=why,
    )


async def _send_after(session: AsyncSession, by: Acting, supplement: Supplement, household: Household | None) -> None:
    if household is not None and household.handed_to is not None:
        to_site, charge = household.handed_to, household.charge + 1
    else:
        gone = (await session.exec(select(PassedOn).where(PassedOn.household_id == supplement.household_id))).one()
        to_site, charge = gone.to_site, gone.charge
    await forward_supplement(session, by, supplement, to_site, charge, supplement.content or {})
    supplement.state, supplement.content = SupplementState.FORWARDED, None
    session.add(supplement)
    await session.flush()


async def _move(session: AsyncSession, by: Acting, household_id: UUID, content: dict[str, Any]) -> None:
    await move_household(session, by, household_id, MoveHousehold.model_validate(content["wanted"]))


async def _contact(session: AsyncSession, by: Acting, household_id: UUID, content: dict[str, Any]) -> None:
    await take_contact(session, by, household_id, content["row"], content["sequence"])


async def _withdrawal(session: AsyncSession, by: Acting, household_id: UUID, content: dict[str, Any]) -> None:
    await withdraw_consent(session, by, household_id, UUID(content["consent_id"]))


async def _end_of_agreement(session: AsyncSession, by: Acting, household_id: UUID, content: dict[str, Any]) -> None:
    await withdraw_agreement(session, by, household_id, UUID(content["agreement_id"]))


async def _note(session: AsyncSession, by: Acting, household_id: UUID, content: dict[str, Any]) -> None:
    said, file = _NoteSaid.model_validate(content), await _goes_on_in(session, household_id)
    await care.take_safety_note(session, by, file, **said.model_dump(include={"text", "at", "replaces"}))


async def _path(session: AsyncSession, by: Acting, household_id: UUID, content: dict[str, Any]) -> ChildProtection:
    said, file = _PathSaid.model_validate(content), await _goes_on_in(session, household_id)
    return await care.take_protection(
        session, by, file, **said.model_dump(include={"path_id", "opened_on", "opened_by"})
    )


async def _begin(session: AsyncSession, by: Acting, household_id: UUID, content: dict[str, Any]) -> None:
    await _path(session, by, household_id, content)


async def _step(session: AsyncSession, by: Acting, household_id: UUID, content: dict[str, Any]) -> None:
    said, path = _StepSaid.model_validate(content), await _path(session, by, household_id, content)
    taken = said.model_dump(include={"step", "on", "done_by", "note", "at"})
    await care.add_protection_step(session, by, path, **taken)


async def _end(session: AsyncSession, by: Acting, household_id: UUID, content: dict[str, Any]) -> None:
    said, path = _EndSaid.model_validate(content), await _path(session, by, household_id, content)
    await care.end_protection(session, by, path, on=said.on, result=said.result)


async def _protect(session: AsyncSession, by: Acting, household_id: UUID, content: dict[str, Any]) -> None:
    await protect_address(session, by, await _goes_on_in(session, household_id))


async def _goes_on_in(session: AsyncSession, household_id: UUID) -> UUID:
    """The file that goes on, where this one was merged meanwhile: what protects a family belongs into that one."""
    merged_into: UUID | None = household_id
    while merged_into is not None:
        household_id = merged_into
        merged_into = (await session.exec(select(Household.merged_into).where(Household.id == household_id))).one()
    return household_id


@dataclass(frozen=True, slots=True)
class _Kind:
    said: type[_Said]
    apply: Callable[[AsyncSession, Acting, UUID, dict[str, Any]], Awaitable[None]]


_KINDS = {
    "move": _Kind(_MoveSaid, _move),
    "contact": _Kind(_ContactSaid, _contact),
    "consent_withdrawn": _Kind(_ConsentSaid, _withdrawal),
    "agreement_withdrawn": _Kind(_AgreementSaid, _end_of_agreement),
    "safety_note": _Kind(_NoteSaid, _note),
    "protection_begun": _Kind(_PathSaid, _begin),
    "protection_step": _Kind(_StepSaid, _step),
    "protection_closed": _Kind(_EndSaid, _end),
    "address_protected": _Kind(_Said, _protect),
}
