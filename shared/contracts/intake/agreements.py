"""Legal circles, voluntary agreements, consents and grants (report, §2.2, §3.1b, §5)."""

from uuid import UUID

from pydantic import Field

from shared.contracts.base import Event
from shared.contracts.kinds import Count, Day, Slug, Value
from shared.contracts.words import (
    District,
    GrantEnd,
    LegalBasis,
    LegalCircle,
    NeedArea,
    Purpose,
    RecipientKind,
)


class LegalCircleChanged(
    Event, name="legal-circle-changed", publisher="intake", subject="household_id", district="district"
):
    """A person's legal circle changes on a day, and with it the authority in charge (Rechtskreiswechsel, §5).

    The day may lie ahead. Reporting counts persons per legal circle and district by it (§6); both authorities hear.
    """

    household_id: UUID
    person_id: UUID
    from_: LegalCircle = Field(alias="from")
    to: LegalCircle
    on: Day
    district: District


class Agreement(Event):
    """What is true of a voluntary integration agreement between household and site; the goals' words stay there."""

    household_id: UUID
    agreement_id: UUID
    on: Day
    review_on: Day | None = None
    areas: tuple[NeedArea, ...] = ()
    household_goals: Count
    site_goals: Count
    district: District


class AgreementConcluded(
    Agreement, name="agreement-concluded", publisher="intake", subject="household_id", district="district"
):
    """Household and site have agreed on goals (Integrationsvereinbarung geschlossen, §2.2)."""


class AgreementReviewed(
    Agreement, name="agreement-reviewed", publisher="intake", subject="household_id", district="district"
):
    """Both sides have looked at what became of the goals (Vereinbarung besprochen)."""

    household_goals_reached: Count
    site_goals_reached: Count


class AgreementWithdrawn(
    Agreement, name="agreement-withdrawn", publisher="intake", subject="household_id", district="district"
):
    """The agreement ended by one side's wish (Vereinbarung beendet), without consequence: it was voluntary."""


class Recipient(Value):
    """Who may see something: a partner or an authority by its slug, a volunteer by its id."""

    kind: RecipientKind
    slug: Slug | None = None
    id: UUID | None = None


class Consent(Event):
    """What is true of a consent."""

    household_id: UUID
    consent_id: UUID
    person_id: UUID | None = None
    """Who gave it, when it was not given for the whole household."""
    recipient: Recipient
    purpose: Purpose
    on: Day


class ConsentGiven(Consent, name="consent-given", publisher="intake", subject="household_id"):
    """The household allows this very recipient to see its data for a purpose (Einwilligung erteilt).

    Referrals sends nothing without it or another legal basis.
    """


class ConsentWithdrawn(Consent, name="consent-withdrawn", publisher="intake", subject="household_id"):
    """A consent was taken back (Einwilligung widerrufen): open referrals to this recipient end at once."""


class Grant(Event):
    """A recipient's right to look at what it needs at the site; the data itself never leaves with it."""

    household_id: UUID
    grant_id: UUID
    recipient: Recipient
    purpose: Purpose
    referral_id: UUID | None = None
    assignment_id: UUID | None = None


class GrantIssued(Grant, name="grant-issued", publisher="intake", subject="household_id"):
    """The site has opened a household's contact data to a recipient (Freigabe erteilt)."""

    basis: LegalBasis
    consent_id: UUID | None = None
    ends_on: Day | None = None


class GrantEnded(Grant, name="grant-ended", publisher="intake", subject="household_id"):
    """A recipient no longer sees anything (Freigabe beendet)."""

    reason: GrantEnd
