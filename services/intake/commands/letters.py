"""What a site writes to another one, sealed for it alone, and what it has not accepted."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid5

import orjson
import structlog
from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from services.intake.commands.acting import Acting
from services.intake.commands.whole_file import letter_of
from services.intake.inputs import RegisterHousehold
from services.intake.tables import Household
from services.intake.tables.handovers import LetterOut, LetterRefused, Supplement
from shared.ids import uuid7
from shared.letters import CHANNEL, LetterKind, LetterState, Refusal
from shared.letters.sealing import MAX_CONTENT
from shared.refusals import Conflict, Missing

log = structlog.get_logger(__name__)

_LOCK_DIGEST = text("select pg_advisory_xact_lock(hashtextextended(:digest, 1))")
_WAKE = text(f"select pg_notify('{CHANNEL}', '')")


async def write_letter(
    session: AsyncSession,
    by: Acting,
    kind: LetterKind,
    to_site: str,
    content: Mapping[str, Any],
    *,
    letter_id: UUID | None = None,
    household_id: UUID | None = None,
    charge: int | None = None,
) -> UUID | None:
    """Write a letter, which is sent if, and only if, the transaction commits. None: it was written before.

    Raises `Conflict` for one that is larger than the network carries.
    """
    if len(orjson.dumps(content)) > MAX_CONTENT:
        raise Conflict(
            "Die Akte ist größer als 4 MB und passt in keinen Brief. Bitte die Betriebsgruppe rufen; "
            "hier wurde nichts geändert."
        )
    row = {
        "id": letter_id or uuid7(),
        "kind": kind,
        "to_site": to_site,
        "household_id": household_id,
        "charge": charge,
        "content": content,
        "state": LetterState.WAITING,
        "made_at": by.now,
        "made_by": by.who,
        "tries": 0,
    }
    written = insert(LetterOut).values(**row).on_conflict_do_nothing(index_elements=["id"])
    done = (await session.execute(written.returning(col(LetterOut.id)))).scalar_one_or_none()
    await session.execute(_WAKE)
    return done


async def send_again(session: AsyncSession, letter_id: UUID) -> bool:
    """Let the courier carry a letter that the broker had already; False if there is nothing to carry."""
    waiting = (
        update(LetterOut)
        .where(col(LetterOut.id) == letter_id, col(LetterOut.state) == LetterState.SENT)
        .values(state=LetterState.WAITING)
    )
    found = (await session.execute(waiting.returning(col(LetterOut.id)))).scalar_one_or_none()
    await session.execute(_WAKE)
    return found is not None


async def repeat_letter(session: AsyncSession, letter_id: UUID) -> LetterOut:
    """Send a letter that has not been answered once more: the same letter, which has its effect once.

    Raises `Missing`, and `Conflict` for one that was answered.
    """
    letter = (await session.exec(select(LetterOut).where(LetterOut.id == letter_id).with_for_update())).one_or_none()
    if letter is None:
        raise Missing("Der Brief")
    if letter.state not in (LetterState.WAITING, LetterState.SENT):
        raise Conflict("Dieser Brief ist schon beantwortet worden; er muss nicht noch einmal gesendet werden.")
    if letter.content is None and letter.household_id is not None:  # its content was lost with a newer database
        letter.content = await letter_of(session, letter.household_id, None)
        session.add(letter)
        await session.flush()
    await send_again(session, letter_id)
    await session.refresh(letter)
    return letter


async def send_registration(
    session: AsyncSession,
    by: Acting,
    *,
    to_site: str,
    move_id: UUID,
    row: RegisterHousehold,
    visited: tuple[str, ...] = (),
) -> bool:
    """Send one row of an imported list to the site that it belongs to; False if this move was sent there before.

    `visited` are the sites that have passed the row on already.
    """
    content = {"move_id": str(move_id), "row": row.model_dump(mode="json"), "visited": list(visited)}
    written = await write_letter(
        session, by, LetterKind.REGISTRATION, to_site, content, letter_id=uuid5(move_id, to_site)
    )
    return written is not None


async def add_supplement(
    session: AsyncSession, by: Acting, to_site: str, household_id: UUID, charge: int, content: Mapping[str, Any]
) -> None:
    """Tell the site to which a file has gone, with the number `charge`, what has become known of the family since."""
    supplement = {"supplement_id": str(uuid7()), **content}
    await write_letter(
        session, by, LetterKind.SUPPLEMENT, to_site, supplement, household_id=household_id, charge=charge
    )


async def tell_next_site(session: AsyncSession, by: Acting, household: Household, what: str, **said: Any) -> None:
    """Tell the site to which this file is on its way what its caretaker has entered; `said` in words of JSON."""
    assert household.handed_to is not None  # noqa: S101  (the database allows no other)
    content = {"what": what, "by": by.who, **said}
    await add_supplement(session, by, household.handed_to, household.id, household.charge + 1, content)


async def forward_supplement(
    session: AsyncSession, by: Acting, supplement: Supplement, to_site: str, charge: int, content: Mapping[str, Any]
) -> None:
    """Send a supplement after the file that has gone on, with the number `charge`."""
    await write_letter(
        session,
        by,
        LetterKind.SUPPLEMENT,
        to_site,
        content,
        # Each hop is a letter of its own, the same one however often this is tried.
        letter_id=uuid5(supplement.id, f"{by.site}>{to_site}:{charge}"),
        household_id=supplement.household_id,
        charge=charge,
    )


async def refuse_letter(session: AsyncSession, refusal: Refusal) -> None:
    """Keep that a letter was not accepted, and why; it is shown on the desk and counted.

    Once, however often the same sealed bytes come for the same reason: they come again when they could not be laid to
    the dead letters, and whoever sends them a thousand times shall not fill the desk.
    """
    await session.execute(_LOCK_DIGEST, {"digest": refusal.digest.hex()})
    same = select(LetterRefused.id).where(
        LetterRefused.digest == refusal.digest, LetterRefused.reason == refusal.because
    )
    if (await session.exec(same.limit(1))).first() is not None:
        return
    session.add(LetterRefused(reason=refusal.because, claimed_site=refusal.claimed_site, digest=refusal.digest))
    log.warning("letter_refused", reason=refusal.because.value, claimed_site=refusal.claimed_site)
