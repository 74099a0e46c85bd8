"""„Listen": the Sozialamt's weekly list of moves."""

from fastapi import APIRouter

from shared.web.routing import page_router

router: APIRouter = page_router("/intake")
