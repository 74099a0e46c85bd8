"""Who belongs to a household on which day."""

from dataclasses import dataclass
from datetime import date

from services.intake.domain.members import members_on


@dataclass
class _Person:
    joined_on: date | None = None
    left_on: date | None = None


def test_members_count_from_their_first_day_to_the_one_before_they_left() -> None:
    """Whoever was there from the beginning and never left counts always."""
    always, born, gone = _Person(), _Person(joined_on=date(2026, 3, 2)), _Person(left_on=date(2026, 3, 2))
    assert members_on([always, born, gone], date(2026, 3, 1)) == [always, gone]
    assert members_on([always, born, gone], date(2026, 3, 2)) == [always, born]
