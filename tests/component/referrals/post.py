"""The referrals' mails, as they arrive."""

from datetime import datetime

from services.referrals.background.mails import sender
from tests.component import post
from tests.component.post import Post, post_office
from tests.component.referrals.conftest import Referrals

__all__ = ["Post", "post_office", "send"]


async def send(referrals: Referrals, now: datetime | None = None) -> int:
    """Send what is due, now or at another time."""
    return await post.send(sender(referrals.database, referrals.settings), now)
