"""„Zahlen": what the sites do, counted from nothing but events (report, §3–§6)."""

import asyncio
import csv
import hashlib
import io
from collections.abc import Sequence
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Depends, Query
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from services.reporting import report, shown
from services.reporting.dates import Period, check_period, half_years, usual_period
from services.reporting.queries.contacts import months_with_contacts
from services.reporting.queries.figures import Figure
from services.reporting.queries.notices import notices
from services.reporting.queries.sites import known_sites
from services.reporting.report import Question, Table
from shared.refusals import Missing
from shared.web import german, words
from shared.web.identity import Principal, Role, page_for
from shared.web.inputs import Day, Slug
from shared.web.routing import Session, page_router
from shared.web.templating import Pages

router = page_router("/reporting")
Readers = Annotated[Principal, page_for(Role.TEAM, Role.COORDINATOR)]

_TILES: Sequence[tuple[Figure, str, str]] = (
    (Figure.CONTACTS, "Kontakte", "Jeder erfasste Kontakt zählt einmal; zurückgenommene zählen nicht."),
    (
        Figure.HOUSEHOLDS_REACHED,
        "Haushalte erreicht",
        "Beim Erstbesuch oder anderswo, zum Beispiel in der Sprechstunde, im Zeitraum getroffen. "
        "Jeder Haushalt zählt einmal.",
    ),
    (
        Figure.FIRST_VISITS_DONE,
        "Haushalte besucht",
        "Haushalte, bei denen im Zeitraum ein angekündigter Erstbesuch stattfand.",
    ),
    (
        Figure.HOUSEHOLDS_MET_ELSEWHERE,
        "anderswo getroffen",
        "Erreicht, ohne dass ein Erstbesuch nötig war; mit den besuchten zusammen sind es die erreichten.",
    ),
    (Figure.FIRST_VISITS_OPEN, "Erstbesuche offen", "Am letzten Tag des Zeitraums (oder heute) noch nicht erledigt."),
    (Figure.FIRST_VISITS_OVERDUE, "davon überfällig", "Offen und die Frist nach dem Einzug ist abgelaufen."),
    (
        Figure.HOUSEHOLDS_REGISTERED,
        "Haushalte aufgenommen",
        "Akten, die im Zeitraum begonnen haben. Irrtümlich angelegte und zusammengeführte zählen nicht.",
    ),
    (
        Figure.PERSONS_REGISTERED,
        "Personen darin",
        "Personen in diesen Haushalten am Tag der Aufnahme.",
    ),
    (Figure.OFFICE_HOUR_USES, "Mal Sprechstunde genutzt", "Kontakte in der Sprechstunde."),
    (
        Figure.OFFICE_HOUR_PEOPLE,
        "Menschen in der Sprechstunde",
        "Verschiedene Menschen, soweit die Kontakte sie unterscheiden: Personen mit Akte, und Unbenannte, denen die "
        "Sprechstunde ein Kennzeichen gab.",
    ),
    (
        Figure.HOST_SOCIETY_PEOPLE,
        "Menschen aus der Nachbarschaft",
        "Verschiedene Menschen der Aufnahmegesellschaft, soweit die Kontakte sie unterscheiden.",
    ),
    (Figure.PARTNERS_CONTACTED, "Partner kontaktiert", "Verschiedene Partner, mit denen es einen Kontakt gab."),
    (
        Figure.VOLUNTEERS_HELPING,
        "Ehrenamtliche im Einsatz",
        "Verschiedene Ehrenamtliche mit mindestens einem Einsatz im Zeitraum, auch wenn sie sonst anderswo helfen.",
    ),
    (
        Figure.ASSIGNMENT_HOURS,
        "Stunden Ehrenamt",
        "Stunden aller Einsätze im Zeitraum, mit dem Weg, auf ganze gerundet. Stunden in Patenschaften zählen nicht.",
    ),
    (
        Figure.MENTORSHIPS_RUNNING,
        "Patenschaften",
        "Am letzten Tag des Zeitraums (oder heute) laufende Patenschaften für Haushalte des Standorts.",
    ),
    (
        Figure.VOLUNTEERS_REGISTERED,
        "Ehrenamtliche in der Stadt",
        "Am letzten Tag des Zeitraums (oder heute) im Verzeichnis der Stadt, auch wer gerade pausiert.",
    ),
    (
        Figure.TRAININGS_ATTENDED,
        "Teilnahmen an Schulungen",
        "Schulungen und Austauschtreffen der ganzen Stadt im Zeitraum: Wer bei zweien war, zählt zweimal.",
    ),
)


