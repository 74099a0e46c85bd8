"""Events carry ids, enumerations, counts and dates; no field can hold a name, an address or a sentence."""

import re
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from shared.contracts import Event
from shared.contracts.kinds import ClockTime, Count, Day, Flag, Language, Moment, Slug
from tests.contract.events import EVENTS, committed_schema, fields, name

PERSONAL = re.compile(
    r"name|street|strasse|address|postal|postcode|zip|phone|mobile|mail|birth|age|gender|sex|religion|nationality"
    r"|diagnos|illness|disab|pregnan|health|note|text|comment|description|remark|title|case_number|iban|passport"
)
PERSONAL_ALLOWED = {
    "language", "languages", "recipient", "stage"
}  # fmt: skip  # contain a refused syllable and mean something else
FORMATS = {"uuid", "date", "date-time"}


def refused_name(path: str) -> bool:
    """Whether a field's name promises personal data."""
    last = re.sub(r"\[.*\]$", "", path).rsplit(".", 1)[-1]
    return last not in PERSONAL_ALLOWED and PERSONAL.search(last) is not None


def is_bound(schema: dict[str, Any]) -> bool:
    """Whether a field can hold nothing but ids, words of a list, counts, flags, days and times."""
    match schema.get("type"):
        case "string":
            return (
                bool({"enum", "const"} & schema.keys())
                or schema.get("format") in FORMATS
                or (schema.get("pattern", "").startswith("^") and schema["pattern"].endswith("$"))
            )
        case "integer":
            return schema.get("minimum", -1) >= 0
        case "array":
            return "items" in schema
        case "object":
            return "properties" in schema or {"propertyNames", "additionalProperties"} <= schema.keys()
        case "boolean":
            return True
    return False


@pytest.mark.parametrize("event", EVENTS, ids=name)
def test_no_field_holds_free_text(event: type[Event]) -> None:
    """Every field of every event is bound by a pattern, an enumeration, a format or a lower bound; none is open."""
    assert [path for path, schema in fields(committed_schema(event)) if not is_bound(schema)] == []


@pytest.mark.parametrize("event", EVENTS, ids=name)
def test_no_field_is_called_like_personal_data(event: type[Event]) -> None:
    """No field is called name, street, phone, birth … or like anything about a person's health."""
    assert [path for path, _ in fields(committed_schema(event)) if refused_name(path)] == []


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "string"},
        {"type": "string", "maxLength": 20},
        {"type": "string", "pattern": "[a-z]+"},
        {"type": "array"},
        {"type": "object"},
        {"type": "object", "additionalProperties": True},
        {"type": "integer"},
        {"type": "number"},
        {},
    ],
    ids=str,
)
def test_the_scan_finds_an_open_field(schema: dict[str, Any]) -> None:
    """The scan above would notice free text, open objects and anything untyped."""
    assert not is_bound(schema)


@pytest.mark.parametrize("field", ["family_name", "street", "phone", "birth_date", "note", "office.postal_code"])
def test_the_scan_finds_a_personal_field(field: str) -> None:
    """The scan above would notice a field that is called like personal data."""
    assert refused_name(field)


_PATTERNED = st.sampled_from([Slug, Language, ClockTime])


@given(_PATTERNED, st.text(alphabet=st.characters(blacklist_categories=["Ll", "Nd"]), min_size=1, max_size=80))
def test_no_word_of_an_event_takes_what_people_write(kind: Any, text: str) -> None:
    """Capital letters, spaces, accents, other scripts, emoji, NUL: no slug, language or time accepts any of it."""
    with pytest.raises(ValidationError):
        TypeAdapter(kind).validate_python(text)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (Slug, "Familie Muster"),
        (Slug, "a" * 65),
        (Slug, "-a"),
        (Slug, "a\n"),
        (Language, "arabisch"),
        (Language, "x-private"),
        (Language, "ar_SY"),
        (ClockTime, "9:00"),
        (ClockTime, "24:00"),
        (Count, -1),
        (Count, "1"),
        (Count, True),
        (Count, 1.5),
        (Flag, 1),
        (Day, 17167),
        (Day, "01.01.2017"),
        (Moment, 1484229600),
        (Moment, "2017-01-12T14:00:00"),
    ],
)
def test_a_value_of_another_kind_is_refused(kind: Any, value: Any) -> None:
    """Slugs, languages, counts, flags, days and times take their own notation only; a time needs its zone."""
    with pytest.raises(ValidationError):
        TypeAdapter(kind).validate_python(value)


@given(st.datetimes(timezones=st.timezones()).filter(lambda at: 1900 < at.year < 2200))
def test_a_moment_is_kept_in_utc(at: Any) -> None:
    """Whatever zone a time is given in, the event says it in UTC and means the same instant."""
    kept = TypeAdapter(Moment).validate_python(at)
    assert kept.timestamp() == at.timestamp()
    assert kept.utcoffset() == timedelta(0)
    assert TypeAdapter(Moment).dump_json(kept).endswith(b'Z"')


def test_what_is_meant_is_accepted() -> None:
    """The kinds take what the network uses them for."""
    for kind, value in (
        (Slug, "brackel-aplerbeck"),
        (Language, "ar"),
        (Language, "prs"),
        (Language, "ku-Latn"),
        (Language, "zh-Hant-TW"),
        (Language, "es-419"),
        (ClockTime, "09:00"),
        (Count, 0),
        (Day, date(2017, 1, 1)),
        (UUID, "00000000-0000-7000-8000-000000000001"),
    ):
        TypeAdapter(kind).validate_python(value)
