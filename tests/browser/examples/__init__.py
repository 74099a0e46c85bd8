"""The pages by subject; `addresses` puts them beside its own."""

from tests.browser.example import Example
from tests.browser.examples import (
    care,
    directory,
    erasures,
    handovers,
    imports,
    merges,
    people,
    referrals,
    releases,
    roll_out,
)
from tests.browser.house import Desk

_SUBJECTS = (handovers, imports, people, releases, care, erasures, merges, referrals, directory, roll_out)

EXAMPLES: tuple[Example, ...] = tuple(example for subject in _SUBJECTS for example in subject.EXAMPLES)


def enter(desk: Desk) -> None:
    """Enter what these pages show, subject by subject."""
    for subject in _SUBJECTS:
        subject.enter(desk)
