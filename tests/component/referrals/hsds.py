"""What HSDS 3.1 asks of an answer: required fields, types, formats and enumerations, as facts of our own.

Source: Open Referral's Human Services Data Specification, docs.openreferral.org/en/3.1/hsds/ (schema reference and
API reference). Compared file by file with the published `schema/*.json` and the page in `schema/openapi.json`: what
they require, their formats and enumerations are all here. `published_hsds.py` beside this file asks a checkout itself.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from jsonschema import Draft202012Validator, FormatChecker

_checker = FormatChecker(formats=("date", "email", "uuid"))


@_checker.checks("date-time", raises=ValueError)
def _date_time(value: object) -> bool:
    return not isinstance(value, str) or datetime.fromisoformat(value).tzinfo is not None


@_checker.checks("uri", raises=ValueError)
def _uri(value: object) -> bool:
    return not isinstance(value, str) or bool(urlsplit(value).scheme and urlsplit(value).netloc)


TEXT = {"type": "string", "minLength": 1}
NUMBER = {"type": "number"}
ID = {"type": "string", "format": "uuid"}
DAY = {"type": "string", "format": "date"}
MOMENT = {"type": "string", "format": "date-time"}
URI = {"type": "string", "format": "uri"}
EMAIL = {"type": "string", "format": "email"}
CLOCK = {"type": "string", "pattern": r"^[0-2][0-9]:[0-5][0-9](Z|[+-][0-9]{2}:[0-9]{2})$"}
BY_DAY = {"type": "string", "pattern": r"^-?[1-5]?(MO|TU|WE|TH|FR|SA|SU)(,-?[1-5]?(MO|TU|WE|TH|FR|SA|SU))*$"}
PLACE_KIND = {"enum": ["physical", "postal", "virtual"]}


def _object(required: str, **fields: Any) -> dict[str, Any]:
    """An object of these fields alone: a name that the specification does not have is a mistake as well."""
    return {"type": "object", "required": required.split(), "properties": fields, "additionalProperties": False}


def _list(of: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": of}


TAXONOMY = _object("id name description", id=ID, name=TEXT, description=TEXT, uri=URI, version=TEXT)
TERM = _object(
    "id name description",
    id=ID,
    code=TEXT,
    name=TEXT,
    description=TEXT,
    parent_id=ID,
    taxonomy=TEXT,
    taxonomy_id=ID,
    language=TEXT,
    term_uri=URI,
)
ATTRIBUTE = _object(
    "id", id=ID, link_id=ID, taxonomy_term_id=ID, link_type=TEXT, link_entity=TEXT, value=TEXT, taxonomy_term=TERM
)
PHONE = _object("id number", id=ID, number=TEXT, description=TEXT)
SCHEDULE = _object(
    "id",
    id=ID,
    service_id=ID,
    valid_from=DAY,
    valid_to=DAY,
    dtstart=DAY,
    byday=BY_DAY,
    freq={"enum": ["WEEKLY", "MONTHLY"]},
    wkst={"enum": ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]},
    interval=NUMBER,
    opens_at=CLOCK,
    closes_at=CLOCK,
    description=TEXT,
)
LANGUAGE = _object("id", id=ID, service_id=ID, name=TEXT, code={"type": "string", "pattern": "^[a-z]{2,3}$"}, note=TEXT)
AREA = _object("id", id=ID, service_id=ID, name=TEXT, description=TEXT, extent=TEXT, uri=URI)
UNIT = _object("id name", id=ID, name=TEXT, scheme=TEXT, identifier=TEXT, uri=URI)
CAPACITY = _object(
    "id unit available updated",
    id=ID,
    service_id=ID,
    unit=UNIT,
    available=NUMBER,
    maximum=NUMBER,
    description=TEXT,
    updated=MOMENT,
)
COST = _object("id", id=ID, service_id=ID, valid_from=DAY, valid_to=DAY, option=TEXT, currency=TEXT, amount=NUMBER)
ADDRESS = _object(
    "id address_1 city state_province postal_code country address_type",
    id=ID,
    address_1=TEXT,
    address_2=TEXT,
    city=TEXT,
    state_province=TEXT,
    postal_code={"type": "string"},
    country={"type": "string", "minLength": 2, "maxLength": 2},
    address_type=PLACE_KIND,
)
ACCESSIBILITY = _object("id", id=ID, description=TEXT, details=TEXT, url=URI)
LOCATION = _object(
    "id location_type",
    id=ID,
    location_type=PLACE_KIND,
    name=TEXT,
    description=TEXT,
    addresses=_list(ADDRESS),
    accessibility=_list(ACCESSIBILITY),
)
_ORGANIZATION = {"id": ID, "name": TEXT, "description": TEXT, "email": EMAIL, "website": URI, "last_modified": MOMENT}
ORGANIZATION_LISTED = _object("id name description", **_ORGANIZATION)
_SERVICE = {
    "id": ID,
    "organization_id": ID,
    "name": TEXT,
    "description": TEXT,
    "url": URI,
    "email": EMAIL,
    "status": {"enum": ["active", "inactive", "defunct", "temporarily closed"]},
    "interpretation_services": TEXT,
    "fees_description": TEXT,
    "eligibility_description": TEXT,
    "alert": TEXT,
    "minimum_age": NUMBER,
    "maximum_age": NUMBER,
    "assured_date": DAY,
    "last_modified": MOMENT,
}
SERVICE_LISTED = _object("id name status", **_SERVICE)
_AT_LOCATION = {"id": ID, "service_id": ID, "location_id": ID, "description": TEXT, "location": LOCATION}
AT_LOCATION_LISTED = _object("id", **_AT_LOCATION)
SERVICE = _object(
    "id name status",
    **_SERVICE,
    organization=ORGANIZATION_LISTED,
    schedules=_list(SCHEDULE),
    languages=_list(LANGUAGE),
    service_areas=_list(AREA),
    capacities=_list(CAPACITY),
    cost_options=_list(COST),
    service_at_locations=_list(AT_LOCATION_LISTED),
    attributes=_list(ATTRIBUTE),
    phones=_list(PHONE),
)
ORGANIZATION = _object("id name description", **_ORGANIZATION, services=_list(SERVICE), phones=_list(PHONE))
AT_LOCATION = _object("id", **_AT_LOCATION, service=SERVICE)
MINIMAL = _object("id last_modified", id=ID, last_modified=MOMENT)
ABOUT = {
    "type": "object",
    "required": ["version", "profile", "openapi_url"],
    "properties": {
        "version": {"pattern": r"^3\.1"},
        "profile": URI,
        "openapi_url": URI,
        "description": TEXT,
        "publisher": _object("name", name=TEXT, identifier=TEXT, email=EMAIL, website=URI),
    },
    "additionalProperties": False,
}

DETAILS = {
    "services": SERVICE,
    "organizations": ORGANIZATION,
    "service_at_locations": AT_LOCATION,
    "taxonomies": TAXONOMY,
    "taxonomy_terms": TERM,
}
LISTED = DETAILS | {
    "services": SERVICE_LISTED,
    "organizations": ORGANIZATION_LISTED,
    "service_at_locations": AT_LOCATION_LISTED,
}


def page_of(item: Mapping[str, Any]) -> dict[str, Any]:
    """A page of a list."""
    count = {"type": "integer", "minimum": 0}
    flags = {name: {"type": "boolean"} for name in ("first_page", "last_page", "empty")}
    counts = dict.fromkeys(("total_items", "total_pages", "page_number", "size"), count)
    return _object(" ".join([*counts, *flags, "contents"]), **counts, **flags, contents=_list(item))


def check(answer: Any, schema: Mapping[str, Any]) -> None:
    """Raises `jsonschema.ValidationError` where the answer is not as the schema wants it."""
    Draft202012Validator(dict(schema), format_checker=_checker).validate(answer)
