"""Zusammenführungen: two files that turn out to be one family."""

from fastapi import APIRouter

from shared.web.routing import api_router

router: APIRouter = api_router("/intake/api/v1", tags=["Zusammenführungen"])
