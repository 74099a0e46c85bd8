"""What people see of partners, offers, referrals, knowledge and round tables."""

from services.referrals.pages import board, directory, match, offers, own, partners, referral, start, system, webhook

routers = [
    start.router,
    board.router,
    match.router,
    referral.router,
    own.router,
    system.router,
    webhook.router,
    offers.router,
    partners.router,
    directory.router,
]
