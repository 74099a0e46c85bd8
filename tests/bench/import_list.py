"""`python -m tests.bench.import_list`: a weekly list through the running city, from the file to the last family.

The list is checked and taken by `lokal imports add`, as somebody would do it; the time is the command's own, from its
start to its end. A family has one or two members; all of them belong to the pilot's districts.
"""

import argparse
import json
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path

from deploy.cli.moments import BERLIN
from deploy.servers import servers
from tests.journeys.conftest import SITE, running_stack
from tests.unit.intake.hurtful_lists import csv_of, row


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(prog="python -m tests.bench.import_list", description=__doc__)
    options.add_argument("--lines", type=int, default=10_000, help="lines of the list, at most 10,000")
    lines = options.parse_args().lines
    with tempfile.TemporaryDirectory(prefix="lokal-bench-", dir="/var/tmp") as name:
        folder = Path(name)
        folder.chmod(0o711)
        (file := folder / "list.csv").write_bytes(_list_of(lines))
        (home := folder / "stack").mkdir()
        with servers(folder, throwaway=True) as running, running_stack(running, home) as stack:
            began = time.monotonic()
            told = json.loads(stack.lokal("imports", "add", str(file), "--site", SITE, "--check", "--json"))
            checked = time.monotonic()
            print(f"{lines} lines checked in {checked - began:.0f} s: {told['families']}", flush=True)
            # The command is given less time than a long list may need.
            with stack.command("imports", "add", str(file), "--site", SITE, "--json") as command:
                told = json.loads(command.communicate()[0])
            seconds = time.monotonic() - checked
            families = told["families"]["taken"]
            print(f"{families} families taken in {seconds:.0f} s: {families / seconds:.0f} a second")


def _list_of(lines: int) -> bytes:
    """Some families have one member, some two."""
    today = datetime.now(BERLIN).date()
    rows: list[str] = []
    while len(rows) < lines:
        number = len(rows)
        values = {
            "Aktenzeichen": f"80/{number}",
            "Umzug am": f"{today - timedelta(days=number % 60):%d.%m.%Y}",
            "Familienname": f"Musterfamilie {_letters(number)}",
        }
        for given in ("Nura", "Sami")[: 2 if number % 4 == 0 else 1]:
            born = today - timedelta(days=7000 + number)
            rows.append(row(**values, Vorname=given, Geburtsdatum=f"{born:%d.%m.%Y}"))
    return csv_of(*rows[:lines])


def _letters(number: int) -> str:
    """A name of its own for each family: numbers are no names."""
    found = ""
    while number:
        number, place = divmod(number, 26)
        found = chr(ord("a") + place) + found
    return (found or "a").title()


if __name__ == "__main__":
    main()
