"""Two majors of one event: stated once in the newer, derived for those who read the former, brought up from history."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.contracts import CATALOGUE, PREFIX, Event
from shared.contracts.asyncapi import document
from shared.contracts.base import published_majors
from shared.contracts.compatibility import FOLDER as PUBLISHED
from shared.contracts.kinds import WeeklyTime
from shared.contracts.referrals import Referral, ReferralCancelled, ReferralCancelledV2
from shared.contracts.words import CancelCause, CancelReason, LegalBasis, OfferKind, PartnerKind, ReferralState
from tests.contract.events import EVENTS, is_valid, name, samples_of

FORMER = [event for event in EVENTS if event.ending is not None]
NEWER = [CATALOGUE[f"{PREFIX}{event.event}.v{event.major + 1}"] for event in FORMER]


def is_published(event: Event) -> bool:
    """Whether the event is what the frozen schema of its major says."""
    schema = json.loads((PUBLISHED / f"{name(type(event))}.json").read_bytes())
    return is_valid(schema, event.model_dump(mode="json", exclude_none=True))


def optional(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """There or not."""
    return st.none() | values


MONDAYS = WeeklyTime.model_validate({"weekday": "mon", "from": "09:00", "to": "12:00"})
VALUES = st.builds(
    ReferralCancelledV2,
    referral_id=st.uuids(),
    site=st.just("brackel-aplerbeck"),
    partner=st.just("projekt-ankommen"),
    partner_kind=st.sampled_from(PartnerKind),
    kind=st.sampled_from(OfferKind),
    state=st.just(ReferralState.CANCELLED),
    on=st.dates(),
    reason=st.sampled_from(CancelCause),
    basis=optional(st.sampled_from(LegalBasis)),
    languages=st.lists(st.sampled_from(["ar", "ku-Latn", "de"]), unique=True).map(tuple),
    times=st.lists(st.just(MONDAYS), max_size=2).map(tuple),
    requested_on=optional(st.dates()),
    due_on=optional(st.dates()),
    offer_id=optional(st.uuids()),
    household_id=optional(st.uuids()),
    contact_id=optional(st.uuids()),
    replaces=optional(st.uuids()),
)


@given(VALUES)
def test_whatever_is_said_has_a_former_form(event: ReferralCancelledV2) -> None:
    """Valid by the frozen schema, the same but for the reason, and back again unless its word is a new one."""
    former = event.in_former_major()
    assert is_published(event)
    assert is_published(former)
    same = {field: value for field, value in former if field != "reason"}
    assert same == {field: value for field, value in event if field != "reason"}
    if former.reason is not CancelReason.SENDER:
        assert former.in_next_major() == event
    assert former.in_next_major().in_former_major() == former


@pytest.mark.parametrize("cause", CancelCause)
def test_every_cause_has_its_former_word(cause: CancelCause) -> None:
    """What the former major has no word for was `sender` there; its own words stay what they are."""
    sample = {**samples_of(ReferralCancelledV2)[0]["data"], "reason": cause}
    former = ReferralCancelledV2.model_validate(sample).in_former_major().reason.value
    new = {CancelCause.FILE_CLOSED, CancelCause.ERASED}
    assert former == ("sender" if cause in new else cause.value)
    assert {each.value for each in CancelReason} == {each.value for each in CancelCause} - {each.value for each in new}


@pytest.mark.parametrize("event", NEWER, ids=name)
def test_samples_go_down_and_up(event: type[Event]) -> None:
    """Each kept message of the newer major has a former form, each of the former one a newer, as published."""
    former = CATALOGUE[f"{PREFIX}{event.event}.v{event.major - 1}"]
    for sample in samples_of(event):
        down = event.model_validate(sample["data"]).in_former_major()
        assert isinstance(down, former)
        assert is_published(down)
    for sample in samples_of(former):
        up = former.model_validate(sample["data"]).in_next_major()
        assert isinstance(up, event)
        assert is_published(up)


@pytest.mark.parametrize("event", EVENTS, ids=name)
def test_a_former_major_says_when_it_ends(event: type[Event]) -> None:
    """Ending and downcast are there together or not at all; and what was written in a former major is never lost."""
    majors = sorted((each for each in EVENTS if each.event == event.event), key=lambda each: each.major)
    assert [each.major for each in majors] == list(range(1, len(majors) + 1))
    newest = event is majors[-1]
    assert newest or "in_next_major" in vars(event)
    assert not (newest and event.ending)
    goes_down = event.major > 1 and "in_former_major" in vars(event)
    assert goes_down == (event.major > 1 and majors[event.major - 2].ending is not None)
    assert published_majors(event.event)[0] is majors[-1]


def test_the_document_says_what_ends() -> None:
    """Partners read of the former major that it ends, on which day, and which one says the same."""
    told = document()["components"]
    for event in FORMER:
        description = told["messages"][name(event)]["description"]
        assert description.startswith(f"Deprecated: published beside {event.event}.v{event.major + 1}")
        assert str(event.ending) in description
        assert told["schemas"][name(event)]["deprecated"] is True
    assert sum("deprecated" in schema for schema in told["schemas"].values()) == len(FORMER)


def test_a_copy_for_a_partner_goes_down_as_well() -> None:
    """With the pseudonym, and none of our ids."""
    partner = next(sample for sample in samples_of(ReferralCancelledV2) if "person_ref" in sample["data"])
    copy = ReferralCancelledV2.model_validate(partner["data"])
    former = copy.in_former_major()
    assert isinstance(former, ReferralCancelled)
    assert isinstance(former, Referral)
    assert former.person_ref == copy.person_ref
