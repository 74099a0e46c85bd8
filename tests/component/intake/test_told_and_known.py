"""What the intake tells adds up to what it knows, for any day, whatever was entered in whatever order of days."""

import random
from collections import Counter
from datetime import date, timedelta
from typing import Any

import httpx
import orjson
import pytest

from services.reporting.consumers import _fact
from services.reporting.domain.households import CIRCLES, household
from shared.messaging import envelope
from tests.component.intake.conftest import Intake
from tests.component.intake.samples import API, ASSELN, SOELDE, family

BEGIN = date(2016, 10, 1)
DAYS = 120
CIRCLE_WORDS = ("asylblg", "sgb2", "sgb12", "none")
HOMES = [ASSELN, SOELDE, {**ASSELN, "district": "mengede", "neighbourhood": "Nette"}]


def _day(chance: random.Random) -> str:
    return (BEGIN + timedelta(days=chance.randrange(DAYS))).isoformat()


async def _live(api: httpx.AsyncClient, chance: random.Random) -> dict[str, Any]:
    """A family's life at the desk: moves, changed circles, births and deaths, perhaps a departure; some are refused."""
    moved_on = _day(chance) if chance.random() < 0.7 else None
    registered = (await api.post(f"{API}/households", json=family(moved_on=moved_on))).json()
    path = f"{API}/households/{registered['household_id']}"
    people = list(registered["person_ids"])
    kinds = ("circle", "move", "district", "birth", "leave", "joins", "goes", "returns")
    for _ in range(16):
        match chance.choices(kinds, (6, 3, 2, 1, 0.3, 3, 3, 1))[0]:
            case "circle":
                person = chance.choice(people)
                circle = chance.choice(CIRCLE_WORDS)
                change = {"legal_circle": circle, "on": _day(chance)}
                answer = await api.post(f"{path}/persons/{person}/legal-circle", json=change)
            case "move":
                move = {"address": chance.choice(HOMES), "tenancy": "private", "moved_on": _day(chance)}
                answer = await api.post(f"{path}/moves", json=move)
            case "district":
                answer = await api.patch(path, json={"address": chance.choice(HOMES)})
            case "birth":
                person = chance.choice(registered["person_ids"])
                born = {"person_id": person, "birth_date": f"{chance.randrange(1950, 2010)}-01-01"}
                answer = await api.patch(path, json={"persons": [born]})
            case "joins":
                came = {"came_by": chance.choice(("birth", "joined")), "on": _day(chance)}
                named = {"given_name": "Neu", "family_name": "Probe", "legal_circle": chance.choice(CIRCLE_WORDS)}
                answer = await api.post(f"{path}/persons", json={**came, **named})
                if answer.status_code == 201:
                    people.append(answer.json()["person_id"])
            case "goes":
                gone = {"because": chance.choice(("death", "left")), "on": _day(chance)}
                answer = await api.post(f"{path}/persons/{chance.choice(people)}/left", json=gone)
            case "returns":
                answer = await api.post(f"{path}/persons/{chance.choice(people)}/returned")
            case _:
                answer = await api.post(f"{path}/moves", json={"left_city": True, "moved_on": _day(chance)})
        assert answer.status_code in (200, 201, 409, 422), answer.text
    return dict((await api.get(path)).json())


def _known(file: dict[str, Any], day: date) -> tuple[str, Counter[str]] | None:
    """District and legal circles on a day, as the file has them."""
    if file["closed_on"] and day >= date.fromisoformat(file["closed_on"]):
        return None
    homes = [file["address"], *file["former_addresses"]]
    for home in homes:
        begins = home["moved_in"] is None or home["moved_in"] <= day.isoformat()
        if begins and (home["moved_out"] is None or home["moved_out"] > day.isoformat()):
            circles = Counter[str]()
            for person in file["persons"]:
                if (person["joined_on"] or "") > day.isoformat() or day.isoformat() >= (person["left_on"] or "9"):
                    continue
                held = [since for since in person["legal_circles"] if (since["on"] or "") <= day.isoformat()]
                circles[held[-1]["legal_circle"]] += 1
            return home["district"], circles
    return None


@pytest.mark.parametrize("seed", range(24))
async def test_figures_follow_from_events(api: httpx.AsyncClient, intake: Intake, seed: int) -> None:
    """District and persons per legal circle on every day follow from the events alone, as the file has them."""
    chance = random.Random(seed)
    file = await _live(api, chance)
    rows = await intake.rows(
        "select body, sequence from outbox where routing_key like '%.household-%' "
        "or routing_key like '%.legal-circle-%' order by position"
    )
    facts = []
    for body, sequence in rows:
        message = {**orjson.loads(bytes(body)), "sequence": f"{sequence:010d}"}
        if (fact := _fact(envelope.read(orjson.dumps(message)))) is not None:
            facts.append(fact)
    chance.shuffle(facts)
    periods = household(facts).periods
    moves = [home["moved_in"] for home in (file["address"], *file["former_addresses"]) if home["moved_in"]]
    first = date.fromisoformat(min([file["registered_on"], *moves]))
    days = [first + timedelta(days=n) for n in range(DAYS + 5)] + [date.fromisoformat(file["registered_on"])]
    for day in days:
        told = next((p for p in periods if p.begin <= day and (p.end is None or day < p.end)), None)
        known = _known(file, day)
        as_told = told and (told.district, +Counter(dict(zip(map(str, CIRCLES), told.circles, strict=True))))
        assert as_told == known, f"{day}, seed {seed}"
