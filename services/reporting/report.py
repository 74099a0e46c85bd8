"""The tables of the page „Zahlen": each with its words, its numbers, its sums, and how it was counted.

The page, its pictures and its CSV files are made from the same tables, so that they cannot contradict each other.
"""

import dataclasses
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from babel.dates import format_date
from sqlmodel.ext.asyncio.session import AsyncSession

from services.reporting import charts, dates, shown
from services.reporting.dates import Period
from services.reporting.domain.suppression import TOTAL
from services.reporting.queries.contacts import By, contacts
from services.reporting.queries.needs import MET, OPEN
from services.reporting.queries.referrals import ReferralsBy
from services.reporting.queries.volunteers import AssignmentsBy, assignments, in_hours
from services.reporting.shown import Reader
from shared.contracts.words import CancelCause, DeclineReason, LegalCircle, NeedArea, Weekday
from shared.web import german, words

_NOT_SAID = "ohne Angabe"


@dataclass(frozen=True, slots=True)
class Question:
    """What is looked at: whose figures, of which days."""

    reader: Reader
    period: Period
    on: date


@dataclass(frozen=True, slots=True)
class Table:
    """Counts by rows and columns; None is a count that must not be shown."""

    slug: str
    title: str
    how: str
    corner: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    counts: charts.Numbers
    row_sums: tuple[int | None, ...] | None
    column_sums: tuple[int | None, ...]
    total: int | None
    kind: Literal["bars", "grid"]

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to show."""
        return not any(count != 0 for line in self.counts for count in line)

    @property
    def withholds(self) -> bool:
        """Whether a number in it is not shown."""
        return any(
            count is None
            for line in (*self.counts, self.column_sums, self.row_sums or (), (self.total,))
            for count in line
        )

    @property
    def _short_columns(self) -> tuple[str, ...]:
        return tuple(_SHORT.get(column, column) for column in self.columns)

    def size(self, narrow: bool) -> charts.Size:
        """Width and height of its picture in pixels."""
        if self.kind == "bars":
            return charts.bars_size(len(self.rows), narrow)
        return charts.grid_size(len(self.rows), self._short_columns, narrow)

    def svg(self, narrow: bool) -> str:
        """The table as a picture."""
        if self.kind == "bars":
            return charts.bars(self.rows, tuple(line[0] for line in self.counts), narrow)
        return charts.grid(self.rows, self._short_columns, self.counts, narrow)


_SHORT = {words.word(weekday): words.word(weekday)[:2] for weekday in Weekday}


def _month(key: str) -> str:
    """„Oktober 2016"."""
    return format_date(date.fromisoformat(f"{key}-01"), "MMMM y", locale="de")


def _bars(slug: str, title: str, how: str, corner: str, rows: Sequence[tuple[str, int]]) -> Table:
    return Table(
        slug=slug,
        title=title,
        how=how,
        corner=corner,
        rows=tuple(label for label, _ in rows),
        columns=("Kontakte",),
        counts=tuple((count,) for _, count in rows),
        row_sums=None,
        column_sums=(sum(count for _, count in rows),),
        total=sum(count for _, count in rows),
        kind="bars",
    )


async def _contacts(session: AsyncSession, question: Question, by: By) -> dict[str | None, int]:
    period = question.period
    rows = await contacts(session, by, period.begin, period.until, question.reader.site)
    return {row.key: row.count for row in rows}


async def by_target_group(session: AsyncSession, question: Question) -> Table:
    """Contacts by target group (report, §4; its own chart is missing from our copy)."""
    counts = await _contacts(session, question, By.TARGET_GROUP)
    return _bars(
        "target-groups",
        "Kontakte nach Zielgruppe",
        "Jeder erfasste Kontakt zählt einmal, auch der kurze. Berichtigte zählen so, wie sie jetzt stehen; "
        "zurückgenommene zählen nicht.",
        "Zielgruppe",
        [(label, counts.get(key, 0)) for key, label in words.choices("TargetGroup")],
    )


