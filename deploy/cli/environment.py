"""Where things are: the environment's variables, else what the local host wrote into `.local/env`."""

import os
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

from deploy.cli import Failed
from shared.contracts.words import CITY
from shared.settings import ServiceSettings

CITY_SERVICES = ("reporting", "referrals", "volunteers")
"""What runs once for the whole city, each with a database of its own."""


def local_folder() -> Path:
    """The local host's folder: `LOKAL_HOME`, else `.local` below the current folder."""
    return Path(os.environ.get("LOKAL_HOME", ".local"))


def _written() -> dict[str, str]:
    file = local_folder() / "env"
    if not file.exists():
        return {}
    pairs = (line.removeprefix("export ").split("=", 1) for line in file.read_text().splitlines() if "=" in line)
    return {name: value.strip("'\"") for name, value in pairs}


def variable(name: str) -> str:
    """A variable from the environment, else from `.local/env`; `Failed` names it where it is in neither."""
    value = os.environ.get(name) or _written().get(name)
    if not value:
        raise Failed(f"{name} is not known: set it, or start the local host (`make run`), which writes it.")
    return value


def _upper(slug: str) -> str:
    return slug.upper().replace("-", "_")


def database_variable(service: str, site: str = CITY) -> str:
    """`DATABASE_URL_REPORTING`, `DATABASE_URL_INTAKE_BRACKEL_APLERBECK` …"""
    return f"DATABASE_URL_{_upper(service)}" + ("" if site == CITY else f"_{_upper(site)}")


def database_url(service: str, site: str = CITY) -> str:
    """A service's database, by its own variable, else by its name on the server that `DATABASE_URL` names."""
    name = database_variable(service, site)
    if name not in os.environ and (server := os.environ.get("DATABASE_URL")):
        return service_database(server, service, site)
    if site != CITY:
        require_site(site)
    return variable(name)


def service_database(server: str, service: str, site: str = CITY) -> str:
    """The URL of a service's database on a server: `<name>_reporting`, `<name>_intake_<site>`."""
    parts = urlsplit(server)
    base = parts.path.strip("/") or "lokal"
    own = f"{base}_{service}" + ("" if site == CITY else f"_{site.replace('-', '_')}")
    return urlunsplit(parts._replace(path=f"/{own}"))


def require_site(site: str) -> None:
    """Raises `Failed` with the sites that have a database here, if this is none of them."""
    prefix = database_variable("intake") + "_"
    names = {name.removeprefix(prefix) for name in {*os.environ, *_written()} if name.startswith(prefix)}
    known = sorted(name.lower().replace("_", "-") for name in names)
    if known and site not in known:
        raise Failed(f"no such site: {site}; known: {', '.join(known)}.")


def rabbitmq_url() -> str:
    """The broker, as administrator."""
    return variable("RABBITMQ_URL")


def management_url() -> str:
    """The broker's management API."""
    return variable("RABBITMQ_MANAGEMENT_URL")


def public_url() -> str:
    """The gateway's address as browsers see it, for what is published from here."""
    default = str(ServiceSettings.model_fields["public_url"].default)
    return os.environ.get("LOKAL_PUBLIC_URL") or os.environ.get("GATEWAY_URL") or _written().get("GATEWAY_URL", default)


def virtual_host() -> str:
    """The broker's virtual host that the services use: the path of `RABBITMQ_URL` (none: `/`)."""
    return unquote(urlsplit(rabbitmq_url()).path.removeprefix("/")) or "/"
