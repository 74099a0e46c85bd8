"""The fonts of our pages, for what is drawn on the server: charts, and sheets of paper as PDF."""

import logging
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import vl_convert
from fontTools.merge import Merger  # type: ignore[import-untyped]
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

FOLDER = Path(__file__).parent / "web/vendor/fonts"
LATIN = "Fira Sans"
BOTH = "Lokal Sans"
"""Latin, Cyrillic and Arabic letters in one font: the drawing mixes up joined letters where it has to change fonts."""
_WEIGHTS = (400, 600)
_NAMES = (1, 4, 6, 16)
"""By which a font is found: family, full name, name for printing, family of its weights (OpenType, `name`)."""

# It warns of every font whose version is older than a flag in it; there is nothing to do about that.
for _name in ("fontTools", "fontTools.merge"):
    logging.getLogger(_name).setLevel(logging.ERROR)


@cache
def learn_charts() -> None:
    """Let the drawing know how wide the letters are; without the file it measures with a similar font."""
    folder = Path(mkdtemp(prefix="lokal-fonts-"))
    if (file := FOLDER / "fira-sans-400.woff2").exists():
        _plain(file).save(folder / "fira-sans.ttf")
    vl_convert.register_font_directory(str(folder))


@cache
def learn_paper() -> None:
    """Let the drawing know `BOTH`, in two weights; it takes a second or two, once."""
    folder = Path(mkdtemp(prefix="lokal-fonts-"))
    for weight in _WEIGHTS:
        parts = []
        for name in ("fira-sans", "noto-sans-arabic"):
            if (file := FOLDER / f"{name}-{weight}.woff2").exists():
                parts.append(folder / f"{name}.part")
                _plain(file).save(parts[-1])
        if parts:
            font = Merger().merge([str(part) for part in parts])
            font["OS/2"].usWeightClass = weight
            for record in font["name"].names:
                if record.nameID in _NAMES:
                    record.string = BOTH
            font.save(folder / f"{weight}.ttf")
            for part in parts:
                part.unlink()
    vl_convert.register_font_directory(str(folder))


@cache
def widths(name: str) -> dict[int, float]:
    """How wide each character is, in parts of the font's size: `widths("fira-sans-400")[ord("a")]`."""
    file = FOLDER / f"{name}.woff2"
    if not file.exists():
        return {}
    font = TTFont(file)
    advances, size = font["hmtx"], font["head"].unitsPerEm
    return {character: advances[glyph][0] / size for character, glyph in font.getBestCmap().items()}


def _plain(file: Path) -> Any:
    """Without what only screens of old need, which cannot be put together."""
    font = TTFont(file)
    font.flavor = None
    for table in ("STAT", "gasp", "prep", "fpgm", "cvt "):
        if table in font:
            del font[table]
    return font
