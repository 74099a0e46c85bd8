"""What the city's people see in the browser."""

from services.reporting.pages import figures, operations, roll_out

routers = [figures.router, operations.router, roll_out.router]
