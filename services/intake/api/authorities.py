"""Behörden: which authority is in charge of whom, and what it has not acknowledged yet."""

from fastapi import APIRouter

from shared.web.routing import api_router

router: APIRouter = api_router("/intake/api/v1", tags=["Behörden"])
