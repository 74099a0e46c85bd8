"""The JSON calls below `/referrals/api/v1`; each parses, calls one command or query, and answers."""

from fastapi import APIRouter

from services.referrals.api import hsds, knowledge, matches, offers, own, partners, referrals, round_tables

routers: list[APIRouter] = [
    partners.router,
    offers.router,
    knowledge.router,
    hsds.router,
    matches.router,
    own.router,
    referrals.router,
    round_tables.router,
]
