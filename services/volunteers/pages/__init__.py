"""What people see of volunteers, requests, the rota, mentorships and care."""

from fastapi import APIRouter

from services.volunteers.pages import hours

routers: list[APIRouter] = [hours.router]
