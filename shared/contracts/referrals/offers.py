"""Offers (Angebote) of partners, and the days on which they took place (report, §3.1a, §4.1, §5)."""

from uuid import UUID

from shared.contracts.base import Event
from shared.contracts.kinds import Count, Day, Flag, Language, Slug, WeeklyTime
from shared.contracts.words import Audience, District, Level, OfferKind


class Offer(Event):
    """What the directory says of an offer; its texts, its address and its price stay there."""

    offer_id: UUID
    partner: Slug
    site: Slug
    """Always `city`: an offer is everybody's to see."""
    kind: OfferKind
    on: Day
    """The day of the change."""
    districts: tuple[District, ...] = ()
    """The districts that it serves; empty: the whole city."""
    district: District | None = None
    """Where it takes place."""
    neighbourhood: Slug | None = None
    languages: tuple[Language, ...] = ()
    level: Level | None = None
    audiences: tuple[Audience, ...] = ()
    places: Count | None = None
    free: Count | None = None
    waiting: Count | None = None
    times: tuple[WeeklyTime, ...] = ()
    valid_from: Day | None = None
    valid_until: Day | None = None
    childcare: Flag = False
    """Children are looked after meanwhile."""
    legal_advice: Flag = False
    """An advice centre to which legal topics may be referred; of the kind counselling only."""
    confirmed_on: Day


class OfferPublished(
    Offer, name="offer-published", publisher="referrals", subject="offer_id", site="site", district="district"
):
    """An offer can be found in the directory (Angebot veröffentlicht)."""


class OfferChanged(
    Offer, name="offer-changed", publisher="referrals", subject="offer_id", site="site", district="district"
):
    """An offer, or how many places it has left, has changed (Angebot geändert)."""


class OfferConfirmed(
    Offer, name="offer-confirmed", publisher="referrals", subject="offer_id", site="site", district="district"
):
    """The partner has said that the entry is still right (Angebot bestätigt)."""


class OfferWithdrawn(
    Offer, name="offer-withdrawn", publisher="referrals", subject="offer_id", site="site", district="district"
):
    """An offer has ended (Angebot zurückgezogen)."""


class OfferSessionHeld(
    Event, name="offer-session-held", publisher="referrals", subject="offer_id", site="site", district="district"
):
    """An offer took place on a day, and so many came (Termin gehalten; §5)."""

    offer_id: UUID
    session_id: UUID
    partner: Slug
    site: Slug
    kind: OfferKind
    on: Day
    attended: Count | None = None
    """Those who are enrolled and came."""
    visitors: Count | None = None
    """All who came, where nobody enrols."""
    district: District | None = None
    neighbourhood: Slug | None = None
