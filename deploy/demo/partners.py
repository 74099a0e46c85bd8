"""The pilot's 53 partners, what they offer and what was agreed with them, as calls of the directory's public API
(report, §3.1a, §4.1).

From the report: the names without „Beispiel“, which kinds of offers there were, who runs which language café, twelve
people in the integration training, 32 cooperations. Ours: addresses, times, places, visitors, which partners the 32 are
with, and whom one reaches there; these people do not exist.

Calls that an earlier version has made keep their place and their body: their keys would be refused otherwise.
"""

from datetime import date, timedelta
from typing import Any

from deploy.demo.calls import Call, Given, Story, key_of
from deploy.demo.pilot import pilot
from deploy.demo.words import PARTNERS

API = "/referrals/api/v1"
SITE = "brackel-aplerbeck"

_NAMES = {
    "projekt-ankommen": "Projekt Ankommen e.V.",
    "fluechtlingshilfe-aplerbeck": "Flüchtlingshilfe Aplerbeck e.V.",
    "sozialamt": "Sozialamt",
    "caritasverband": "Caritasverband",
    "kommende": "Kommende",
    "planerladen": "Planerladen e.V.",
    "donum-vitae": "donum vitae e.V.",
    "patenstammtisch-aplerbeck": "Patenstammtisch Aplerbeck",
    "malteser-hilfsdienst": "Malteser Hilfsdienst e.V.",
    "ev-kirchengemeinde-wickede": "Ev. Kirchengemeinde Wickede",
    "ev-kirchengemeinde-aplerbeck": "Ev. Kirchengemeinde Aplerbeck",
    "ev-bildungswerk": "Ev. Bildungswerk",
    "st-clemens": "St. Clemens",
    "jobcenter": "Jobcenter",
    "integration-point": "Integration Point",
    "auslaenderbehoerde": "Ausländerbehörde",
    "dienstleistungszentrum-bildung": "Dienstleistungszentrum Bildung",
    "jugendhilfedienst-brackel": "Jugendhilfedienst Brackel",
    "jugendhilfedienst-aplerbeck": "Jugendhilfedienst Aplerbeck",
    "familienbuero-brackel": "Familienbüro Brackel",
    "familienbuero-aplerbeck": "Familienbüro Aplerbeck",
    "seniorenbuero-brackel": "Seniorenbüro Brackel",
    "seniorenbuero-aplerbeck": "Seniorenbüro Aplerbeck",
    "sportverein-brackel": "Sportverein in Brackel",
    "sportverein-aplerbeck": "Sportverein in Aplerbeck",
    "zwar-gruppe-brackel": "ZWAR-Gruppe Brackel",
    "zwar-gruppe-aplerbeck": "ZWAR-Gruppe Aplerbeck",
    "runder-tisch-brackel": "Runder Tisch Brackel",
    "runder-tisch-aplerbeck": "Runder Tisch Aplerbeck",
    "ag-kita-und-grundschulen": "AG Kita und Grundschulen",
    "ag-paragraf-78": "AG nach § 78 SGB VIII",
    "ag-fluechtlingshilfe": "AG Flüchtlingshilfe",
    "bezirksvertretung-brackel": "Bezirksvertretung Brackel",
    "bezirksvertretung-aplerbeck": "Bezirksvertretung Aplerbeck",
    "schuldnerberatung": "Schuldnerberatung",
    "gespraechskreis-schlaganfall": "Gesprächskreis Schlaganfall",
    "bamf": "Bundesamt für Migration und Flüchtlinge",
    "awo": "AWO",
    "diakonisches-werk": "Diakonisches Werk",
    "drk": "Deutsches Rotes Kreuz",
    "paritaetischer": "Der Paritätische",
    "beispiel-grundschule-brackel": "Beispiel-Grundschule Brackel",
    "beispiel-grundschule-aplerbeck": "Beispiel-Grundschule Aplerbeck",
    "beispiel-kita-brackel": "Beispiel-Kita Brackel",
    "beispiel-kita-aplerbeck": "Beispiel-Kita Aplerbeck",
    "beispiel-deutschkurs-asseln": "Beispiel-Deutschkurs Asseln",
    "beispiel-deutschkurs-schueren": "Beispiel-Deutschkurs Schüren",
    "beispiel-deutschkurs-soelde": "Beispiel-Deutschkurs Sölde",
    "beispiel-wohnungsgesellschaft": "Beispiel-Wohnungsgesellschaft",
    "beispiel-hebammenpraxis": "Beispiel-Hebammenpraxis",
    "beispiel-migrationsberatung": "Beispiel-Migrationsberatung",
    "beispiel-rechtsberatung": "Beispiel-Rechtsberatung",
    "beispiel-umzugshilfe": "Beispiel-Umzugshilfe",
}
_KINDS = {
    "authority": (
        "sozialamt", "jobcenter", "integration-point", "auslaenderbehoerde", "dienstleistungszentrum-bildung",
        "jugendhilfedienst-brackel", "jugendhilfedienst-aplerbeck", "bezirksvertretung-brackel",
        "bezirksvertretung-aplerbeck", "bamf", "familienbuero-brackel", "familienbuero-aplerbeck",
        "seniorenbuero-brackel", "seniorenbuero-aplerbeck",
    ),
    "parish": ("ev-kirchengemeinde-wickede", "ev-kirchengemeinde-aplerbeck", "st-clemens"),
    "initiative": (
        "patenstammtisch-aplerbeck", "zwar-gruppe-brackel", "zwar-gruppe-aplerbeck", "runder-tisch-brackel",
        "runder-tisch-aplerbeck", "ag-kita-und-grundschulen", "ag-paragraf-78", "ag-fluechtlingshilfe",
        "gespraechskreis-schlaganfall",
    ),
    "institution": (
        "kommende", "ev-bildungswerk", "beispiel-grundschule-brackel", "beispiel-grundschule-aplerbeck",
        "beispiel-kita-brackel", "beispiel-kita-aplerbeck", "beispiel-wohnungsgesellschaft", "beispiel-hebammenpraxis",
    ),
}  # fmt: skip
_KIND_OF = {slug: kind for kind, slugs in _KINDS.items() for slug in slugs}

