"""„Vermittlungen": what waits for whom, the longest waiting first."""

from datetime import UTC, datetime
from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from services.referrals.desk import ByCoordinatorOnPage
from services.referrals.queries.board import BoardFilter, Waiting, board_counts, board_rows, partners_of_board
from services.referrals.queries.mails import is_stuck
from shared.contracts.words import SITES
from shared.web.pagination import PageQuery
from shared.web.routing import Session, page_router
from shared.web.templating import Pages
from shared.web.tokens import Role

router: APIRouter = page_router("/referrals")

NAMES_AT_ONCE = 50
"""As many names as the intake tells at once."""


@router.get("/board")
async def show_board(
    request: Request,
    by: ByCoordinatorOnPage,
    session: Session,
    pages: Pages,
    page: PageQuery,
    state: Annotated[Waiting, Query()] = Waiting.PARTNER,
    partner: Annotated[str, Query(max_length=60)] = "",
    site: Annotated[str, Query(max_length=60)] = "",
) -> Response:
    """A team sees its own site's referrals; the coordination all, without any household."""
    now = datetime.now(UTC)
    is_team = by.role is Role.TEAM
    which = BoardFilter(by.site if is_team else site or None, partner or None)
    after = page.after(datetime, UUID)
    rows = await board_rows(session, which, state, now, after=after and (after[0], after[1]), limit=page.limit + 1)
    shown = rows[: page.limit]
    kept = {name: value for name, value in (("partner", partner), ("site", site)) if value}
    return pages.render(
        "board.html",
        counts=await board_counts(session, which, now),
        rows=shown,
        next_cursor=page.page(rows, lambda row: row.key, lambda row: row.referral.id).next_cursor,
        state=state,
        partner=partner,
        chosen_site=site,
        partners=await partners_of_board(session, which, now),
        sites=() if is_team else SITES,
        is_team=is_team,
        mails_stuck=await is_stuck(session, request.app.state.settings.smtp_url, now),
        kept=urlencode(kept),
        names=batches([row.referral.household_id for row in shown]) if is_team else [],
    )


def batches(households: list[UUID | None]) -> list[str]:
    """The ids whose names the browser asks of the intake, fifty at a time."""
    ids = list(dict.fromkeys(str(household) for household in households if household is not None))
    return [",".join(ids[start : start + NAMES_AT_ONCE]) for start in range(0, len(ids), NAMES_AT_ONCE)]
