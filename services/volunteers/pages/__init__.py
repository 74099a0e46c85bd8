"""What people see of volunteers, requests, the rota, mentorships and care."""

from fastapi import APIRouter

routers: list[APIRouter] = []
