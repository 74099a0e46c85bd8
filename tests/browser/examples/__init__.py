"""The pages by subject; `addresses` puts them beside its own."""

from tests.browser.example import Example
from tests.browser.examples import (
    answers,
    care,
    directory,
    erasures,
    handovers,
    imports,
    interpreters,
    merges,
    people,
    referrals,
    releases,
    roll_out,
    round_tables,
    volunteers,
    volunteers_care,
    volunteers_own,
    volunteers_register,
)
from tests.browser.house import Desk

_SUBJECTS = (
    handovers,
    imports,
    people,
    releases,
    care,
    erasures,
    merges,
    referrals,
    directory,
    answers,
    round_tables,
    roll_out,
    volunteers,
    volunteers_care,
    volunteers_own,
    volunteers_register,
    interpreters,
)

EXAMPLES: tuple[Example, ...] = tuple(example for subject in _SUBJECTS for example in subject.EXAMPLES)


def enter(desk: Desk) -> None:
    """Enter what these pages show, subject by subject."""
    for subject in _SUBJECTS:
        subject.enter(desk)
