"""Since when the oldest message of a queue waits, told from counts alone."""

from datetime import UTC, datetime, timedelta

from services.referrals.background.partner_queues import Ages

BEGIN = datetime(2017, 1, 9, 9, tzinfo=UTC)


def at(minutes: int) -> datetime:
    """So many minutes later."""
    return BEGIN + timedelta(minutes=minutes)


def test_nothing_waits() -> None:
    """An empty queue has no oldest message."""
    assert Ages().since(7, 0, at(0)) is None


def test_the_oldest_came_after_the_last_look_that_had_not_counted_it() -> None:
    """Three came at three looks; when the first is read, the second is the oldest."""
    ages = Ages()
    assert ages.since(0, 0, at(0)) is None
    assert ages.since(1, 1, at(1)) == at(0)
    assert ages.since(2, 2, at(2)) == at(0)
    assert ages.since(3, 3, at(3)) == at(0)
    assert ages.since(3, 2, at(4)) == at(1)
    assert ages.since(3, 1, at(9)) == at(2)
    assert ages.since(3, 0, at(10)) is None
    assert ages.since(4, 1, at(11)) == at(3)


def test_what_was_there_before_the_first_look() -> None:
    """Nobody knows when it came: the first look is all that can be said."""
    ages = Ages()
    assert ages.since(5, 3, at(0)) == at(0)
    assert ages.since(5, 3, at(5)) == at(0)


def test_a_broker_that_counts_anew() -> None:
    """After its restart the counts begin at what still lies there."""
    ages = Ages()
    ages.since(100, 2, at(0))
    assert ages.since(2, 2, at(1)) == at(1)
