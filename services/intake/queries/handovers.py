"""Files on their way between sites: what pages and calls ask for."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from sqlalchemy import func, tuple_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.intake.domain.charge import RegisteredSite, Standing, in_charge
from services.intake.domain.handovers import ENDS, HANGS_AFTER, Outcome, SupplementState
from services.intake.queries.tiles import Tile
from services.intake.tables import Household, Residence, SiteEntry
from services.intake.tables.handovers import (
    Expected,
    LeavingDistrict,
    LetterIn,
    LetterOut,
    LetterRefused,
    PassedOn,
    Supplement,
)
from shared.letters import LetterKind, LetterState

OPEN = (LetterState.WAITING, LetterState.SENT, LetterState.REFUSED)
"""A letter in these states has not done what it was written for."""
_SHOWN = 50
_RECENT = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Sent:
    """A letter to another site, with the family that it is about, as far as the file is still here."""

    letter: LetterOut
    family_name: str | None
    hangs: bool

    @property
    def household_id(self) -> UUID | None:
        """The household, as the access log wants it."""
        return self.letter.household_id

    @property
    def can_be_repeated(self) -> bool:
        """Nobody has answered it."""
        return self.letter.state in (LetterState.WAITING, LetterState.SENT)

    @property
    def is_dead_end(self) -> bool:
        """A handover that the other site will never take, with the copy still here: somebody has to decide."""
        is_refused = self.letter.state is LetterState.REFUSED and self.letter.why in ENDS
        return self.letter.kind is LetterKind.HANDOVER and is_refused and self.family_name is not None


@dataclass(frozen=True, slots=True)
class Arrived:
    """A file that came from another site."""

    household_id: UUID
    family_name: str
    from_site: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Unfit:
    """A supplement of another site that contradicts what has happened since."""

    household_id: UUID
    family_name: str
    from_site: str
    why: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Leaving:
    """A district that got a site of its own: how many of its files have gone there, and how many will."""

    district: str
    to_site: str
    handed_over: int
    left: int


@dataclass(frozen=True, slots=True)
class Overview:
    """All that „Übergaben" shows."""

    leaving: Sequence[Sent]
    letters: Sequence[Sent]
    """Other letters that hang or were refused."""
    coming: Sequence[Expected]
    arrived: Sequence[Arrived]
    gone: Sequence[PassedOn]
    unfit: Sequence[Unfit]
    refused: Sequence[LetterRefused]
    elsewhere: dict[str, int]
    """Open files by the site that serves their district now, but for those that go there by themselves."""
    by_themselves: Sequence[Leaving]

    @property
    def hanging(self) -> int:
        """Handovers that have not arrived in time, or were refused."""
        return sum(sent.hangs for sent in self.leaving)

    @property
    def households(self) -> list[UUID]:
        """Whose names are shown."""
        sent = [sent.household_id for sent in (*self.leaving, *self.letters) if sent.household_id and sent.family_name]
        return [*sent, *(row.household_id for row in self.arrived), *(row.household_id for row in self.unfit)]


async def overview(session: AsyncSession, site: str, now: datetime, hangs_after: timedelta = HANGS_AFTER) -> Overview:
    """What is on its way, what has come and gone lately, and what was not accepted."""
    leaving = await leaving_districts(session)
    others = await letters_out(session, now, hangs_after, kinds=(LetterKind.SUPPLEMENT, LetterKind.REGISTRATION))
    return Overview(
        leaving=await letters_out(session, now, hangs_after),
        letters=[sent for sent in others if sent.hangs],
        coming=(await session.exec(select(Expected).order_by(col(Expected.since)).limit(_SHOWN))).all(),
        arrived=await _arrived(session, now - _RECENT),
        gone=(
            await session.exec(
                select(PassedOn)
                .where(PassedOn.confirmed_at > now - _RECENT)
                .order_by(col(PassedOn.confirmed_at).desc())
                .limit(_SHOWN)
            )
        ).all(),
        unfit=await _unfit(session),
        refused=(await session.exec(select(LetterRefused).order_by(col(LetterRefused.id).desc()).limit(_SHOWN))).all(),
        elsewhere=await files_of_others(session, site, {row.district for row in leaving}),
        by_themselves=[row for row in leaving if row.left or row.handed_over],
    )


async def letters_out(
    session: AsyncSession,
    now: datetime,
    hangs_after: timedelta = HANGS_AFTER,
    *,
    kinds: Sequence[LetterKind] = (LetterKind.HANDOVER,),
    states: Sequence[LetterState] = OPEN,
    after: tuple[datetime, UUID] | None = None,
    limit: int = _SHOWN,
) -> list[Sent]:
    """Letters to other sites, the longest under way first."""
    query = (
        select(LetterOut, Household.family_name)
        .outerjoin(Household, col(Household.id) == LetterOut.household_id)
        .where(col(LetterOut.kind).in_(kinds), col(LetterOut.state).in_(states))
        .order_by(col(LetterOut.made_at), col(LetterOut.id))
        .limit(limit)
    )
    if after is not None:
        query = query.where(tuple_(col(LetterOut.made_at), col(LetterOut.id)) > tuple_(*after))
    return [
        Sent(letter, name, letter.state is LetterState.REFUSED or _is_late(letter, now - hangs_after))
        for letter, name in await session.exec(query)
    ]


