"""Offers for a need, and the numbers of the board."""

from datetime import UTC, datetime
from typing import Annotated, Self
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from starlette.requests import Request

from services.referrals.desk import ByCoordinator, ByTeam
from services.referrals.domain.matching import Ranked, Ranking
from services.referrals.queries.board import BoardCounts, BoardFilter, board_counts
from services.referrals.queries.matching import matches, plain_wish, wish_of_need
from shared.contracts.kinds import Language
from shared.contracts.words import District, NeedArea, OfferKind, Topic
from shared.refusals import Invalid
from shared.web.problems import missing
from shared.web.routing import Session, api_router
from shared.web.tokens import Role

router: APIRouter = api_router("/referrals/api/v1", tags=["Vermittlungen"])

MOST = 200
FEWEST = 2
"""The runner-up is always shown: nobody shall take the first offer for the only one."""


class MatchAnswer(BaseModel):
    """An offer that fits: its points, and in plain words what speaks for and against it."""

    offer_id: UUID
    partner: str
    kind: OfferKind
    title: str
    score: int
    reasons: list[str]
    against: list[str]
    sentence: str

    @classmethod
    def of(cls, fit: Ranked) -> Self:
        """The ranked offer as an answer."""
        return cls(
            offer_id=fit.offer.offer_id,
            partner=fit.offer.partner,
            kind=fit.offer.kind,
            title=fit.offer.title,
            score=fit.score,
            reasons=list(fit.reasons),
            against=list(fit.against),
            sentence=fit.sentence,
        )


class MatchesAnswer(BaseModel):
    """The best offers; `fits` counts all that fit, `sentence` says so, or why nothing does."""

    offers: list[MatchAnswer]
    fits: int
    sentence: str

    @classmethod
    def of(cls, ranking: Ranking, limit: int) -> Self:
        """The first of the ranking."""
        return cls(
            offers=[MatchAnswer.of(fit) for fit in ranking.fits[:limit]],
            fits=len(ranking.fits),
            sentence=ranking.sentence,
        )


class BoardAnswer(BaseModel):
    """How many referrals wait for whom."""

    partner: int = Field(description="Waiting for a partner's answer.")
    oldest_days: int = Field(description="Calendar days since the longest unanswered one was sent.")
    team: int = Field(description="Waiting for the team: drafts, and what was declined or not answered.")
    held: int
    running: int
    completed: int = Field(description="Completed since Monday.")

    @classmethod
    def of(cls, counts: BoardCounts, now: datetime) -> Self:
        """The numbers as an answer."""
        return cls(
            partner=counts.partner,
            oldest_days=counts.days_of_oldest(now),
            team=counts.team,
            held=counts.held,
            running=counts.running,
            completed=counts.completed,
        )


@router.get("/matches", responses=missing)
async def list_matches(
    request: Request,
    by: ByTeam,
    session: Session,
    need_id: Annotated[UUID | None, Query(description="Bedarf eines Haushalts des eigenen Standorts.")] = None,
    area: Annotated[NeedArea | None, Query(description="Ohne Bedarf: wobei geholfen werden soll.")] = None,
    topic: Annotated[Topic | None, Query(description="Ohne Bedarf: worum es geht.")] = None,
    district: Annotated[District | None, Query(description="Wo die Person wohnt.")] = None,
    neighbourhood: Annotated[str | None, Query(max_length=60, description="Stadtteil als Kurzname.")] = None,
    language: Annotated[Language | None, Query(description="Sprache, in der man sich verständigen kann.")] = None,
    limit: Annotated[int, Query(ge=FEWEST, le=MOST, description="Höchstens so viele, mindestens zwei.")] = 10,
) -> MatchesAnswer:
    """Angebote für einen Bedarf oder ein Anliegen, das beste zuerst, mit Gründen; oder warum nichts passt."""
    if (need_id is None) is (area is None and topic is None):
        raise Invalid("need_id", "Bitte entweder einen Bedarf (need_id) oder area oder topic angeben.")
    if need_id is not None:
        given = {"district": district, "neighbourhood": neighbourhood, "language": language}
        for name, value in given.items():
            if value is not None:
                raise Invalid(name, "Das ist mit dem Bedarf (need_id) schon bekannt. Bitte hier weglassen.")
        wish = await wish_of_need(session, by.site or "", need_id, by.today)
    else:
        wish = plain_wish(by.today, area, topic, district, neighbourhood, language)
    ranking = await matches(session, wish, by.today, request.app.state.settings.stale_after_days)
    return MatchesAnswer.of(ranking, limit)


@router.get("/board")
async def read_board(by: ByCoordinator, session: Session) -> BoardAnswer:
    """Was auf wen wartet: für das Team am eigenen Standort, für die Koordination an allen."""
    now = datetime.now(UTC)
    return BoardAnswer.of(await board_counts(session, BoardFilter(by.site if by.role is Role.TEAM else None), now), now)
