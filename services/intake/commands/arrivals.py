"""Letters that have come: each has its effect once, and every one but a receipt is answered by a receipt.

The steps R3 to R7 and C1 to C2 of docs/architecture/handover.md, each letter in one transaction.
"""

from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid5

from pydantic import BaseModel, ValidationError
from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from services.intake.commands import supplements
from services.intake.commands.acting import Acting
from services.intake.commands.cases import lock_cases
from services.intake.commands.files import File, open_file, refresh_search, write_down
from services.intake.commands.handovers import is_erased, known_charge, leave_merged, lock_household, pass_on
from services.intake.commands.imports import Outcome as RowOutcome
from services.intake.commands.imports import take_registration
from services.intake.commands.interpreters import wish_anew
from services.intake.commands.letters import send_again, write_letter
from services.intake.commands.releases import reissue_releases
from services.intake.commands.visits import owe_first_visit
from services.intake.commands.whole_file import (
    ForeignContent,
    UnknownContent,
    carry_on,
    check_known,
    check_own,
    forget,
    load,
    with_merged,
)
from services.intake.domain.charge import Standing
from services.intake.domain.handovers import SETTLED, Outcome, may_accept
from services.intake.inputs import RegisterHousehold
from services.intake.tables import Household
from services.intake.tables.care import FollowUp
from services.intake.tables.handovers import Expected, LetterIn, LetterOut, PassedOn
from shared.contracts.intake import HouseholdHandedOver
from shared.contracts.words import HandoverStage
from shared.letters import Letter, LetterKind, LetterRefused, LetterState, RefusedBecause, steps
from shared.messaging import Publisher, outbox
from shared.refusals import Refused


class _File(BaseModel):
    """What a handover letter holds."""

    moved_on: date | None
    sequences: dict[str, int]
    tables: dict[str, list[dict[str, Any]]]

    @property
    def households(self) -> dict[str, dict[str, Any]]:
        """The household and those that were merged into it, by id."""
        return {str(row.get("id")): row for row in self.tables.get("household", [])}


class _Row(BaseModel):
    """What a registration letter holds."""

    move_id: UUID
    row: RegisterHousehold
    visited: tuple[str, ...]


class _Receipt(BaseModel):
    """What a receipt holds."""

    letter_id: UUID
    outcome: Outcome
    known: int | None = None
    why: str | None = None


_Answer = tuple[Outcome, int | None, str | None]
"""What was done, the highest number known here, and why it was not done."""


async def take_letter(session: AsyncSession, letter: Letter, *, first_visit_due_days: int = 14) -> None:
    """Give an opened letter its effect, once, and answer it.

    Raises `LetterRefused` for what is never accepted: the caller rolls back and keeps the refusal.
    """
    if not await _is_new(session, letter):
        return
    publisher: Publisher = session.info["publisher"]
    by = Acting(f"uebergabe@{letter.from_site}", publisher.site, datetime.now(UTC), first_visit_due_days)
    steps.reached("R3")
    try:
        outcome, known, why = await _TAKE[letter.kind](session, by, letter)
    except UnknownContent:
        raise LetterRefused(RefusedBecause.NEWER_VERSION, letter.from_site) from None
    except (ValidationError, ForeignContent):
        raise LetterRefused(RefusedBecause.UNREADABLE, letter.from_site) from None
    if outcome is not Outcome.ACCEPTED:
        await _set_outcome(session, letter, outcome)
    if letter.kind is LetterKind.RECEIPT:
        return
    receipt = _Receipt(letter_id=letter.id, outcome=outcome, known=known, why=why)
    await write_letter(
        session,
        by,
        LetterKind.RECEIPT,
        letter.from_site,
        receipt.model_dump(mode="json"),
        letter_id=_receipt_id(letter),
    )
    steps.reached("R7")


async def _is_new(session: AsyncSession, letter: Letter) -> bool:
    """Enter the letter; one that was entered before is answered as then."""
    entered = insert(LetterIn).values(
        letter_id=letter.id,
        from_site=letter.from_site,
        kind=letter.kind,
        household_id=letter.household_id,
        charge=letter.charge,
        outcome=Outcome.ACCEPTED,
        digest=letter.digest,
        received_at=datetime.now(UTC),
        repeats=0,
    )
    new = await session.execute(entered.on_conflict_do_nothing().returning(col(LetterIn.letter_id)))
    if new.scalar_one_or_none() is not None:
        return True
    before = (
        await session.exec(
            select(LetterIn)
            .where(LetterIn.letter_id == letter.id, LetterIn.from_site == letter.from_site)
            .with_for_update()
        )
    ).one()
    if before.digest != letter.digest:
        raise LetterRefused(RefusedBecause.REPLAYED, letter.from_site)
    before.repeats += 1
    session.add(before)
    await send_again(session, _receipt_id(letter))
    return False


