"""Volunteers of the pilot, as the report tells of them (§3.1a, §3.1b, §5); all people and numbers are made up.

Mentors of the two associations that it names, interpreters for Arabic and Persian who are in integration courses in the
morning, pupils on work placement who interpret, teachers of the German courses, volunteers of the language cafés.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Any

from deploy.demo.calls import Call, Given, Story, key_of
from deploy.demo.referrals import families

API = "/volunteers/api/v1"
MENTORSHIPS = 8
"""So many run; ours."""
_WEEK = ("mon", "tue", "wed", "thu", "fri")
_MORNING, _DAY, _EVENING = ("09:00", "12:00"), ("09:00", "17:00"), ("16:00", "20:00")
_COURSE = "integration_course"
_GIVEN = (
    *("Adnan", "Bahar", "Celine", "Darius", "Esra", "Farid", "Golnar", "Hassan", "Iman", "Jamila", "Karim", "Laleh"),
    *("Marwan", "Nasrin", "Omar", "Parisa", "Qais", "Rima", "Samir", "Tara", "Uwe", "Vera", "Walter", "Xenia"),
    *("Yasmin", "Zahra", "Anton", "Berta", "Carla", "Dieter", "Elke", "Frank", "Gerda", "Heinz"),
)


@dataclass(frozen=True, slots=True)
class Group:
    """So many volunteers of one kind: what they do, which languages they speak, when they can come."""

    count: int
    kinds: tuple[str, ...]
    languages: tuple[tuple[str, str], ...]
    organisation: str | None = None
    times: tuple[tuple[str, str], ...] = (_EVENING,)
    block: str | None = None
    """Why they cannot come in the morning."""
    district: str = "brackel"
    certified: bool = True


GROUPS = (
    Group(5, ("interpreter",), (("ar", "native"), ("de", "b1")), times=(_DAY,), block=_COURSE, certified=False),
    Group(2, ("interpreter", "companion"), (("ar", "native"), ("de", "b2")), times=(_DAY,), district="aplerbeck"),
    Group(3, ("interpreter",), (("fa", "native"), ("de", "b1")), times=(_DAY,), block=_COURSE),
    Group(1, ("interpreter",), (("fa", "native"), ("prs", "c1"), ("de", "c1")), "kommende", (_DAY,), None, "aplerbeck"),
    Group(2, ("interpreter",), (("ar", "native"), ("de", "b2")), "kommende", (_MORNING,), certified=False),
    Group(5, ("mentor", "companion"), (("de", "native"), ("en", "b2")), "projekt-ankommen"),
    Group(5, ("mentor",), (("de", "native"),), "fluechtlingshilfe-aplerbeck", district="aplerbeck"),
    Group(4, ("teacher",), (("de", "native"), ("en", "b1")), "ev-bildungswerk", (_MORNING,)),
    Group(4, ("companion",), (("de", "native"),), "projekt-ankommen", (_EVENING,), certified=False),
    Group(3, ("moving_helper",), (("de", "native"),), "fluechtlingshilfe-aplerbeck", (_DAY,), None, "aplerbeck", False),
)
"""Interpreters; the two on work placement (§3.1a: Schülerpraktika, of the Kommende); mentors of the two associations;
teachers; hosts of the language cafés; helpers with a van."""


def volunteers(today: date) -> list[Story]:
    """Everybody in the register, with the times at which they can come."""
    random = Random(20170512)  # noqa: S311  (chance that can be repeated is the point)
    people = [group for group in GROUPS for _ in range(group.count)]
    return [_story(random, number, group, today) for number, group in enumerate(people)]


def wishes() -> list[Story]:
    """Arabic and Persian are wanted at each of the office hours (§3.1b)."""
    return [
        Story(f"wish-{tag}", (Call(f"{API}/standing-wishes/{tag}", {}, method="PUT", waits=True),))
        for tag in ("ar", "fa")
    ]


def mentorships(today: date) -> list[Story]:
    """Some families have a mentor of one of the two associations; the team asked by telephone."""
    random = Random(20170513)  # noqa: S311
    of = {"brackel": _of("projekt-ankommen", "mentor"), "aplerbeck": _of("fluechtlingshilfe-aplerbeck", "mentor")}
    chosen = random.sample(families(), MENTORSHIPS)
    told = []
    for number, family in enumerate(chosen):
        mentor = of[family.district][number % len(of[family.district])]
        wanted = {"kind": "mentor", "household_id": "{household_id}", "asks_by_itself": False}
        calls = (
            Call(f"{API}/requests", wanted, waits=True),
            Call(f"{API}/requests/{{request_id}}/assignments", {"volunteer_id": "{volunteer_id}"}),
            Call(f"{API}/assignments/{{assignment_id}}/accept", {}),
        )
        given = {
            "household_id": Given(key_of(family.story, 0), "household_id"),
            "volunteer_id": Given(key_of(_name(mentor), 0), "volunteer_id"),
        }
        told.append(Story(f"mentorship-{number}", calls, given))
    return told


def _of(organisation: str, kind: str) -> list[int]:
    people = [group for group in GROUPS for _ in range(group.count)]
    return [number for number, group in enumerate(people) if group.organisation == organisation and kind in group.kinds]


def _name(number: int) -> str:
    return f"volunteer-{number}"


def _story(random: Random, number: int, group: Group, today: date) -> Story:
    given = _GIVEN[number]
    shown = today - timedelta(days=random.randint(20, 300))
    person: dict[str, Any] = {
        "given_name": given,
        "family_name": f"Beispiel-{number + 1}",
        "email": f"{given.lower()}.{number + 1}@beispiel.invalid",
        "kinds": list(group.kinds),
        "districts": [],
        "home_district": group.district,
        "organisation": group.organisation,
        "max_a_month": random.choice((4, 6, 8)),
        "woman": random.random() < 0.6,
        "car": "moving_helper" in group.kinds,
        "driving_licence": "moving_helper" in group.kinds,
        "languages": [
            {"language": tag, "level": level, "reads": True, "writes": level == "native"}
            for tag, level in group.languages
        ],
        "confidentiality_on": shown.isoformat(),
    }
    if group.certified:
        person["certificate"] = {"inspected_on": shown.isoformat()}
    calls = (
        Call(f"{API}/volunteers", {name: value for name, value in person.items() if value is not None}),
        Call(f"{API}/volunteers/{{volunteer_id}}/times", _times(group), method="PUT"),
    )
    return Story(_name(number), calls)


def _times(group: Group) -> dict[str, Any]:
    spans = [{"weekday": day, "starts": starts, "ends": ends} for day in _WEEK for starts, ends in group.times]
    blocks = [
        {"weekday": day, "starts": _MORNING[0], "ends": "12:30", "reason": group.block}
        for day in _WEEK
        if group.block is not None
    ]
    return {"available": spans, "blocks": blocks, "absences": []}
