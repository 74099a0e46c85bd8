"""What people see of partners, offers, referrals, knowledge and round tables."""

from services.referrals.pages import (
    answer,
    asyncapi,
    board,
    calendar,
    directory,
    fragments,
    knowledge,
    match,
    offers,
    own,
    partners,
    referral,
    round_tables,
    start,
    system,
    webhook,
)

routers = [
    start.router,
    board.router,
    match.router,
    referral.router,
    own.router,
    system.router,
    webhook.router,
    answer.router,
    asyncapi.router,
    offers.router,
    partners.router,
    directory.router,
    calendar.router,
    fragments.router,
    knowledge.router,
    round_tables.router,
]
