"""Answers to questions that come back (report, §6: Wissensmanagement), as a team might write them; all are ours.

In plain language and without deadlines or amounts that change; none of it is legal advice.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from deploy.demo.calls import Call, Story
from deploy.demo.partners import API

_REVIEWED_AFTER = timedelta(days=180)


@dataclass(frozen=True, slots=True)
class Answer:
    """One page: what is asked, and what to do."""

    slug: str
    topic: str
    owner: str
    title: str
    body: str
    english: tuple[str, str] | None = None


ANSWERS = (
    Answer(
        "geburt-anmelden",
        "application_help",
        "Familienbüro Brackel",
        "Ein Kind ist geboren: Was ist zu tun?",
        "Das Krankenhaus meldet die Geburt dem Standesamt. Die Eltern bringen dorthin ihre Ausweise und, wenn es sie "
        "gibt, Heirats- und Geburtsurkunden.\nMit der Geburtsurkunde: Kindergeld beantragen, das Kind bei der "
        "Krankenkasse anmelden, Jobcenter oder Sozialamt Bescheid sagen.\nFehlen Papiere, stellt das Standesamt erst "
        "einen Auszug aus. Auch damit geht alles Weitere.",
        (
            "A child is born: what to do?",
            "The hospital tells the registry office. Bring your papers there.\nWith the birth certificate: apply for "
            "child benefit, tell the health insurance, and the Jobcenter or Sozialamt.",
        ),
    ),
    Answer(
        "handyvertrag-kuendigen",
        "legal",
        "Team lokal willkommen",
        "Der Handyvertrag ist zu teuer: Was geht?",
        "Nichts unterschreiben, was man nicht lesen konnte. Den Vertrag und die letzte Rechnung mitbringen.\nWir "
        "helfen beim Lesen und beim Brief. Ob ein Vertrag gültig ist, sagt nur eine Beratungsstelle: bitte dorthin "
        "vermitteln.",
    ),
    Answer(
        "vom-sozialamt-zum-jobcenter",
        "application_help",
        "Team lokal willkommen",
        "Nach der Anerkennung: vom Sozialamt zum Jobcenter",
        "Mit der Anerkennung ändert sich die zuständige Stelle: vom Asylbewerberleistungsgesetz zum SGB II.\nSofort "
        "einen Antrag beim Jobcenter stellen, auch wenn noch Papiere fehlen. Das Sozialamt informieren.\nEine "
        "Krankenkasse wählen. Ein Konto eröffnen. Den Rechtskreis in der Akte ändern: dann erfahren es beide Stellen.",
        (
            "After recognition: from Sozialamt to Jobcenter",
            "Apply at the Jobcenter at once, even if papers are missing. Tell the Sozialamt. Choose a health "
            "insurance and open an account.",
        ),
    ),
    Answer(
        "strom-anmelden",
        "housing",
        "Team lokal willkommen",
        "Die erste Woche in der Wohnung: Strom, Anmeldung, Müll",
        "Den Zählerstand ablesen und aufschreiben. Beim Stromversorger anmelden.\nBeim Bürgerdienst die neue Adresse "
        "anmelden; die Bescheinigung des Vermieters mitbringen.\nDen Namen an Klingel und Briefkasten anbringen, sonst "
        "kommt keine Post an.",
    ),
    Answer(
        "rundfunkbeitrag-befreiung",
        "housing",
        "Team lokal willkommen",
        "Post vom Beitragsservice: der Rundfunkbeitrag",
        "Je Wohnung ist ein Beitrag zu zahlen. Wer Leistungen vom Jobcenter oder Sozialamt bekommt, kann sich befreien "
        "lassen: mit dem Antrag und der Bescheinigung der Behörde.\nNicht liegen lassen: ohne Antrag wird gemahnt.",
    ),
    Answer(
        "kita-platz-suchen",
        "kindergarten",
        "Familienbüro Aplerbeck",
        "Wie bekommt mein Kind einen Kita-Platz?",
        "Im Kita-Portal der Stadt anmelden, am besten bei mehreren Kitas. Das Familienbüro hilft dabei.\nVorbeigehen "
        "und sich vorstellen hilft. Bis dahin gibt es Spielgruppen und Brückenprojekte.",
    ),
    Answer(
        "schule-anmelden",
        "school",
        "Kommunales Integrationszentrum",
        "Neu in Dortmund: Wie kommt mein Kind in die Schule?",
        "Das Integrationszentrum berät und nennt eine Schule. Ausweise, Impfpass und Zeugnisse mitbringen, wenn es sie "
        "gibt.\nFür Schulsachen und Mittagessen: Leistungen für Bildung und Teilhabe beantragen.",
    ),
    Answer(
        "integrationskurs-finden",
        "language",
        "Ev. Bildungswerk",
        "Wie finde ich einen Integrationskurs?",
        "Mit der Berechtigung (vom Bundesamt, Jobcenter oder der Ausländerbehörde) zu einem Kursträger gehen.\nBis der "
        "Kurs beginnt: Kurse von Ehrenamtlichen und Sprachcafés, ohne Berechtigung. Sie stehen im Verzeichnis.",
    ),
    Answer(
        "brief-mit-forderung",
        "legal",
        "Schuldnerberatung (Vermittlung)",
        "Ein Brief mit einer Forderung oder vom Gericht",
        "Nicht wegwerfen, auch wenn er falsch scheint: oft läuft eine Frist. Das Datum auf dem Umschlag aufheben.\nWir "
        "helfen beim Lesen und vermitteln noch am selben Tag an die Schuldnerberatung oder eine Rechtsberatung.",
    ),
)


def knowledge(day: date) -> list[Story]:
    """Each answer, to be looked through again half a year after the day of the demonstration."""
    return [Story(f"knowledge-{answer.slug}", (Call(f"{API}/knowledge", _body(answer, day)),)) for answer in ANSWERS]


def _body(answer: Answer, day: date) -> dict[str, object]:
    title, body = {"de": answer.title}, {"de": answer.body}
    if answer.english is not None:
        title["en"], body["en"] = answer.english
    review_on = (day + _REVIEWED_AFTER).isoformat()
    slugs = {"slug": answer.slug, "topic": answer.topic, "owner": answer.owner}
    return {**slugs, "title": title, "body": body, "review_on": review_on}
