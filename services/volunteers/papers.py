"""What volunteers are handed on paper: the certificate of their hours, and letters of thanks (report, 4.1, 5)."""

from datetime import date

from services.volunteers.queries.hours import Hours
from services.volunteers.tables import Gathering, Thanks, Volunteer
from shared.contracts.words import CITY
from shared.sheet import Sheet
from shared.web import german
from shared.web.words import site_name, word

_MOST = 12
"""So many gatherings have room on a sheet."""


def in_hours(minutes: int) -> str:
    """„1,5": hours as one reads them, to the quarter."""
    whole, quarters = divmod(round(minutes / 15), 4)
    return german.number(whole) + ("", ",25", ",5", ",75")[quarters]


def hours_certificate(volunteer: Volunteer, hours: Hours, site: str, on: date) -> bytes:
    """The certificate of hours (Stundennachweis) as PDF. No household is named, nor counted by itself."""
    for most in (_MOST, _MOST // 2, _MOST // 4):
        try:
            return _certificate(volunteer, hours, site, on, most)
        except ValueError:  # long titles: fewer of them have room on the sheet
            continue
    return _certificate(volunteer, hours, site, on, 0)


def _certificate(volunteer: Volunteer, hours: Hours, site: str, on: date, most: int) -> bytes:
    sheet = Sheet(_head(site))
    sheet.title("Stundennachweis")
    sheet.text(
        f"{volunteer.name} hat im Zeitraum vom {german.day(hours.begin)} bis zum {german.day(hours.until)} "
        "ehrenamtlich im Integrationsnetzwerk lokal willkommen mitgearbeitet."
    )
    sheet.facts([("Name", volunteer.name), ("Standort", site_name(site))])
    _figures(sheet, hours)
    if hours.gatherings:
        sheet.heading("Teilnahme an Schulungen und Austauschtreffen")
        left_out = max(0, len(hours.gatherings) - most)
        sheet.facts([_line(each) for each in hours.gatherings[left_out:]])
        if left_out:
            sheet.text(f"Davor {left_out} weitere." if most else f"Teilnahmen: {left_out}.")
    sheet.signature(f"Dortmund, {german.day(on)}", f"Unterschrift, lokal willkommen {site_name(site)}")
    return sheet.pdf()


def letter_of_thanks(volunteer: Volunteer, thanks: Thanks, hours: Hours, site: str) -> bytes:
    """The letter of thanks as PDF."""
    sheet = Sheet(_head(site))
    sheet.title("Herzlichen Dank")
    sheet.text(f"Guten Tag {volunteer.name},")
    for paragraph in thanks_text(hours):
        sheet.text(paragraph)
    if thanks.words:
        sheet.text(thanks.words)
    sheet.text("Wir freuen uns, dass Sie dabei sind.")
    sheet.signature(f"Dortmund, {german.day(thanks.on_day)}", f"Ihr Team von lokal willkommen {site_name(site)}")
    return sheet.pdf()


def thanks_text(hours: Hours) -> list[str]:
    """What the letter says of what was done; the page that is printed says the same."""
    period = f"vom {german.day(hours.begin)} bis zum {german.day(hours.until)}"
    said = [f"danke für Ihre Zeit {period}."]
    ways = [f"{word(each.kind)} ({_times(each.times)})" for each in hours.helped]
    if hours.mentorships:
        ways.append("eine Patenschaft" if hours.mentorships == 1 else f"{hours.mentorships} Patenschaften")
    if ways:
        together = f"Zusammen waren es {in_hours(hours.minutes)} Stunden." if hours.minutes else ""
        said.append(f"Sie haben geholfen: {', '.join(ways)}. {together}".strip())
    if hours.gatherings:
        said.append(f"Sie waren bei {_meetings(len(hours.gatherings))} dabei.")
    return said


def _times(count: int) -> str:
    return "ein Einsatz" if count == 1 else f"{count} Einsätze"


def _meetings(count: int) -> str:
    return "einer Schulung oder einem Austauschtreffen" if count == 1 else f"{count} Schulungen und Austauschtreffen"


def _figures(sheet: Sheet, hours: Hours) -> None:
    rows = [(word(each.kind), str(each.times), in_hours(each.minutes)) for each in hours.helped]
    if hours.mentorships:
        rows.append((f"Patenschaften ({hours.mentorships})", "", in_hours(hours.mentorship_minutes)))
    if not rows:
        sheet.text("In diesem Zeitraum sind keine Einsätze eingetragen.")
        return
    sheet.table(["Art der Hilfe", "Einsätze", "Stunden"], rows, ["Zusammen", str(hours.times), in_hours(hours.minutes)])


def _line(gathering: Gathering) -> tuple[str, str]:
    minutes = int((gathering.ends_at - gathering.starts_at).total_seconds() // 60)
    return german.day(gathering.starts_at), f"{word(gathering.kind)}: {gathering.title} ({in_hours(minutes)} Std.)"


def _head(site: str) -> str:
    return "Stadt Dortmund · lokal willkommen" + ("" if site == CITY else f" {site_name(site)}")
