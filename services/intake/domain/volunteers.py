"""What a volunteer's assignment means for the file: what it is for, which data are open, until when."""

from datetime import date, datetime, timedelta

from services.intake.domain.days import day_of
from services.intake.domain.releases import MAX_DAYS, ReleaseField
from shared.contracts.words import InterpreterOccasion, Purpose, VolunteerKind

_PURPOSES = {VolunteerKind.INTERPRETER: Purpose.INTERPRETING, VolunteerKind.MENTOR: Purpose.MENTORING}
_COMES_TO_THE_HOME = frozenset({VolunteerKind.MOVING_HELPER, VolunteerKind.COMPANION})


def purpose_of(kind: VolunteerKind) -> Purpose:
    """For what the family's consent must have been given."""
    return _PURPOSES.get(kind, Purpose.ACCOMPANIMENT)


def fields_for(kind: VolunteerKind, occasion: InterpreterOccasion | None, *, protected: bool) -> list[ReleaseField]:
    """Name, languages and phone; the address for who comes to the home, and a protected one never (domain rule 14)."""
    fields = [ReleaseField.NAME, ReleaseField.LANGUAGES, ReleaseField.PHONE]
    to_the_home = occasion is InterpreterOccasion.FIRST_VISIT or kind in _COMES_TO_THE_HOME
    return [*fields, ReleaseField.ADDRESS] if to_the_home and not protected else fields


def last_day(until: datetime | None, accepted_on: date, today: date) -> date:
    """The day after the assignment; of what has no time, such as a mentorship, a year at the latest."""
    last = accepted_on + timedelta(days=MAX_DAYS - 1) if until is None else day_of(until) + timedelta(days=1)
    return min(last, today + timedelta(days=MAX_DAYS))