async def by_topic(session: AsyncSession, question: Question) -> Table:
    """Contacts by topic, the most frequent first."""
    counts = await _contacts(session, question, By.TOPIC)
    said = sorted(((words.word(key, "Topic"), n) for key, n in counts.items() if key), key=lambda row: -row[1])
    without = [(_NOT_SAID, counts[None])] if None in counts else []
    return _bars(
        "topics",
        "Kontakte nach Anliegen",
        "Das Anliegen ist freiwillig: Ein Kontakt zählt auch ohne. Je Kontakt wird höchstens eines erfasst.",
        "Anliegen",
        [*said, *without],
    )


async def by_month(session: AsyncSession, question: Question) -> Table:
    """Contacts by month; of a long period only the months in which there were any."""
    counts = await _contacts(session, question, By.MONTH)
    months = (
        dates.months(question.period) if question.period.days <= _MOST_MONTHS * 31 else sorted(filter(None, counts))
    )
    return _bars(
        "months",
        "Kontakte nach Monat",
        "Gezählt wird der Tag, an dem der Kontakt war, nicht der Tag der Eingabe.",
        "Monat",
        [(_month(key), counts.get(key, 0)) for key in months],
    )


_MOST_MONTHS = 24


async def by_site(session: AsyncSession, question: Question) -> Table:
    """Contacts by site."""
    counts = await _contacts(session, question, By.SITE)
    return _bars(
        "sites",
        "Kontakte nach Standort",
        "Ein Kontakt zählt an dem Standort, der ihn erfasst hat.",
        "Standort",
        [(words.site_name(key), count) for key, count in counts.items() if key],
    )


async def by_weekday_and_hour(session: AsyncSession, question: Question) -> Table:
    """Contacts by weekday and hour: Thursday afternoon is overrun, mornings are quiet (report, §5)."""
    counts = await _contacts(session, question, By.WEEKDAY_HOUR)
    found = {tuple(key.split("-")): count for key, count in counts.items() if key}
    hours = [int(hour) for _, hour in found] or [9]
    days = [day for day in Weekday if day not in _WEEKEND or any(weekday == day for weekday, _ in found)]
    numbers = tuple(
        tuple(found.get((day.value, f"{hour:02}"), 0) for day in days)
        for hour in range(min(*hours, 9), max(*hours, 16) + 1)
    )
    return Table(
        slug="weekday-hours",
        title="Kontakte nach Wochentag und Stunde",
        how="Die Stunde, in der der Kontakt war: „14 Uhr“ heißt von 14:00 bis 14:59 Uhr.",
        corner="Stunde",
        rows=tuple(f"{hour}\u00a0Uhr" for hour in range(min(*hours, 9), max(*hours, 16) + 1)),
        columns=tuple(words.word(day) for day in days),
        counts=numbers,
        row_sums=tuple(map(sum, numbers)),
        column_sums=tuple(map(sum, zip(*numbers, strict=True))),
        total=sum(map(sum, numbers)),
        kind="grid",
    )


_WEEKEND = (Weekday.SAT, Weekday.SUN)


async def legal_circles(session: AsyncSession, question: Question) -> Table:
    """Persons per legal circle and district on a day (report, § 6: „auf Stadtbezirksebene nicht ermittelbar")."""
    found = await shown.legal_circles(session, question.reader, question.on)
    lived_in = [d for d in found.districts if found.persons(d, TOTAL).count != 0]
    persons = [[found.persons(d, circle).count for circle in LegalCircle] for d in lived_in]
    return Table(
        slug="legal-circles",
        title=f"Personen je Rechtskreis und Stadtbezirk am {question.on:%d.%m.%Y}",
        how="Personen in geöffneten Akten an diesem Tag, jede in dem Stadtbezirk, in dem sie wohnte, und in dem "
        "Rechtskreis, der an diesem Tag für sie galt. Haushalte können gemischt sein; gezählt werden Personen. "
        "Stadtbezirke, in denen niemand wohnt, sind weggelassen.",
        corner="Stadtbezirk",
        rows=tuple(words.word(district, "District") for district in lived_in),
        columns=tuple(words.word(circle) for circle in LegalCircle),
        counts=charts.as_numbers(persons),
        row_sums=tuple(found.persons(district, TOTAL).count for district in lived_in),
        column_sums=tuple(found.persons(TOTAL, circle).count for circle in LegalCircle),
        total=found.persons(TOTAL, TOTAL).count,
        kind="grid",
    )


