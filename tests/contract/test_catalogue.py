"""The catalogue: which events there are, and how they are called."""

import pytest

from shared.contracts import CATALOGUE, Event, catalogue, intake, referrals, reporting, volunteers
from shared.contracts.base import PREFIX
from tests.contract.events import EVENTS, name

# The catalogue in its own words, so that an event cannot vanish together with its class.
INTAKE = [
    "household-registered",
    "household-changed",
    "household-moved",
    "household-merged",
    "household-unmerged",
    "household-closed",
    "household-erased",
    "household-handed-over",
    "first-visit-owed",
    "first-visit-scheduled",
    "first-visit-rescheduled",
    "first-visit-completed",
    "first-visit-missed",
    "first-visit-refused",
    "first-visit-waived",
    "grant-issued",
    "grant-ended",
    "interpreter-requested",
    "need-identified",
    "need-met",
    "contact-recorded",
    "contact-corrected",
    "legal-circle-changed",
    "agreement-concluded",
    "agreement-reviewed",
    "agreement-withdrawn",
    "barrier-recorded",
    "consent-given",
    "consent-withdrawn",
    "office-session-held",
]
REFERRALS = [
    "partner-registered",
    "partner-changed",
    "cooperation-agreed",
    "offer-published",
    "offer-changed",
    "offer-confirmed",
    "offer-withdrawn",
    "offer-session-held",
    "referral-requested",
    "referral-reminded",
    "referral-escalated",
    "referral-accepted",
    "referral-declined",
    "referral-started",
    "referral-held",
    "referral-resumed",
    "referral-completed",
    "referral-failed",
    "referral-cancelled",
    "referral-expired",
    "deletion-requested",
    "deletion-confirmed",
    "command-refused",
    "round-table-held",
]
REPORTING = ["survey-answered", "report-published", "site-planned", "site-opened", "site-closed"]
VOLUNTEERS = [
    "volunteer-registered",
    "volunteer-changed",
    "volunteer-left",
    "assignment-offered",
    "assignment-accepted",
    "assignment-declined",
    "assignment-cancelled",
    "assignment-completed",
    "mentorship-started",
    "mentorship-ended",
    "training-attended",
]
EACH = ["erasure-acknowledged"]


@pytest.mark.parametrize(
    ("publisher", "events"),
    [("intake", INTAKE), ("referrals", REFERRALS), ("volunteers", VOLUNTEERS), ("reporting", REPORTING), ("", EACH)],
    ids=["intake", "referrals", "volunteers", "reporting", "each"],
)
def test_every_event_of_the_catalogue_exists(publisher: str, events: list[str]) -> None:
    """What the catalogue promises of a publisher is there in its first version, and nothing that it does not name."""
    assert {e.event for e in catalogue().values() if e.publisher == publisher} == set(events)
    assert all(f"{PREFIX}{event}.v1" in CATALOGUE for event in events)


@pytest.mark.parametrize("event", EVENTS, ids=name)
def test_a_class_is_called_like_its_event(event: type[Event]) -> None:
    """`household-moved` is `HouseholdMoved`, a later major `HouseholdMovedV2`, and its module is its publisher's."""
    suffix = "" if event.major == 1 else f"V{event.major}"
    assert event.__name__ == "".join(word.capitalize() for word in event.event.split("-")) + suffix
    module = {"intake": intake, "referrals": referrals, "reporting": reporting, "volunteers": volunteers}.get(
        event.publisher
    )
    if module is not None:
        assert getattr(module, event.__name__) is event
    else:
        assert event.__module__ == "shared.contracts.common"


@pytest.mark.parametrize("event", EVENTS, ids=name)
def test_an_event_says_what_happened(event: type[Event]) -> None:
    """Each class has a docstring of its own: what happened, in the words of both languages."""
    assert event.__doc__
    assert event.__doc__ not in {base.__doc__ for base in event.__mro__[1:]}


@pytest.mark.parametrize("event", [e for e in EVENTS if e.publisher == "intake"], ids=name)
def test_what_happens_in_a_file_has_the_household_as_its_subject(event: type[Event]) -> None:
    """All events of a file carry the household and count within it; only a contact, office hours and a wish for an
    interpreter, which need no file, count by themselves."""
    by_itself = {"contact-recorded", "contact-corrected", "office-session-held", "interpreter-requested"}
    assert event.subject_field == "household_id" or event.event in by_itself
    if event.event not in by_itself:
        assert event.model_fields["household_id"].is_required()


def test_household_moved_has_the_fields_of_the_pattern() -> None:
    """household-moved.v1 is the pattern for all: these fields, these optional, in a published version for ever."""
    fields = intake.HouseholdMoved.model_fields
    assert {field for field in fields if fields[field].is_required()} == {
        "household_id", "left_city", "from_tenancy", "to_tenancy", "moved_on", "persons", "minors", "languages",
        "legal_circles",
    }  # fmt: skip
    assert {field for field in fields if not fields[field].is_required()} == {
        "from_district", "to_district", "from_site", "to_site", "to_neighbourhood"
    }  # fmt: skip


def test_an_event_cannot_be_changed() -> None:
    """A fact stays as it was told: events are frozen."""
    event = reporting.SiteClosed(site="brackel-aplerbeck", closed_on="2017-09-30")
    with pytest.raises(ValueError, match="frozen"):
        event.site = "innenstadt"  # type: ignore[misc]


def test_a_consumer_ignores_fields_that_it_does_not_know() -> None:
    """An event with an added field, also within a part of it, is read by yesterday's class."""
    read = reporting.SiteOpened.model_validate_json(
        '{"site":"city","districts":[],"public_keys":[],"later":1,'
        '"office_hours":[{"weekday":"mon","from":"09:00","to":"12:00","by_appointment":true}]}'
    )
    assert read.office_hours[0].model_dump() == {"weekday": "mon", "from": "09:00", "to": "12:00"}


def test_the_private_part_of_a_key_is_not_passed_on() -> None:
    """A JWK that is handed in with its private part leaves without it."""
    key = {"kid": "k", "kty": "OKP", "crv": "Ed25519", "x": "A" * 43, "d": "PRIVATE"}
    event = reporting.SiteOpened(site="city", districts=[], public_keys=[key])
    assert "PRIVATE" not in event.model_dump_json()
