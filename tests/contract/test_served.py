"""The address in an event's `dataschema` answers with its schema."""

import json
from urllib.parse import urlsplit

import httpx
import pytest
from fastapi import FastAPI

from shared.contracts import Event
from shared.messaging import Publisher
from shared.web import schemas
from tests.contract.events import EVENTS, committed_schema, name, samples_of


@pytest.mark.parametrize("service", ["intake", "referrals", "reporting", "volunteers"])
async def test_every_dataschema_can_be_fetched(service: str) -> None:
    """A consumer that knows nothing but the message gets the schema that its data holds to, without signing in."""
    app = FastAPI()
    app.include_router(schemas.router(service))
    publisher = Publisher(site="city", service=service, public_url="http://city.localhost:8080")
    events: list[type[Event]] = [event for event in EVENTS if event.publisher in (service, "")]
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://city.localhost:8080") as client:
        for event in events:
            data = event.model_validate(samples_of(event)[0]["data"])
            answer = await client.get(urlsplit(publisher.schema_of(data)).path)
            assert answer.status_code == 200, name(event)
            assert answer.headers["content-type"] == "application/schema+json"
            assert json.loads(answer.content) == committed_schema(event)
        for unknown in ("household-vanished.v1.json", "household-moved.v9.json", "..%2Fschemas.py"):
            assert (await client.get(f"/{service}/schemas/{unknown}")).status_code == 404
