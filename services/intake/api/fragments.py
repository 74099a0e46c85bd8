"""Namen für Seiten der Stadt: names for the city's pages, which hold none themselves."""

from fastapi import APIRouter

from shared.web.routing import api_router

router: APIRouter = api_router("/intake/api/v1", tags=["Namen für Seiten der Stadt"])
