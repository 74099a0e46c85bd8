"""Which number is known, and which letter brings the file."""

import pytest

from services.intake.domain.charge import RegisteredSite, require_served
from services.intake.domain.handovers import known, may_accept
from shared.contracts.words import District
from shared.refusals import Conflict


@pytest.mark.parametrize(
    ("numbers", "highest"),
    [((), 0), ((None, None), 0), ((3, None, None), 3), ((None, 5, None), 5), ((2, None, 3), 3), ((4, 3, 2), 4)],
)
def test_the_highest_number_counts(numbers: tuple[int | None, ...], highest: int) -> None:
    """Whether it is held, was passed on, or is in a letter that was written here."""
    assert known(*numbers) == highest


def test_a_number_not_above_the_known_one_is_stale() -> None:
    """The same number is no news either."""
    assert [charge for charge in range(1, 6) if may_accept(charge, 3)] == [4, 5]


def test_an_own_site_goes_before_one_that_stands_in() -> None:
    """The register says where a family's file belongs; nobody's district is nobody's to guess."""
    register = [
        RegisteredSite("brackel-aplerbeck", frozenset({"brackel"}), frozenset({"hoerde", "eving"})),
        RegisteredSite("hoerde-hombruch", frozenset({"hoerde"}), frozenset()),
    ]
    assert require_served(register, District.HOERDE) == "hoerde-hombruch"
    assert require_served(register, District.EVING) == "brackel-aplerbeck"
    with pytest.raises(Conflict, match="Mengede ist noch kein Standort"):
        require_served(register, District.MENGEDE)
