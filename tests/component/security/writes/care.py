"""What a valid request to each writing route of the team's care for its work says."""

from typing import Any

import httpx

from tests.component.intake.samples import days_ago

CALL = "/intake/api/v1"
FILE = "/households/{household_id}"
_TASK = {"due_on": days_ago(-3), "what": "Anmeldung in der Schule klären"}
_STEP = {"step": "discussed"}
_RESULT = {"result": "Keine Gefährdung"}

WRITES: dict[str, dict[str, Any]] = {
    f"POST {CALL}/tasks/{{task_id}}/done": {},
    f"POST {CALL}{FILE}/tasks": _TASK,
    f"PUT {CALL}{FILE}/care": {"owner": "amal"},
    f"PUT {CALL}{FILE}/safety-note": {"text": "Hund im Hof"},
    f"POST {CALL}{FILE}/child-protection": {},
    f"POST {CALL}{FILE}/child-protection/steps": _STEP,
    f"POST {CALL}{FILE}/child-protection/close": _RESULT,
    "POST /intake/tasks/{task_id}/done": {},
    f"POST /intake{FILE}/task": _TASK,
    f"POST /intake{FILE}/care": {"owner": "amal"},
    f"POST /intake{FILE}/safety-note": {"text": "Hund im Hof"},
    f"POST /intake{FILE}/protect": {},
    f"POST /intake{FILE}/child-protection/begin": {},
    f"POST /intake{FILE}/child-protection/step": _STEP,
    f"POST /intake{FILE}/child-protection/close": _RESULT,
}
PRIVACY: tuple[str, ...] = ()


async def make(api: httpx.AsyncClient, ids: dict[str, str]) -> None:
    """Enter what the addresses of these routes name, and add its ids."""
    base = f"{CALL}{FILE}".format(**ids)
    task = await api.post(f"{base}/tasks", json=_TASK)
    assert task.status_code == 201, task.text
    ids["task_id"] = task.json()["task_id"]
    begun = await api.post(f"{base}/child-protection")
    assert begun.status_code == 201, begun.text
