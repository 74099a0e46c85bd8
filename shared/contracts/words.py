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


class HouseholdChange(StrEnum):
    """Anlass einer Änderung: why a household's figures changed. `details` is a correction or a wish."""

    BIRTH = "birth"
    DEATH = "death"
    JOINED = "joined"
    LEFT = "left"
    REOPENED = "reopened"
    DETAILS = "details"


class ClosingReason(StrEnum):
    """Warum eine Akte geschlossen wurde; `merged` belongs to the file that was absorbed by another one."""

    MOVED_AWAY = "moved_away"
    NO_LONGER_NEEDED = "no_longer_needed"
    DECLINED = "declined"
    UNREACHABLE = "unreachable"
    DECEASED = "deceased"
    MERGED = "merged"
    ENTERED_BY_MISTAKE = "entered_by_mistake"


class HandoverStage(StrEnum):
    """Übergabe: `sent` while the old site is caretaker, `accepted` once the new one has the file."""

    SENT = "sent"
    ACCEPTED = "accepted"


class VisitOutcome(StrEnum):
    """Ergebnis eines Erstbesuchs; `met_elsewhere` is a family that was met at the office hours (§3.1b)."""

    DONE = "done"
    NOT_AT_HOME = "not_at_home"
    REFUSED = "refused"
    MET_ELSEWHERE = "met_elsewhere"


class InterpreterOccasion(StrEnum):
    """Anlass, zu dem gedolmetscht wird."""

    FIRST_VISIT = "first_visit"
    OFFICE_HOURS = "office_hours"
    APPOINTMENT = "appointment"


class BarrierKind(StrEnum):
    """Integrationshemmnis: of the person or of the structures around it (§2.2)."""

    INDIVIDUAL = "individual"
    STRUCTURAL = "structural"


class RecipientKind(StrEnum):
    """Empfänger personenbezogener Daten."""

    PARTNER = "partner"
    VOLUNTEER = "volunteer"
    AUTHORITY = "authority"


class Purpose(StrEnum):
    """Zweck einer Einwilligung oder Freigabe; what is said in words stays in the site's database."""

    REFERRAL = "referral"
    INTERPRETING = "interpreting"
    MENTORING = "mentoring"
    ACCOMPANIMENT = "accompaniment"
    APPOINTMENT = "appointment"
    OTHER = "other"


class LegalBasis(StrEnum):
    """Rechtsgrundlage, auf der ein Empfänger Daten sieht."""

    CONSENT = "consent"
    STATUTORY = "statutory"
    VITAL_INTEREST = "vital_interest"


class GrantEnd(StrEnum):
    """Warum eine Freigabe endete."""

    COMPLETED = "completed"
    CONSENT_WITHDRAWN = "consent_withdrawn"
    HANDED_OVER = "handed_over"
    HOUSEHOLD_CLOSED = "household_closed"
    ERASED = "erased"
    EXPIRED = "expired"
    REVOKED = "revoked"


class Presence(StrEnum):
    """Wer in der Sprechstunde anwesend war, by kind and never by person."""

    TEAM = "team"
    INTERPRETER = "interpreter"
    VOLUNTEER = "volunteer"
    PARTNER = "partner"
    AUTHORITY = "authority"


class OfferKind(StrEnum):
    """Art eines Angebots (§3.1a, §4.1)."""

    GERMAN_COURSE = "german_course"
    MENTORING = "mentoring"
    SPORT = "sport"
    LANGUAGE_CAFE = "language_cafe"
    MOVING_HELP = "moving_help"
    INTERPRETING = "interpreting"
    COUNSELLING = "counselling"
    TRAINING = "training"
    INFORMATION_EVENT = "information_event"
    CHILDCARE = "childcare"
    OTHER = "other"


class Audience(StrEnum):
    """Für wen ein Angebot ist."""

    FAMILIES = "families"
    WOMEN = "women"
    MEN = "men"
    CHILDREN = "children"
    YOUTH = "youth"
    SENIORS = "seniors"
    EVERYBODY = "everybody"


class Level(StrEnum):
    """Sprachniveau eines Kurses; `alpha` is for people who learn to read and write."""

    ALPHA = "alpha"
    A1 = "a1"
    A2 = "a2"
    B1 = "b1"
    B2 = "b2"
    C1 = "c1"


class PartnerKind(StrEnum):
    """Art eines Kooperationspartners (§2.1a)."""

    ASSOCIATION = "association"
    PARISH = "parish"
    INITIATIVE = "initiative"
    AUTHORITY = "authority"
    INSTITUTION = "institution"


class ReferralState(StrEnum):
    """Stand einer Vermittlung; which follows which is in the network contract, „Referral states“."""

    DRAFT = "draft"
    REQUESTED = "requested"
    ACCEPTED = "accepted"
    IN_PROGRESS = "in_progress"
    ON_HOLD = "on_hold"
    COMPLETED = "completed"
    DECLINED = "declined"
    EXPIRED = "expired"
    FAILED = "failed"
    CANCELLED = "cancelled"


class DeclineReason(StrEnum):
    """Warum ein Partner ablehnt."""

    NO_CAPACITY = "no_capacity"
    NOT_ELIGIBLE = "not_eligible"
    OUT_OF_AREA = "out_of_area"
    LANGUAGE_UNAVAILABLE = "language_unavailable"
    OTHER = "other"


