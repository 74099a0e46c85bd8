"""An event in two majors counts once: live, in whatever order, and rebuilt from an archive of before and after."""

from datetime import timedelta
from typing import Any

import orjson
import pytest
from sqlalchemy import text

from services.reporting.commands.rebuild import rebuild_in_place
from services.reporting.consumers import consumers
from shared.contracts.referrals import ReferralCancelled, ReferralCancelledV2
from shared.contracts.words import CancelCause, CancelReason
from shared.messaging import Received, envelope
from tests.component.reporting.app import Reporting
from tests.component.reporting.tables import projections
from tests.component.reporting.test_api import API
from tests.component.reporting.test_projections import referral_events, take
from tests.unit.reporting.stories import SITE, START, received

EVERY = timedelta(days=1)


def ended(cause: CancelCause | CancelReason) -> list[Received[Any]]:
    """A referral that was asked for and has ended: as it was told before there were two majors, or in both."""
    asked, told = referral_events("cancelled")
    data = {**told.data.__dict__, "reason": cause}
    if isinstance(cause, CancelReason):
        return [asked, received(ReferralCancelled(**data), 2, site="city")]
    fact = received(ReferralCancelledV2(**data), 3, site="city")
    return [asked, _restating(received(fact.data.in_former_major(), 2, site="city"), fact), fact]


def _restating(former: Received[Any], fact: Received[Any]) -> Received[Any]:
    return envelope.read(orjson.dumps({**orjson.loads(former.body), "restates": str(fact.id)}))


MIXED: list[CancelCause | CancelReason] = [
    CancelReason.SENDER,
    CancelReason.SENDER,
    CancelReason.MOVED_AWAY,
    *list(CancelCause) * 5,
]
"""History, and what came after it: five of each cause, so that no figure is too small to be shown."""


@pytest.fixture
def events() -> list[Received[Any]]:
    """What the archive of a city holds that has changed over in between."""
    return [event for cause in MIXED for event in ended(cause)]


async def figures(reporting: Reporting) -> dict[str, Any]:
    """Cancelled referrals by their reasons, as the site's own team sees them."""
    answer = await reporting.as_team(SITE).get(
        f"{API}/referrals", params={"from": str(START), "to": str(START + EVERY), "by": "reason"}
    )
    return {row["key"]: row["count"] for row in answer.json()["rows"] if row["count"]}


COUNTED = {
    "consent_withdrawn": 5,
    "household_declined": 5,
    "moved_away": 6,
    "sender": 7,
    "file_closed": 5,
    "erased": 5,
}


@pytest.mark.parametrize("backwards", [False, True], ids=["as-told", "backwards"])
async def test_each_fact_counts_once(reporting: Reporting, events: list[Received[Any]], backwards: bool) -> None:
    """Whichever of the two comes first, and whatever was told before there were two."""
    await take(reporting.database, [*reversed(events)] if backwards else events, seed=3)
    assert await figures(reporting) == COUNTED
    async with reporting.database.transaction() as session:
        archived = await session.execute(text("select count(*) from event_archive"))
        assert archived.scalar_one() == len(events)


async def test_rebuilt_from_a_mixed_archive(reporting: Reporting, events: list[Received[Any]]) -> None:
    """The same figures and the same rows."""
    await take(reporting.database, events, seed=5)
    before = await projections(reporting.database)
    await rebuild_in_place(reporting.database, consumers.handle, lambda done, total: None)
    assert await projections(reporting.database) == before
    assert await figures(reporting) == COUNTED


async def test_what_follows_is_not_undone_by_history(reporting: Reporting) -> None:
    """The former major's message alone, come late and twice, changes nothing that the newer one has said."""
    told = ended(CancelCause.ERASED)
    await take(reporting.database, [*told, told[1], told[1]], seed=1)
    assert await figures(reporting) == {"erased": 1}
