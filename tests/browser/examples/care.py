"""The pages of the team's care for its work, and what has to be entered for them."""

from collections.abc import Sequence

from tests.browser.example import Example, send
from tests.browser.house import Desk

_FILE = "/intake/households/{household_id}"
_KNOWN = "/intake/households/{known}"

EXAMPLES: Sequence[Example] = (
    Example("tasks", "/intake/tasks", "amal", "/intake/tasks", "Aufgaben"),
    Example("tasks-done", "/intake/tasks", "amal", "/intake/tasks?state=done", "… erledigt", None),
    Example("task", f"{_FILE}/task", "amal", f"{_KNOWN}/task", "Aufgabe notieren"),
    Example("task-errors", f"{_FILE}/task", "amal", f"{_KNOWN}/task", "… mit Fehlern", act=send),
    Example("assign", f"{_FILE}/care", "amal", f"{_KNOWN}/care", "Zuständigkeit im Team"),
    Example("safety-note", f"{_FILE}/safety-note", "amal", f"{_KNOWN}/safety-note", "Sicherheitshinweis"),
    Example(
        "child-protection",
        f"{_FILE}/child-protection",
        "amal",
        "/intake/households/{coming}/child-protection",
        "Kinderschutz",
    ),
    Example(
        "child-protection-begin",
        f"{_FILE}/child-protection",
        "amal",
        f"{_KNOWN}/child-protection",
        "Kinderschutz, nicht begonnen",
    ),
)


def enter(desk: Desk) -> None:
    """Enter what these pages show: tasks, who is in charge, a safety note, a path that has begun."""
    known, coming = (f"households/{desk.house.ids[key]}" for key in ("known", "coming"))
    desk.put(f"{known}/care", {"owner": "amal", "substitute": "neu"})
    desk.put(f"{coming}/safety-note", {"text": "Hund im Hof: bitte vorher anrufen und am Tor warten."})
    for base, days, what, whom in (
        (known, 0, "Rückmeldung des Sportvereins erfragen", {}),
        (known, 4, "Bescheid des Jobcenters gemeinsam durchgehen", {"for_whom": "neu"}),
        (coming, 0, "Dolmetscherin für den Erstbesuch bestätigen", {}),
        (coming, 12, "Kita-Anmeldung abgegeben?", {}),
    ):
        desk.post(f"{base}/tasks", {"due_on": desk.day(days), "what": what, **whom})
    done = desk.post(f"{known}/tasks", {"due_on": desk.day(1), "what": "Schwimmkurs heraussuchen"})
    desk.post(f"tasks/{done['task_id']}/done", {})
    desk.post(f"{coming}/child-protection", {})
    for step, days, note in (
        ("noticed", -3, "Der Jüngste war an zwei Nachmittagen allein in der Wohnung."),
        ("discussed", -2, "Zu zweit eingeschätzt: Gespräch mit der Mutter, mit Dolmetscherin."),
    ):
        taken = {"step": step, "on": desk.day(days), "done_by": "amal", "note": note}
        desk.post(f"{coming}/child-protection/steps", taken)
