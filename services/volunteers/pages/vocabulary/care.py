"""The words of the pages of care: what fields are called, and the page behind an invitation in four languages."""

from collections.abc import Mapping
from datetime import datetime

from services.volunteers.pages.vocabulary.volunteer import TEXTS
from shared.web import tongues

FIELDS = {
    "about": "Worum es geht",
    "begins": "Beginn",
    "comes": "Kommt?",
    "ends": "Ende",
    "from": "Von",
    "kinds": "Wer hilft womit?",
    "on": "Tag",
    "place": "Ort",
    "title": "Thema",
    "to": "Bis",
    "volunteers": "Personen",
    "words": "Eigene Worte",
}

REPLY: Mapping[str, Mapping[str, str]] = {
    "de": {
        "title": "Kommen Sie?",
        "yes": "Ich komme",
        "no": "Ich komme nicht",
        "said_yes": "Danke. Wir freuen uns auf Sie.",
        "said_no": "Danke für die Antwort. Schade, vielleicht beim nächsten Mal.",
        "change": "Bis zum Beginn können Sie die Antwort mit diesem Link ändern.",
        "over_text": "Das Treffen hat schon begonnen, wurde verlegt oder abgesagt. Bitte fragen Sie das Team.",
        "training": "Schulung",
        "exchange": "Austauschtreffen",
    },
    "en": {
        "title": "Will you come?",
        "yes": "I will come",
        "no": "I cannot come",
        "said_yes": "Thank you. We look forward to seeing you.",
        "said_no": "Thank you for your answer. Perhaps next time.",
        "change": "You can change your answer with this link until it begins.",
        "over_text": "The meeting has already begun, or it was moved or cancelled. If in doubt, please ask the team.",
        "training": "Training",
        "exchange": "Exchange meeting",
    },
    "ar": {
        "title": "هل ستحضر؟",
        "yes": "سأحضر",
        "no": "لن أحضر",
        "said_yes": "شكراً. يسعدنا حضورك.",
        "said_no": "شكراً على الرد. ربما في المرة القادمة.",
        "change": "يمكنك تغيير ردّك عبر هذا الرابط حتى بداية اللقاء.",
        "over_text": "بدأ اللقاء أو تغيّر موعده أو أُلغي. عند الشك يرجى سؤال الفريق.",
        "training": "دورة تدريبية",
        "exchange": "لقاء لتبادل الخبرات",
    },
    "fa": {
        "title": "آیا می‌آیید؟",
        "yes": "می‌آیم",
        "no": "نمی‌آیم",
        "said_yes": "متشکریم. از دیدن شما خوشحال می‌شویم.",
        "said_no": "از پاسخ شما متشکریم. شاید دفعهٔ بعد.",
        "change": "تا شروع جلسه می‌توانید با همین لینک پاسخ خود را تغییر دهید.",
        "over_text": "جلسه شروع شده، جابه‌جا یا لغو شده است. در صورت تردید از تیم بپرسید.",
        "training": "دورهٔ آموزشی",
        "exchange": "نشست تبادل تجربه",
    },
}
"""By language and word."""


def when(starts_at: datetime, ends_at: datetime, lang: str) -> str:
    """„Samstag, 5. Dezember 2026, 17:00–19:30 Uhr" in a language."""
    clock = f"{tongues.clock(starts_at)}–{tongues.clock(ends_at)} {TEXTS[lang]['clock']}".strip()
    return f"{tongues.day(starts_at, lang)}, {clock}"
