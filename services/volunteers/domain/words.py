"""The hard rules in the words of whoever meets one: why somebody cannot be asked."""

from collections.abc import Iterable

from services.volunteers.domain.matching import Obstacle

WHY_NOT: dict[Obstacle, str] = {
    Obstacle.KIND: "hilft nicht in dieser Weise",
    Obstacle.LANGUAGE: "spricht oder versteht die Sprache nicht",
    Obstacle.CERTIFICATE: "Kinder sind dabei, und es liegt kein gültiges Führungszeugnis vor",
    Obstacle.CONFIDENTIALITY: "die Verschwiegenheitserklärung fehlt",
    Obstacle.CONFLICT: "soll diese Familie nicht treffen",
    Obstacle.WOMAN: "eine Frau ist gewünscht",
    Obstacle.DISTRICT: "hilft nicht in diesem Stadtbezirk",
    Obstacle.CAR: "hat kein Auto",
    Obstacle.NOT_AVAILABLE: "kann zu dieser Zeit nicht",
    Obstacle.BLOCKED: "ist zu dieser Zeit verhindert",
    Obstacle.ABSENT: "ist an diesem Tag nicht da",
    Obstacle.REFUSED_TIME: "möchte für solche Zeiten nicht gefragt werden",
    Obstacle.BOOKED: "hat zu dieser Zeit schon zugesagt",
    Obstacle.PAUSED: "macht eine Pause",
    Obstacle.RESTING: "soll sich nach einem schweren Einsatz erholen",
    Obstacle.ASKED_ENOUGH: "ist in diesem Monat schon so oft gefragt worden, wie sie oder er möchte",
    Obstacle.ASKED_BEFORE: "ist dafür schon gefragt worden",
}


def why_not(obstacles: Iterable[Obstacle]) -> str:
    """One sentence with all of them."""
    return "; ".join(WHY_NOT[obstacle] for obstacle in obstacles)
