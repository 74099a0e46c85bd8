"""„Arbeit an der Akte": owner and substitute, follow-up tasks, safety notes, the child-protection path."""

from fastapi import APIRouter

from shared.web.routing import page_router

router: APIRouter = page_router("/intake")
