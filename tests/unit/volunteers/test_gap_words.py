"""Why a slot stays empty, as one says it (report, 5; domain rule 10)."""

from datetime import timedelta

import pytest

from services.volunteers.domain.gap_words import gap_words
from services.volunteers.domain.matching import Obstacle
from services.volunteers.domain.people import BlockReason
from services.volunteers.domain.rota import Gap, plan
from shared.contracts.words import VolunteerKind
from tests.unit.volunteers.people import EVERY_MORNING, MONDAY, TODAY, helper, interval, skill, wanted

SLOT = wanted(language="fa", during=interval(MONDAY, "09:00", "12:00"))


def gap(misses: dict[Obstacle, int], nearly: dict[Obstacle, int] | None = None, **blocks: int) -> Gap:
    """What keeps those who could."""
    reasons = {BlockReason(reason): count for reason, count in blocks.items()}
    return Gap(SLOT.id, sum(misses.values()), misses, nearly or {}, reasons)


def test_all_three_are_in_the_course() -> None:
    """What the report found, said of a rota that was really computed."""
    people = [helper(number, languages={"fa": skill()}, blocks=EVERY_MORNING) for number in range(3)]
    (found,) = plan(people, [SLOT], today=TODAY).empty
    assert gap_words(SLOT, found) == (
        "Montags 9–12 Uhr fehlt Persisch: alle drei sind im Kurs. Zu einer anderen Zeit könnten drei Personen kommen."
    )


@pytest.mark.parametrize(
    ("found", "why"),
    [
        (gap({}), "dafür ist niemand eingetragen."),
        (gap({Obstacle.BLOCKED: 1}, integration_course=1), "die einzige Person ist im Kurs."),
        (gap({Obstacle.BLOCKED: 2}, work=2), "beide sind bei der Arbeit."),
        (gap({Obstacle.DISTRICT: 13}), "alle 13 helfen nicht in Brackel."),
        (
            gap({Obstacle.BLOCKED: 2}, integration_course=1, school=1),
            "eine ist im Kurs und eine ist in der Schule.",
        ),
        (
            gap({Obstacle.BLOCKED: 3, Obstacle.BOOKED: 1, Obstacle.ABSENT: 1}, integration_course=3),
            "drei sind im Kurs, eine ist schon woanders und eine ist an diesem Tag nicht da.",
        ),
        (
            gap(
                {
                    one: 5 - place
                    for place, one in enumerate(
                        [Obstacle.BOOKED, Obstacle.CAR, Obstacle.ABSENT, Obstacle.PAUSED, Obstacle.WOMAN]
                    )
                }
            ),
            "fünf sind schon woanders, vier haben kein Auto, drei sind an diesem Tag nicht da "
            "und drei können aus anderen Gründen nicht.",
        ),
        (
            gap({Obstacle.CERTIFICATE: 2}, {Obstacle.CERTIFICATE: 1, Obstacle.BOOKED: 1}),
            "beide haben kein gültiges Führungszeugnis. Mit einem Führungszeugnis könnte eine Person kommen.",
        ),
        (
            gap({Obstacle.PAUSED: 1, Obstacle.RESTING: 2}, {Obstacle.PAUSED: 1}),
            "zwei werden nach einem schweren Einsatz geschont und eine macht Pause.",
        ),
    ],
)
def test_why_and_what_would_fill_it(found: Gap, why: str) -> None:
    """One, two or many; for one reason or several; and what would be enough."""
    assert gap_words(SLOT, found) == f"Montags 9–12 Uhr fehlt Persisch: {why}"


@pytest.mark.parametrize("obstacle", [one for one in Obstacle if one not in {"kind", "language", "blocked"}])
@pytest.mark.parametrize("count", [1, 3])
def test_every_obstacle_has_words(obstacle: Obstacle, count: int) -> None:
    """None is said by its name in the code."""
    words = gap_words(SLOT, gap({obstacle: count}, {obstacle: count}))
    assert obstacle.value not in words
    assert "{" not in words


def test_what_is_missing() -> None:
    """A language or a kind of help, at a time or without one."""
    mentor = wanted(kind=VolunteerKind.MENTOR, during=None, language=None)
    assert gap_words(mentor, gap({})) == "Fehlt eine Patin oder ein Pate: dafür ist niemand eingetragen."
    woman = wanted(language="prs", woman_wanted=True, during=interval(MONDAY + timedelta(days=2), "13:30", "15:00"))
    assert gap_words(woman, gap({})).startswith("Mittwochs 13:30–15 Uhr fehlt Dari (eine Frau ist gewünscht): ")