_ONLY_WITH_SOME = {
    *("referrals-partners", "referrals-states", "referrals-reasons", "referrals-days"),
    *("helped-languages", "helped-months", "helped-states", "helped-sites"),
}
"""Without referrals, or volunteers, one sentence is enough, and the first of their tables says it."""


class Asked:
    """What the address asks for: period, day and site; without them the period that one most likely wants."""

    def __init__(
        self,
        begin: Annotated[Day | None, Query(alias="from")] = None,
        to: Day | None = None,
        on: Day | None = None,
        site: Slug | str | None = None,
    ) -> None:
        self.begin, self.to, self.on, self.site = begin, to, on, site or None

    async def question(self, session: Session, who: Principal) -> tuple[Question, list[Period]]:
        """The question, and the half years of which there are figures."""
        reader = shown.reader(who.site if who.role is Role.TEAM else None, self.site)
        with_data = half_years(await months_with_contacts(session, reader.site))
        usual = usual_period(with_data, german.today())
        period = check_period(self.begin or usual.begin, self.to or max(usual.until, self.begin or usual.until))
        on = self.on or max(period.begin, min(period.until, german.today()))
        return Question(reader, period, on), with_data


def query_of(question: Question, **more: str) -> str:
    """The question as it stands in an address."""
    asked = {"from": question.period.begin.isoformat(), "to": question.period.until.isoformat()}
    if question.reader.site and question.reader.own_site is None:
        asked["site"] = question.reader.site
    return urlencode({**asked, "on": question.on.isoformat(), **more})


@router.get("/")
async def start(_who: Readers) -> Response:
    """The figures are the first thing to see here."""
    return RedirectResponse("/reporting/figures", status_code=307)


@router.get("/figures")
async def figures(who: Readers, session: Session, pages: Pages, asked: Annotated[Asked, Depends()]) -> Any:
    """The page."""
    question, with_data = await asked.question(session, who)
    period = question.period
    found = await shown.figures(session, question.reader, period.begin, period.until, german.today())
    tables = [await build(session, question) for build in report.TABLES.values()]
    tables = [table for table in tables if not (table.is_empty and table.slug in _ONLY_WITH_SOME)]
    if question.reader.site is not None:
        tables = [table for table in tables if not table.slug.endswith("sites")]
    return pages.render(
        "figures.html",
        question=question,
        period=period,
        query=query_of(question),
        tiles=[(found[figure], label, how, _kind(figure, found[figure].count)) for figure, label, how in _TILES],
        tables=tables,
        half_years=with_data,
        notices=await notices(session, period.begin, period.until),
        sites=[(slug, words.site_name(slug)) for slug in await known_sites(session)],
        withholds=any(tile.suppressed for tile in found.values()) or any(table.withholds for table in tables),
        is_empty=not found[Figure.CONTACTS].count and not found[Figure.HOUSEHOLDS_REGISTERED].count,
    )


def _kind(figure: Figure, count: int | None) -> str:
    return "danger" if figure is Figure.FIRST_VISITS_OVERDUE and count else ""


async def _table(session: Session, slug: str, question: Question) -> Table:
    if slug not in report.TABLES:
        raise Missing("Die Tabelle")
    return await report.TABLES[slug](session, question)


@router.get("/figures/{slug}.svg")
async def picture(
    request: Request,
    slug: str,
    who: Readers,
    session: Session,
    asked: Annotated[Asked, Depends()],
    narrow: bool = False,
) -> Response:
    """A table as a picture. It is asked for again each time, and sent again only if it has changed."""
    question, _ = await asked.question(session, who)
    table = await _table(session, slug, question)
    svg = await asyncio.to_thread(table.svg, narrow)
    tag = f'"{hashlib.sha256(svg.encode()).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    return Response(svg, media_type="image/svg+xml", headers=headers)


@router.get("/figures/{slug}.csv")
async def as_csv(slug: str, who: Readers, session: Session, asked: Annotated[Asked, Depends()]) -> Response:
    """A table for spreadsheets: with semicolons and a byte order mark, as German ones open it by a double click."""
    question, _ = await asked.question(session, who)
    table = await _table(session, slug, question)
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";")
    sums = table.row_sums
    writer.writerow([table.corner, *table.columns, *(["Summe"] if sums else [])])
    for place, (label, line) in enumerate(zip(table.rows, table.counts, strict=True)):
        writer.writerow([label, *map(_cell, line), *([_cell(sums[place])] if sums else [])])
    return Response(
        "\ufeff" + text.getvalue(),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{slug}.csv"'},
    )


def _cell(count: int | None) -> str | int:
    return "–" if count is None else count
