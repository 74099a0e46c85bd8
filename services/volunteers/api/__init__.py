"""The JSON calls below `/volunteers/api/v1`; each parses, calls one command or query, and answers."""

from fastapi import APIRouter

from services.volunteers.api import interpreters, own, register, requests, rota

routers: list[APIRouter] = [requests.router, interpreters.router, register.router, rota.router, own.router]
