"""German words for handovers."""

from services.intake.domain.handovers import Outcome
from shared.letters import RefusedBecause

TIMELINE: dict[str, str] = {
    "handed_over": "Akte übergeben an",
    "arrived": "Akte übernommen von",
    "taken_back": "Akte zurückgenommen, nicht angenommen von",
    "move_told": "Weiterer Umzug gemeldet an",
    "supplement_unfit": "Nachtrag nicht übernommen von",
}
FIELDS: dict[str, str] = {}
DONE: dict[str, str] = {
    "handed_over": "Der Umzug ist eingetragen. Die Akte geht an den zuständigen Standort.",
    "repeated": "Der Brief wird noch einmal gesendet.",
    "given_up": "Die Kopie ist gelöscht.",
    "taken_back": "Die Akte ist wieder hier; Sie sind für die Familie zuständig.",
    "started": "Die Akten sind unterwegs.",
}
REFUSED = {
    RefusedBecause.FORGED: "Die Unterschrift stimmt nicht.",
    RefusedBecause.UNKNOWN_KEY: "Wer ihn geschrieben hat, ist nicht bekannt.",
    RefusedBecause.FOREIGN: "Er kommt nicht von dem Standort, den er nennt, oder ist nicht für uns.",
    RefusedBecause.NOT_OURS: "Er ist für einen anderen Standort verschlossen.",
    RefusedBecause.UNREADABLE: "Er ist nicht lesbar.",
    RefusedBecause.REPLAYED: "Ein Brief mit dieser Nummer kam schon, mit anderem Inhalt.",
    RefusedBecause.NEWER_VERSION: "Er ist für eine neuere Fassung des Programms geschrieben.",
    RefusedBecause.OUT_OF_ATTEMPTS: "Das Eintragen ist mehrmals gescheitert. Er ist aufgehoben und kann, wenn die "
    "Ursache behoben ist, erneut zugestellt werden.",
}
"""Why a letter was not accepted."""
OUTCOMES = {
    Outcome.STALE.value: "Der andere Standort kennt schon einen neueren Stand der Akte.",
    Outcome.ERASED.value: "Die Daten der Familie sind gelöscht worden.",
    Outcome.REFUSED.value: "Der andere Standort hat ihn nicht angenommen.",
}
"""What the other site has answered; any other answer is a sentence of its own."""
