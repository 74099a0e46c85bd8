"""The JSON calls below `/volunteers/api/v1`; each parses, calls one command or query, and answers."""

from fastapi import APIRouter

from services.volunteers.api import interpreters, register, requests

routers: list[APIRouter] = [requests.router, interpreters.router, register.router]
