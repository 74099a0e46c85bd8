"""„Namen für Seiten der Stadt": names for the city's pages, which hold none themselves."""

from fastapi import APIRouter

from shared.web.routing import page_router

router: APIRouter = page_router("/intake")
