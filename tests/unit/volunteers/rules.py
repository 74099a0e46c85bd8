"""The hard rules once more, as plainly as one would explain them; nothing of the domain's own rules is called."""

from datetime import UTC, date, timedelta

from services.volunteers.domain.people import Helper, Wanted
from shared.contracts.words import VolunteerKind, Weekday
from shared.days import BERLIN

_ALIKE = [{"fa", "prs"}, {"ar", "apc"}]
_STEP = timedelta(minutes=5)


def minutes_of(wanted: Wanted) -> list[tuple[str, int, date]]:
    """Every fifth minute that it lasts: weekday, minute of the day, day; as the clock on the wall shows them."""
    if wanted.during is None:
        return []
    shown, moment = [], wanted.during.starts.astimezone(UTC)
    while moment < wanted.during.ends:
        local = moment.astimezone(BERLIN)
        shown.append((list(Weekday)[local.weekday()].value, local.hour * 60 + local.minute, local.date()))
        moment += _STEP
    return shown


def broken(helper: Helper, wanted: Wanted, today: date) -> set[str]:
    """The rules that an assignment would break."""
    moments = minutes_of(wanted)
    rules = {
        "kind": wanted.kind in helper.kinds,
        "language": wanted.kind != VolunteerKind.INTERPRETER or _interprets(helper, wanted),
        "certificate": not wanted.minors or _certified(helper, max((day for *_, day in moments), default=today)),
        "confidentiality": helper.confidentiality
        or wanted.kind not in (VolunteerKind.INTERPRETER, VolunteerKind.MENTOR),
        "conflict": wanted.household is None or wanted.household not in helper.conflicts,
        "woman": helper.woman is True or not wanted.woman_wanted,
        "district": not helper.districts or wanted.district is None or wanted.district in helper.districts,
        "car": helper.car or not wanted.car_wanted,
        "not_available": all(_within(helper.available, weekday, minute) for weekday, minute, _ in moments),
        "blocked": not any(_within(helper.blocks, weekday, minute) for weekday, minute, _ in moments),
        "absent": not any(gone.from_on <= day <= gone.until_on for *_, day in moments for gone in helper.absences),
        "refused_time": not any(_within(helper.refused_times, weekday, minute) for weekday, minute, _ in moments),
        "booked": not any(_same_time(wanted, busy.starts, busy.ends) for busy in helper.busy),
        "paused": helper.paused_until is None or helper.paused_until < today,
        "resting": helper.resting_until is None or helper.resting_until <= today,
        "asked_enough": helper.asked_in.get((today.year, today.month), 0) < helper.max_a_month,
        "asked_before": helper.id not in wanted.asked_before,
    }
    return {rule for rule, kept in rules.items() if not kept}


def _interprets(helper: Helper, wanted: Wanted) -> bool:
    assert wanted.language is not None
    understood = next((group for group in _ALIKE if wanted.language[:3].rstrip("-") in group), {wanted.language})
    return any(
        skill.speaks and skill.understands and tag[:3].rstrip("-") in understood
        for tag, skill in helper.languages.items()
    )


def _certified(helper: Helper, day: date) -> bool:
    return helper.certificate_until is not None and day <= helper.certificate_until


def _within(spans: object, weekday: str, minute: int) -> bool:
    return any(
        span.weekday == weekday
        and span.starts.hour * 60 + span.starts.minute <= minute
        and minute < (span.ends.hour * 60 + span.ends.minute or 1440)
        for span in spans  # type: ignore[attr-defined]
    )


def _same_time(wanted: Wanted, starts: object, ends: object) -> bool:
    return wanted.during is not None and wanted.during.starts < ends and starts < wanted.during.ends  # type: ignore[operator]
