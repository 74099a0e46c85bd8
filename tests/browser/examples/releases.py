"""The pages of releases and fragments, and what has to be entered for them."""

from collections.abc import Sequence

from tests.browser.example import Example, send
from tests.browser.house import Desk

_FILE = "/intake/households/{household_id}"
_KNOWN = "/intake/households/{known}"

EXAMPLES: Sequence[Example] = (
    Example("release-new", f"{_FILE}/releases", "amal", f"{_KNOWN}/releases", "Freigabe erteilen"),
    Example("release-new-errors", f"{_FILE}/releases", "amal", f"{_KNOWN}/releases", "… mit Fehlern", act=send),
    Example("release", f"{_FILE}/releases/{{release_id}}", "amal", f"{_KNOWN}/releases/{{release}}", "Freigabe"),
    Example(
        "shared",
        "/intake/shared/{release_id}",
        "projekt-ankommen",
        "/intake/shared/{release}",
        "Freigabe beim Empfänger",
        None,
    ),
    Example(
        "shared-link",
        "/intake/shared/{release_id}",
        None,
        "/intake/shared/{release}?code=aus-der-mail",
        "Freigabe, mit Link geöffnet",
    ),
    Example(
        "shared-over",
        "/intake/shared/{release_id}",
        "projekt-ankommen",
        "/intake/shared/{release-over}",
        "Freigabe, beendet",
        None,
        status=410,
    ),
)


def enter(desk: Desk) -> None:
    """Enter what these pages show: a release that the partner can open, and one that has ended."""
    for key, purpose in (("release", "mentoring"), ("release-over", "appointment")):
        base = f"households/{desk.house.ids['known']}"
        consent = {"recipient": {"kind": "partner", "slug": "projekt-ankommen"}, "purpose": purpose}
        given = desk.post(f"{base}/consents", consent)
        wanted = {"consent_id": given["consent_id"], "needed": "Sportverein für die beiden Kinder, nachmittags"}
        desk.house.ids[key] = desk.post(f"{base}/releases", wanted)["release_id"]
    desk.post(f"{base}/releases/{desk.house.ids['release-over']}/end", {})
