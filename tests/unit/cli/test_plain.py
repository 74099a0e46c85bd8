"""What strangers write reaches the terminal as text, never as a command to it."""

import pytest

from deploy.cli.plain import plain


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("household-moved.v1 · Straße 5, 44309 Brackel", "household-moved.v1 · Straße 5, 44309 Brackel"),
        ("أحمد", "أحمد"),
        ("\x1b[2J\x1b]0;title\x07", "\\x1b[2J\\x1b]0;title\\x07"),
        ("one\r\ntwo\u2028three", "one\\r\\ntwo\\u2028three"),
        ("abc\u202egnp.exe", "abc\\u202egnp.exe"),
        ("\ud800", "\\ud800"),
    ],
)
def test_only_text(written: str, shown: str) -> None:
    assert plain(written) == shown
