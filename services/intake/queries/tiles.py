"""What a tile on „Heute" says."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Tile:
    """A number with its words, which leads to the list behind it."""

    count: int
    label: str
    href: str
    tone: Literal["", "danger", "success"] = ""
