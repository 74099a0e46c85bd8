"""Personen: who joins and leaves a household."""

from fastapi import APIRouter

from shared.web.routing import api_router

router: APIRouter = api_router("/intake/api/v1", tags=["Personen"])
