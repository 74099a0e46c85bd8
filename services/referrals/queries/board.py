"""The board: which referrals wait for whom, the longest waiting first (requirement 3; report, 2.2)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select, tuple_
from sqlalchemy.orm import aliased
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from services.referrals.domain.states import WITHOUT_HELP
from services.referrals.tables import KnownNeed, Offer, Partner, Referral, ReferralAppointment
from shared.contracts.words import ReferralState
from shared.web.german import BERLIN

_OPEN = (ReferralState.REQUESTED, ReferralState.ACCEPTED, ReferralState.IN_PROGRESS, ReferralState.ON_HOLD)


class Waiting(StrEnum):
    """For whom a referral waits, or what else the board lists."""

    PARTNER = "partner"
    TEAM = "team"
    HELD = "held"
    RUNNING = "running"
    COMPLETED = "completed"


@dataclass(frozen=True, slots=True)
class BoardFilter:
    """What the board shows: one site's referrals (None: all sites', for the coordinator), of one partner if named."""

    site: str | None = None
    partner: str | None = None


@dataclass(frozen=True, slots=True)
class BoardCounts:
    """How many wait for whom; `oldest` is when the longest unanswered one was sent."""

    partner: int
    oldest: datetime | None
    team: int
    held: int
    running: int
    completed: int

    def days_of_oldest(self, now: datetime) -> int:
        """Calendar days since it was sent; 0 where nothing waits."""
        return (now.astimezone(BERLIN).date() - self.oldest.astimezone(BERLIN).date()).days if self.oldest else 0


@dataclass(frozen=True, slots=True)
class BoardRow:
    """One line: the referral, the partner's name and the offer's title."""

    referral: Referral
    partner: str
    partner_slug: str
    title: str | None
    appointment: datetime | None = None
    """The next one at the partner."""

    @property
    def since(self) -> datetime:
        """Since when it stands where it stands."""
        referral = self.referral
        return referral.ended_at or referral.requested_at or referral.created_at

    @property
    def key(self) -> tuple[datetime, UUID]:
        """The row's place in the order of its list."""
        return self.since, self.referral.id


_Other = aliased(Referral)
_NEXT_APPOINTMENT = (
    select(func.min(ReferralAppointment.at))
    .where(col(ReferralAppointment.referral_id) == col(Referral.id), col(ReferralAppointment.at) >= func.now())
    .scalar_subquery()
)
_SINCE = func.coalesce(col(Referral.ended_at), col(Referral.requested_at), col(Referral.created_at))


async def board_counts(session: AsyncSession, which: BoardFilter, now: datetime) -> BoardCounts:
    """All numbers of the board in one look at the table."""
    waiting = {kind: func.count().filter(_condition(kind, now)) for kind in Waiting}
    oldest = func.min(Referral.requested_at).filter(_condition(Waiting.PARTNER, now))
    query: Any = select(*waiting.values(), oldest).select_from(Referral)
    row = (await session.execute(_narrowed(query.where(_on_the_board(now)), which))).one()
    numbers = dict(zip(waiting, row, strict=False))
    return BoardCounts(
        partner=numbers[Waiting.PARTNER],
        oldest=row[-1],
        team=numbers[Waiting.TEAM],
        held=numbers[Waiting.HELD],
        running=numbers[Waiting.RUNNING],
        completed=numbers[Waiting.COMPLETED],
    )


async def board_rows(
    session: AsyncSession,
    which: BoardFilter,
    waiting: Waiting,
    now: datetime,
    *,
    after: tuple[datetime, UUID] | None = None,
    limit: int = 51,
) -> list[BoardRow]:
    """The lines of one list, the longest waiting first; what is completed the newest first."""
    key = tuple_(_SINCE, col(Referral.id))
    query: Any = (
        select(Referral, col(Partner.name), col(Partner.slug), col(Offer.title), _NEXT_APPOINTMENT.label("next"))
        .join(Partner, col(Partner.id) == col(Referral.partner_id))
        .outerjoin(Offer, col(Offer.id) == col(Referral.offer_id))
        .where(_condition(waiting, now))
        .limit(limit)
    )
    if waiting is Waiting.COMPLETED:
        query = query.order_by(_SINCE.desc(), col(Referral.id).desc())
        query = query.where(key < after) if after is not None else query
    else:
        query = query.order_by(_SINCE, col(Referral.id))
        query = query.where(key > after) if after is not None else query
    found = await session.execute(_narrowed(query, which))
    return [BoardRow(row[0], row[1], row[2], row[3] and row[3]["de"], row.next) for row in found]


async def partners_of_board(session: AsyncSession, which: BoardFilter, now: datetime) -> list[tuple[str, str]]:
    """Slug and name of the partners that stand on the board, by name: for the choice above it."""
    query: Select[Any] = select(col(Referral.partner_id)).where(_on_the_board(now)).distinct()
    ids = _narrowed(query, BoardFilter(which.site))
    partners = select(col(Partner.slug), col(Partner.name)).where(col(Partner.id).in_(ids)).order_by(col(Partner.name))
    return [(slug, name) for slug, name in await session.execute(partners)]


def _narrowed(query: Select[Any], which: BoardFilter) -> Select[Any]:
    if which.site is not None:
        query = query.where(col(Referral.site) == which.site)
    if which.partner is not None:
        of_partner = select(col(Partner.id)).where(col(Partner.slug) == which.partner).scalar_subquery()
        query = query.where(col(Referral.partner_id) == of_partner)
    return query


def _on_the_board(now: datetime) -> ColumnElement[bool]:
    """What can stand in any list: two thirds of a year's referrals are over and not looked at."""
    return or_(
        col(Referral.ended_at).is_(None),
        and_(col(Referral.state) == ReferralState.COMPLETED, col(Referral.ended_at) >= _monday(now)),
        and_(col(Referral.state).in_(WITHOUT_HELP), col(Referral.waived_at).is_(None)),
    )


def _condition(waiting: Waiting, now: datetime) -> ColumnElement[bool]:
    state = col(Referral.state)
    match waiting:
        case Waiting.PARTNER:
            return state == ReferralState.REQUESTED
        case Waiting.TEAM:
            return or_(state == ReferralState.DRAFT, _needs_another_try())
        case Waiting.HELD:
            return state == ReferralState.ON_HOLD
        case Waiting.RUNNING:
            return state.in_([ReferralState.ACCEPTED, ReferralState.IN_PROGRESS])
        case Waiting.COMPLETED:
            return and_(state == ReferralState.COMPLETED, col(Referral.ended_at) >= _monday(now))


def _needs_another_try() -> ColumnElement[bool]:
    """The partner could not help, nobody else is asked or has helped, and what was needed is not met otherwise.

    However long ago: it waits until somebody else is asked or the team decides against it.
    """
    asked_or_helped = [*_OPEN, ReferralState.COMPLETED]
    return and_(
        col(Referral.state).in_(WITHOUT_HELP),
        col(Referral.waived_at).is_(None),
        or_(col(Referral.household_id).is_not(None), col(Referral.contact_id).is_not(None)),  # else it was erased
        ~exists().where(col(_Other.replaces) == col(Referral.id)),
        ~exists().where(col(_Other.need_id) == col(Referral.need_id), col(_Other.state).in_(asked_or_helped)),
        ~exists().where(col(KnownNeed.need_id) == col(Referral.need_id), col(KnownNeed.met_on).is_not(None)),
    )


def _monday(now: datetime) -> datetime:
    today = now.astimezone(BERLIN).replace(hour=0, minute=0, second=0, microsecond=0)
    return today - timedelta(days=today.weekday())
