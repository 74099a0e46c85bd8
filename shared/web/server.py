"""Runs a service's app with uvicorn, the same way in every service."""

import uvicorn
from fastapi import FastAPI

from shared.settings import ServiceSettings

# Services are reached through the gateway alone, on the same machine or in a private network: only there may a
# header say which client it is for (the throttle of the sign-in counts by it).
_GATEWAYS = "127.0.0.0/8,::1,10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,fc00::/7"


def run(app: FastAPI, settings: ServiceSettings) -> None:
    """Serve until SIGTERM or SIGINT; requests under way are finished first."""
    uvicorn.run(
        app,
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=True,
        forwarded_allow_ips=_GATEWAYS,
        timeout_graceful_shutdown=8,
        h11_max_incomplete_event_size=32 * 1024,
    )
