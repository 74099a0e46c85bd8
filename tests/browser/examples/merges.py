"""The pages of merges, and what has to be entered for them."""

from collections.abc import Sequence

from tests.browser.example import Example
from tests.browser.house import Desk

_FILE = "/intake/households/{household_id}"

EXAMPLES: Sequence[Example] = (
    Example(
        "merge-choose", f"{_FILE}/merge", "amal", "/intake/households/{twice}/merge", "Zusammenführen: wählen", None
    ),
    Example(
        "merge",
        f"{_FILE}/merge/{{other_id}}",
        "amal",
        "/intake/households/{twice}/merge/{twin}",
        "Zusammenführen, Vergleich",
    ),
    Example("file-merged", _FILE, "amal", "/intake/households/{merged}", "Akte, zusammengeführt"),
    Example(
        "file-absorbed", _FILE, "amal", "/intake/households/{absorbed}", "Akte, in einer anderen aufgegangen", None
    ),
)


def enter(desk: Desk) -> None:
    """Enter what these pages show: a family that was taken in twice, and two files that are one already."""
    desk.family("twice", "Musterfamilie Doppelt", "Wickede", ["ar"], moved=30, persons=3, phone="0231 555011")
    desk.family("twin", "Musterfamilie Dopelt", "Wickede", ["ku"], moved=4, persons=4)
    desk.family("merged", "Musterfamilie Vereint", "Brackel", ["fa"], moved=40, persons=2)
    desk.family("absorbed", "Musterfamilie Fereint", "Brackel", ["fa"], moved=12, persons=1)
    merges = f"households/{desk.house.ids['merged']}/merges"
    desk.post(merges, {"absorbed_id": desk.house.ids["absorbed"]})
