"""Two files turn out to be one family: one goes on with everything, the other is closed; and the way back."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import delete
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.intake.commands.acting import Acting
from services.intake.commands.files import File, open_file, refresh_search, state_anew, write_down
from services.intake.commands.interpreters import retell_wishes
from services.intake.commands.repoint import move_back, move_over
from services.intake.commands.visits import drop_open_visit, owe_first_visit, waive_first_visit
from services.intake.domain.merges import check_same
from services.intake.domain.visits import OPEN
from services.intake.inputs import VisitEnded
from services.intake.tables import FirstVisit, Household
from services.intake.tables.merges import Merge
from shared.contracts.intake import HouseholdChanged, HouseholdClosed, HouseholdMerged, HouseholdUnmerged
from shared.contracts.words import ClosingReason, HouseholdChange
from shared.messaging import outbox
from shared.refusals import Conflict, Invalid

_GIVEN_BACK = frozenset({"phone", "case_number", "languages"})
_PARTED = "Die Akten wurden wieder getrennt; den Besuch schuldet die andere."


async def merge_households(
    session: AsyncSession, by: Acting, kept_id: UUID, absorbed_id: UUID, same: Mapping[UUID, UUID]
) -> Merge:
    """Let one file go into the other. `same` says of persons of the absorbed file who they are in the kept one.

    Everybody and everything else of the absorbed file goes over; what the kept file can have only once and has
    already stays behind, as do homes and timeline. Raises `Invalid` for persons who belong elsewhere, `Conflict` where
    one of the files is closed or not with this site.
    """
    if kept_id == absorbed_id:
        raise Invalid("absorbed_id", "Das ist dieselbe Akte.")
    kept, absorbed = await _both(session, kept_id, absorbed_id)
    if absorbed.household.merged_into is not None:
        raise Conflict("Diese Akte ist schon mit einer anderen zusammengeführt.")
    kept.require_open()
    absorbed.require_open()
    check_same(same, kept.persons, absorbed.persons)

    filled = _fill(kept.household, absorbed.household)
    visit = await _open_visit(session, absorbed_id)
    owed = visit and (visit.id, visit.moved_on)
    await drop_open_visit(session, by, absorbed, by.today)
    await _close(session, by, absorbed, kept_id)
    merge = Merge(kept_id=kept_id, absorbed_id=absorbed_id, at=by.now, by=by.who, filled=filled)
    merge.moved = await move_over(session, absorbed_id, kept_id, same)
    session.add_all([merge, kept.household])

    [kept] = await _anew(session, kept_id)
    await outbox.add(session, HouseholdMerged(merged_household_id=absorbed_id, **kept.state(by.today)))
    await _tell_later(session, by, kept)
    write_down(session, by, kept_id, "merged")
    write_down(session, by, absorbed_id, "merged_into")
    await session.refresh(merge)
    if owed is not None:
        merge.moved = {**merge.moved, "first_visit": [await _owe_instead(session, by, kept, *owed)]}
        session.add(merge)
    await retell_wishes(session, by, kept)
    return merge


async def undo_merge(session: AsyncSession, by: Acting, kept_id: UUID, merge_id: UUID) -> UUID:
    """Part the files again: each has what it had, and what has been entered since about those who go back goes along.

    Answers the file that goes on its own again. The latest merge is undone first. Raises `Conflict`.
    """
    merge = await session.get(Merge, merge_id)
    if merge is None or merge.kept_id != kept_id:
        raise Conflict("Diese Zusammenführung gibt es nicht oder nicht mehr.")
    absorbed_id, moved = merge.absorbed_id, merge.moved
    kept, absorbed = await _both(session, kept_id, absorbed_id)
    kept.require_open()
    await _require_latest(session, merge)

    _unfill(kept.household, merge.filled)
    await move_back(session, absorbed_id, kept_id, moved)
    day = max(by.today, absorbed.household.closed_on or by.today)
    _reopen(absorbed.household)
    session.add_all([kept.household, absorbed.household])
    await session.flush()
    await session.execute(delete(Merge).where(col(Merge.id) == merge_id))

    kept, absorbed = await _anew(session, kept_id, absorbed_id)
    await outbox.add(session, HouseholdUnmerged(restored_household_id=absorbed_id, **kept.state(by.today)))
    await _tell_later(session, by, kept)
    await outbox.add(session, HouseholdChanged(change=HouseholdChange.REOPENED, **absorbed.state(day)))
    absorbed.household.stated_on = max(absorbed.household.stated_on, day)
    write_down(session, by, kept_id, "unmerged")
    write_down(session, by, absorbed_id, "reopened")
    for entry in moved.get("first_visit", []):
        await _owe_again(session, by, kept, absorbed, entry)
    for file in (kept, absorbed):
        await retell_wishes(session, by, file)
    return absorbed_id


async def _both(session: AsyncSession, kept_id: UUID, absorbed_id: UUID) -> tuple[File, File]:
    # In the order of their ids: two colleagues who merge them the one way and the other never wait for each other.
    files = {household_id: await open_file(session, household_id) for household_id in sorted([kept_id, absorbed_id])}
    return files[kept_id], files[absorbed_id]


def _fill(kept: Household, absorbed: Household) -> dict[str, Any]:
    """What the kept file lacks it has from the other one; protection is never lost (domain rule 14)."""
    merged = {
        "phone": kept.phone or absorbed.phone,
        "case_number": kept.case_number or absorbed.case_number,
        "languages": list(dict.fromkeys([*kept.languages, *absorbed.languages])),
        "protected": kept.protected or absorbed.protected,
    }
    filled = {field: [getattr(kept, field), value] for field, value in merged.items() if getattr(kept, field) != value}
    for field, (_, value) in filled.items():
        setattr(kept, field, value)
    return filled


def _unfill(kept: Household, filled: Mapping[str, Any]) -> None:
    """What has been corrected since stays, and so does protection: only a person lifts it (domain rule 14)."""
    for field, (before, since) in filled.items():
        if field in _GIVEN_BACK and getattr(kept, field) == since:
            setattr(kept, field, before)


async def _open_visit(session: AsyncSession, household_id: UUID) -> FirstVisit | None:
    found = await session.exec(
        select(FirstVisit).where(FirstVisit.household_id == household_id, col(FirstVisit.state).in_([*OPEN]))
    )
    return found.one_or_none()


async def _owe_instead(session: AsyncSession, by: Acting, kept: File, owed_id: UUID, moved_on: date) -> dict[str, Any]:
    """The family is owed the visit still, unless the kept file owes it already; says what has become of it."""
    if await _open_visit(session, kept.household.id) is not None:
        return {"key": {"id": str(owed_id)}, "instead": None}
    visit = await owe_first_visit(session, by, kept, moved_on)
    return {"key": {"id": str(owed_id)}, "instead": str(visit.id)}


async def _owe_again(session: AsyncSession, by: Acting, kept: File, absorbed: File, entry: Mapping[str, Any]) -> None:
    """The file that goes on its own again owes its own visit; the one that stood in for it is not owed any more."""
    theirs = select(FirstVisit).where(
        FirstVisit.id == UUID(entry["key"]["id"]), FirstVisit.household_id == absorbed.household.id
    )
    owed = (await session.exec(theirs)).one()
    standing_in = await _open_visit(session, kept.household.id)
    if standing_in is not None and str(standing_in.id) == entry["instead"]:
        await waive_first_visit(session, by, standing_in.id, VisitEnded(note=_PARTED))
    await owe_first_visit(session, by, absorbed, owed.moved_on)


async def _close(session: AsyncSession, by: Acting, absorbed: File, kept_id: UUID) -> None:
    household = absorbed.household
    household.closed_on = max(by.today, household.stated_on)
    household.closing_reason = ClosingReason.MERGED
    household.merged_into = kept_id
    session.add(household)
    await outbox.add(
        session,
        HouseholdClosed(
            household_id=household.id,
            reason=ClosingReason.MERGED,
            on=household.closed_on,
            district=absorbed.residence.district,
            charge=household.charge,
        ),
    )


def _reopen(household: Household) -> None:
    household.closed_on = None
    household.closing_reason = None
    household.merged_into = None


async def _anew(session: AsyncSession, *household_ids: UUID) -> list[File]:
    """The files with those who belong to them now; what the search finds follows them."""
    await session.flush()
    session.expire_all()  # the rows have changed files behind the session's back
    files = [await open_file(session, household_id) for household_id in household_ids]
    for file in files:
        await refresh_search(session, file.household)
    return files


async def _tell_later(session: AsyncSession, by: Acting, file: File) -> None:
    """What was told for a later day would else outlive the merge."""
    if file.household.stated_on > by.today:
        await state_anew(session, file, file.household.stated_on)
    file.household.stated_on = max(file.household.stated_on, by.today)


async def _require_latest(session: AsyncSession, merge: Merge) -> None:
    later = await session.exec(select(Merge.id).where(Merge.kept_id == merge.kept_id, Merge.at > merge.at))
    if later.first() is not None:
        raise Conflict("Danach wurde noch eine Akte aufgenommen. Bitte zuerst diese Zusammenführung lösen.")
