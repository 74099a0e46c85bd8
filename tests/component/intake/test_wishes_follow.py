"""A wish for an interpreter follows the family's file from site to site."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from services.intake import commands
from services.intake.inputs import InterpreterForAppointment
from shared.contracts.volunteers import AssignmentAccepted
from shared.ids import uuid7
from tests.component.intake.samples import days_ago
from tests.component.intake.test_handover_steps import move
from tests.component.intake.test_volunteers import received
from tests.component.intake.three_sites import BRACKEL, DISTRICTS, HOERDE, MENGEDE, Site, three_sites


async def _told(site: Site) -> list[dict[str, Any]]:
    return [event["data"] for event in await site.events() if event["event"] == "interpreter-requested"]


async def test_each_next_site_asks_anew_and_once(new_migrated: Callable[[], str], tmp_path: Path) -> None:
    """Taken back where the file leaves, with what was opened for it; asked under an id of the site to which it goes."""
    async with three_sites({name: new_migrated() for name in DISTRICTS}, tmp_path) as network:
        first = network.sites[BRACKEL]
        household = await first.register()
        at = datetime.now(UTC) + timedelta(days=5)
        wanted = InterpreterForAppointment(at=at, language="ar", consent_in_advance=True)
        wish = await first.do(lambda session: commands.wish_for_appointment(session, first.by, household, wanted))
        assignment = uuid7()
        values = {
            "assignment_id": assignment,
            "request_id": wish.id,
            "volunteer_id": uuid4(),
            "kind": "interpreter",
            "site": BRACKEL,
            "household_id": household,
            "at": at,
            "until": wish.until,
            "on": days_ago(0),
            "minutes_to_match": 5,
        }
        accepted = received(AssignmentAccepted, values, assignment, 1)
        await first.do(lambda session: commands.note_assignment(session, accepted, datetime.now(UTC)))
        assert await first.rows("select end_reason from release") == [(None,)]

        await move(first, household, "hoerde")
        await network.settle()
        await move(network.sites[HOERDE], household, "mengede")
        await network.settle()
        told = [await _told(network.sites[name]) for name in (BRACKEL, HOERDE, MENGEDE)]
        assert [[each["withdrawn"] for each in of_site] for of_site in told] == [[False, True], [False, True], [False]]
        assert [len({each["request_id"] for each in of_site}) for of_site in told] == [1, 1, 1]
        assert len({each["request_id"] for of_site in told for each in of_site}) == 3
        last = network.sites[MENGEDE]
        standing = "select consent_on is not null from interpreter_request where ended_at is null"
        assert await last.rows(standing) == [(True,)]
        assert await last.rows("select end_reason from release") == [("revoked",)]
