"""Reporting as a whole but for the broker: app, accounts and events put straight into its handlers."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import httpx
from fastapi import FastAPI

from services.reporting.consumers import consumers
from shared.database import Database
from shared.messaging import Received
from shared.web import accounts, tokens
from shared.web.accounts import SessionKind
from shared.web.keys import KeyRing
from shared.web.tokens import Principal, Role


class Reporting:
    """The running service of a test."""

    def __init__(self, app: FastAPI, site_keys: KeyRing) -> None:
        self.app = app
        self.database: Database = app.state.database
        self._site_keys = site_keys

    async def take(self, events: Sequence[Received[Any]]) -> None:
        """Give events to the handlers."""
        async with self.database.transaction() as session:
            await consumers.handle(session, list(events))

    async def as_role(self, role: Role) -> httpx.AsyncClient:
        """Somebody with a city role, signed in with a token."""
        name = f"test-{role}"
        async with self.database.transaction() as session:
            if not await accounts.list_accounts(session, name):
                await accounts.add_account(session, name, role, None, name, None)
            session_id = await accounts.open_session(session, name, SessionKind.TOKEN, timedelta(hours=1))
        keys: KeyRing = self.app.state.keys
        return self.client(tokens.issue(keys, Principal(name, role, None, session_id, "city", name)))

    def as_team(self, site: str) -> httpx.AsyncClient:
        """A member of a site's team, signed in at the site's own stack."""
        from shared.ids import uuid7

        return self.client(tokens.issue(self._site_keys, Principal("alex", Role.TEAM, site, uuid7(), site, "Alex")))

    def client(self, token: str | None = None) -> httpx.AsyncClient:
        """A program that talks to the service."""
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        headers = {"authorization": f"Bearer {token}"} if token else {}
        return httpx.AsyncClient(transport=transport, base_url="http://testserver", headers=headers)
