"""„Auskunft": a file as a readable page and as JSON."""

from fastapi import APIRouter

from shared.web.routing import page_router

router: APIRouter = page_router("/intake")
