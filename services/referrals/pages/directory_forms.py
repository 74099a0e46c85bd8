"""Forms of partners' and offers' pages: as the calls, with the schedule and the price as people enter them."""

from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from services.referrals.directory_inputs import ChangeOffer, ChangePartner, PublishOffer
from services.referrals.domain.schedules import DAYS, Frequency, Schedule, schedule_of, weekly_rule
from services.referrals.tables import Offer, Partner
from shared.contracts.words import Weekday
from shared.places import DISTRICT_NAMES, neighbourhoods
from shared.web.forms import Filled

_WEEKDAYS = tuple(Weekday)


class Rhythm(StrEnum):
    """How often an offer takes place on its days."""

    WEEKLY = "weekly"
    FORTNIGHTLY = "fortnightly"
    FIRST = "1"
    SECOND = "2"
    THIRD = "3"
    FOURTH = "4"
    LAST = "-1"


RHYTHMS = (
    (Rhythm.WEEKLY, "jede Woche"),
    (Rhythm.FORTNIGHTLY, "alle zwei Wochen"),
    (Rhythm.FIRST, "am ersten im Monat"),
    (Rhythm.SECOND, "am zweiten im Monat"),
    (Rhythm.THIRD, "am dritten im Monat"),
    (Rhythm.FOURTH, "am vierten im Monat"),
    (Rhythm.LAST, "am letzten im Monat"),
)
NEIGHBOURHOODS = sorted(
    (
        (slug, f"{name} ({DISTRICT_NAMES[district]})" if name != DISTRICT_NAMES[district] else name)
        for district, known in neighbourhoods().items()
        for slug, name in known.items()
    ),
    key=lambda choice: choice[1],
)
"""All neighbourhoods with their districts, by name."""
Euros = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,3}([.,][0-9]{1,2})?$")]


class OfferForm(PublishOffer):
    """An offer as it is entered on the page."""

    days: list[Weekday] = Field(default_factory=list)
    rhythm: Rhythm = Rhythm.WEEKLY
    euros: Euros | None = None

    def published(self) -> PublishOffer:
        """The offer as the command takes it."""
        return PublishOffer.model_validate(self._details() | {"partner": self.partner})

    def changed(self) -> ChangeOffer:
        """Every field as it stands in the form."""
        return ChangeOffer.model_validate(self._details())

    def _details(self) -> dict[str, Any]:
        details = self.model_dump(exclude={"partner", "days", "rhythm", "euros", "rrule", "cost_cents"})
        return details | {"rrule": self._rule(), "cost_cents": _cents(self.euros)}

    def _rule(self) -> str | None:
        if not self.days:
            return None
        if self.rhythm is Rhythm.WEEKLY:
            return weekly_rule(self.days)
        if self.rhythm is Rhythm.FORTNIGHTLY:
            return weekly_rule(self.days).replace(";BYDAY", ";INTERVAL=2;BYDAY")
        days = (f"{self.rhythm.value}{DAYS[_WEEKDAYS.index(day)]}" for day in self.days)
        return f"FREQ=MONTHLY;BYDAY={','.join(days)}"


def _cents(euros: str | None) -> int | None:
    if euros is None:
        return None
    whole, _, part = euros.replace(",", ".").partition(".")
    return int(whole) * 100 + int(part.ljust(2, "0") or "0")


def offer_texts(offer: Offer) -> Filled[OfferForm]:
    """The form filled with an offer as it is."""
    same = ("street", "postal_code", "district", "neighbourhood", "level", "min_age", "max_age", "places", "free")
    texts = _texts(offer, (*same, "waiting", "first_on", "valid_from", "valid_until"))
    texts |= {"kind": [offer.kind.value], "districts": list(offer.districts), "languages": list(offer.languages)}
    texts["audiences"] = list(offer.audiences)
    texts["for_circles"] = list(offer.for_circles)
    for name in ("childcare", "legal_advice", "accessible"):
        if (value := getattr(offer, name)) is not None:
            texts[name] = [str(value).lower()]
    if offer.cost_cents is not None:
        texts["euros"] = [f"{offer.cost_cents // 100},{offer.cost_cents % 100:02}"]
    texts |= _translated("title", offer.title) | _translated("description", offer.description)
    schedule = schedule_of(offer.rrule, offer.starts_at, offer.ends_at, offer.first_on)
    if schedule is not None:
        texts["starts_at"], texts["ends_at"] = [f"{schedule.begins:%H:%M}"], [f"{schedule.ends:%H:%M}"]
        texts["days"] = [_WEEKDAYS[window.weekday].value for window in schedule.windows]
        texts["rhythm"] = [_rhythm(schedule).value]
    return Filled[OfferForm](texts)


def partner_texts(partner: Partner) -> Filled[ChangePartner]:
    """The form filled with a partner as it is."""
    same = ("name", "website", "email", "phone", "street", "postal_code", "city")
    texts = _texts(partner, (*same, "reminder_days", "escalation_days", "expiry_days"))
    texts |= {"kind": [partner.kind.value], "wants_mail": [str(partner.wants_mail).lower()]}
    for name in ("districts", "languages", "sites"):
        texts[name] = list(getattr(partner, name))
    return Filled[ChangePartner](texts | _translated("description", partner.description))


def _texts(row: Any, names: tuple[str, ...]) -> dict[str, list[str]]:
    return {name: [str(value)] for name in names if (value := getattr(row, name)) is not None}


def _translated(field: str, texts: dict[str, str]) -> dict[str, list[str]]:
    return {f"{field}.{language}": [text] for language, text in texts.items()}


def _rhythm(schedule: Schedule) -> Rhythm:
    if schedule.frequency is Frequency.WEEKLY:
        return Rhythm.WEEKLY if schedule.interval == 1 else Rhythm.FORTNIGHTLY
    return Rhythm(str(schedule.days[0].nth))
