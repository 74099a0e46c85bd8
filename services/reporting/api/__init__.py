"""Reporting's JSON operations."""

from services.reporting.api import figures, sites

routers = [figures.router, sites.router]
