"""The intake's JSON calls below `/intake/api/v1`; each parses, calls one command or query, and answers."""

from services.intake.api import access_log, contacts, first_visits, households

routers = [households.router, first_visits.router, contacts.router, access_log.router]
