"""What is written in a PDF of ours, line by line: letters are looked up in the fonts' own tables (`ToUnicode`)."""

import re
import zlib
from collections import defaultdict

_OBJECT = re.compile(rb"(\d+) 0 obj(.*?)endobj", re.S)
_STREAM = re.compile(rb"stream\r?\n(.*?)\r?\nendstream", re.S)
_STEP = re.compile(
    rb"1 0 0 -1 ([\d.]+) ([\d.]+) Tm\s+/(\w+) [\d.]+ Tf\s+(<[0-9A-Fa-f]+>|\((?:\\.|[^\\()])*\)) Tj", re.S
)
_ESCAPED = re.compile(rb"\\([0-7]{1,3}|.)", re.S)
_FAR = 25
"""Further than any letter is wide."""
_LETTERS = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}


def lines(pdf: bytes) -> list[str]:
    """The text from above to below, each line from left to right; what is far apart has a space between."""
    objects = dict(_OBJECT.findall(pdf))
    letters = {name: _table(objects, number) for body in objects.values() for name, number in _fonts(body)}
    found: dict[float, list[tuple[float, str]]] = defaultdict(list)
    for body in objects.values():
        for x, y, font, said in _STEP.findall(_content(body)):
            code = int.from_bytes(_bytes(said), "big")
            found[float(y)].append((float(x), letters[font].get(code, "?")))
    return [_line(sorted(line)) for _, line in sorted(found.items())]


def _line(letters: list[tuple[float, str]]) -> str:
    before = [letters[0], *letters]
    return "".join(
        f" {letter}" if x - last > _FAR else letter for (last, _), (x, letter) in zip(before, letters, strict=False)
    )


def _fonts(body: bytes) -> list[tuple[bytes, bytes]]:
    return re.findall(rb"/(fo\d+) (\d+) 0 R", body)


def _table(objects: dict[bytes, bytes], font: bytes) -> dict[int, str]:
    referred = re.search(rb"/ToUnicode (\d+) 0 R", objects[font])
    assert referred is not None, "a font without a way back to letters"
    text = _content(objects[referred[1]])
    pairs = re.findall(rb"<([0-9A-Fa-f]{4})>\s*<([0-9A-Fa-f]+)>", text)
    return {int(code, 16): bytes.fromhex(said.decode()).decode("utf-16-be") for code, said in pairs}


def _content(body: bytes) -> bytes:
    stream = _STREAM.search(body)
    if stream is None:
        return b""
    return zlib.decompress(stream[1]) if b"/FlateDecode" in body.split(b"stream")[0] else stream[1]


def _bytes(said: bytes) -> bytes:
    if said.startswith(b"<"):
        return bytes.fromhex(said[1:-1].decode())
    return _ESCAPED.sub(lambda m: bytes([int(m[1], 8)]) if m[1].isdigit() else _LETTERS.get(m[1], m[1]), said[1:-1])
