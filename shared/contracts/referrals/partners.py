"""Partners (Kooperationspartner) and what was agreed with them (report, §2.1a, §3.1a)."""

from uuid import UUID

from shared.contracts.base import Event
from shared.contracts.kinds import Day, Flag, Language, Slug
from shared.contracts.words import District, NeedArea, PartnerKind, Topic


class PartnerEntry(Event):
    """What the directory says of a partner; contact persons and texts stay there."""

    partner_id: UUID
    partner: Slug
    site: Slug
    """Always `city`: a partner works across districts."""
    kind: PartnerKind
    sites: tuple[Slug, ...] = ()
    """The sites that it works with; empty: all of them."""
    districts: tuple[District, ...] = ()
    """The districts that it serves; empty: the whole city."""
    languages: tuple[Language, ...] = ()
    confirmed_on: Day
    """When it was last said that all of this is right; after 90 days the entry is stale."""
    active: Flag = True
    closed_from: Day | None = None
    """The first day of the closure that runs or comes next; nobody expects an answer meanwhile."""
    closed_to: Day | None = None


class PartnerRegistered(
    PartnerEntry, name="partner-registered", publisher="referrals", subject="partner_id", site="site"
):
    """A partner has entered the directory (Partner aufgenommen)."""


class PartnerChanged(PartnerEntry, name="partner-changed", publisher="referrals", subject="partner_id", site="site"):
    """A partner's entry was changed, confirmed or closed (Partner geändert)."""


class CooperationAgreed(Event, name="cooperation-agreed", publisher="referrals", subject="partner_id", site="site"):
    """A site and a partner have agreed to work together (Kooperation vereinbart, §3.1a: 32 cases)."""

    partner_id: UUID
    partner: Slug
    cooperation_id: UUID
    site: Slug
    agreed_on: Day
    until: Day | None = None
    area: NeedArea | None = None
    topic: Topic | None = None
