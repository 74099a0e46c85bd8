"""What the city's reporting tells the others: the site register, surveys and reports (report, §4, §6)."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from shared.contracts.base import Event
from shared.contracts.kinds import Day, Language, Slug, Value, WeeklyTime
from shared.contracts.words import District, Funding, PartnerState, TargetGroup

__all__ = [
    "PublicKey",
    "ReportPublished",
    "SiteClosed",
    "SiteOpened",
    "SitePlanned",
    "SurveyAnswer",
    "SurveyAnswered",
    "WeeklyTime",
]


class PublicKey(Value):
    """A stack's public key as a JWK (RFC 8037): Ed25519 to sign tokens and letters, X25519 to encrypt letters.

    A private part that is handed in by mistake is dropped, not passed on.
    """

    kid: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
    kty: Literal["OKP"] = "OKP"
    crv: Literal["Ed25519", "X25519"]
    x: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{43}$")]
    use: Literal["sig", "enc"] | None = None


class SitePlanned(Event, name="site-planned", publisher="reporting", subject="site", site="site"):
    """A site is planned for a region, with or without a welfare association to run it (Standort geplant, §6)."""

    site: Slug
    districts: tuple[District, ...]
    partner: Slug | None = None
    """The welfare association."""
    partner_state: PartnerState
    funding: Funding
    approved_on: Day | None = None
    """When the funding was approved; a site funded by AMIF cannot be opened before."""
    planned_for: Day | None = None


class SiteOpened(Event, name="site-opened", publisher="reporting", subject="site", site="site"):
    """A site works, or its entry in the register has changed (Standort eröffnet, §6).

    Everyone learns from it which site serves which district and whose signatures to trust. The city's own stack is
    entered in the same way, as `city` and without districts.
    """

    site: Slug
    districts: tuple[District, ...]
    interim_districts: tuple[District, ...] = ()
    """Districts without a site of their own that this one serves meanwhile."""
    public_keys: tuple[PublicKey, ...]
    office_hours: tuple[WeeklyTime, ...] = ()
    opened_on: Day | None = None


class SiteClosed(Event, name="site-closed", publisher="reporting", subject="site", site="site"):
    """A site has ended (Standort geschlossen); its files go to the sites that serve its districts now."""

    site: Slug
    closed_on: Day


class SurveyAnswer(Value):
    """What was ticked at one question; open answers stay with reporting."""

    question: Slug
    choices: tuple[Slug, ...]


class SurveyAnswered(Event, name="survey-answered", publisher="reporting", subject="survey", site="site"):
    """A filled-in questionnaire has come back (Fragebogen beantwortet, §4). Nothing in it says who answered."""

    survey: Slug
    answer_id: UUID
    site: Slug
    on: Day
    target_group: TargetGroup
    language: Language | None = None
    answers: tuple[SurveyAnswer, ...]


class ReportPublished(Event, name="report-published", publisher="reporting", subject="report_id", site="site"):
    """A quarterly report can be read (Bericht veröffentlicht); guests are told."""

    report_id: UUID
    quarter: Annotated[str, StringConstraints(pattern=r"^[0-9]{4}-Q[1-4]$")]
    site: Slug
    """The site that it is about, or `city` for all of them."""
    from_: Day = Field(alias="from")
    to: Day
    published_on: Day
