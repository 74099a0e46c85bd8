"""What people see of partners, offers, referrals, knowledge and round tables."""

from services.referrals.pages import start

routers = [start.router]
