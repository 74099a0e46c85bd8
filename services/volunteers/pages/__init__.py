"""What people see of volunteers, requests, the rota, mentorships and care."""

from fastapi import APIRouter

from services.volunteers.pages import fragments, hours, mentorships, requests, rota

routers: list[APIRouter] = [
    requests.router,
    rota.router,
    mentorships.router,
    fragments.router,
    hours.router,
]
