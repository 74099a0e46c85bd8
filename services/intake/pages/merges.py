"""„Zusammenführungen": two files that turn out to be one family."""

from fastapi import APIRouter

from shared.web.routing import page_router

router: APIRouter = page_router("/intake")
