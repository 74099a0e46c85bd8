"""A refused form names its fields as they are labelled."""

from services.intake.pages.words import field_label


def test_a_persons_family_name_is_called_as_above_its_field() -> None:
    """The family has a Familienname, each of its members a Nachname."""
    assert field_label("persons.0.family_name") == "1. Person, Nachname"
    assert field_label("family_name") == "Familienname"