async def _set_outcome(session: AsyncSession, letter: Letter, outcome: Outcome) -> None:
    of_letter = update(LetterIn).where(
        col(LetterIn.letter_id) == letter.id, col(LetterIn.from_site) == letter.from_site
    )
    await session.execute(of_letter.values(outcome=outcome))


def _receipt_id(letter: Letter) -> UUID:
    """One receipt a letter, also when two sites have written letters with one id."""
    return uuid5(letter.id, f"receipt>{letter.from_site}")


async def _accept_file(session: AsyncSession, by: Acting, letter: Letter) -> _Answer:
    """Take charge of a household with the number that comes with its file."""
    content = _File.model_validate(letter.content)
    household_id, charge = _checked(letter, content)
    numbers = {UUID(row_id): int(row["charge"]) + 1 for row_id, row in content.households.items()}
    await lock_cases(session, [str(row.get("case_number") or "") for row in content.households.values()])
    here = {each: await lock_household(session, each) for each in sorted(numbers)}  # in one order: no deadlock
    for each in numbers:
        if await is_erased(session, each):
            return Outcome.ERASED, None, None
    known = {each: await known_charge(session, here[each], each) for each in numbers}
    if not all(may_accept(numbers[each], known[each]) for each in numbers):
        return Outcome.STALE, known[household_id], None
    steps.reached("R4")

    ids = list(numbers)
    await _clear_the_way(session, household_id, numbers, here)
    await load(session, content.tables)
    await _take_charge(session, ids)
    await carry_on(session, content.sequences)
    steps.reached("R5")

    file = await open_file(session, household_id)
    await refresh_search(session, file.household)
    await outbox.add(
        session,
        HouseholdHandedOver(
            household_id=household_id,
            letter_id=letter.id,
            from_site=letter.from_site,
            to_site=by.site,
            stage=HandoverStage.ACCEPTED,
            charge=charge,
            district=file.residence.district,
            on=content.moved_on or by.today,
        ),
    )
    write_down(session, by, household_id, "arrived", site=letter.from_site)
    await _go_on(session, by, file, content)
    await supplements.apply_parked(session, by, household_id, charge)
    steps.reached("R6")
    return Outcome.ACCEPTED, charge, None


def _checked(letter: Letter, content: _File) -> tuple[UUID, int]:
    """The letter's household and number, which its content must agree with: a site speaks for no other family."""
    main = content.households.get(str(letter.household_id))
    if letter.household_id is None or letter.charge is None or main is None or main.get("charge") != letter.charge - 1:
        raise LetterRefused(RefusedBecause.UNREADABLE, letter.from_site)
    check_known(content.tables)
    check_own(content.tables)
    if len(content.households) != len(content.tables["household"]) or not all(
        isinstance(row.get("charge"), int) and _leads_to(content.households, row_id, str(letter.household_id))
        for row_id, row in content.households.items()
    ):
        raise LetterRefused(RefusedBecause.UNREADABLE, letter.from_site)
    numbered = {*content.households, *(str(row.get("id")) for row in content.tables.get("contact", []))}
    if not content.sequences.keys() <= numbered:
        raise LetterRefused(RefusedBecause.UNREADABLE, letter.from_site)
    return letter.household_id, letter.charge


def _leads_to(households: dict[str, dict[str, Any]], household: str, main: str) -> bool:
    """Whether a household is the main one, or was merged into it, at once or by others of the letter."""
    seen: set[str] = set()
    while household != main and household not in seen:
        seen.add(household)
        household = str(households.get(household, {}).get("merged_into"))
    return household == main


async def _clear_the_way(
    session: AsyncSession, household_id: UUID, numbers: dict[UUID, int], here: dict[UUID, Household | None]
) -> None:
    """The copies from which this site has looked after the family are older than what comes.

    A household that the letter calls merged, while this site is in charge of it as a file of its own, is nobody's to
    bring along. Raises `ForeignContent`.
    """
    own = set(await with_merged(session, household_id)) if here[household_id] else set()
    foreign = [each for each, row in here.items() if row and row.standing is Standing.IN_CHARGE and each not in own]
    if foreign:
        raise ForeignContent("a household of which this site is in charge itself")
    await leave_merged(session, household_id, datetime.now(UTC))
    gone = own
    for each in [household_id, *numbers]:
        if here[each] is not None and (each == household_id or each not in gone):
            gone = gone | set(await with_merged(session, each))
            await forget(session, each)
    await session.execute(delete(PassedOn).where(col(PassedOn.household_id).in_(numbers)))
    for each, charge in numbers.items():
        await session.execute(
            delete(Expected).where(col(Expected.household_id) == each, col(Expected.charge) <= charge)
        )
        overtaken = update(LetterOut).where(
            col(LetterOut.household_id) == each,
            col(LetterOut.kind) == LetterKind.HANDOVER,
            col(LetterOut.charge) < charge,
            col(LetterOut.state).in_((LetterState.WAITING, LetterState.SENT, LetterState.REFUSED)),
        )
        await session.execute(overtaken.values(state=LetterState.SUPERSEDED, content=None))


