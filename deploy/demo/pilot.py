"""The pilot's half year, 1 October 2016 to 31 March 2017, with the figures of the report and invented families.

From the report: 150 households with 370 persons (§2.3), 137 of them reached (§3.1), 43 by an announced visit at home,
530 uses of the office hours by 150 people (§3.1b), 43 people of the host society (§3.1c: 40 to 45), 53 partners
(§3.1a), 1,250 contacts (§4), the crowd on Thursday afternoon (§5). Ours: how the 1,250 are split by target group and
channel, and all topics, languages, legal circles and dates.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any, TypeVar
from uuid import NAMESPACE_URL, uuid5
from zoneinfo import ZoneInfo

from deploy.demo.calls import API, Call, Story
from deploy.demo.words import (
    GIVEN_NAMES,
    HOST_TOPICS,
    LANGUAGES,
    NEIGHBOURHOODS,
    PARTNER_TOPICS,
    PARTNERS,
    REFUGEE_TOPICS,
    STREETS,
    SURNAMES,
)

BEGIN, END = date(2016, 10, 1), date(2017, 3, 31)
KEYS_HANDED_OVER = date(2016, 10, 10)
"""Since then somebody is in the office (§1, where the year is misprinted)."""
BERLIN = ZoneInfo("Europe/Berlin")

VISITED, MET_AT_OFFICE_HOURS, NOT_REACHED = 43, 94, 13
SIZES_REACHED = {1: 50, 2: 28, 3: 20, 4: 19, 5: 11, 6: 6, 7: 2, 8: 1}
"""Households by number of persons among the 137: 355 persons."""
SIZES_NOT_REACHED = {1: 11, 2: 2}
"""The 13 that left before anybody met them: 15 persons."""
OFFICE_HOUR_USES, OFFICE_HOUR_PEOPLE = 530, 150
REFUGEES_OTHERWISE = {"accompaniment": 70, "phone": 60, "event": 50, "email": 17}
PARTNER_CONTACTS = {"phone": 150, "email": 140, "event": 80}
HOST_CONTACTS = {"phone": 52, "email": 38, "event": 20}
HOST_PEOPLE = 43
VISITS_NOT_AT_HOME = 4
VISITS_LATE = 3

_CLOSED = {date(2016, 10, 3), date(2016, 11, 1), *(date(2016, 12, day) for day in range(23, 32))}
_OFFICE_HOURS = {0: (9, 12), 1: (9, 12), 3: (14, 17), 4: (9, 12)}
"""Monday, Tuesday and Friday morning, Thursday afternoon; Wednesday closed (§2.3)."""
_RUSH = {0: 1, 1: 1, 3: 4, 4: 1}
"""How much likelier somebody comes on that weekday (§5: crowded on Thursday, quiet in the morning)."""
_DESK_HOURS = {0: (13, 16), 1: (13, 16), 3: (9, 13), 4: (13, 16)}
"""When the team visits, telephones and writes: beside the office hours."""

Choice = TypeVar("Choice")


@dataclass(slots=True)
class Household:
    """One synthetic household and what happens to it, by day."""

    number: int
    size: int
    moved_on: date
    languages: tuple[str, ...]
    district: str
    births: list[date]
    circles: list[str]
    register: dict[str, Any]
    happens: list[tuple[date, Call]] = field(default_factory=list)
    met_on: date = END
    adults: list[int] = field(default_factory=list)

    def then(self, day: date, path: str, **body: Any) -> None:
        """Add a call that is made for that day."""
        self.happens.append((day, Call(f"{API}/{path}", body)))

    def story(self) -> Story:
        """The household's calls, the earliest first."""
        later = [call for _, call in sorted(self.happens, key=lambda happening: happening[0])]
        return Story(f"household-{self.number}", (Call(f"{API}/households", self.register), *later))


def pilot() -> list[Story]:
    """The half year, the same every time."""
    random = Random(20161001)  # noqa: S311  (chance that can be repeated is the point)
    reached = [
        _household(random, number + 1, size) for number, size in enumerate(_shuffled(random, _each(SIZES_REACHED)))
    ]
    left = [
        _household(random, len(reached) + number + 1, size)
        for number, size in enumerate(_shuffled(random, _each(SIZES_NOT_REACHED)))
    ]
    visited = random.sample(reached, VISITED)
    met = [household for household in reached if household not in visited]
    for place, household in enumerate(visited):
        _visit(random, household, place)
    _office_hours(random, visited, met)
    for household in left:
        day = household.moved_on + timedelta(days=random.randint(3, 12))
        household.then(day, "households/{household_id}/moves", left_city=True, moved_on=day.isoformat())
    for household in reached:
        _circle_changes(random, household)
    for channel in _shuffled(random, _each(REFUGEES_OTHERWISE)):
        household = random.choice(reached)
        _contact(random, household, random.choice(household.adults), channel, _desk_moment(random, household.met_on))
    return [household.story() for household in reached + left] + _partners(random) + _host_society(random)


