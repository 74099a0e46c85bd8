"""„Behörden": which authority is in charge of whom, and what it has not acknowledged yet."""

from fastapi import APIRouter

from shared.web.routing import page_router

router: APIRouter = page_router("/intake")
