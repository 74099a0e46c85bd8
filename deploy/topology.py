"""What must stand on the broker for the services that run: put together from what each of them listens to.

Exchanges, queues and bindings are `network`; besides, each site has a broker user of its own.
"""

from collections.abc import Iterable
from pathlib import Path

import httpx

from deploy.servers.process import secret
from services.intake import consumers as intake
from services.referrals import consumers as referrals
from services.reporting import consumers as reporting
from services.volunteers import consumers as volunteers
from shared.contracts.words import CITY
from shared.messaging.management import Management
from shared.messaging.partners import desk
from shared.messaging.topology import Topology, backbone
from shared.messaging.users import as_user, bring_user, differing, rights_of_site, site_user, vhost_of


def network(sites: Iterable[str]) -> Topology:
    """The city's queues and those of each site."""
    topology = backbone() + desk() + reporting.topology(CITY) + referrals.topology(CITY) + volunteers.topology(CITY)
    for site in sites:
        topology += intake.topology(site) + intake.letters_topology(site)
    return topology


def site_url(rabbitmq_url: str, site: str, folder: Path) -> str:
    """The broker's URL with the login of a site's own user; its password lies in `folder`/secrets."""
    return as_user(rabbitmq_url, site_user(site, vhost_of(rabbitmq_url)), _password(site, folder))


async def bring_site_users(management_url: str, rabbitmq_url: str, sites: Iterable[str], folder: Path) -> None:
    """Give each site its broker user with exactly its rights. Raises `httpx.HTTPError` where nobody answers."""
    vhost = vhost_of(rabbitmq_url)
    async with Management(management_url, vhost) as management:
        for site in sites:
            rights = rights_of_site(site, intake.LETTERS)
            await bring_user(management, site_user(site, vhost), _password(site, folder), rights)


async def missing_site_users(management: Management, vhost: str, sites: Iterable[str]) -> list[str]:
    """Users that are not there or may more or less than they should, in words."""
    found = [
        await differing(management, site_user(site, vhost), rights_of_site(site, intake.LETTERS)) for site in sites
    ]
    return [what for what in found if what]


def management_answers(url: str) -> bool:
    """Whether there is a management API at this address, with which users can be made."""
    try:
        return httpx.get(f"{url}/api/overview", timeout=3).is_success
    except httpx.HTTPError:
        return False


def _password(site: str, folder: Path) -> str:
    return secret(folder, f"rabbitmq-{site}")