async def _take_charge(session: AsyncSession, ids: list[UUID]) -> None:
    """The household gets the letter's number, those merged into it their own next ones."""
    for household in (await session.exec(select(Household).where(col(Household.id).in_(ids)))).all():
        household.charge += 1
        household.standing = Standing.IN_CHARGE
        household.handed_to = household.handed_at = None
        household.owner = household.substitute = None  # colleagues of the other site
        session.add(household)
    theirs = update(FollowUp).where(col(FollowUp.household_id).in_(ids), col(FollowUp.done_on).is_(None))
    await session.execute(theirs.values(for_whom=None))
    await session.flush()


async def _go_on(session: AsyncSession, by: Acting, file: File, content: _File) -> None:
    """What a site owes a family that has arrived."""
    if content.moved_on is not None:
        await owe_first_visit(session, by, file, content.moved_on)
    await reissue_releases(session, by, file, content.tables.get("release", []))
    await wish_anew(session, by, file)
    await session.flush()


async def _take_supplement(session: AsyncSession, by: Acting, letter: Letter) -> _Answer:
    if letter.household_id is None or letter.charge is None:
        raise LetterRefused(RefusedBecause.UNREADABLE, letter.from_site)
    household = await lock_household(session, letter.household_id)
    if await is_erased(session, letter.household_id):
        return Outcome.ERASED, None, None
    known = await known_charge(session, household, letter.household_id)
    outcome = await supplements.take(
        session, by, letter.from_site, letter.household_id, letter.charge, letter.content, household, known
    )
    return outcome, known, None


async def _take_row(session: AsyncSession, by: Acting, letter: Letter) -> _Answer:
    content = _Row.model_validate(letter.content)
    acting = Acting(f"liste@{letter.from_site}", by.site, by.now, by.first_visit_due_days)
    try:
        async with session.begin_nested():
            done = await take_registration(
                session,
                acting,
                move_id=content.move_id,
                row=content.row,
                from_site=letter.from_site,
                visited=content.visited,
            )
    except Refused as refused:
        return Outcome.REFUSED, None, refused.message
    return Outcome.HELD if done is RowOutcome.HELD else Outcome.ACCEPTED, None, None


async def _take_receipt(session: AsyncSession, by: Acting, letter: Letter) -> _Answer:
    """The other site has answered: caretaking ends, if it has the file (C1, C2)."""
    receipt = _Receipt.model_validate(letter.content)
    answered = await session.get(LetterOut, receipt.letter_id)
    if answered is None:
        return Outcome.STALE, None, None  # of a letter that only a newer database knew
    if answered.to_site != letter.from_site:
        raise LetterRefused(RefusedBecause.FOREIGN, letter.from_site)
    steps.reached("C1")
    household = answered.household_id and await lock_household(session, answered.household_id)
    await session.refresh(answered, with_for_update=True)
    if answered.state not in (LetterState.WAITING, LetterState.SENT):
        return Outcome.ACCEPTED, None, None
    if receipt.outcome in SETTLED:
        answered.state, answered.confirmed_at, answered.content = LetterState.CONFIRMED, by.now, None
        if answered.kind is LetterKind.HANDOVER and household:
            await _give_up(session, by, household, answered)
    else:
        answered.state, answered.why = LetterState.REFUSED, receipt.why or receipt.outcome.value
        if answered.kind is LetterKind.HANDOVER:  # what is left is for those who decide (`dead_ends`)
            answered.content = {"known": receipt.known, "moved_on": (answered.content or {}).get("moved_on")}
    session.add(answered)
    await session.flush()
    steps.reached("C2")
    return Outcome.ACCEPTED, None, None


async def _give_up(session: AsyncSession, by: Acting, household: Household, letter: LetterOut) -> None:
    """Only ids stay of a file that another site has confirmed, if it is still the one that this letter took along."""
    if household.standing is not Standing.CARETAKER or household.charge + 1 != letter.charge:
        return
    await pass_on(session, household, letter.to_site, household.charge + 1, by.now)


_TAKE: dict[LetterKind, Callable[[AsyncSession, Acting, Letter], Awaitable[_Answer]]] = {
    LetterKind.HANDOVER: _accept_file,
    LetterKind.SUPPLEMENT: _take_supplement,
    LetterKind.REGISTRATION: _take_row,
    LetterKind.RECEIPT: _take_receipt,
}
