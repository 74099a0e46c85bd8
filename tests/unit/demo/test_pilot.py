"""The demonstration data show the figures of the report, whoever counts them."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from deploy.demo.calls import Call, Story
from deploy.demo.pilot import BEGIN, END, pilot
from deploy.demo.words import PARTNERS
from services.intake.domain.charge import neighbourhood_slug
from services.intake.domain.texts import fault_of_name
from services.intake.inputs import (
    Appointment,
    ChangeLegalCircle,
    IdentifyNeed,
    MoveHousehold,
    RecordContact,
    RegisterHousehold,
    VisitDone,
    VisitEnded,
    VisitMissed,
)
from shared.contracts.words import District

STORIES = pilot()
CALLS = [call for story in STORIES for call in story.calls]
HOUSEHOLDS = [story for story in STORIES if story.name.startswith("household-")]
BODIES = {
    "households": RegisterHousehold,
    "moves": MoveHousehold,
    "legal-circle": ChangeLegalCircle,
    "needs": IdentifyNeed,
    "contacts": RecordContact,
    "schedule": Appointment,
    "reschedule": Appointment,
    "complete": VisitDone,
    "missed": VisitMissed,
    "waive": VisitEnded,
}
PERSON = "00000000-0000-7000-8000-000000000002"
KNOWN = {"household_id": "00000000-0000-7000-8000-000000000001", "first_visit_id": "v", "person_ids": [PERSON] * 8}


def made(what: str) -> list[Call]:
    """The calls whose path ends so."""
    return [call for call in CALLS if call.path.endswith(f"/{what}")]


def contacts() -> Iterator[dict[str, Any]]:
    """Every contact that will be counted: those of completed visits count themselves."""
    for call in made("contacts"):
        yield {**call.body, "at": datetime.fromisoformat(call.body["at"])}
    for call in made("complete"):
        yield {
            "target_group": "refugee",
            "channel": "visit",
            "at": datetime.fromisoformat(call.body["at"]),
        }


def story_has(story: Story, what: str) -> bool:
    """Whether such a call is in the story."""
    return any(call.path.endswith(f"/{what}") for call in story.calls)


def test_it_is_the_same_every_time() -> None:
    """Two runs enter the same half year, down to the last minute."""
    assert pilot() == STORIES
    keys = [key for story in STORIES for key, _ in story.keyed()]
    assert len(keys) == len(set(keys))


def test_households_and_persons() -> None:
    """150 households with 370 persons."""
    registered = [call.body for call in made("households")]
    assert len(registered) == 150
    assert sum(len(body["persons"]) for body in registered) == 370


def test_reached() -> None:
    """137 are reached, 43 by an announced visit and 94 at the office hours; the other 13 leave the city."""
    visited = [story for story in HOUSEHOLDS if story_has(story, "complete")]
    met = [story for story in HOUSEHOLDS if story_has(story, "waive")]
    left = [story for story in HOUSEHOLDS if story_has(story, "moves")]
    assert (len(visited), len(met), len(left)) == (43, 94, 13)
    assert {story.name for story in visited + met + left} == {story.name for story in HOUSEHOLDS}
    assert len(HOUSEHOLDS) == 150
    assert all(story_has(story, "schedule") for story in visited)
    assert not any(story_has(story, "contacts") for story in left)


def test_a_waived_family_was_met_at_the_office_hours_that_day() -> None:
    """A visit is waived on the day on which the family came to the office hours."""
    for story in HOUSEHOLDS:
        for waived in (call.body["on"] for call in story.calls if call.path.endswith("/waive")):
            days = {
                call.body["at"][:10]
                for call in story.calls
                if call.path.endswith("/contacts") and call.body["channel"] == "office_hours"
            }
            assert waived in days


def test_contacts() -> None:
    """1,250 contacts, 530 of them uses of the office hours by 150 people; 43 people of the host society."""
    counted = list(contacts())
    assert len(counted) == 1250
    at_office_hours = [contact for contact in counted if contact["channel"] == "office_hours"]
    assert len(at_office_hours) == 530
    assert {contact["target_group"] for contact in at_office_hours} == {"refugee"}
    people = {
        (story.name, call.body["person_id"])
        for story in HOUSEHOLDS
        for call in story.calls
        if call.body.get("channel") == "office_hours"
    }
    assert len(people) == 150
    assert len({contact["counterpart_id"] for contact in counted if contact["target_group"] == "host_society"}) == 43


def test_partners() -> None:
    """53 partners, each contacted, those named in the report under slugs that one recognises."""
    assert {contact["partner"] for contact in contacts() if "partner" in contact} == {*PARTNERS}
    assert len(PARTNERS) == len({*PARTNERS}) == 53
    assert {"projekt-ankommen", "fluechtlingshilfe-aplerbeck", "donum-vitae", "planerladen"} < {*PARTNERS}


def test_days_and_hours() -> None:
    """Office hours are on Monday, Tuesday and Friday morning and on Thursday afternoon, when it is crowded."""
    hours = Counter(c["at"].strftime("%a-%H") for c in contacts() if c["channel"] == "office_hours")
    open_hours = {f"{day}-{hour:02}" for day in ("Mon", "Tue", "Fri") for hour in (9, 10, 11)}
    assert {*hours} == open_hours | {"Thu-14", "Thu-15", "Thu-16"}
    assert min(hours[f"Thu-{hour}"] for hour in (14, 15, 16)) > 2 * max(hours[hour] for hour in open_hours)
    everything = Counter(contact["at"].strftime("%a-%H") for contact in contacts())
    assert {hour for hour, _ in everything.most_common(3)} == {"Thu-14", "Thu-15", "Thu-16"}
    assert not any(hour.startswith("Wed") for hour in everything)


def test_everything_lies_in_the_half_year() -> None:
    """Nothing is dated before 1 October 2016 or after 31 March 2017."""
    days = [contact["at"].date() for contact in contacts()]
    days += [date.fromisoformat(call.body[name]) for call in CALLS for name in ("on", "moved_on") if name in call.body]
    assert min(days) >= BEGIN
    assert max(days) <= END


def test_legal_circles_change_over_time() -> None:
    """Persons go from AsylbLG to SGB II on several days, and some households are mixed."""
    assert len(made("legal-circle")) > 50
    assert len({call.body["on"] for call in made("legal-circle")}) >= 4
    mixed = [c for c in made("households") if len({person["legal_circle"] for person in c.body["persons"]}) > 1]
    assert mixed


def test_nobody_is_met_before_moving_in() -> None:
    """What happens to a household happens after its move."""
    for story in HOUSEHOLDS:
        moved_on = date.fromisoformat(story.calls[0].body["moved_on"])
        for call in story.calls[1:]:
            day = call.body.get("on") or call.body.get("moved_on") or call.body.get("at", "9999-01-01")[:10]
            assert date.fromisoformat(day) > moved_on


def test_people_are_visibly_synthetic() -> None:
    """Every family is called Musterfamilie, every case number begins with MUSTER."""
    for call in made("households"):
        assert call.body["family_name"].startswith("Musterfamilie ")
        assert call.body["case_number"].startswith("MUSTER-")


@pytest.mark.parametrize("what", sorted(BODIES))
def test_the_intake_would_take_it(what: str) -> None:
    """Every body is one that the intake's calls accept."""
    calls = made(what)
    assert calls
    for call in calls:
        filled = call.filled(KNOWN)
        assert "{" not in filled.path
        BODIES[what].model_validate(filled.body)


def test_addresses_are_in_the_district() -> None:
    """Neighbourhoods lie in the district that is given with them, births before the move."""
    for call in made("households"):
        address = call.body["address"]
        neighbourhood_slug(District(address["district"]), address["neighbourhood"])
        assert fault_of_name(address["street"]) is None
        moved_on = date.fromisoformat(call.body["moved_on"])
        assert all(date.fromisoformat(person["birth_date"]) < moved_on for person in call.body["persons"])


def test_most_visits_are_in_time() -> None:
    """A few first visits were late, the others within 14 days of the move."""
    late = 0
    for story in HOUSEHOLDS:
        due = date.fromisoformat(story.calls[0].body["moved_on"]) + timedelta(days=14)
        done = [c.body["at"][:10] for c in story.calls if c.path.endswith("/complete")]
        late += any(date.fromisoformat(day) > due for day in done)
    assert 3 <= late <= 6