async def by_need(session: AsyncSession, question: Question) -> Table:
    """Integration needs by area, and how many of them are met (report, §3.1b)."""
    period, site = question.period, question.reader.key
    found = await shown.needs_by_area(session, question.reader, period.begin, period.until)
    known = [area for area in NeedArea if found.shown(site, area, TOTAL) != 0]
    numbers = tuple(tuple(found.shown(site, area, state) for state in (MET, OPEN)) for area in known)
    return Table(
        slug="needs",
        title="Integrationsbedarf nach Bereich",
        how="Bedarfe, die im Zeitraum erkannt wurden. Gedeckt heißt: bis zu seinem letzten Tag. Ein Haushalt kann "
        "mehrere Bedarfe haben.",
        corner="Bereich",
        rows=tuple(words.word(area) for area in known),
        columns=("gedeckt", "offen"),
        counts=numbers,
        row_sums=tuple(found.shown(site, area, TOTAL) for area in known),
        column_sums=tuple(found.shown(site, TOTAL, state) for state in (MET, OPEN)),
        total=found.shown(site, TOTAL, TOTAL),
        kind="grid",
    )


def _referrals_by(
    by: ReferralsBy, slug: str, title: str, corner: str, how: str, label: Callable[[str], str]
) -> "Builder":
    """A table of referrals; what nobody was referred to is left out."""

    async def build(session: AsyncSession, question: Question) -> Table:
        period = question.period
        found = await shown.referrals_of(session, question.reader, period.begin, period.until, by)
        rows = [(key, value.count) for key, value in found.rows() if value.count != 0]
        total = _sum_of_reasons(rows) if by is ReferralsBy.REASON else found.count().count
        return Table(
            slug=slug,
            title=title,
            how=f"{_REFERRALS_HOW} {how}",
            corner=corner,
            rows=tuple(label(key) for key, _ in rows),
            columns=("Vermittlungen",),
            counts=tuple((count,) for _, count in rows),
            row_sums=None,
            column_sums=(total,),
            total=total,
            kind="bars",
        )

    return build


def _sum_of_reasons(rows: Sequence[tuple[str, int | None]]) -> int | None:
    counts = [count for _, count in rows if count is not None]
    return sum(counts) if len(counts) == len(rows) else None


_REFERRALS_HOW = (
    "Vermittlungen, bei denen der Partner im Zeitraum angefragt wurde, jede mit ihrem jetzigen Stand. "
    "Entwürfe zählen nicht."
)
_DAYS = {"0-3": "bis 3 Tage", "4-7": "4 bis 7 Tage", "8-14": "8 bis 14 Tage", "15+": "mehr als 14 Tage"}


def _reason(key: str) -> str:
    return words.word(DeclineReason(key) if key in set(DeclineReason) else CancelCause(key))


referrals_by_kind = _referrals_by(
    ReferralsBy.KIND,
    "referrals-kinds",
    "Vermittlungen nach Art des Angebots",
    "Art",
    "Die Art ist die des Angebots, das angefragt wurde.",
    lambda key: words.word(key, "OfferKind"),
)
referrals_by_partner = _referrals_by(
    ReferralsBy.PARTNER,
    "referrals-partners",
    "Vermittlungen nach Partner",
    "Partner",
    "Der Partner steht hier mit dem Namen, der aus seinem Kurznamen folgt.",
    words.partner_name,
)
referrals_by_state = _referrals_by(
    ReferralsBy.STATE,
    "referrals-states",
    "Was aus den Vermittlungen wurde",
    "Stand",
    "Eine erneute Anfrage nach einer Ablehnung ist eine eigene Vermittlung.",
    lambda key: words.word(key, "ReferralState"),
)
referrals_by_reason = _referrals_by(
    ReferralsBy.REASON,
    "referrals-reasons",
    "Warum Vermittlungen abgelehnt oder abgebrochen wurden",
    "Grund",
    "Jede abgelehnte oder abgebrochene hat genau einen Grund.",
    _reason,
)
referrals_by_days = _referrals_by(
    ReferralsBy.DAYS,
    "referrals-days",
    "Wie lange Partner bis zur Antwort brauchten",
    "Antwort nach",
    "Kalendertage von der Anfrage bis zur Zusage oder Absage.",
    lambda key: _DAYS.get(key, "ohne Antwort"),
)


