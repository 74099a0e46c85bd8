"""What the city's people see in the browser."""

from services.reporting.pages import figures, operations

routers = [figures.router, operations.router]
