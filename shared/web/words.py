"""The German words on screens for the domain's English ones (the report's words)."""

from enum import Enum

_SITES = {
    "brackel-aplerbeck": "Brackel/Aplerbeck",
    "hoerde-hombruch": "Hörde/Hombruch",
    "mengede-huckarde": "Mengede/Huckarde",
    "eving-scharnhorst": "Eving/Scharnhorst",
    "innenstadt": "Innenstadt",
    "luetgendortmund": "Lütgendortmund",
    "city": "Stadt Dortmund",
}

_NEEDS = {
    "language": "Sprache",
    "school": "Schule",
    "kindergarten": "Kita",
    "social_contacts": "Soziale Kontakte",
    "housing_surroundings": "Wohnumfeld",
    "leisure": "Freizeit",
}

_WORDS: dict[str, dict[str, str]] = {
    "District": {
        "innenstadt-west": "Innenstadt-West",
        "innenstadt-nord": "Innenstadt-Nord",
        "innenstadt-ost": "Innenstadt-Ost",
        "eving": "Eving",
        "scharnhorst": "Scharnhorst",
        "brackel": "Brackel",
        "aplerbeck": "Aplerbeck",
        "hoerde": "Hörde",
        "hombruch": "Hombruch",
        "luetgendortmund": "Lütgendortmund",
        "huckarde": "Huckarde",
        "mengede": "Mengede",
    },
    "Tenancy": {
        "shelter": "Übergangseinrichtung",
        "city_leased": "Wohnraumvorhalteprogramm",
        "private": "Eigene Mietwohnung",
    },
    "LegalCircle": {"asylblg": "AsylbLG", "sgb2": "SGB II", "sgb12": "SGB XII", "none": "ohne Leistungen"},
    "TargetGroup": {"partner": "Partner", "refugee": "Geflüchtete", "host_society": "Nachbarschaft"},
    "Channel": {
        "office_hours": "Sprechstunde",
        "visit": "Besuch",
        "phone": "Telefon",
        "email": "E-Mail",
        "accompaniment": "Begleitung",
        "event": "Veranstaltung",
    },
    "NeedArea": _NEEDS,
    "Topic": {
        "application_help": "Antrag",
        "housing": "Wohnen",
        "legal": "Recht",
        "health": "Gesundheit",
        **_NEEDS,
        "volunteering": "Ehrenamt",
        "neighbourhood_conflict": "Nachbarschaft",
        "other": "Anderes",
    },
    "Weekday": {
        "mon": "Montag",
        "tue": "Dienstag",
        "wed": "Mittwoch",
        "thu": "Donnerstag",
        "fri": "Freitag",
        "sat": "Samstag",
        "sun": "Sonntag",
    },
    "VisitOutcome": {
        "done": "stattgefunden",
        "not_at_home": "nicht angetroffen",
        "refused": "abgelehnt",
        "met_elsewhere": "anderswo getroffen",
    },
    "VolunteerKind": {
        "interpreter": "Dolmetschen",
        "mentor": "Patenschaft",
        "teacher": "Deutsch und Lernen",
        "moving_helper": "Umzugshilfe",
        "companion": "Begleitung",
    },
    "AssignmentDeclineReason": {
        "no": "kann nicht",
        "not_at_such_times": "kann zu solchen Zeiten nicht",
        "no_answer": "hat nicht geantwortet",
        "overtaken": "nicht mehr nötig",
    },
    "AssignmentCancelReason": {
        "volunteer": "die oder der Ehrenamtliche kann doch nicht",
        "withdrawn": "nicht mehr nötig oder verschoben",
        "not_allowed": "eine Voraussetzung fehlt",
        "did_not_take_place": "hat nicht stattgefunden",
        "erased": "Daten gelöscht",
    },
    "MentorshipEnd": {
        "settled": "die Familie kommt allein zurecht",
        "moved_away": "weggezogen",
        "volunteer": "Wunsch der oder des Ehrenamtlichen",
        "household": "Wunsch der Familie",
        "did_not_fit": "hat nicht gepasst",
        "not_allowed": "eine Voraussetzung fehlt",
        "file_closed": "Akte geschlossen",
        "erased": "Daten gelöscht",
    },
    "GatheringKind": {"training": "Schulung", "exchange": "Austauschtreffen"},
    "VolunteerState": {
        "unconfirmed": "Adresse nicht bestätigt",
        "new": "neu",
        "active": "aktiv",
        "left": "ausgeschieden",
    },
    "RequestState": {
        "suggested": "Vorschlag",
        "open": "gesucht",
        "filled": "zugesagt",
        "done": "erledigt",
        "unfilled": "niemand gefunden",
        "withdrawn": "zurückgenommen",
    },
    "AssignmentState": {
        "offered": "gefragt",
        "accepted": "zugesagt",
        "declined": "abgesagt",
        "cancelled": "ausgefallen",
        "completed": "erledigt",
    },
    "Reason": {
        "earlier_match": "hat bei dieser Familie schon gut gepasst",
        "same_district": "wohnt im selben Stadtbezirk",
        "next_district": "wohnt nebenan",
        "native": "Muttersprache",
        "fluent": "spricht die Sprache fließend",
        "speaks_language": "spricht die Sprache",
        "little_load": "hat zuletzt wenig geholfen",
        "not_asked_this_month": "diesen Monat noch nicht gefragt",
    },
    "BlockReason": {
        "integration_course": "Integrationskurs",
        "work": "Arbeit",
        "school": "Schule",
        "family": "Familie",
        "other": "anderes",
    },
    "SkillLevel": {
        "a1": "A1",
        "a2": "A2",
        "b1": "B1",
        "b2": "B2",
        "c1": "C1",
        "c2": "C2",
        "native": "Muttersprache",
    },
    "InterpreterOccasion": {
        "first_visit": "Erstbesuch",
        "office_hours": "Sprechstunde",
        "appointment": "Termin",
    },
    "RecipientKind": {"partner": "Partner", "volunteer": "Ehrenamtliche", "authority": "Behörde"},
    "Purpose": {
        "referral": "Vermittlung",
        "interpreting": "Dolmetschen",
        "mentoring": "Patenschaft",
        "accompaniment": "Begleitung",
        "appointment": "Termin",
        "other": "Anderes",
    },
    "ClosingReason": {
        "moved_away": "weggezogen",
        "no_longer_needed": "nicht mehr nötig",
        "declined": "nicht gewünscht",
        "unreachable": "nicht erreichbar",
        "deceased": "verstorben",
        "merged": "zusammengeführt",
        "entered_by_mistake": "irrtümlich angelegt",
    },
    "HandoverStage": {"sent": "unterwegs", "accepted": "angekommen"},
    "HouseholdChange": {
        "birth": "Geburt",
        "death": "Tod",
        "joined": "Zuzug in den Haushalt",
        "left": "Auszug aus dem Haushalt",
        "reopened": "wieder geöffnet",
        "details": "Angaben geändert",
    },
    "Told": {
        "takes_over": "wird zuständig",
        "gives_up": "ist nicht mehr zuständig",
        "changes": "bleibt zuständig, nach anderem Gesetz",
        "recalled": "Mitteilung zurückgenommen",
    },
    "CameBy": {"birth": "geboren", "joined": "eingezogen"},
    "LeftBecause": {"left": "ausgezogen", "death": "gestorben"},
    "BarrierKind": {"individual": "persönlich", "structural": "strukturell"},
    "LegalBasis": {
        "consent": "Einwilligung",
        "statutory": "gesetzliche Aufgabe",
        "vital_interest": "lebenswichtiges Interesse",
    },
    "GrantEnd": {
        "completed": "erledigt",
        "consent_withdrawn": "Einwilligung widerrufen",
        "handed_over": "Akte übergeben",
        "household_closed": "Akte geschlossen",
        "erased": "Daten gelöscht",
        "expired": "abgelaufen",
        "revoked": "zurückgenommen",
    },
    "OfferKind": {
        "german_course": "Deutschkurs",
        "mentoring": "Patenschaft",
        "sport": "Sport",
        "language_cafe": "Sprachcafé",
        "moving_help": "Umzugshilfe",
        "interpreting": "Sprachmittlung",
        "counselling": "Beratung",
        "training": "Schulung",
        "information_event": "Informationsveranstaltung",
        "childcare": "Kinderbetreuung",
        "other": "Anderes",
    },
    "Audience": {
        "families": "Familien",
        "women": "Frauen",
        "men": "Männer",
        "children": "Kinder",
        "youth": "Jugendliche",
        "seniors": "ältere Menschen",
        "everybody": "alle",
    },
    "Level": {
        "alpha": "Alphabetisierung",
        "a1": "A1",
        "a2": "A2",
        "b1": "B1",
        "b2": "B2",
        "c1": "C1",
    },
    "PartnerState": {
        "none": "kein Träger",
        "interested": "Interesse bekundet",
        "offered": "Zusammenarbeit angeboten",
        "agreed": "Zusammenarbeit vereinbart",
    },
    "Funding": {
        "municipal": "Stadt",
        "amif": "AMIF (EU-Förderung)",
    },
    "SiteState": {
        "planned": "geplant",
        "released": "freigegeben",
        "open": "eröffnet",
        "extended": "verlängert",
    },
    "PartnerKind": {
        "association": "Verein",
        "parish": "Kirchengemeinde",
        "initiative": "Initiative",
        "authority": "Behörde",
        "institution": "Einrichtung",
    },
    "ReferralState": {
        "draft": "Entwurf",
        "requested": "angefragt",
        "accepted": "angenommen",
        "in_progress": "läuft",
        "on_hold": "ruht",
        "completed": "abgeschlossen",
        "declined": "abgelehnt",
        "expired": "ohne Antwort abgelaufen",
        "failed": "nicht zustande gekommen",
        "cancelled": "abgebrochen",
    },
    "DeclineReason": {
        "no_capacity": "kein Platz frei",
        "not_eligible": "gehört nicht zur Zielgruppe",
        "out_of_area": "außerhalb des Einzugsgebiets",
        "language_unavailable": "Sprache wird nicht angeboten",
        "other": "anderer Grund",
    },
    "CancelReason": {
        "consent_withdrawn": "Einwilligung widerrufen",
        "household_declined": "Familie möchte nicht mehr",
        "moved_away": "weggezogen",
        "sender": "von uns zurückgezogen",
    },
    "CancelCause": {
        "consent_withdrawn": "Einwilligung widerrufen",
        "household_declined": "Familie möchte nicht mehr",
        "moved_away": "weggezogen",
        "sender": "von uns zurückgezogen",
        "file_closed": "Akte geschlossen",
        "erased": "Daten gelöscht",
    },
    "ReferralOutcome": {
        "got_help": "Hilfe ist angekommen",
        "could_not_contact": "nicht erreicht",
        "not_eligible": "gehört nicht zur Zielgruppe",
        "no_longer_interested": "kein Interesse mehr",
        "could_not_get_help": "keine Hilfe möglich",
    },
    "DeletionReason": {
        "consent_withdrawn": "Einwilligung widerrufen",
        "moved_away": "weggezogen",
        "merged": "Akten zusammengeführt",
        "erased": "Daten gelöscht",
        "over": "Vermittlung beendet",
    },
    "RefusalReason": {
        "unreadable": "unlesbar",
        "against_schema": "entspricht nicht dem Vertrag",
        "unknown_command": "unbekannter Auftrag",
        "unnamed_sender": "ohne Absender (user_id)",
        "foreign_sender": "unter fremdem Namen",
        "not_found": "nicht gefunden",
        "not_allowed": "nicht erlaubt",
        "invalid": "Angaben passen nicht zusammen",
        "wrong_state": "nicht mehr möglich",
        "repeated": "schon beantwortet",
        "failed": "Fehler auf unserer Seite",
    },
    "TableKind": {
        "thematic": "Thematischer Runder Tisch",
        "quarterly": "Quartalstreffen",
        "external": "Arbeitskreis anderer Träger",
    },
    "Role": {
        "team": "Team",
        "coordinator": "Koordination",
        "administration": "Verwaltung",
        "partner": "Partner",
        "authority": "Behörde",
        "volunteer": "Ehrenamtliche",
        "guest": "Gast",
        "privacy": "Datenschutz",
        "operations": "Technik",
    },
}


def word(value: Enum | str, kind: str | None = None) -> str:
    """The German word: `visit.outcome | word`, or `"mon" | word("Weekday")` for a plain text.

    Raises `KeyError` for a word that has no German one yet: a page must not show English.
    """
    if isinstance(value, Enum):
        return _WORDS[kind or type(value).__name__][str(value.value)]
    if kind is None:
        raise KeyError(f"a plain text needs the kind of word: {value}")
    return _WORDS[kind][value]


def choices(kind: str) -> list[tuple[str, str]]:
    """Value and word of every member, in the order of the domain's list: for select fields."""
    return list(_WORDS[kind].items())


def partner_name(slug: str) -> str:
    """„Projekt Ankommen“: how a partner is called where its real name is not known (yet)."""
    return slug.replace("-", " ").title()


def site_name(slug: str) -> str:
    """„Brackel/Aplerbeck"; a slug that is not known yet stays readable."""
    return _SITES.get(slug) or slug.replace("-", "/").title()
