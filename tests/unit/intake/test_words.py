"""German words for everything that a page shows."""

import pytest

from services.intake.domain.visits import VisitState
from services.intake.inputs import ChangeLegalCircle
from services.intake.pages import forms, words
from services.intake.tables.records import Look, Via

FORMS = [
    ChangeLegalCircle,
    *(form for form in vars(forms).values() if isinstance(form, type) and form.__module__ == forms.__name__),
]


@pytest.mark.parametrize("form", FORMS)
def test_every_field_of_a_form_has_a_name(form: type) -> None:
    """An error above a form names its field as the page does."""
    for field in set(getattr(form, "model_fields", ())) - {"times"}:
        assert words.field_label(field) != "Angabe", field


def test_fields_of_persons_say_whose() -> None:
    """A field in the third row is the third person's; an element of a list is the list's."""
    assert words.field_label("persons.2.birth_date") == "3. Person, Geburtsdatum"
    assert words.field_label("address.street") == "Straße"
    assert words.field_label("languages.0") == "Sprachen"


def test_every_state_and_look_has_a_word() -> None:
    """No English word gets onto a page."""
    for state in VisitState:
        assert words.visit_state(state)
    for look in Look:
        assert words.look_word(look)
    for via in Via:
        assert words.via_word(via)


def test_places() -> None:
    """A place is its neighbourhood's name, or its district's where that is unknown or protected."""
    assert words.place_name("aplerbeck", "soelderholz") == "Sölderholz"
    assert words.place_name("hoerde", None) == "Hörde"