Offer = dict[str, Any]


def _weekly(day: str, begins: str, ends: str) -> Offer:
    return {"rrule": f"FREQ=WEEKLY;BYDAY={day}", "starts_at": begins, "ends_at": ends}


def _course(district: str, day: str, level: str, free: int) -> Offer:
    return {
        "kind": "german_course",
        "title": {"de": f"Deutschkurs {level.upper()}"},
        "level": level,
        "district": district,
        "places": 15,
        "free": free,
        **_weekly(day, "09:00", "11:30"),
    }


def _cafe(district: str, day: str) -> Offer:
    title = {"de": "Sprachcafé", "en": "Language café"}
    return {"kind": "language_cafe", "title": title, "district": district, "valid_from": "2017-04-01"} | _weekly(
        day, "15:00", "17:00"
    )


def _help(kind: str, title: str, **more: Any) -> Offer:
    return {"kind": kind, "title": {"de": title}, **more}


OFFERS: dict[str, tuple[Offer, ...]] = {
    "projekt-ankommen": (
        _help("mentoring", "Patenschaften für Familien", languages=["de", "ar"], audiences=["families"]),
        _help("interpreting", "Sprachmittlung bei Terminen", languages=["ar", "fa", "ti"]),
    ),
    "st-clemens": (_cafe("brackel", "TU"),),
    "kommende": (_help("interpreting", "Dolmetschen im Ehrenamt", languages=["ar", "fa"]),),
    "fluechtlingshilfe-aplerbeck": (
        _help("moving_help", "Hilfe beim Umzug", districts=["aplerbeck"]),
        _course("aplerbeck", "MO,WE", "a1", 3),
    ),
    "patenstammtisch-aplerbeck": (_help("mentoring", "Patinnen und Paten", district="aplerbeck"),),
    "malteser-hilfsdienst": (_help("mentoring", "Integrationslotsen", places=10, free=4),),
    "donum-vitae": (_help("counselling", "Schwangerschaftsberatung", audiences=["women", "families"]),),
    "planerladen": (_help("training", "Integrationstraining", places=12, free=2, valid_from="2016-11-01"),),
    "ev-bildungswerk": (_course("brackel", "TU,TH", "a2", 5),),
    "ev-kirchengemeinde-wickede": (_cafe("brackel", "WE"),),
    "ev-kirchengemeinde-aplerbeck": (_cafe("aplerbeck", "FR"),),
    "jobcenter": (_help("counselling", "Leistungen zum Lebensunterhalt", for_circles=["sgb2"]),),
    "auslaenderbehoerde": (_help("counselling", "Aufenthaltstitel", for_circles=["sgb2", "sgb12"]),),
    "caritasverband": (_help("counselling", "Migrationsberatung", languages=["de", "ar", "en"]),),
    "schuldnerberatung": (_help("counselling", "Schuldnerberatung"),),
    "sportverein-brackel": (_help("sport", "Fußball für alle", district="brackel", **_weekly("SA", "10:00", "12:00")),),
    "sportverein-aplerbeck": (
        _help("sport", "Turnen für Kinder", district="aplerbeck", audiences=["children"])
        | _weekly("WE", "16:00", "17:00"),
    ),
    "beispiel-deutschkurs-asseln": (_course("brackel", "MO,TH", "alpha", 6),),
    "beispiel-deutschkurs-schueren": (_course("aplerbeck", "TU,FR", "a1", 0),),
    "beispiel-deutschkurs-soelde": (_course("aplerbeck", "MO,WE", "b1", 2),),
    "beispiel-rechtsberatung": (_help("counselling", "Beratung zum Asylverfahren", legal_advice=True),),
    "beispiel-umzugshilfe": (_help("moving_help", "Möbel und Umzüge"),),
}
"""What each partner offers; the language cafés begin in April 2017, the integration training has 12 places."""


