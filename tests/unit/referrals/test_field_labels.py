"""The list of what is to be corrected calls each field as the form does, or at least calls it something."""

import re
from pathlib import Path

from services.referrals import pages
from services.referrals.pages.vocabulary.fields import field_label

_FIELD = re.compile(r'c\.(?:field|select|textarea|choose|partner_field)\("([\w.]+)", "')
_SEARCHES = {"q"}
"""Fields that ask and do not enter: nothing about them is to be corrected."""


def test_every_field_has_a_label() -> None:
    """No form has a field that the list of mistakes could only call „Angabe“."""
    templates = Path(pages.__file__).parents[1] / "templates"
    names = {name for page in templates.glob("*.html") for name in _FIELD.findall(page.read_text())} - _SEARCHES
    assert len(names) > 60
    assert [name for name in sorted(names) if field_label(name) == "Angabe"] == []


def test_languages_are_told_apart() -> None:
    """The same field stands in a form once for each language."""
    assert field_label("title.ar") == "Titel, Arabisch"
    assert field_label("title.de") == "Titel"
    assert field_label("something") == "Angabe"