class CancelReason(StrEnum):
    """Warum eine Vermittlung abgebrochen wurde."""

    CONSENT_WITHDRAWN = "consent_withdrawn"
    HOUSEHOLD_DECLINED = "household_declined"
    MOVED_AWAY = "moved_away"
    SENDER = "sender"


class CancelCause(StrEnum):
    """Wodurch eine Vermittlung endete: the words of `CancelReason`, and what they called `sender` for want of a word.

    Not finer than this: that somebody has died, or could not be found, is none of a partner's business.
    """

    CONSENT_WITHDRAWN = "consent_withdrawn"
    HOUSEHOLD_DECLINED = "household_declined"
    MOVED_AWAY = "moved_away"
    SENDER = "sender"
    """The team itself has taken it back, and can be asked about it."""
    FILE_CLOSED = "file_closed"
    """The family's file was closed, for whatever other reason; nobody has withdrawn the question."""
    ERASED = "erased"
    """The family is erased (GDPR Art. 17): nobody can say more."""


class ReferralOutcome(StrEnum):
    """Was aus einer Vermittlung wurde, besides its state."""

    GOT_HELP = "got_help"
    COULD_NOT_CONTACT = "could_not_contact"
    NOT_ELIGIBLE = "not_eligible"
    NO_LONGER_INTERESTED = "no_longer_interested"
    COULD_NOT_GET_HELP = "could_not_get_help"


class DeletionReason(StrEnum):
    """Warum ein Partner löschen soll, was er über eine Person hat."""

    CONSENT_WITHDRAWN = "consent_withdrawn"
    MOVED_AWAY = "moved_away"
    MERGED = "merged"
    ERASED = "erased"
    OVER = "over"


class RefusalReason(StrEnum):
    """Warum ein Auftrag eines Partners nicht ausgeführt wurde."""

    UNREADABLE = "unreadable"
    """Not a CloudEvent in JSON, or too large."""
    AGAINST_SCHEMA = "against_schema"
    """A field is missing, unknown or not of its kind; `fields` names those that the schema has."""
    UNKNOWN_COMMAND = "unknown_command"
    UNNAMED_SENDER = "unnamed_sender"
    """The message names no `user_id`."""
    FOREIGN_SENDER = "foreign_sender"
    """The message came in another partner's name."""
    NOT_FOUND = "not_found"
    """There is no such thing, or it is not this partner's."""
    NOT_ALLOWED = "not_allowed"
    INVALID = "invalid"
    """A value does not hold together with the others; `fields` names it."""
    WRONG_STATE = "wrong_state"
    """The state of things does not allow it (any more)."""
    REPEATED = "repeated"
    """A command with this id was answered before; it has no second effect."""
    FAILED = "failed"
    """A fault on this side: the operations team has it, and nothing was changed."""


class VolunteerKind(StrEnum):
    """Womit Ehrenamtliche helfen (§3.1a, §3.1c)."""

    INTERPRETER = "interpreter"
    MENTOR = "mentor"
    TEACHER = "teacher"
    MOVING_HELPER = "moving_helper"
    COMPANION = "companion"


class AssignmentDeclineReason(StrEnum):
    """Warum aus einer Anfrage an Ehrenamtliche kein Einsatz wurde."""

    NO = "no"
    NOT_AT_SUCH_TIMES = "not_at_such_times"
    """No, and not to be asked for such times again."""
    NO_ANSWER = "no_answer"
    """None in time, which is not the volunteer's no."""
    OVERTAKEN = "overtaken"
    """Not needed any more: somebody else came first, or the request was withdrawn."""


class AssignmentCancelReason(StrEnum):
    """Warum ein zugesagter Einsatz nicht stattfindet."""

    VOLUNTEER = "volunteer"
    WITHDRAWN = "withdrawn"
    """Whoever needed somebody does not any more, or at another time."""
    NOT_ALLOWED = "not_allowed"
    """A rule stands against it by now: a certificate, a conflict."""
    DID_NOT_TAKE_PLACE = "did_not_take_place"
    ERASED = "erased"


class MentorshipEnd(StrEnum):
    """Warum eine Patenschaft endete; `settled` is what it was for."""

    SETTLED = "settled"
    MOVED_AWAY = "moved_away"
    VOLUNTEER = "volunteer"
    HOUSEHOLD = "household"
    DID_NOT_FIT = "did_not_fit"
    NOT_ALLOWED = "not_allowed"
    FILE_CLOSED = "file_closed"
    ERASED = "erased"


class GatheringKind(StrEnum):
    """Art eines Treffens der Ehrenamtlichen: Schulung oder Austausch (§4.3, §5)."""

    TRAINING = "training"
    EXCHANGE = "exchange"


class TableKind(StrEnum):
    """Art eines Runden Tisches; `external` is another body's working group (§3.1a, §4.3)."""

    THEMATIC = "thematic"
    QUARTERLY = "quarterly"
    EXTERNAL = "external"


class PartnerState(StrEnum):
    """Stand der Trägersuche für einen geplanten Standort (§6)."""

    NONE = "none"
    INTERESTED = "interested"
    OFFERED = "offered"
    AGREED = "agreed"


class Funding(StrEnum):
    """Finanzierung eines Standorts; `amif` forbids an opening before the grant is approved (§6)."""

    MUNICIPAL = "municipal"
    AMIF = "amif"


class Service(StrEnum):
    """The services that may hold data about a household."""

    INTAKE = "intake"
    REFERRALS = "referrals"
    VOLUNTEERS = "volunteers"
    REPORTING = "reporting"


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
