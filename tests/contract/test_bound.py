"""Every event that a service handles reaches its queue, in every major in which it is, or was, published."""

import pytest

from services.intake import consumers as intake
from services.referrals import consumers as referrals
from services.reporting import consumers as reporting
from services.volunteers import consumers as volunteers
from shared.contracts import catalogue
from shared.messaging.topology import Topology, matches

SITE = "brackel-aplerbeck"
SERVICES = [
    pytest.param(intake.consumers, intake.topology(SITE), id="intake"),
    pytest.param(referrals.consumers, referrals.topology("city"), id="referrals"),
    pytest.param(reporting.consumers, reporting.topology("city"), id="reporting"),
    pytest.param(volunteers.consumers, volunteers.topology("city"), id="volunteers"),
]


@pytest.mark.parametrize(("consumers", "topology"), SERVICES)
def test_what_is_handled_is_bound(consumers: object, topology: Topology) -> None:
    """A handler that names a newer major still gets what an older release, or history, says in a former one."""
    handled = [catalogue()[kind] for kind in consumers._handlers]  # type: ignore[attr-defined]
    keys = [binding.routing_key for binding in topology.bindings]
    for event in handled:
        for known in (each for each in catalogue().values() if each.event == event.event):
            publisher = known.publisher or "referrals"
            sent = [f"{SITE}.{publisher}.{known.event}.v{known.major}.{to}" for to in ("internal", "public")]
            assert any(matches(key, routing_key) for key in keys for routing_key in sent), known.type