def _helped_by(
    by: AssignmentsBy, slug: str, title: str, corner: str, how: str, label: Callable[[str], str]
) -> "Builder":
    """A table of what volunteers did, with its hours."""

    async def build(session: AsyncSession, question: Question) -> Table:
        period = question.period
        found = await assignments(session, by, period.begin, period.until, question.reader.site)
        total = sum(row.count for row in found)
        return Table(
            slug=slug,
            title=title,
            how=f"{_HELPED_HOW} {how}",
            corner=corner,
            rows=tuple(label(row.key) if row.key else _NOT_SAID for row in found),
            columns=("Einsätze", "Stunden"),
            counts=tuple((row.count, in_hours(row.minutes)) for row in found),
            row_sums=None,
            column_sums=(total, in_hours(sum(row.minutes for row in found))),
            total=total,
            kind="bars",
        )

    return build


_HELPED_HOW = (
    "Einsätze von Ehrenamtlichen, die im Zeitraum stattfanden, jeder an dem Tag, für den er verabredet war; "
    "Stunden mit dem Weg, auf ganze gerundet. Patenschaften sind keine Einsätze und zählen für sich."
)

helped_by_kind = _helped_by(
    AssignmentsBy.KIND,
    "helped-kinds",
    "Einsätze Ehrenamtlicher nach Art der Hilfe",
    "Art der Hilfe",
    "Wird eine Dauer berichtigt, zählt die neue.",
    lambda key: words.word(key, "VolunteerKind"),
)
helped_by_language = _helped_by(
    AssignmentsBy.LANGUAGE,
    "helped-languages",
    "Einsätze Ehrenamtlicher nach Sprache",
    "Sprache",
    "„Ohne Angabe“: Es war keine Sprache nötig.",
    german.language,
)
_helped_by_month = _helped_by(
    AssignmentsBy.MONTH, "helped-months", "Einsätze Ehrenamtlicher nach Monat", "Monat", "", _month
)
_helped_by_quarter = _helped_by(
    AssignmentsBy.QUARTER,
    "helped-months",
    "Einsätze Ehrenamtlicher nach Vierteljahr",
    "Vierteljahr",
    "",
    lambda key: f"{key[-1]}. Vierteljahr {key[:4]}",
)
helped_by_site = _helped_by(
    AssignmentsBy.SITE,
    "helped-sites",
    "Einsätze Ehrenamtlicher nach Standort",
    "Standort",
    "Ein Einsatz zählt an dem Standort, der jemanden brauchte.",
    words.site_name,
)


async def helped_by_month(session: AsyncSession, question: Question) -> Table:
    """By month; of a long period by quarter."""
    long = question.period.days > _MOST_MONTHS * 31
    return await (_helped_by_quarter if long else _helped_by_month)(session, question)


async def asked_volunteers(session: AsyncSession, question: Question) -> Table:
    """What became of asking volunteers."""
    period = question.period
    found = await assignments(session, AssignmentsBy.STATE, period.begin, period.until, question.reader.site)
    return dataclasses.replace(
        _bars(
            "helped-states",
            "Was aus den Anfragen an Ehrenamtliche wurde",
            "Jede Anfrage an eine Person für einen Einsatz im Zeitraum, mit ihrem jetzigen Stand. „Abgesagt“ sind auch "
            "die, auf die niemand antwortete oder die sich erledigt hatten. Für Patenschaften Gefragte zählen nicht.",
            "Stand",
            [(words.word(row.key, "AssignmentState"), row.count) for row in found if row.key],
        ),
        columns=("Anfragen",),
    )


Builder = Callable[[AsyncSession, Question], Awaitable[Table]]

TABLES: dict[str, Builder] = {
    "target-groups": by_target_group,
    "weekday-hours": by_weekday_and_hour,
    "legal-circles": legal_circles,
    "topics": by_topic,
    "needs": by_need,
    "months": by_month,
    "referrals-kinds": referrals_by_kind,
    "referrals-partners": referrals_by_partner,
    "referrals-states": referrals_by_state,
    "referrals-reasons": referrals_by_reason,
    "referrals-days": referrals_by_days,
    "helped-kinds": helped_by_kind,
    "helped-languages": helped_by_language,
    "helped-months": helped_by_month,
    "helped-states": asked_volunteers,
    "helped-sites": helped_by_site,
    "sites": by_site,
}
"""The tables of the page, in its order."""
