"""Ways out for a handover that the other site has answered with „stale“ or „erased“: somebody decides, nobody guesses.

That answer says that the other site knows a higher number than the letter brings, so one of two things is true: a newer
file exists somewhere, and the copy here is over; or nobody has one, as after a restore, and this site takes the
family's file back. Either way the number in the refused letter stays given up (contract: charge).
"""

from datetime import date
from uuid import UUID

import structlog
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.intake.commands.acting import Acting
from services.intake.commands.files import open_file, write_down
from services.intake.commands.handovers import is_erased, known_charge, lock_household, pass_on
from services.intake.commands.interpreters import wish_anew
from services.intake.commands.releases import reissue_releases
from services.intake.commands.visits import owe_first_visit
from services.intake.commands.whole_file import dump, forget, with_merged
from services.intake.domain.charge import Standing, site_name
from services.intake.domain.handovers import ENDS, Outcome, known
from services.intake.tables import Household
from services.intake.tables.handovers import LetterOut
from shared.contracts.intake import HouseholdHandedOver
from shared.contracts.words import HandoverStage
from shared.letters import LetterKind, LetterState
from shared.messaging import outbox
from shared.refusals import Conflict, Missing

log = structlog.get_logger(__name__)


async def give_up_copy(session: AsyncSession, by: Acting, letter_id: UUID) -> LetterOut:
    """Forget the copy: another site has a newer file of the family, or its data were erased.

    Raises `Missing`, and `Conflict` where there is nothing to decide.
    """
    letter, household = await _dead_end(session, letter_id)
    highest = await _highest(session, letter, household)
    await _settled(session, letter)
    log.info("copy_given_up", by=by.who, to_site=letter.to_site, letter_id=str(letter_id), household=str(household.id))
    if await is_erased(session, household.id):
        await forget(session, household.id)
    else:
        await pass_on(session, household, letter.to_site, highest, by.now)
    await session.refresh(letter)
    return letter


async def take_back(session: AsyncSession, by: Acting, letter_id: UUID) -> LetterOut:
    """Take charge again, with the number after the highest that either site knows: nobody else has the file.

    If somebody had it after all, with a lower number, the event tells him that he is behind. Raises `Missing`, and
    `Conflict` where there is nothing to decide, or the family's data were erased.
    """
    letter, household = await _dead_end(session, letter_id)
    if letter.why == Outcome.ERASED or await is_erased(session, household.id):
        raise Conflict(
            "Die Daten dieser Familie sind gelöscht worden; die Akte kann nicht zurückgenommen werden. "
            "Bitte die Kopie hier löschen."
        )
    charge = await _highest(session, letter, household) + 1
    merged = [id for id in await with_merged(session, household.id) if id != household.id]
    for each in (await session.exec(select(Household).where(col(Household.id).in_(merged)))).all():
        _in_charge(each, each.charge + 2)  # the next one was in the letter
        session.add(each)
    _in_charge(household, charge)
    session.add(household)
    await session.flush()

    file = await open_file(session, household.id)
    write_down(session, by, household.id, "taken_back", site=letter.to_site)
    accepted = HouseholdHandedOver(
        household_id=household.id,
        letter_id=letter.id,
        from_site=letter.to_site,
        to_site=by.site,
        stage=HandoverStage.ACCEPTED,
        charge=charge,
        district=file.residence.district,
        on=by.today,
    )
    await outbox.add(session, accepted)
    if moved_on := (letter.content or {}).get("moved_on"):
        await owe_first_visit(session, by, file, date.fromisoformat(moved_on))
    await reissue_releases(session, by, file, (await dump(session, household.id)).get("release", []))
    await wish_anew(session, by, file)
    return await _settled(session, letter)


async def _dead_end(session: AsyncSession, letter_id: UUID) -> tuple[LetterOut, Household]:
    """The refused letter and the copy that is left of the file, both locked."""
    letter = await session.get(LetterOut, letter_id)
    if letter is None or letter.household_id is None or letter.kind is not LetterKind.HANDOVER:
        raise Missing("Der Brief")
    household = await lock_household(session, letter.household_id)
    await session.refresh(letter, with_for_update=True)
    if letter.state is not LetterState.REFUSED or letter.why not in ENDS:
        raise Conflict(
            f"{site_name(letter.to_site)} hat diese Übergabe nicht abgelehnt; hier ist nichts zu entscheiden. "
            "Solange keine Antwort da ist, kann der Brief noch einmal gesendet werden."
        )
    if household is None or household.standing is not Standing.CARETAKER or household.charge + 1 != letter.charge:
        raise Conflict("Zu diesem Brief liegt hier keine Akte mehr, die auf den anderen Standort wartet.")
    return letter, household


async def _highest(session: AsyncSession, letter: LetterOut, household: Household) -> int:
    """The highest number that this site knows, or that the other one has named."""
    return known(await known_charge(session, household, household.id), (letter.content or {}).get("known"))


def _in_charge(household: Household, charge: int) -> None:
    household.charge, household.standing = charge, Standing.IN_CHARGE
    household.handed_to = household.handed_at = None


async def _settled(session: AsyncSession, letter: LetterOut) -> LetterOut:
    letter.state, letter.content = LetterState.SUPERSEDED, None
    session.add(letter)
    await session.flush()
    return letter
