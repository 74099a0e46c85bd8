"""The history of the contracts: complete, written down when something is published, and the page made from it."""

from datetime import date

from shared.contracts import compatibility, history

DAY, LATER = date(2026, 11, 22), date(2026, 12, 1)


def test_nothing_is_published_without_a_line() -> None:
    """Every event and every field; and the committed page says the same."""
    assert history.problems(history.read(), compatibility.published(compatibility.FOLDER)) == []
    assert history.PAGE.read_text() == history.changelog(history.read())


def test_what_is_not_written_down_is_found() -> None:
    """A new event, a new field, and an event that is not published any more."""
    published = {"a.v1.json": {"properties": {"x": {}, "y": {}}}}
    assert history.problems({}, published) == ["a.v1: not in the history: x, y"]
    assert history.problems({"a.v1": {"2026-11-22": ["x"]}}, published) == ["a.v1: not in the history: y"]
    assert history.problems({"b.v1": {"2026-11-22": ["x"]}}, {}) == ["b.v1: is in the history and not published"]


def test_fields_are_kept_with_the_day_they_came() -> None:
    """What was there stays where it was; the page names what is new and what gained a field."""
    first = history.record({}, {"a.v1.json": {"properties": {"x": {}}}}, DAY)
    then = history.record(
        first, {"a.v1.json": {"properties": {"x": {}, "y": {}}}, "b.v2.json": {"properties": {"z": {}}}}, LATER
    )
    assert then == {"a.v1": {"2026-11-22": ["x"], "2026-12-01": ["y"]}, "b.v2": {"2026-12-01": ["z"]}}
    page = history.changelog(then)
    assert page.index("## 2026-12-01") < page.index("## 2026-11-22")
    assert "`a.v1` gained `y`." in page
    assert "Published: `b.v2`." in page
