"""The fixed words of a printed agreement in the languages of the leaflet (domain words: Faltblatt; rule 5).

The goals stand as they were written. Ours; a reader of each language should look at them before they are used.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from shared.languages import primary


class PrintLanguage(StrEnum):
    """Sprache des Ausdrucks."""

    DE = "de"
    EN = "en"
    AR = "ar"
    FA = "fa"


@dataclass(frozen=True, slots=True)
class Phrases:
    """What a printed agreement says in one language; `direction` is that of its script."""

    name: str
    direction: str
    title: str
    voluntary: str
    between: str
    family_goals: str
    team_goals: str
    concluded: str
    review: str
    no_review: str
    ended: str
    signature_family: str
    signature_team: str


PHRASES: dict[PrintLanguage, Phrases] = {
    PrintLanguage.DE: Phrases(
        name="Deutsch",
        direction="ltr",
        title="Integrationsvereinbarung",
        voluntary="Diese Vereinbarung ist freiwillig. Sie können sie jederzeit beenden, ohne einen Grund zu nennen. "
        "Es entstehen Ihnen dadurch keine Nachteile.",
        between="Zwischen",
        family_goals="Das nimmt sich die Familie vor",
        team_goals="Das nimmt sich das Team vor",
        concluded="Geschlossen am",
        review="Wir sprechen wieder darüber am",
        no_review="Ein Tag für das nächste Gespräch ist noch nicht vereinbart.",
        ended="Beendet am",
        signature_family="Unterschrift der Familie",
        signature_team="Unterschrift des Teams",
    ),
    PrintLanguage.EN: Phrases(
        name="English",
        direction="ltr",
        title="Integration agreement",
        voluntary="This agreement is voluntary. You can end it at any time without giving a reason. "
        "You will have no disadvantage from doing so.",
        between="Between",
        family_goals="What the family plans to do",
        team_goals="What the team plans to do",
        concluded="Agreed on",
        review="We will talk about it again on",
        no_review="A day for the next talk has not been agreed yet.",
        ended="Ended on",
        signature_family="Signature of the family",
        signature_team="Signature of the team",
    ),
    PrintLanguage.AR: Phrases(
        name="العربية",
        direction="rtl",
        title="اتفاقية الاندماج",
        voluntary="هذه الاتفاقية طوعية. يمكنكم إنهاؤها في أي وقت دون ذكر سبب، ولن يلحق بكم أي ضرر من ذلك.",
        between="بين",
        family_goals="ما تنوي العائلة القيام به",
        team_goals="ما ينوي الفريق القيام به",
        concluded="تم الاتفاق بتاريخ",
        review="سنتحدث عنها مرة أخرى بتاريخ",
        no_review="لم يتم الاتفاق بعد على موعد للحديث القادم.",
        ended="انتهت بتاريخ",
        signature_family="توقيع العائلة",
        signature_team="توقيع الفريق",
    ),
    PrintLanguage.FA: Phrases(
        name="فارسی",
        direction="rtl",
        title="توافق‌نامهٔ ادغام اجتماعی",
        voluntary="این توافق‌نامه داوطلبانه است. شما می‌توانید هر زمان بدون ذکر دلیل به آن پایان دهید "
        "و این کار هیچ زیانی برای شما ندارد.",
        between="میان",
        family_goals="کارهایی که خانواده می‌خواهد انجام دهد",
        team_goals="کارهایی که تیم می‌خواهد انجام دهد",
        concluded="تاریخ توافق",
        review="دوباره در این تاریخ درباره آن گفتگو می‌کنیم",
        no_review="هنوز روزی برای گفتگوی بعدی تعیین نشده است.",
        ended="پایان یافته در تاریخ",
        signature_family="امضای خانواده",
        signature_team="امضای تیم",
    ),
}


def language_for(spoken: Sequence[str]) -> PrintLanguage:
    """The first of the family's languages in which it can be printed, else German."""
    for tag in spoken:
        found = primary(tag)
        if found in set(PrintLanguage):
            return PrintLanguage(found)
    return PrintLanguage.DE
