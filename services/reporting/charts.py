"""Charts as SVG, drawn on the server: the same picture on a page, in print and in a report.

A chart shows what its table says, and nothing that is not also written in it: the number stands at each bar and in
each field, so that neither colour nor length alone carries it. Drawn twice: for a desk, and narrow for a phone.
"""

import base64
import io
import string
from collections.abc import Sequence
from functools import cache, lru_cache
from typing import Any

import altair as alt
import vl_convert
from fontTools.subset import Options, Subsetter  # type: ignore[import-untyped]
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

from shared import fonts

FONT = fonts.LATIN
_FONT_FILE = fonts.FOLDER / "fira-sans-400.woff2"
_INK, _BAR, _GROUND = "#131525", "#1b4b8f", "#ffffff"
_SHADES = ["#eef3fa", "#1b4b8f"]

_ALPHABET = string.printable + "ÄÖÜäöüßéèêçğışñ–—…„“”’·×€"

Size = tuple[int, int]
"""Width and height in pixels."""
_WIDE, _NARROW = 620, 296

Numbers = tuple[tuple[int | None, ...], ...]


@lru_cache(maxsize=256)
def bars(labels: tuple[str, ...], counts: tuple[int | None, ...], narrow: bool) -> str:
    """Horizontal bars, one a label, with their numbers; a withheld one has no bar and says so."""
    numbers = [count or 0 for count in counts]
    rows = [
        {"label": label, "count": number, "text": _text(count)}
        for label, number, count in zip(labels, numbers, counts, strict=True)
    ]
    order = list(labels)
    y = alt.Y("label:N", sort=order, title=None, axis=alt.Axis(labelLimit=130 if narrow else 260))
    longest = max(numbers, default=0) or 1
    # Room for the number behind the longest bar.
    x = alt.X("count:Q", title=None, axis=None, scale=alt.Scale(domain=[0, longest * (1.4 if narrow else 1.15)]))
    base = _chart(rows).encode(y=y, x=x)
    bar = base.mark_bar(color=_BAR, height={"band": 0.7})
    number = base.mark_text(align="left", dx=4, color=_INK).encode(text="text:N")
    return _svg(alt.layer(bar, number), bars_size(len(labels), narrow))


def bars_size(labels: int, narrow: bool) -> Size:
    """Width and height of such a picture, so that a page keeps room for it before it is drawn."""
    return (_NARROW if narrow else _WIDE), max(labels, 1) * 30 + 8


@lru_cache(maxsize=256)
def grid(rows: tuple[str, ...], columns: tuple[str, ...], counts: Numbers, narrow: bool) -> str:
    """A field for each row and column, the darker the more, with its number in it."""
    cells = [
        {"row": row, "column": column, "count": count or 0, "text": _text(count) if count != 0 else ""}
        for row, line in zip(rows, counts, strict=True)
        for column, count in zip(columns, line, strict=True)
    ]
    most = max((count or 0 for line in counts for count in line), default=0) or 1
    # On a phone long labels would run into each other.
    angle = -90 if narrow and max(map(len, columns)) > 3 else 0
    base = _chart(cells).encode(
        x=alt.X("column:N", sort=list(columns), title=None, axis=alt.Axis(orient="top", labelAngle=angle)),
        y=alt.Y("row:N", sort=list(rows), title=None, axis=alt.Axis(labelLimit=130)),
    )
    field = base.mark_rect(stroke="#c9ccdc").encode(
        color=alt.Color("count:Q", scale=alt.Scale(domain=[0, most], range=_SHADES), legend=None)
    )
    number = base.mark_text().encode(
        text="text:N", color=alt.condition(alt.datum.count > most * 0.7, alt.value(_GROUND), alt.value(_INK))
    )
    return _svg(alt.layer(field, number), grid_size(len(rows), columns, narrow))


def grid_size(rows: int, columns: Sequence[str], narrow: bool) -> Size:
    """Width and height of such a picture; upright labels need more room above."""
    upright = narrow and max(map(len, columns)) > 3
    return (_NARROW if narrow else _WIDE), max(rows, 1) * 28 + (116 if upright else 36)


def _chart(values: list[dict[str, Any]]) -> alt.Chart:
    return alt.Chart(alt.Data(values=values))  # type: ignore[no-untyped-call]


def _text(count: int | None) -> str:
    return "–" if count is None else f"{count:,}".replace(",", ".")


def _svg(chart: Any, size: Size) -> str:
    fonts.learn_charts()
    width, height = size
    whole = (
        chart.properties(width=width, height=height, autosize=alt.AutoSizeParams(type="fit", contains="padding"))
        .configure(font=FONT, background=_GROUND, padding=4)
        .configure_axis(labelFontSize=14, labelColor=_INK, domain=False, ticks=False, grid=False, labelPadding=6)
        .configure_text(fontSize=14)
        .configure_view(stroke=None)
    )
    # No address is allowed: a chart holds its data and asks nobody.
    svg: str = vl_convert.vegalite_to_svg(whole.to_dict(), allowed_base_urls=[])
    head, rest = svg.split(">", 1)
    return f"{head}>{_letters()}{rest}"


@cache
def _letters() -> str:
    """A style element with the letters that German charts use: an image on a page cannot reach the page's fonts."""
    if not _FONT_FILE.exists():
        return ""
    font = TTFont(_FONT_FILE)
    subsetter = Subsetter(Options(drop_tables=["GPOS", "GSUB"]))
    subsetter.populate(text=_ALPHABET)
    subsetter.subset(font)
    file = io.BytesIO()
    font.flavor = "woff2"
    font.save(file)
    data = base64.b64encode(file.getvalue()).decode()
    return f"<style>@font-face{{font-family:'{FONT}';src:url(data:font/woff2;base64,{data})}}</style>"


def as_numbers(counts: Sequence[Sequence[int | None]]) -> Numbers:
    """Counts in the form that drawn charts are remembered by."""
    return tuple(tuple(line) for line in counts)
