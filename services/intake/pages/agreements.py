"""„Vereinbarungen": voluntary integration agreements."""

from fastapi import APIRouter

from shared.web.routing import page_router

router: APIRouter = page_router("/intake")
