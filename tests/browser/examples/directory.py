"""The pages of partners, offers and the public directory, and what has to be entered for them."""

from collections.abc import Sequence

from tests.browser.example import Example, send
from tests.browser.house import Desk

_OFFER, _PARTNER = "/referrals/offers/{offer_id}", "/referrals/partners/{slug}"
_PUBLIC = "/referrals/directory/{lang}"
_ONE = f"{_PUBLIC}/offers/{{offer_id}}"
_CAFE = "/referrals/offers/{cafe}"
_CALENDAR, _KNOWN = "/referrals/calendar/{lang}", "/referrals/knowledge/{slug}"
_CLUB = "/referrals/partners/sprachcafe-wambel"

EXAMPLES: Sequence[Example] = (
    Example("offers", "/referrals/offers", "amal", "/referrals/offers", "Angebote"),
    Example("offers-none", "/referrals/offers", "kora", "/referrals/offers?q=nirgends", "Angebote, nichts gefunden"),
    Example("offer-new", "/referrals/offers/new", "amal", "/referrals/offers/new", "Angebot eintragen"),
    Example(
        "offer-new-errors", "/referrals/offers/new", "projekt-ankommen", "/referrals/offers/new", "… Fehler", act=send
    ),
    Example("offer", _OFFER, "amal", _CAFE, "Ein Angebot, vom Team gepflegt"),
    Example("offer-read", _OFFER, "projekt-ankommen", _CAFE, "Ein Angebot eines anderen Partners", None),
    Example("offer-edit", f"{_OFFER}/edit", "amal", f"{_CAFE}/edit", "Angebot ändern"),
    Example("partners", "/referrals/partners", "kora", "/referrals/partners", "Partner"),
    Example("partner-new", "/referrals/partners/new", "kora", "/referrals/partners/new", "Partner aufnehmen"),
    Example(
        "partner-new-errors", "/referrals/partners/new", "kora", "/referrals/partners/new", "… mit Fehlern", act=send
    ),
    Example("partner", _PARTNER, "kora", _CLUB, "Ein Partner"),
    Example("partner-edit", f"{_PARTNER}/edit", "kora", f"{_CLUB}/edit", "Angaben eines Partners ändern"),
    Example("own-profile", "/referrals/own/profile", "projekt-ankommen", "/referrals/own/profile", "Mein Profil"),
    Example("directory", _PUBLIC, None, "/referrals/directory/de", "Verzeichnis", None),
    Example("directory-ar", _PUBLIC, None, "/referrals/directory/ar", "Verzeichnis, arabisch", None),
    Example("directory-en-none", _PUBLIC, None, "/referrals/directory/en?kind=other", "Verzeichnis, nichts", None),
    Example("directory-offer", _ONE, None, "/referrals/directory/de/offers/{cafe}", "Angebot, öffentlich", None),
    Example("directory-offer-fa", _ONE, None, "/referrals/directory/fa/offers/{cafe}", "Angebot, persisch", None),
    Example("poster", f"{_ONE}/poster", None, "/referrals/directory/ar/offers/{cafe}/poster", "Aushang", None),
    Example("calendar", _CALENDAR, None, "/referrals/calendar/de", "Termine", None),
    Example("calendar-ar", _CALENDAR, None, "/referrals/calendar/ar?district=brackel", "Termine, arabisch", None),
    Example("calendar-none", _CALENDAR, None, "/referrals/calendar/en?district=mengede", "Termine, keine", None),
    Example("knowledge", "/referrals/knowledge", "amal", "/referrals/knowledge", "Wissen"),
    Example("knowledge-none", "/referrals/knowledge", "kora", "/referrals/knowledge?q=nirgends", "Wissen, nichts"),
    Example("knowledge-page", _KNOWN, "amal", "/referrals/knowledge/geburt-anmelden", "Eine Seite des Wissens", None),
    Example("knowledge-new", "/referrals/knowledge/new", "kora", "/referrals/knowledge/new", "Seite schreiben"),
    Example(
        "knowledge-new-errors", "/referrals/knowledge/new", "amal", "/referrals/knowledge/new", "… Fehler", act=send
    ),
    Example(
        "knowledge-edit", f"{_KNOWN}/edit", "amal", "/referrals/knowledge/geburt-anmelden/edit", "Seite bearbeiten"
    ),
    Example("asyncapi", "/referrals/asyncapi", None, "/asyncapi", "Messages, for partners' engineers", None),
    Example("courses", "/referrals/courses", None, "/referrals/courses", "Deutschkurse nach Stadtteilen", None),
)


def enter(desk: Desk) -> None:
    """A partner with people, a closure and an agreement; a language café that is told in four languages."""
    people = [{"name": "Erika Muster", "role": "Leitung", "phone": "0231 123456"}]
    club = {"slug": "sprachcafe-wambel", "name": "Sprachcafé Wambel e.V.", "kind": "initiative"}
    place = {"sites": ["brackel-aplerbeck"], "districts": ["brackel"], "languages": ["ar", "de"]}
    desk.referrals("partners", {**club, **place, "email": "cafe@wambel.example", "contacts": people})
    desk.referrals("partners/sprachcafe-wambel/closures", {"from_on": desk.day(20), "to_on": desk.day(34)})
    agreed = {"site": "brackel-aplerbeck", "agreed_on": desk.day(-90), "subject": "Sprachcafé jeden Freitag"}
    desk.referrals("partners/sprachcafe-wambel/cooperations", agreed)
    cafe = {
        "partner": "sprachcafe-wambel",
        "kind": "language_cafe",
        "street": "Wambeler Hellweg 11",
        "postal_code": "44143",
        "neighbourhood": "wambel",
        "districts": ["brackel"],
        "languages": ["ar", "de"],
        "audiences": ["families", "women"],
        "cost_cents": 0,
        "childcare": True,
        "accessible": True,
        "rrule": "FREQ=WEEKLY;BYDAY=FR",
        "starts_at": "15:00",
        "ends_at": "17:00",
        "places": 20,
        "free": 6,
    }
    texts = {
        "title": {"de": "Sprachcafé", "en": "Language café", "ar": "مقهى اللغة", "fa": "کافه زبان"},
        "description": {"de": "Kaffee, Tee und Gespräche auf Deutsch.", "ar": "قهوة وشاي وحديث باللغة الألمانية."},
    }
    desk.house.ids["cafe"] = desk.referrals("offers", {**cafe, **texts})["offer_id"]
    desk.referrals(f"offers/{desk.house.ids['cafe']}/sessions", {"on": desk.day(-3), "visitors": 31})
    birth = {"slug": "geburt-anmelden", "topic": "application_help", "owner": "Familienbüro", "review_on": desk.day(90)}
    answer = {"de": "Gehen Sie mit der Geburtsurkunde zum Standesamt.\nDas Team hilft beim Termin."}
    desk.referrals("knowledge", birth | {"title": {"de": "Wie melden wir eine Geburt an?"}, "body": answer})
