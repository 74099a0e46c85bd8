"""The pages of referrals: the board, offers for a need, one referral, a partner's own; and what stands in them."""

from collections.abc import Mapping, Sequence
from typing import Any

from tests.browser.example import Example
from tests.browser.house import Desk

_ONE = "/referrals/referrals/{referral_id}"
_PARTNER = "projekt-ankommen"

EXAMPLES: Sequence[Example] = (
    Example("board", "/referrals/board", "amal", "/referrals/board", "Vermittlungen, Team", None),
    Example("board-team", "/referrals/board", "amal", "/referrals/board?state=team", "Vermittlungen, wartet auf uns"),
    Example("board-city", "/referrals/board", "kora", "/referrals/board", "Vermittlungen, Koordination", None),
    Example("board-empty", "/referrals/board", "amal", "/referrals/board?state=held", "Vermittlungen, leer", None),
    Example("match", "/referrals/match", "amal", "/referrals/match?need={need-open}", "Wer kann helfen?"),
    Example("match-none", "/referrals/match", "amal", "/referrals/match?need={need-none}", "Wer kann helfen? Niemand"),
    Example(
        "match-contact",
        "/referrals/match/new",
        "amal",
        "/referrals/match/new?contact={contact-slip}&topic=language",
        "Wer kann helfen? Ohne Akte",
    ),
    Example("referral-sent", _ONE, "amal", "/referrals/referrals/{referral-sent}", "Vermittlung, angefragt", None),
    Example("referral-next", _ONE, "amal", "/referrals/referrals/{referral-declined}", "Vermittlung, abgelehnt"),
    Example("referral-draft", _ONE, "amal", "/referrals/referrals/{referral-draft}", "Vermittlung, Entwurf"),
    Example("referral-own", _ONE, _PARTNER, "/referrals/referrals/{referral-running}", "Vermittlung, beim Partner"),
    Example("slip", f"{_ONE}/slip", "amal", "/referrals/referrals/{referral-slip}/slip", "Zettel"),
    Example("own", "/referrals/own", _PARTNER, "/referrals/own", "Meine Vermittlungen"),
    Example("own-system", "/referrals/own/system", _PARTNER, "/referrals/own/system", "Eigenes Programm", None),
    Example("own-webhook", "/referrals/own/webhook", _PARTNER, "/referrals/own/webhook", "Webhook"),
    Example("own-deletions", "/referrals/own/deletions", _PARTNER, "/referrals/own/deletions", "Daten löschen"),
)
_COURSE: Mapping[str, Any] = {
    "partner": _PARTNER,
    "kind": "german_course",
    "title": {"de": "Deutsch am Vormittag"},
    "street": "Wambeler Hellweg 11",
    "postal_code": "44143",
    "neighbourhood": "asseln",
    "districts": ["brackel", "aplerbeck"],
    "languages": ["sq", "de"],
    "level": "a1",
    "places": 40,
    "free": 30,
    "childcare": True,
    "rrule": "FREQ=WEEKLY;BYDAY=MO",
    "starts_at": "09:00",
    "ends_at": "11:00",
}


def enter(desk: Desk) -> None:
    """Enter what these pages show: a partner with offers, and referrals in several states."""
    ids = desk.house.ids
    desk.referrals(
        "partners",
        {"slug": _PARTNER, "name": "Projekt Ankommen e.V.", "kind": "association", "all_sites": True},
    )
    course = desk.referrals("offers", _COURSE)["offer_id"]
    evening = {
        "title": {"de": "Deutsch am Abend"},
        "neighbourhood": "wickede",
        "starts_at": "18:00",
        "ends_at": "20:00",
    }
    desk.referrals("offers", {**_COURSE, **evening, "free": 0, "waiting": 4})
    for key, area in (("need-open", "language"), ("need-none", "kindergarten")):
        ids[key] = desk.post(f"households/{ids['known']}/needs", {"area": area})["need_id"]
    for key, steps in (
        ("referral-sent", ("send",)),
        ("referral-second", ("send",)),
        ("referral-running", ("send", "accept", "start")),
        ("referral-declined", ("send", "decline")),
        ("referral-draft", ()),
    ):
        need = desk.post(f"households/{ids['known']}/needs", {"area": "language", "note": key})["need_id"]
        wanted = {"household_id": ids["known"], "need_id": need, "area": "language", "offer_id": course}
        consent = {"legal_basis": {"kind": "consent"}}
        ids[key] = desk.referrals("referrals", {**wanted, **consent})["referral_id"]
        for step in steps:
            desk.referrals(f"referrals/{ids[key]}/{step}", {"reason": "no_capacity"} if step == "decline" else {})
    contact = desk.post("contacts", {"target_group": "host_society", "topic": "language", "channel": "office_hours"})
    ids["contact-slip"] = contact["contact_id"]
    slip = {"contact_id": contact["contact_id"], "topic": "language", "offer_id": course}
    ids["referral-slip"] = desk.referrals("referrals", slip)["referral_id"]
    desk.referrals(f"referrals/{ids['referral-slip']}/send", {})
