"""What people see of volunteers, requests, the rota, mentorships and care."""

from fastapi import APIRouter

from services.volunteers.pages import (
    answer,
    calendar,
    care,
    fragments,
    gathering_reply,
    gatherings,
    hours,
    join,
    mentorships,
    own,
    register,
    requests,
    rota,
    start,
    thanks,
)

routers: list[APIRouter] = [
    start.router,
    join.router,
    answer.router,
    register.router,
    requests.router,
    rota.router,
    mentorships.router,
    fragments.router,
    hours.router,
    own.router,
    calendar.router,
    gatherings.router,
    gathering_reply.router,
    thanks.router,
    care.router,
]
