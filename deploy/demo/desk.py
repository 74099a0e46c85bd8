"""A handful of files with dates around today, so that the desk has something to do. All ours, outside the half year."""

from datetime import date, datetime, time, timedelta
from typing import Any

from deploy.demo.calls import API, Call, Story
from deploy.demo.pilot import BERLIN

FIRST_FAMILY = "Musterfamilie Überfällig"
"""The file that is entered first: its first day tells a later run for which day the others were made."""
FIRST_MOVED_DAYS_AGO = 21


def desk(today: date) -> list[Story]:
    """The files as they would be on that day; the first must be entered before the others."""
    days = [today + timedelta(days=n) for n in range(-9, 9)]
    last_working_day = max(day for day in days if day < today and day.weekday() < 5)
    next_working_day = min(day for day in days if day > today and day.weekday() < 5)

    overdue = _family(FIRST_FAMILY, "Hadi", "brackel", "Asseln", ["ar"], today - timedelta(days=FIRST_MOVED_DAYS_AGO))
    missed = _family("Musterfamilie Zweitversuch", "Jiyan", "aplerbeck", "Schüren", ["ku", "ar"], _ago(today, 12))
    coming = _family("Musterfamilie Demnächst", "Selam", "brackel", "Wickede", ["ti"], _ago(today, 4))
    at_once = _family("Musterfamilie Heute", "Omid", "aplerbeck", "Berghofen", ["fa", "en"], _ago(today, 9))
    protected = _family("Musterfamilie Geschützt", "Nura", "brackel", "Wambel", ["ar"], _ago(today, 8), protected=True)
    again = _family("Musterfamilie Umzug", "Drita", "brackel", "Brackel", ["sq", "de"], _ago(today, 150))
    ahead = _family("Musterfamilie Bald", "Amiin", "aplerbeck", "Sölde", ["so"], today + timedelta(days=10))
    new_home = {**_address("aplerbeck", "Aplerbeck", 108), "street": "Beispielweg 108"}
    return [
        Story("desk-overdue", (overdue,)),
        Story(
            "desk-missed",
            (missed, _visit("schedule", at=_at(last_working_day, 10), language="ku"), _visit("missed")),
        ),
        Story(
            "desk-coming",
            (coming, _visit("schedule", at=_at(next_working_day, 15), language="ti", interpreter_wanted=True)),
        ),
        Story("desk-today", (at_once, _visit("schedule", at=_at(today, 17), language="fa", interpreter_wanted=False))),
        Story("desk-protected", (protected,)),
        Story(
            "desk-moved",
            (
                again,
                _visit("waive", on=_ago(today, 140).isoformat()),
                Call(
                    f"{API}/households/{{household_id}}/moves",
                    {"address": new_home, "tenancy": "private", "moved_on": _ago(today, 3).isoformat()},
                ),
            ),
        ),
        Story("desk-ahead", (ahead,)),
        Story("desk-tally", tuple(_tally(last_working_day))),
    ]


def changes(today: date) -> list[Story]:
    """Who comes into another legal circle soon: the authorities hear of it, if their offers are entered before."""
    family = _family("Musterfamilie Rechtskreis", "Yusuf", "brackel", "Brackel", ["ar"], _ago(today, 40))
    circle = f"{API}/households/{{household_id}}/persons/{{person_ids[0]}}/legal-circle"
    return [
        Story(
            "desk-circle",
            (
                family,
                _visit("waive", on=_ago(today, 30).isoformat()),
                Call(circle, {"legal_circle": "sgb2", "on": (today + timedelta(days=21)).isoformat()}),
            ),
        )
    ]


def _family(
    name: str, given_name: str, district: str, neighbourhood: str, languages: list[str], moved_on: date, **more: Any
) -> Call:
    persons = [
        {"given_name": given_name, "family_name": name, "birth_date": "1988-05-04"},
        {"given_name": "Mini", "family_name": name, "birth_date": "2015-09-01"},
    ]
    body = {
        "family_name": name,
        "persons": persons,
        "address": _address(district, neighbourhood, 100 + len(name)),
        "tenancy": "city_leased",
        "legal_circle": "asylblg",
        "languages": languages,
        "moved_on": moved_on.isoformat(),
        **more,
    }
    return Call(f"{API}/households", body)


def _address(district: str, neighbourhood: str, number: int) -> dict[str, str]:
    return {
        "street": f"Musterstraße {number}",
        "postal_code": "44309" if district == "brackel" else "44287",
        "city": "Dortmund",
        "district": district,
        "neighbourhood": neighbourhood,
    }


def _visit(what: str, **body: Any) -> Call:
    return Call(f"{API}/first-visits/{{first_visit_id}}/{what}", body)


def _tally(day: date) -> list[Call]:
    """A quiet last working day at the desk: one tap each."""
    taps = [("refugee", "application_help", "ar"), ("refugee", "housing", "fa"), ("host_society", "volunteering", "de")]
    return [
        Call(
            f"{API}/contacts",
            {"target_group": group, "topic": topic, "language": language, "at": _at(day, 10 + n)},
        )
        for n, (group, topic, language) in enumerate(taps)
    ]


def _ago(today: date, days: int) -> date:
    return today - timedelta(days=days)


def _at(day: date, hour: int) -> str:
    return datetime.combine(day, time(hour), BERLIN).isoformat()
