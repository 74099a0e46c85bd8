"""The committed JSON Schemas are the classes', and what a service serves."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from pydantic import ValidationError

from shared.contracts import Event, catalogue, schemas
from tests.contract.events import EVENTS, committed_schema, is_valid, name, samples_of


def test_the_committed_schemas_are_the_generated_ones() -> None:
    """Nobody has changed a class without its schema, or a schema without its class."""
    assert schemas.differences(schemas.FOLDER) == []


@pytest.mark.parametrize("event", EVENTS, ids=name)
def test_a_schema_is_valid_and_speaks_for_itself(event: type[Event]) -> None:
    """Each is JSON Schema 2020-12, is called like its event and says what happened and that it is generated."""
    schema = committed_schema(event)
    Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["$id"] == f"{name(event)}.json"
    assert schema["title"] == event.__name__
    assert schema["description"]
    assert "Generated" in schema["$comment"]


@pytest.mark.parametrize("event", EVENTS, ids=name)
def test_an_event_has_no_empty_values(event: type[Event]) -> None:
    """An optional field without a value is left out: no schema lets null in, so no consumer has to expect it."""
    assert "null" not in json.dumps(committed_schema(event))


def test_the_check_names_what_is_out_of_date(tmp_path: Path) -> None:
    """A missing, a changed and a left-over schema are each named; writing mends all three and leaves the envelope's."""
    schemas.write(tmp_path)
    assert schemas.differences(tmp_path) == []
    (tmp_path / "need-met.v1.json").unlink()
    (tmp_path / "site-closed.v1.json").write_text("{}")
    (tmp_path / "site-burnt-down.v1.json").write_text("{}")
    (tmp_path / schemas.ENVELOPE).write_text("{}")
    assert schemas.differences(tmp_path) == [
        "need-met.v1.json is missing",
        "site-burnt-down.v1.json belongs to no event",
        "site-closed.v1.json is not what its class says",
    ]
    schemas.write(tmp_path)
    assert schemas.differences(tmp_path) == []
    assert (tmp_path / schemas.ENVELOPE).exists()


def test_the_command_fails_when_something_is_out_of_date(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`--check` ends with 1 and says what to do; without it the schemas are written and the check passes."""
    assert schemas.main(["--check"], tmp_path) == 1
    assert "Run `python -m shared.contracts.schemas`" in capsys.readouterr().err
    assert schemas.main([], tmp_path) == 0
    assert schemas.main(["--check"], tmp_path) == 0


@pytest.mark.parametrize("publisher", ["intake", "reporting"])
def test_a_service_serves_the_schemas_of_what_it_publishes(publisher: str) -> None:
    """Its own events, what each service publishes, and the envelope: byte for byte as committed."""
    served = schemas.for_publisher(publisher)
    own = {schemas.file_name(e) for e in catalogue().values() if e.publisher in (publisher, "")}
    assert served.keys() == own | {"cloudevent.v1.json"}
    assert "erasure-acknowledged.v1.json" in served
    assert all(content == (schemas.FOLDER / file).read_bytes() for file, content in served.items())


# Whatever a broken or foreign publisher may put into a field.
JUNK = [
    0, 1, -1, 1.5, 10**30, True, "", "x", "Familie Muster", "\x00", "2017-13-01", "2017-01-01", "2017-01-01T00:00:00",
    "2017-01-12T14:00:00Z", "1", "1484179200", "00000000-0000-7000-8000-00000000000x", [], ["x"], [None], {}, {"x": 1},
]  # fmt: skip


@pytest.mark.parametrize("event", EVENTS, ids=name)
def test_class_and_schema_agree_on_what_an_event_is(event: type[Event]) -> None:
    """Whatever stands in a field: a consumer with the schema accepts it if, and only if, ours does."""
    schema = committed_schema(event)
    data = max((sample["data"] for sample in samples_of(event)), key=len)
    for field in data:
        for junk in JUNK:
            told = {**data, field: junk}
            try:
                event.model_validate(told)
                accepted = True
            except ValidationError:
                accepted = False
            assert accepted == is_valid(schema, told), (field, junk)
        if field in schema["required"]:
            without = {key: value for key, value in data.items() if key != field}
            assert not is_valid(schema, without)
            with pytest.raises(ValidationError):
                event.model_validate(without)
