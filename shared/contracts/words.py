"""The words of the domain that several events share (report, §2–§6; the German term stands behind each class)."""

from enum import StrEnum


class District(StrEnum):
    """Stadtbezirk: Dortmund's twelve."""

    INNENSTADT_WEST = "innenstadt-west"
    INNENSTADT_NORD = "innenstadt-nord"
    INNENSTADT_OST = "innenstadt-ost"
    EVING = "eving"
    SCHARNHORST = "scharnhorst"
    BRACKEL = "brackel"
    APLERBECK = "aplerbeck"
    HOERDE = "hoerde"
    HOMBRUCH = "hombruch"
    LUETGENDORTMUND = "luetgendortmund"
    HUCKARDE = "huckarde"
    MENGEDE = "mengede"


class Tenancy(StrEnum):
    """Wohnform: `city_leased` is the Wohnraumvorhalteprogramm (§2.1b), `shelter` the Übergangseinrichtung."""

    SHELTER = "shelter"
    CITY_LEASED = "city_leased"
    PRIVATE = "private"


class LegalCircle(StrEnum):
    """Rechtskreis of a person: it decides which authority is in charge (§3.1b, §5)."""

    ASYLBLG = "asylblg"
    SGB2 = "sgb2"
    SGB12 = "sgb12"
    NONE = "none"


class TargetGroup(StrEnum):
    """Zielgruppe a, b and c (§2.1)."""

    PARTNER = "partner"
    REFUGEE = "refugee"
    HOST_SOCIETY = "host_society"


class Channel(StrEnum):
    """Weg: how a contact came about."""

    OFFICE_HOURS = "office_hours"
    VISIT = "visit"
    PHONE = "phone"
    EMAIL = "email"
    ACCOMPANIMENT = "accompaniment"
    EVENT = "event"


class NeedArea(StrEnum):
    """Integrationsbedarf: the six areas of the needs assessment (§3.1b)."""

    LANGUAGE = "language"
    SCHOOL = "school"
    KINDERGARTEN = "kindergarten"
    SOCIAL_CONTACTS = "social_contacts"
    HOUSING_SURROUNDINGS = "housing_surroundings"
    LEISURE = "leisure"


class Topic(StrEnum):
    """Anliegen: what a contact was about (§3.1b, §3.1c)."""

    APPLICATION_HELP = "application_help"
    HOUSING = "housing"
    LEGAL = "legal"
    HEALTH = "health"
    LANGUAGE = "language"
    SCHOOL = "school"
    KINDERGARTEN = "kindergarten"
    SOCIAL_CONTACTS = "social_contacts"
    HOUSING_SURROUNDINGS = "housing_surroundings"
    LEISURE = "leisure"
    VOLUNTEERING = "volunteering"
    NEIGHBOURHOOD_CONFLICT = "neighbourhood_conflict"
    OTHER = "other"


class Weekday(StrEnum):
    """Wochentag, in the order of the week."""

    MON = "mon"
    TUE = "tue"
    WED = "wed"
    THU = "thu"
    FRI = "fri"
    SAT = "sat"
    SUN = "sun"


SITES = (
    "brackel-aplerbeck",
    "hoerde-hombruch",
    "mengede-huckarde",
    "eving-scharnhorst",
    "innenstadt",
    "luetgendortmund",
)
"""Standorte: the pilot first, then the planned ones (§6)."""

CITY = "city"
"""The slug of the city's own stack; with `internal` and `public` it is no site's."""
RESERVED_SLUGS = frozenset({CITY, "internal", "public"})