def _household(random: Random, number: int, size: int) -> Household:
    languages = _weighted(random, LANGUAGES)
    district = random.choice(sorted(NEIGHBOURHOODS))
    neighbourhood, postal_code = random.choice(sorted(NEIGHBOURHOODS[district].items()))
    # Most came when the pilot began; the inflow had slackened by then (§3.1b).
    moved_on = BEGIN + timedelta(days=int(160 * random.random() ** 1.7))
    adults = 1 if size == 1 or (size <= 4 and random.random() < 0.15) else 2
    births = [_born(random, moved_on, 19, 58) for _ in range(adults)]
    births += [_born(random, moved_on, 0, 17) for _ in range(size - adults)]
    circle = _weighted(random, {"asylblg": 64, "sgb2": 36})
    circles = [circle] * size
    if number % 11 == 0:  # mixed households are normal (§6)
        circles[-1] = {"asylblg": "sgb2", "sgb2": "asylblg"}[circle]
    if number % 29 == 0:
        circles[0] = "sgb12"
    family = f"Musterfamilie {random.choice(SURNAMES[languages[0]])}-{number}"
    register: dict[str, Any] = {
        "family_name": family,
        "persons": [
            {
                "given_name": random.choice(GIVEN_NAMES),
                "family_name": family,
                "birth_date": born.isoformat(),
                "legal_circle": circles[position],
            }
            for position, born in enumerate(births)
        ],
        "address": {
            "street": f"{random.choice(STREETS)} {number}",
            "postal_code": postal_code,
            "city": "Dortmund",
            "district": district,
            "neighbourhood": neighbourhood,
        },
        "tenancy": _weighted(random, {"private": 60, "city_leased": 40}),
        "languages": list(languages),
        "case_number": f"MUSTER-{number:04}",
        "moved_on": moved_on.isoformat(),
    }
    if random.random() < 0.6:
        register["phone"] = f"0231 000-{number:04}"
    return Household(number, size, moved_on, languages, district, births, circles, register, [], END, [*range(adults)])


