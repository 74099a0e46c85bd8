"""Districts and neighbourhoods as the data file has them."""

from shared.contracts.words import District
from shared.places import adjacent, neighbourhood_name, neighbourhoods


def test_next_door_is_so_for_both() -> None:
    """A district borders the other one as that one borders it, and none borders itself."""
    for district in District:
        assert adjacent(district), district
        assert district not in adjacent(district)
        assert all(district in adjacent(other) for other in adjacent(district))


def test_every_district_has_neighbourhoods() -> None:
    """Every district is in the data file, and a neighbourhood has its name back."""
    assert set(neighbourhoods()) == set(District)
    assert neighbourhood_name("soelderholz") == "Sölderholz"
