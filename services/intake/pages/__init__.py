"""The team's pages; every one works without script, except the desk without a line."""

from services.intake.pages import access_log, changes, file, first_visits, households, office_hours, today

routers = [
    today.router,
    office_hours.router,
    households.router,
    file.router,
    changes.router,
    first_visits.router,
    access_log.router,
]
