"""One sheet of paper (DIN A4) as PDF: headings, paragraphs, facts and a small table, set from above to below.

Set as SVG and turned into PDF by the converter that the charts use, so that letters are text: they can be searched,
copied and read aloud (Arabic ones can be read, but are kept as parts of letters). What is Arabic or Persian is joined
and runs from right to left.
"""

from collections.abc import Iterator, Sequence
from xml.sax.saxutils import escape

import vl_convert

from shared import fonts
from shared.fonts import BOTH

_WIDTH, _HEIGHT = 595, 842
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 531, 76, 790
_VALUES = 220
"""Where the values of facts begin."""
_INK, _MUTED, _LINE = "#131525", "#4a4d63", "#c9ccdc"
_MEAN = 0.56
"""How wide a letter is that no font of ours has."""
_BACKWARDS = "\u200f"
"""After a line that runs from right to left: its last stop stands at the left, too."""


class Sheet:
    """A page that is filled from above. Raises `ValueError` where it is too much for one."""

    def __init__(self, head: str) -> None:
        """`head` stands small above everything: from whom it is."""
        self._parts: list[str] = []
        self._y: float = _TOP
        self._write(head, _LEFT, 10, colour=_MUTED)
        self._y += 34

    def title(self, text: str) -> None:
        """The heading, in as many lines as it takes."""
        self._lines(text, 20, bold=True)
        self._y += 10

    def heading(self, text: str) -> None:
        """What the next lines are about."""
        self._y += 12
        self._lines(text, 13, bold=True)
        self._y += 2

    def text(self, text: str) -> None:
        """A paragraph; what has lines of its own keeps them."""
        for line in text.splitlines():
            self._lines(line, 11)
        self._y += 8

    def facts(self, rows: Sequence[tuple[str, str]]) -> None:
        """Words and what they are, one below the other."""
        for label, value in rows:
            self._write(label, _LEFT, 11, colour=_MUTED)
            self._lines(value, 11, left=_VALUES)
        self._y += 6

    def table(self, head: Sequence[str], rows: Sequence[Sequence[str]], foot: Sequence[str] = ()) -> None:
        """Rows whose first column is words and whose others are numbers, at the right."""
        for number, row in enumerate([head, *rows, *([foot] if foot else [])]):
            bold = number == 0 or (bool(foot) and number == len(rows) + 1)
            if bold and number:
                self._rule()
            self._row(row, bold=bold)
            if number == 0:
                self._rule()
        self._y += 6

    def signature(self, place_and_day: str, under: str) -> None:
        """Place and day, and a line to sign on."""
        self._y += 26
        self._lines(place_and_day, 11)
        self._y += 44
        self._check()
        self._parts.append(f'<path d="M{_LEFT} {self._y - 14}H{_VALUES + 120}" stroke="{_INK}" stroke-width="0.7"/>')
        self._lines(under, 9, colour=_MUTED)

    def pdf(self) -> bytes:
        """The sheet."""
        fonts.learn_paper()
        svg = (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{_HEIGHT}" '
            f'viewBox="0 0 {_WIDTH} {_HEIGHT}">{"".join(self._parts)}</svg>'
        )
        return bytes(vl_convert.svg_to_pdf(svg))

    def _row(self, cells: Sequence[str], *, bold: bool) -> None:
        first, *numbers = cells
        lines = list(_wrapped(first, 11, _RIGHT - _LEFT - 90 * len(numbers)))
        for place, number in enumerate(numbers):
            right = _RIGHT - 90 * (len(numbers) - 1 - place)
            self._write(number, right, 11, bold=bold, anchor="end")
        for line in lines:
            self._write(line, _LEFT, 11, bold=bold)
            self._y += 17
        self._check()

    def _rule(self) -> None:
        self._parts.append(f'<path d="M{_LEFT} {self._y - 11}H{_RIGHT}" stroke="{_LINE}" stroke-width="0.7"/>')
        self._y += 4

    def _lines(self, text: str, size: float, *, left: float = _LEFT, bold: bool = False, colour: str = _INK) -> None:
        backwards = _runs_backwards(text) and left == _LEFT
        for line in _wrapped(text, size, _RIGHT - left):
            if backwards:
                self._write(line + _BACKWARDS, _RIGHT, size, bold=bold, colour=colour, anchor="end")
            else:
                self._write(line, left, size, bold=bold, colour=colour)
            self._y += size * 1.45
        self._check()

    def _write(
        self, text: str, x: float, size: float, *, bold: bool = False, colour: str = _INK, anchor: str = "start"
    ) -> None:
        self._parts.append(
            f'<text x="{x}" y="{self._y:.1f}" font-size="{size}" fill="{colour}" text-anchor="{anchor}" '
            f'font-weight="{600 if bold else 400}" font-family="{BOTH}" xml:space="preserve">{escape(text)}</text>'
        )

    def _check(self) -> None:
        if self._y > _BOTTOM:
            raise ValueError("more than one sheet")


def _wrapped(text: str, size: float, width: float) -> Iterator[str]:
    """Lines that are no wider; a word that is longer than a line is broken."""
    line = ""
    for word in text.split():
        longer = f"{line} {word}".strip()
        if _width(longer, size) <= width:
            line = longer
            continue
        if line:
            yield line
        while _width(word, size) > width:
            fits = next(n for n in range(len(word), 0, -1) if n == 1 or _width(word[:n], size) <= width)
            yield word[:fits]
            word = word[fits:]
        line = word
    yield line


def _width(text: str, size: float) -> float:
    latin, arabic = fonts.widths("fira-sans-600"), fonts.widths("noto-sans-arabic-400")
    return size * sum(latin.get(ord(each)) or arabic.get(ord(each)) or _MEAN for each in text)


def _is_arabic(character: str) -> bool:
    return "\u0600" <= character <= "\u08ff" or "\ufb50" <= character <= "\ufdff" or "\ufe70" <= character <= "\ufeff"


def _runs_backwards(text: str) -> bool:
    return next((_is_arabic(each) for each in text if each.isalpha()), False)