def _visit(random: Random, household: Household, place: int) -> None:
    """An announced visit at home, whose focus is what the family needs (§3.1b); a few late, a few at the second try."""
    first, last = (15, 19) if place < VISITS_LATE else (4, 13)
    not_at_home = VISITS_LATE <= place < VISITS_LATE + VISITS_NOT_AT_HOME
    at = _desk_moment(random, household.moved_on + timedelta(days=first), household.moved_on + timedelta(days=last))
    day = household.met_on = at.date()
    wish = {"language": household.languages[0], "interpreter_wanted": household.languages[0] != "en"}
    visit = "first-visits/{first_visit_id}"
    if not_at_home:
        early = _desk_moment(random, household.moved_on + timedelta(days=1), household.moved_on + timedelta(days=3))
        household.then(early.date(), f"{visit}/schedule", at=early.isoformat(), **wish)
        household.then(early.date(), f"{visit}/missed")
        household.then(day, f"{visit}/reschedule", at=at.isoformat(), **wish)
    else:
        household.then(day, f"{visit}/schedule", at=at.isoformat(), **wish)
    household.then(day, f"{visit}/complete", at=at.isoformat(), language=household.languages[0])
    areas = ["language", *random.sample(["social_contacts", "housing_surroundings", "leisure"], random.randint(0, 2))]
    ages = [(day - born).days // 365 for born in household.births]
    areas += ["kindergarten"] * any(age < 6 for age in ages) + ["school"] * any(6 <= age < 17 for age in ages)
    for area in areas:
        need: dict[str, Any] = {"area": area, "languages": list(household.languages), "on": day.isoformat()}
        if area == "language":
            need["times"] = [{"weekday": weekday, "from": "09:00", "to": "12:00"} for weekday in ("tue", "thu")]
        household.then(day, "households/{household_id}/needs", **need)


def _office_hours(random: Random, visited: Sequence[Household], met: Sequence[Household]) -> None:
    """530 uses by 150 people; the 94 families that nobody visited were met here, and their visit is waived."""
    uses: dict[tuple[int, int], int] = {}
    by_number = {household.number: household for household in [*visited, *met]}
    for household in met:
        day = _office_day(random, household.moved_on + timedelta(days=1), household.moved_on + timedelta(days=13))
        household.met_on = day
        uses[household.number, 0] = 1
        _contact(random, household, 0, "office_hours", _office_moment(random, day))
        household.then(day, "first-visits/{first_visit_id}/waive", on=day.isoformat())
    others = [(h.number, adult) for h in by_number.values() for adult in h.adults if (h.number, adult) not in uses]
    people = [*uses, *random.sample(others, OFFICE_HOUR_PEOPLE - len(uses))]
    again = [person for person in people if person not in uses]
    again += random.choices(people, weights=[1 / (1 + i % 9) for i in range(len(people))], k=OFFICE_HOUR_USES)
    for number, adult in again[: OFFICE_HOUR_USES - len(uses)]:
        household = by_number[number]
        day = _office_day(random, household.met_on, END)
        _contact(random, household, adult, "office_hours", _office_moment(random, day))


def _circle_changes(random: Random, household: Household) -> None:
    """Recognised: on the first of a month SGB II takes the place of AsylbLG, for all or for some of a family (§5)."""
    months = [date(2016, 11, 1), date(2016, 12, 1), date(2017, 1, 1), date(2017, 2, 1), date(2017, 3, 1)]
    later = [day for day in months if day > household.moved_on]
    if not later or random.random() > 0.45:
        return
    together = random.random() < 0.7
    day = random.choice(later)
    for position, circle in enumerate(household.circles):
        if circle == "asylblg" and (together or random.random() < 0.5):
            path = f"households/{{household_id}}/persons/{{person_ids[{position}]}}/legal-circle"
            household.then(day, path, legal_circle="sgb2", on=day.isoformat())


def _contact(random: Random, household: Household, adult: int, channel: str, at: datetime) -> None:
    body = {
        "target_group": "refugee",
        "channel": channel,
        "language": household.languages[0],
        "household_id": "{household_id}",
        "person_id": f"{{person_ids[{adult}]}}",
        "at": at.isoformat(),
    }
    if (topic := _weighted(random, REFUGEE_TOPICS)) is not None:
        body["topic"] = topic
    household.then(at.date(), "contacts", **body)


def _partners(random: Random) -> list[Story]:
    """Each of the 53 at least once, some of them every week."""
    channels = _shuffled(random, _each(PARTNER_CONTACTS))
    weights = [1 / (3 + place) for place in range(len(PARTNERS))]
    slugs = [*PARTNERS, *random.choices(PARTNERS, weights, k=len(channels) - len(PARTNERS))]
    return [
        _unnamed(random, f"partner-{number}", "partner", channel, PARTNER_TOPICS, partner=slug)
        for number, (slug, channel) in enumerate(zip(slugs, channels, strict=True), 1)
    ]


def _host_society(random: Random) -> list[Story]:
    """Neighbours, landlords and people who want to help: 43 of them, told apart by an id that says nothing else."""
    channels = _shuffled(random, _each(HOST_CONTACTS))
    people = [str(uuid5(NAMESPACE_URL, f"urn:lokal-willkommen:demo:host-society:{n}")) for n in range(HOST_PEOPLE)]
    callers = [*people, *random.choices(people, k=len(channels) - len(people))]
    return [
        _unnamed(random, f"host-{number}", "host_society", channel, HOST_TOPICS, counterpart_id=caller, language="de")
        for number, (caller, channel) in enumerate(zip(callers, channels, strict=True), 1)
    ]


def _unnamed(
    random: Random,
    name: str,
    group: str,
    channel: str,
    topics: Mapping[str | None, int],
    **who: str,
) -> Story:
    body = {"target_group": group, "channel": channel, "at": _desk_moment(random, BEGIN).isoformat(), **who}
    if (topic := _weighted(random, topics)) is not None:
        body["topic"] = topic
    return Story(name, (Call(f"{API}/contacts", body),))


def _office_day(random: Random, first: date, last: date) -> date:
    """A day with office hours, Thursday likelier than another."""
    days = _days(max(first, KEYS_HANDED_OVER), last)
    return random.choices(days, weights=[_RUSH[day.weekday()] for day in days])[0]


def _office_moment(random: Random, day: date) -> datetime:
    return _moment(random, day, *_OFFICE_HOURS[day.weekday()])


def _desk_moment(random: Random, first: date, last: date = END) -> datetime:
    day = random.choice(_days(first, last))
    return _moment(random, day, *_DESK_HOURS[day.weekday()])


def _days(first: date, last: date) -> list[date]:
    """Days on which the office is open; where a holiday leaves none in between, the next ones after it."""
    while True:
        days = [first + timedelta(days=n) for n in range((min(last, END) - first).days + 1)]
        if found := [day for day in days if day.weekday() in _OFFICE_HOURS and day not in _CLOSED]:
            return found
        last += timedelta(days=1)


def _moment(random: Random, day: date, begin: int, end: int) -> datetime:
    return datetime.combine(day, time(random.randrange(begin, end), random.randrange(60)), BERLIN)


def _born(random: Random, moved_on: date, youngest: int, oldest: int) -> date:
    return moved_on - timedelta(days=365 * random.randint(youngest, oldest) + random.randint(10, 350))


def _each(counts: Mapping[Choice, int]) -> list[Choice]:
    return [value for value, count in counts.items() for _ in range(count)]


def _shuffled(random: Random, values: list[Choice]) -> list[Choice]:
    random.shuffle(values)
    return values


def _weighted(random: Random, weights: Mapping[Choice, int]) -> Choice:
    return random.choices(list(weights), weights=list(weights.values()))[0]
