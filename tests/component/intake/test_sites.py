"""The site register as it arrives, in any order."""

import uuid
from datetime import UTC, datetime
from typing import Any

from services.intake.commands.sites import registered_sites
from services.intake.consumers import consumers
from shared.contracts import Event
from shared.contracts.reporting import SiteClosed, SiteOpened
from shared.messaging import Received
from tests.component.intake.conftest import Intake
from tests.component.intake.samples import SITE


def _received(event: Event, sequence: int) -> Received[Any]:
    return Received(
        id=uuid.uuid4(),
        type=event.type,
        source="/sites/city/reporting",
        subject=event.subject,
        time=datetime.now(UTC),
        site=event.subject,
        district=None,
        sequence=sequence,
        correlation_id=None,
        causation_id=None,
        traceparent=None,
        data=event,
        body=b"",
    )


async def test_the_newest_entry_holds(intake: Intake) -> None:
    """An older site-opened that arrives late changes nothing; a closed site serves no district any more."""
    newer = SiteOpened.model_validate(
        {"site": "eving-scharnhorst", "districts": ["eving", "scharnhorst"], "public_keys": []}
    )
    older = SiteOpened.model_validate({"site": "eving-scharnhorst", "districts": ["eving"], "public_keys": []})
    closed = SiteClosed.model_validate({"site": "hoerde-hombruch", "closed_on": "2018-01-01"})
    async with intake.database.transaction() as session:
        await consumers.handle(session, [_received(newer, 7), _received(older, 6), _received(closed, 2)])
    async with intake.database.transaction() as session:
        register = {site.site: site.districts for site in await registered_sites(session, SITE)}
    assert register["eving-scharnhorst"] == {"eving", "scharnhorst"}
    assert "hoerde-hombruch" not in register
