"""Arbeit an der Akte: owner and substitute, follow-up tasks, safety notes, the child-protection path."""

from fastapi import APIRouter

from shared.web.routing import api_router

router: APIRouter = api_router("/intake/api/v1", tags=["Arbeit an der Akte"])
