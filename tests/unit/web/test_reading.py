"""What people read: dates, languages, words; and what may be entered."""

from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

import pytest
from pydantic import ValidationError

from shared.contracts import words as contract_words
from shared.refusals import Invalid
from shared.web import german, words
from shared.web.inputs import Input, ShortText
from shared.web.messages import of_validation
from shared.web.pagination import PageRequest
from shared.web.sign_in import safe_next
from shared.web.tokens import Role


def test_days_and_times_are_those_of_berlin() -> None:
    """Shortly before midnight in UTC it is the next day here."""
    late = datetime(2026, 12, 23, 23, 30, tzinfo=UTC)
    assert german.day(late) == "24.12.2026"
    assert german.clock(late) == "00:30"
    assert german.day(late, weekday=True) == "Do 24.12.2026"
    assert german.clock(time(14, 0)) == "14:00"


@pytest.mark.parametrize(
    ("distance", "text"),
    [(0, "heute"), (-1, "gestern"), (1, "morgen"), (-3, "vor 3 Tagen"), (5, "in 5 Tagen"), (-40, "30.10.2026")],
)
def test_days_in_words(distance: int, text: str) -> None:
    """A day is told in relation to today as long as that is shorter than counting."""
    reference = date(2026, 12, 9)
    assert german.relative_words(reference + timedelta(days=distance), reference) == text


def test_exact_date_stands_behind_the_words() -> None:
    """Whoever hovers, listens or parses gets the exact date."""
    today = german.today()
    shown = german.day_in_words(today)
    assert "heute" in shown
    assert f'datetime="{today.isoformat()}"' in shown
    assert german.day(today) in shown


@pytest.mark.parametrize(
    ("tag", "name"),
    [
        ("ar", "Arabisch"),
        ("fa", "Persisch"),
        ("prs", "Dari"),
        ("ku", "Kurdisch"),
        ("ti", "Tigrinya"),
        ("xx-?", "xx-?"),
    ],
)
def test_languages_have_german_names(tag: str, name: str) -> None:
    """A language tag is shown as its German name."""
    assert german.language(tag) == name


def test_numbers_have_points() -> None:
    """1250 is read as 1.250, and what is suppressed as a dash."""
    assert german.number(1250) == "1.250"
    assert german.number(None) == "–"


SHOWN = [
    contract_words.District,
    contract_words.Tenancy,
    contract_words.LegalCircle,
    contract_words.TargetGroup,
    contract_words.Channel,
    contract_words.Topic,
    contract_words.NeedArea,
    contract_words.Weekday,
    contract_words.VisitOutcome,
    contract_words.RecipientKind,
    contract_words.Purpose,
    contract_words.ClosingReason,
    Role,
]


@pytest.mark.parametrize("kind", SHOWN)
def test_every_word_has_a_german_one(kind: type[StrEnum]) -> None:
    """Every member of an enumeration that screens show has a German word, and there are no words too many."""
    assert [value for value, _ in words.choices(kind.__name__)] == [member.value for member in kind]
    assert all(words.word(member) for member in kind)


class Note(Input):
    """A note."""

    text: ShortText
    tags: list[ShortText] = []  # noqa: RUF012


@pytest.mark.parametrize("text", ["Zoë 🏡", "محمد", "علی‌رضا", "Ngũgĩ", "a\tb", "zwei\nZeilen"])
def test_names_of_the_world_are_welcome(text: str) -> None:
    """Emoji, right-to-left text, joiners and accents pass unchanged."""
    assert Note(text=text).text == text


@pytest.mark.parametrize("text", ["a\x00b", "\x1b[31m", "\ud800", "a\udfff", "\x7f", "", "   ", "x" * 201])
def test_unstorable_text_is_an_error(text: str) -> None:
    """NUL, other control characters, half characters, nothing and too much are errors of the field."""
    with pytest.raises(ValidationError) as wrong:
        Note(text="ok", tags=[text])
    ((path, message),) = of_validation([{**error, "loc": ("body", *error["loc"])} for error in wrong.value.errors()])
    assert path in ("tags", "tags.0")
    assert message
    if text.strip():
        assert text not in message


def test_composed_form_is_stored() -> None:
    """Two ways to type ö give the same name, so that a search finds it."""
    assert Note(text="Schro\u0308der").text == "Schröder"


def test_cursor_of_another_list_is_refused() -> None:
    """A cursor that was not made for this list is an error of the field, never a crash."""
    page = PageRequest(1, None).page([1, 2], key=lambda row: (str(row),), item=lambda row: row)
    assert page.next_cursor is not None
    assert PageRequest(1, page.next_cursor).after(int) == (1,)
    for cursor in (page.next_cursor, "", "é", "!!!", "bnVsbA", "WzFd" * 3, "W1tbW1tb"):
        with pytest.raises(Invalid):
            PageRequest(1, cursor).after(int, int)


@pytest.mark.parametrize(
    "path",
    ["https://evil.example", "//evil.example", "/\\evil.example", "evil", "", None, "/a\nb", "/a\\b", "javascript:x"],
)
def test_sign_in_leads_to_no_other_website(path: str | None) -> None:
    """The address after signing in is one of ours."""
    assert safe_next(path) is None


def test_sign_in_leads_back() -> None:
    """A path with a query is kept."""
    assert safe_next("/intake/households?q=a%20b&page=2") == "/intake/households?q=a%20b&page=2"
