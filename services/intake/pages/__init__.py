"""The team's pages; every one works without script, except the desk without a line."""

from fastapi import APIRouter

routers: list[APIRouter] = []