def _is_late(letter: LetterOut, since: datetime) -> bool:
    return letter.state in (LetterState.WAITING, LetterState.SENT) and letter.made_at < since


async def _arrived(session: AsyncSession, since: datetime) -> list[Arrived]:
    found = await session.exec(
        select(Household, LetterIn)
        .join(LetterIn, col(LetterIn.household_id) == col(Household.id))
        .where(
            LetterIn.kind == LetterKind.HANDOVER,
            LetterIn.outcome == Outcome.ACCEPTED,
            LetterIn.charge == Household.charge,
            LetterIn.received_at > since,
        )
        .order_by(col(LetterIn.received_at).desc())
        .limit(_SHOWN)
    )
    return [Arrived(file.id, file.family_name, letter.from_site, letter.received_at) for file, letter in found]


async def _unfit(session: AsyncSession) -> list[Unfit]:
    found = await session.exec(
        select(Household, Supplement)
        .join(Supplement, col(Supplement.household_id) == col(Household.id))
        .where(Supplement.state == SupplementState.UNFIT)
        .order_by(col(Supplement.parked_at).desc())
        .limit(_SHOWN)
    )
    return [Unfit(file.id, file.family_name, late.from_site, late.why, late.parked_at) for file, late in found]


async def files_of_others(session: AsyncSession, site: str, but_in: Collection[str] = frozenset()) -> dict[str, int]:
    """How many open files of this site lie in a district that another site serves by now, by that site."""
    register = await _register(session)
    found: Counter[str] = Counter()
    for district, files in (await _files_by_district(session)).items():
        responsible = in_charge(register, district)
        if responsible is not None and responsible != site and district not in but_in:
            found[responsible] += files
    return dict(sorted(found.items()))


async def leaving_districts(session: AsyncSession) -> list[Leaving]:
    """Districts whose files go to their new site by themselves, with how far that is."""
    register = await _register(session)
    files = await _files_by_district(session)
    rows = (await session.exec(select(LeavingDistrict).order_by(LeavingDistrict.district))).all()
    return [
        Leaving(row.district, row.to_site, row.handed_over, files.get(row.district, 0))
        for row in rows
        if row.to_site is not None and in_charge(register, row.district) == row.to_site
    ]


async def _register(session: AsyncSession) -> list[RegisteredSite]:
    entries = (await session.exec(select(SiteEntry).where(col(SiteEntry.closed_on).is_(None)))).all()
    return [RegisteredSite(e.site, frozenset(e.districts), frozenset(e.interim_districts)) for e in entries]


async def _files_by_district(session: AsyncSession) -> dict[str, int]:
    counted = await session.exec(
        select(Residence.district, func.count())
        .join(Household, col(Household.id) == col(Residence.household_id))
        .where(
            col(Residence.moved_out).is_(None),
            col(Household.closed_on).is_(None),
            Household.standing == Standing.IN_CHARGE,
        )
        .group_by(col(Residence.district))
    )
    return {str(district): files for district, files in counted}


async def section(session: AsyncSession, household_id: UUID, today: date) -> Sent | None:
    """Where the file is on its way to, for the alert on top of it."""
    found = await session.exec(
        select(LetterOut)
        .where(
            LetterOut.household_id == household_id,
            LetterOut.kind == LetterKind.HANDOVER,
            col(LetterOut.state).in_(OPEN),
        )
        .order_by(col(LetterOut.charge).desc())
        .limit(1)
    )
    letter = found.one_or_none()
    return None if letter is None else Sent(letter, None, _is_late(letter, datetime.now(UTC) - HANGS_AFTER))


async def tile(session: AsyncSession, today: date, who: str) -> Tile | None:
    """Files in transit, red when one hangs. None: nothing to say. `who` is the account that looks."""
    leaving = await letters_out(session, datetime.now(UTC))
    coming = (await session.exec(select(func.count()).select_from(Expected))).one()
    if not leaving and not coming:
        return None
    hanging = sum(sent.hangs for sent in leaving)
    if hanging:
        return Tile(hanging, "Übergabe hängt" if hanging == 1 else "Übergaben hängen", "/intake/handovers", "danger")
    count = len(leaving) + coming
    return Tile(count, "Übergabe unterwegs" if count == 1 else "Übergaben unterwegs", "/intake/handovers")
