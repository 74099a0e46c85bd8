"""The JSON calls below `/referrals/api/v1`; each parses, calls one command or query, and answers."""

from fastapi import APIRouter

routers: list[APIRouter] = []
