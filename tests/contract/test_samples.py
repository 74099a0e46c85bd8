"""Messages of every version are kept for ever: today's code reads what was ever published."""

import json
from pathlib import Path
from typing import Any

import pytest
from cloudevents.core.bindings import rabbitmq

from shared.contracts import CATALOGUE, Event, schemas
from shared.messaging import envelope
from tests.contract.events import EVENTS, SAMPLES, committed_schema, fields, is_valid, name, samples_of

ENVELOPE = json.loads((schemas.FOLDER / schemas.ENVELOPE).read_bytes())

# The visits' events have one shape; one that has just become due has neither a date nor an end.
NEVER_FILLED = {"first-visit-owed": {"at", "outcome"}}


def file_name(path: Path) -> str:
    """How a sample is called in the output of a test run."""
    return path.stem


def paths(data: Any, path: str = "") -> set[str]:
    """Which fields a message's data has, in the notation of `fields`."""
    if isinstance(data, list):
        return set().union(*(paths(item, f"{path}[items]") for item in data))
    if not isinstance(data, dict):
        return set()
    return {f"{path}.{k}".lstrip(".") for k in data}.union(
        *(paths(v, f"{path}.{k}".lstrip(".")) for k, v in data.items())
    )


@pytest.mark.parametrize("event", EVENTS, ids=name)
def test_each_version_has_a_minimal_and_a_full_sample(event: type[Event]) -> None:
    """One sample has the required fields only; every optional field, nested ones too, is in one of the samples."""
    samples = samples_of(event)
    schema = committed_schema(event)
    assert any(sample["data"].keys() == set(schema["required"]) for sample in samples)
    known = {path for path, _ in fields(schema) if not path.endswith("]")}
    shown = set().union(*(paths(sample["data"]) for sample in samples))
    assert known - shown == NEVER_FILLED.get(event.event, set())


@pytest.mark.parametrize("path", SAMPLES, ids=file_name)
def test_a_sample_is_an_event_of_its_version(path: Path) -> None:
    """Each sample belongs to an event, and stands in the envelope and the data as the committed schemas have it."""
    sample = json.loads(path.read_bytes())
    event = CATALOGUE[sample["type"]]
    assert path.name.startswith(f"{name(event)}.")
    assert is_valid(ENVELOPE, sample)
    assert is_valid(committed_schema(event), sample["data"])
    assert sample["dataschema"].endswith(f"/schemas/{name(event)}.json")


@pytest.mark.parametrize("path", SAMPLES, ids=file_name)
def test_todays_code_reads_a_sample_and_writes_the_same(path: Path) -> None:
    """What was published is read by its class, concerns the same subject, district and site, and loses no field."""
    body = path.read_bytes()
    sample = json.loads(body)
    received = envelope.read(body)
    event = received.data
    assert isinstance(event, CATALOGUE[sample["type"]])
    body = envelope.write(
        event,
        id=received.id,
        source=received.source,
        dataschema=sample["dataschema"],
        site=event.concerned_site or received.site,
        time=received.time,
        correlation_id=received.correlation_id,
        causation_id=received.causation_id,
        traceparent=received.traceparent,
        restates=received.restates,
    )
    written = json.loads(envelope.with_sequence(body, received.sequence))
    assert is_valid(ENVELOPE, written)
    defaults = {key: value for key, value in written["data"].items() if key not in sample["data"]}
    assert written == {**sample, "data": {**sample["data"], **defaults}}
    assert all(value == type(event).model_fields[key].default or value == [] for key, value in defaults.items())


@pytest.mark.parametrize("path", SAMPLES, ids=file_name)
def test_the_official_sdk_reads_a_sample(path: Path) -> None:
    """A consumer with nothing but the CloudEvents SDK reads the message in the structured mode of the binding."""
    body = path.read_bytes()
    sample = json.loads(body)
    event = rabbitmq.from_rabbitmq_event(
        rabbitmq.RabbitMQMessage(headers={}, content_type=envelope.CONTENT_TYPE, body=body)
    )
    assert event.get_type() == sample["type"]
    assert event.get_subject() == sample["subject"]
    assert event.get_extension("sequence") == sample["sequence"]
    assert event.get_extension("site") == sample["site"]
    assert event.get_data() == sample["data"]


def test_samples_are_visibly_invented() -> None:
    """Ids in samples begin with zeros, so that nobody takes one for a family's."""
    for path in SAMPLES:
        sample = json.loads(path.read_bytes())
        ids = [sample["id"], *(v for k, v in sample["data"].items() if k.endswith("_id"))]
        assert all(value.startswith("00000000-0000-7000-8000-") for value in ids), path.name


def test_sample_ids_are_unique() -> None:
    """No two samples are the same event."""
    ids = [json.loads(path.read_bytes())["id"] for path in SAMPLES]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("attribute", ["id", "source", "type", "subject", "time", "dataschema", "site", "sequence"])
@pytest.mark.parametrize("value", ["", "Familie Muster", "\x00", 7, None, {}])
def test_the_envelopes_schema_refuses_what_is_no_attribute(attribute: str, value: object) -> None:
    """Each attribute of the envelope is bound: names, numbers and nothing at all are refused."""
    sample = json.loads(SAMPLES[0].read_bytes())
    assert is_valid(ENVELOPE, sample)
    assert not is_valid(ENVELOPE, {**sample, attribute: value})
    assert not is_valid(ENVELOPE, {key: kept for key, kept in sample.items() if key != attribute})