def partners() -> list[Story]:
    """One story for each partner: it is entered, and then its offers."""
    return [
        Story(
            f"partner-{slug}",
            (
                Call(f"{API}/partners", _registered(number, slug), there=f"{API}/partners/{slug}"),
                *(Call(f"{API}/offers", {"partner": slug, **offer}) for offer in OFFERS.get(slug, ())),
            ),
        )
        for number, slug in enumerate(PARTNERS, 1)
    ]


def offer_given(slug: str, kind: str) -> Given:
    """Where the id of a partner's offer of this kind is found."""
    kinds = [offer["kind"] for offer in OFFERS[slug]]
    return Given(key_of(f"partner-{slug}", kinds.index(kind) + 1), "offer_id")


TRAINING_ON = date(2017, 2, 18)
CAFES = {
    "ev-kirchengemeinde-wickede": (
        "Im Stephanus-Gemeindehaus, gemeinsam mit dem Ev. Bildungswerk und Projekt Ankommen e.V.",
        date(2017, 4, 5),
        (14, 19, 22, 24),
    ),
    "st-clemens": ("In der katholischen Gemeinde, mit Ehrenamtlichen.", date(2017, 4, 4), (11, 16, 15, 18)),
    "ev-kirchengemeinde-aplerbeck": (
        "Im Gemeindehaus St. Ewaldi, gemeinsam mit dem Malteser Hilfsdienst e.V. und der Flüchtlingshilfe Aplerbeck "
        "e.V.",
        date(2017, 4, 7),
        (17, 21, 26),
    ),
}
"""The three language cafés: who runs them where (§3.1a), and from when on how many visitors came (ours)."""


def sessions() -> list[Story]:
    """The integration training with its twelve, and the first weeks of the language cafés."""
    held = Call(f"{API}/offers/{{offer_id}}/sessions", {"on": TRAINING_ON.isoformat(), "attended": 12})
    told = [Story("session-training", (held,), {"offer_id": offer_given("planerladen", "training")})]
    for slug, (words, first, visitors) in CAFES.items():
        described = Call(f"{API}/offers/{{offer_id}}", {"description": {"de": words}}, method="PATCH")
        days = _weeks(first, len(visitors))
        calls = [
            Call(f"{API}/offers/{{offer_id}}/sessions", {"on": day.isoformat(), "visitors": count})
            for day, count in zip(days, visitors, strict=True)
        ]
        told.append(Story(f"session-{slug}", (described, *calls), {"offer_id": offer_given(slug, "language_cafe")}))
    return told


def _weeks(first: date, count: int) -> list[date]:
    days = [first + timedelta(weeks=week) for week in range(count + 1)]
    return [day for day in days if day != date(2017, 4, 14)][:count]  # Good Friday


COOPERATIONS = 32
"""Cases of advice that led to cooperation (§3.1a)."""
_SUBJECTS = {
    "volunteering": "Ehrenamtliche werden gemeinsam gewonnen und begleitet",
    "language": "Geflüchtete werden in Sprachangebote vermittelt",
    "social_contacts": "Begegnung und Patenschaften werden abgestimmt",
    "school": "Feste Ansprechperson für Fragen zur Schule",
    "kindergarten": "Feste Ansprechperson für Fragen zur Kita",
    "leisure": "Freizeitangebote stehen Geflüchteten offen",
    "application_help": "Kurzer Dienstweg bei Anträgen",
    "housing": "Hilfe rund um Wohnung und Umzug",
    "health": "Feste Ansprechperson für Fragen zur Gesundheit",
    "other": "Gegenseitige Information",
}


def cooperations() -> list[Story]:
    """32 agreements, each of the day and about the topic of a contact with that partner which is counted already."""
    contacts = sorted(
        (story.calls[0].body for story in pilot() if story.calls[0].body.get("target_group") == "partner"),
        key=lambda body: str(body["at"]),
    )
    first: dict[str, dict[str, Any]] = {}
    for body in contacts:
        if "topic" in body:
            first.setdefault(str(body["partner"]), dict(body))
    chosen = [slug for slug in PARTNERS if slug in first][:COOPERATIONS]
    return [Story(f"cooperation-{slug}", (_agreed(slug, first[slug]),)) for slug in chosen]


def _agreed(slug: str, contact: dict[str, Any]) -> Call:
    topic = contact["topic"]
    body = {"site": SITE, "agreed_on": str(contact["at"])[:10], "subject": _SUBJECTS[topic], "topic": topic}
    return Call(f"{API}/partners/{slug}/cooperations", body)


def _registered(number: int, slug: str) -> dict[str, Any]:
    return {
        "slug": slug,
        "name": _NAMES[slug],
        "kind": _KIND_OF.get(slug, "association"),
        "sites": [SITE],
        "districts": [district for district in ("brackel", "aplerbeck") if slug.endswith(f"-{district}")],
        "email": f"{slug}@beispiel.invalid",
        "contacts": [
            {
                "name": f"Beispielperson {number}",
                "role": "Ansprechperson (erfunden)",
                "email": f"person{number}@beispiel.invalid",
            }
        ],
    }
