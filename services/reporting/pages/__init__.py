"""What the city's people see in the browser."""

from services.reporting.pages import figures

routers = [figures.router]
