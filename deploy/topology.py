"""What must stand on the broker for the services that run: put together from what each of them listens to."""

from collections.abc import Iterable

from services.intake import consumers as intake
from services.reporting import consumers as reporting
from shared.contracts.words import CITY
from shared.messaging.topology import Topology, backbone


def network(sites: Iterable[str]) -> Topology:
    """The city's queues and those of each site."""
    topology = backbone() + reporting.topology(CITY)
    for site in sites:
        topology += intake.topology(site)
    return topology
