"""A district that this site looked after gets a site of its own: its files go there by themselves (report, §6).

Only what stood as "in the meantime" in this site's own entry is given up so. Whose district it was for good, and what
another site served, is handed over by hand: such a change of the register may be a wrong entry.
"""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import func
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.intake.commands.acting import Acting
from services.intake.commands.files import open_file
from services.intake.commands.handovers import hand_over
from services.intake.domain.charge import Standing
from services.intake.tables import Household, Residence, SiteEntry
from services.intake.tables.handovers import LeavingDistrict, LetterOut
from shared.letters import LetterKind, LetterState, steps
from shared.messaging import Publisher

ON_THE_WAY = 50
"""So many files may be under way unanswered: while the new site does not work yet, the others stay in charge here."""


async def interim_districts(session: AsyncSession) -> set[str]:
    """What this site looks after in the meantime, by its own entry."""
    publisher: Publisher = session.info["publisher"]
    own = await session.get(SiteEntry, publisher.site, populate_existing=True)
    return set() if own is None else set(own.interim_districts)


async def leave_districts(session: AsyncSession, before: Collection[str]) -> None:
    """Remember which interim districts are another site's now; `before` are those from before the register changed.

    The entries of the two sites come in any order: the own one may tell that a district is not this site's any more
    before the other tells whose it is.
    """
    publisher: Publisher = session.info["publisher"]
    entries = (await session.exec(select(SiteEntry).where(col(SiteEntry.closed_on).is_(None)))).all()
    own = {d for entry in entries if entry.site == publisher.site for d in (*entry.districts, *entry.interim_districts)}
    others = {d: entry.site for entry in entries if entry.site != publisher.site for d in entry.districts}
    waiting = set((await session.exec(select(LeavingDistrict.district))).all())
    for district in {*before, *waiting}:
        if district in others:
            row = insert(LeavingDistrict).values(district=district, to_site=others[district], since=func.now())
            await session.execute(
                row.on_conflict_do_update(index_elements=["district"], set_={"to_site": others[district]})
            )
        elif district not in own:
            row = insert(LeavingDistrict).values(district=district, to_site=None, since=func.now())
            await session.execute(row.on_conflict_do_update(index_elements=["district"], set_={"to_site": None}))
        else:  # it has come back
            await session.exec(delete(LeavingDistrict).where(col(LeavingDistrict.district) == district))


async def leaving_files(session: AsyncSession, limit: int, but: Collection[UUID] = ()) -> list[UUID]:
    """The next files that leave with their district, at most `limit`, and fewer when many are on their way already."""
    under_way = select(func.count()).where(
        LetterOut.kind == LetterKind.HANDOVER, col(LetterOut.state).in_([LetterState.WAITING, LetterState.SENT])
    )
    room = ON_THE_WAY - (await session.exec(under_way)).one()
    found = await session.exec(
        select(col(Household.id))
        .join(Residence, col(Residence.household_id) == col(Household.id))
        .join(LeavingDistrict, col(LeavingDistrict.district) == col(Residence.district))
        .where(
            col(Household.closed_on).is_(None),
            Household.standing == Standing.IN_CHARGE,
            col(Residence.moved_out).is_(None),
            col(LeavingDistrict.to_site).is_not(None),
            col(Household.id).not_in(but),
        )
        .order_by(col(Household.id))
        .limit(max(0, min(limit, room)))
    )
    return list(found.all())


async def hand_over_leaving(session: AsyncSession, by: Acting, household_id: UUID) -> bool:
    """Hand this file over to the new site of its district; False if somebody was quicker, or it need not go any more.

    Raises `Refused` where a handover by hand would be refused, too.
    """
    file = await open_file(session, household_id)
    row = await session.get(LeavingDistrict, file.residence.district, with_for_update=True)
    if not file.is_open or not file.is_in_charge or row is None or row.to_site is None:
        return False
    steps.reached("S1")
    await hand_over(session, by, file, row.to_site, None)
    row.handed_over += 1
    session.add(row)
    return True
