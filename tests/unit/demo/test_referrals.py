"""The demonstration's referrals, agreements and round tables are what the calls allow, and in an order that may be."""

import json
from collections import Counter
from datetime import date
from itertools import pairwise

import pytest
from pydantic import BaseModel

from deploy.demo.calls import Call, Story
from deploy.demo.load import _in_turn, calls_in_all
from deploy.demo.partners import cooperations, sessions
from deploy.demo.pilot import BEGIN, END
from deploy.demo.referrals import barriers, referrals
from deploy.demo.round_tables import round_tables
from deploy.demo.words import PARTNERS
from services.intake.inputs import GiveConsent, IdentifyNeed, RecordBarrier
from services.referrals.directory_inputs import AgreeCooperation, ChangeOffer, HoldSession
from services.referrals.inputs import Cancel, Decline, DraftReferral, Hold, Outcome, Step
from services.referrals.table_inputs import AddDecision, AddItem, AddMember, FoundTable, HoldMeeting, PlanMeeting
from services.referrals.table_inputs import WriteMinutes as Minutes

TODAY = date(2026, 11, 23)
REFERRED = referrals(TODAY)
ID = "00000000-0000-7000-8000-000000000001"
KNOWN = dict.fromkeys(("household_id", "offer_id", "need_id", "consent_id", "referral_id"), ID)
BODIES: dict[str, type[BaseModel]] = {
    "consents": GiveConsent,
    "needs": IdentifyNeed,
    "referrals": DraftReferral,
    "send": Step,
    "accept": Step,
    "start": Step,
    "decline": Decline,
    "fail": Outcome,
    "complete": Outcome,
    "cancel": Cancel,
    "hold": Hold,
}


def calls(stories: list[Story]) -> list[Call]:
    """All calls of the stories."""
    return [call for story in stories for call in story.calls]


def test_every_body_is_valid() -> None:
    """An unknown field or word would be refused."""
    for call in calls([told.ready for told in REFERRED] + [told.referral for told in REFERRED]):
        what = call.path.rpartition("/")[2]
        if what != "withdraw":
            BODIES[what].model_validate_json(json.dumps(call.filled(KNOWN).body))
    for call in calls(barriers(TODAY)):
        RecordBarrier.model_validate_json(json.dumps(call.body))
    for call in calls(cooperations()):
        AgreeCooperation.model_validate_json(json.dumps(call.body))
    for call in calls(sessions()):
        (ChangeOffer if call.method == "PATCH" else HoldSession).model_validate_json(json.dumps(call.body))


def test_every_body_about_round_tables_is_valid() -> None:
    """Also `hold` of a meeting, which is not the one of a referral."""
    bodies: dict[str, type[BaseModel]] = {
        "round-tables": FoundTable,
        "members": AddMember,
        "meetings": PlanMeeting,
        "agenda": AddItem,
        "minutes": Minutes,
        "decisions": AddDecision,
        "hold": HoldMeeting,
    }
    for call in calls(round_tables(TODAY)):
        what = call.path.rpartition("/")[2]
        if what != "done":
            bodies[what].model_validate_json(json.dumps(call.body))


def test_each_step_follows_the_one_before() -> None:
    """Days never go back, none lies ahead, and what is not of these days lies in the half year."""
    for told in REFERRED:
        days = [date.fromisoformat(call.body["on"]) for call in told.referral.calls if "on" in call.body]
        assert all(before <= after for before, after in pairwise(days))
        assert days[0] >= BEGIN
        assert days[-1] <= TODAY
        assert days[-1] <= END or (TODAY - days[0]).days <= 18


def test_every_referral_rests_on_a_consent_to_that_partner() -> None:
    """Each has a consent of its own, and no family is referred twice to the same partner."""
    pairs: Counter[tuple[str, str]] = Counter()
    for told in REFERRED:
        consent = told.ready.calls[0].body["recipient"]["slug"]
        assert f"-partner-{consent}-" in told.referral.given["offer_id"].key
        pairs[consent, told.referral.given["household_id"].key] += 1
    assert set(pairs.values()) == {1}


def test_what_a_story_needs_was_told_before() -> None:
    """Everything given is the answer to a call of an earlier list; no key is used twice."""
    before: set[str] = set()
    for stories in _in_turn(TODAY):
        assert {given.key for story in stories for given in story.given.values()} <= before
        keys = [key for story in stories for key, _ in story.keyed()]
        assert len(keys) == len({*keys} - before)
        before |= {*keys}
    assert len(before) + sum(told.deleted for told in REFERRED) == calls_in_all(TODAY)


def test_what_the_report_counts() -> None:
    """32 cooperations with as many partners, twelve in the integration training, two tables founded."""
    assert len(cooperations()) == len({story.name for story in cooperations()}) == 32
    assert [call.body["attended"] for call in calls(sessions()) if "attended" in call.body] == [12]
    founded = [story.calls[0].body for story in round_tables(TODAY)]
    assert [table["kind"] for table in founded] == ["thematic", "thematic", "quarterly"]
    members = {call.body["partner"] for call in calls(round_tables(TODAY)) if "partner" in call.body}
    assert members <= {*PARTNERS}


@pytest.mark.parametrize("today", [TODAY, date(2027, 1, 1), date(2028, 2, 29)])
def test_it_is_the_same_for_the_same_day(today: date) -> None:
    """Two runs enter the same, so that the second changes nothing."""
    assert _in_turn(today) == _in_turn(today)
