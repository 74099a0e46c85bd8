"""„Freigaben": which recipient may see what."""

from fastapi import APIRouter

from shared.web.routing import page_router

router: APIRouter = page_router("/intake")
