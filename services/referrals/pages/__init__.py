"""What people see of partners, offers, referrals, knowledge and round tables."""

from services.referrals.pages import board, start

routers = [start.router, board.router]
