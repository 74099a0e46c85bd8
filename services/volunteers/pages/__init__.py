"""What people see of volunteers, requests, the rota, mentorships and care."""

from fastapi import APIRouter

from services.volunteers.pages import (
    answer,
    care,
    fragments,
    gathering_reply,
    gatherings,
    hours,
    mentorships,
    requests,
    rota,
    thanks,
)

routers: list[APIRouter] = [
    answer.router,
    requests.router,
    rota.router,
    mentorships.router,
    fragments.router,
    hours.router,
    gatherings.router,
    gathering_reply.router,
    thanks.router,
    care.router,
]
