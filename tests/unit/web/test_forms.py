"""Reading a form so that it can be shown again."""

from datetime import date
from urllib.parse import urlencode

from starlette.requests import Request

from shared.refusals import Invalid
from shared.web import forms
from shared.web.inputs import Input, ShortText


class Person(Input):
    """A person of the form."""

    given_name: ShortText
    birth_date: date | None = None


class Move(Input):
    """A form with all kinds of fields."""

    street: ShortText
    moved_on: date
    languages: list[str] = []  # noqa: RUF012
    persons: list[Person] = []  # noqa: RUF012
    note: ShortText | None = None


async def filled(*fields: tuple[str, str]) -> forms.Filled[Move]:
    body = urlencode(fields).encode()

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": body, "more_body": False}

    headers = [(b"content-type", b"application/x-www-form-urlencoded")]
    return await forms.read(Request({"type": "http", "method": "POST", "headers": headers}, receive), Move)


GOOD = (("street", " Hellweg 1 "), ("moved_on", "2026-11-02"))


async def test_good_form() -> None:
    """A form becomes the checked input: trimmed, repeated boxes a list, rows objects, empty fields no value."""
    form = await filled(
        *GOOD,
        ("idempotency_key", "k"),
        ("languages", "ar"),
        ("languages", "fa"),
        ("note", "  "),
        ("persons.0.given_name", "Amal"),
        ("persons.0.birth_date", ""),
        ("persons.1.given_name", ""),
        ("persons.1.birth_date", ""),
        ("persons.2.given_name", "Noor"),
    )
    assert form.errors == {}
    assert form.value == Move(
        street="Hellweg 1",
        moved_on=date(2026, 11, 2),
        languages=["ar", "fa"],
        persons=[Person(given_name="Amal"), Person(given_name="Noor")],
    )


async def test_error_stands_at_its_field() -> None:
    """Each error belongs to the field as the form names it, though an empty row before it was left out."""
    form = await filled(
        ("street", ""),
        ("moved_on", "gestern"),
        ("persons.0.given_name", ""),
        ("persons.1.given_name", "Noor"),
        ("persons.1.birth_date", "2026-02-30"),
        ("unbekannt", "x"),
    )
    assert form.value is None
    assert set(form.errors) == {"street", "moved_on", "persons.1.birth_date", "unbekannt"}
    assert form.errors["street"] == "Diese Angabe fehlt."
    assert form.text("moved_on") == "gestern"
    assert form.text("persons.1.given_name") == "Noor"


async def test_rule_of_the_domain_stands_at_its_field_too() -> None:
    """What a command finds wrong is shown at the row that was meant."""
    form = await filled(*GOOD, ("persons.0.given_name", ""), ("persons.1.given_name", "Noor"))
    form.refuse(Invalid("persons.0.birth_date", "Geboren nach dem Einzug."))
    assert form.errors == {"persons.1.birth_date": "Geboren nach dem Einzug."}


async def test_hostile_names_do_no_harm() -> None:
    """Names of fields that look like paths are errors, not crashes."""
    form = await filled(
        *GOOD, ("persons.x.given_name", "a"), ("street.a", "b"), ("persons", "c"), (".", "d"), ("a..b", "e")
    )
    assert form.value is None
    assert form.errors
