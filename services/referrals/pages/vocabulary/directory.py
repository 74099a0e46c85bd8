"""The words of the public directory in its four languages, those of the leaflets."""

from collections.abc import Iterable, Mapping
from datetime import date

from babel import Locale
from babel.dates import format_date

from services.referrals.domain.schedules import Frequency, Schedule
from shared.contracts.words import Audience, OfferKind
from shared.web import words

NAMES = {"de": "Deutsch", "en": "English", "ar": "العربية", "fa": "فارسی"}
RIGHT_TO_LEFT = frozenset({"ar", "fa"})

_GERMAN = {
    "title": "Angebote in Dortmund",
    "lead": "Kurse, Beratung und Treffpunkte für alle, die neu in der Nachbarschaft sind.",
    "skip": "Zum Inhalt",
    "choose_language": "Sprache",
    "kind": "Art",
    "district": "Stadtbezirk",
    "all_kinds": "alle",
    "whole_city": "ganze Stadt",
    "search": "Suchen",
    "nothing": "Kein Angebot gefunden.",
    "try_else": "Suchen Sie ohne Stadtbezirk oder ohne Art.",
    "more": "Weitere anzeigen",
    "when": "Wann",
    "where": "Wo",
    "who": "Für wen",
    "languages": "Sprachen",
    "level": "Sprachniveau",
    "cost": "Kosten",
    "free_of_charge": "kostenlos",
    "places": "Freie Plätze",
    "waiting_list": "Warteliste",
    "childcare": "Kinder werden währenddessen betreut.",
    "accessible": "Barrierefrei",
    "by": "Angebot von",
    "contact": "Kontakt",
    "until": "bis",
    "stale": "Diese Angaben sind älter als 90 Tage. Bitte fragen Sie vorher nach.",
    "closed": "Zurzeit geschlossen bis",
    "poster": "Als Aushang drucken",
    "back": "Alle Angebote",
    "courses": "Deutschkurse zum Ausdrucken",
    "calendar": "Termine",
    "calendar_lead": "Sprachcafés und Informationsveranstaltungen der nächsten vier Wochen.",
    "calendar_empty": "In diesen Wochen ist nichts eingetragen.",
    "calendar_file": "In den eigenen Kalender übernehmen",
    "every": "alle {0} Wochen",
    "monthly": "jeden Monat",
    "join": "Selbst mithelfen",
}
_ENGLISH = {
    "title": "What Dortmund offers",
    "lead": "Courses, advice and places to meet for everybody who is new in the neighbourhood.",
    "skip": "To the content",
    "choose_language": "Language",
    "kind": "Kind",
    "district": "District",
    "all_kinds": "all",
    "whole_city": "whole city",
    "search": "Search",
    "nothing": "Nothing was found.",
    "try_else": "Try without a district or without a kind.",
    "more": "Show more",
    "when": "When",
    "where": "Where",
    "who": "For whom",
    "languages": "Languages",
    "level": "Level of German",
    "cost": "Cost",
    "free_of_charge": "free of charge",
    "places": "Free places",
    "waiting_list": "Waiting list",
    "childcare": "Children are looked after meanwhile.",
    "accessible": "Step-free access",
    "by": "Offered by",
    "contact": "Contact",
    "until": "until",
    "stale": "This information is older than 90 days. Please ask before you go.",
    "closed": "Closed at present, until",
    "poster": "Print as a poster",
    "back": "All offers",
    "courses": "German courses to print",
    "calendar": "Dates",
    "calendar_lead": "Language cafés and information events of the next four weeks.",
    "calendar_empty": "Nothing is planned in these weeks.",
    "calendar_file": "Add to your own calendar",
    "every": "every {0} weeks",
    "monthly": "every month",
    "join": "Help as a volunteer",
}
_ARABIC = {
    "title": "عروض في دورتموند",
    "lead": "دورات واستشارات وأماكن لقاء لكل من هو جديد في الحي.",
    "skip": "إلى المحتوى",
    "choose_language": "اللغة",
    "kind": "النوع",
    "district": "المنطقة",
    "all_kinds": "الكل",
    "whole_city": "المدينة كلها",
    "search": "بحث",
    "nothing": "لم يتم العثور على أي عرض.",
    "try_else": "جرّبوا البحث بدون منطقة أو بدون نوع.",
    "more": "عرض المزيد",
    "when": "متى",
    "where": "أين",
    "who": "لمن",
    "languages": "اللغات",
    "level": "مستوى اللغة الألمانية",
    "cost": "التكلفة",
    "free_of_charge": "مجاني",
    "places": "أماكن شاغرة",
    "waiting_list": "قائمة الانتظار",
    "childcare": "تتوفر رعاية للأطفال في هذه الأثناء.",
    "accessible": "بدون حواجز",
    "by": "مقدّم العرض",
    "contact": "التواصل",
    "until": "حتى",
    "stale": "هذه المعلومات أقدم من 90 يومًا. يرجى السؤال قبل الذهاب.",
    "closed": "مغلق حاليًا حتى",
    "poster": "طباعة كإعلان",
    "back": "كل العروض",
    "courses": "دورات اللغة الألمانية للطباعة",
    "calendar": "مواعيد",
    "calendar_lead": "مقاهي اللغة والفعاليات الإعلامية في الأسابيع الأربعة القادمة.",
    "calendar_empty": "لا يوجد شيء في هذه الأسابيع.",
    "calendar_file": "إضافة إلى التقويم الخاص",
    "every": "كل {0} أسابيع",
    "monthly": "كل شهر",
    "join": "ساعد كمتطوّع",
}
_PERSIAN = {
    "title": "پیشنهادها در دورتموند",
    "lead": "دوره‌ها، مشاوره و محل‌های دیدار برای همه کسانی که در محله تازه‌وارد هستند.",
    "skip": "به محتوا",
    "choose_language": "زبان",
    "kind": "نوع",
    "district": "منطقه",
    "all_kinds": "همه",
    "whole_city": "تمام شهر",
    "search": "جستجو",
    "nothing": "پیشنهادی پیدا نشد.",
    "try_else": "بدون منطقه یا بدون نوع جستجو کنید.",
    "more": "نمایش بیشتر",
    "when": "زمان",
    "where": "مکان",
    "who": "برای چه کسانی",
    "languages": "زبان‌ها",
    "level": "سطح زبان آلمانی",
    "cost": "هزینه",
    "free_of_charge": "رایگان",
    "places": "جای خالی",
    "waiting_list": "فهرست انتظار",
    "childcare": "در این مدت از کودکان مراقبت می‌شود.",
    "accessible": "بدون مانع",
    "by": "ارائه‌دهنده",
    "contact": "تماس",
    "until": "تا",
    "stale": "این اطلاعات بیش از ۹۰ روز قدیمی است. لطفاً پیش از مراجعه بپرسید.",
    "closed": "اکنون بسته است تا",
    "poster": "چاپ به صورت پوستر",
    "back": "همه پیشنهادها",
    "courses": "دوره‌های آلمانی برای چاپ",
    "calendar": "قرارها",
    "calendar_lead": "کافه‌های زبان و نشست‌های اطلاع‌رسانی چهار هفته آینده.",
    "calendar_empty": "در این هفته‌ها چیزی ثبت نشده است.",
    "calendar_file": "افزودن به تقویم خود",
    "every": "هر {0} هفته",
    "monthly": "هر ماه",
    "join": "داوطلبانه کمک کنید",
}
TEXTS: Mapping[str, Mapping[str, str]] = {"de": _GERMAN, "en": _ENGLISH, "ar": _ARABIC, "fa": _PERSIAN}

_KINDS = {
    OfferKind.GERMAN_COURSE: ("German course", "دورة لغة ألمانية", "دوره زبان آلمانی"),
    OfferKind.MENTORING: ("Mentoring", "مرافقة شخصية", "همراهی شخصی"),
    OfferKind.SPORT: ("Sport", "رياضة", "ورزش"),
    OfferKind.LANGUAGE_CAFE: ("Language café", "مقهى اللغة", "کافه زبان"),
    OfferKind.MOVING_HELP: ("Help with moving", "مساعدة في الانتقال", "کمک در اسباب‌کشی"),
    OfferKind.INTERPRETING: ("Interpreting", "ترجمة شفوية", "ترجمه شفاهی"),
    OfferKind.COUNSELLING: ("Advice", "استشارة", "مشاوره"),
    OfferKind.TRAINING: ("Training", "تدريب", "آموزش"),
    OfferKind.INFORMATION_EVENT: ("Information event", "فعالية إعلامية", "نشست اطلاع‌رسانی"),
    OfferKind.CHILDCARE: ("Childcare", "رعاية الأطفال", "نگهداری از کودکان"),
    OfferKind.OTHER: ("Other", "أخرى", "موارد دیگر"),
}
_AUDIENCES = {
    Audience.FAMILIES: ("families", "العائلات", "خانواده‌ها"),
    Audience.WOMEN: ("women", "النساء", "زنان"),
    Audience.MEN: ("men", "الرجال", "مردان"),
    Audience.CHILDREN: ("children", "الأطفال", "کودکان"),
    Audience.YOUTH: ("young people", "الشباب", "نوجوانان"),
    Audience.SENIORS: ("older people", "كبار السن", "سالمندان"),
    Audience.EVERYBODY: ("everybody", "الجميع", "همه"),
}
_ORDER = ("en", "ar", "fa")


def kind(value: OfferKind, language: str) -> str:
    """„Deutschkurs", "German course" …"""
    return words.word(value) if language == "de" else _KINDS[value][_ORDER.index(language)]


def audience(value: str, language: str) -> str:
    """„Frauen", "women" …"""
    found = Audience(value)
    return words.word(found) if language == "de" else _AUDIENCES[found][_ORDER.index(language)]


def listed(parts: Iterable[str], language: str) -> str:
    """With the comma of the language."""
    return ("، " if language in RIGHT_TO_LEFT else ", ").join(parts)


def language_name(tag: str, language: str) -> str:
    """What a language is called in another one."""
    own = Locale.parse(language).languages
    return own.get(tag.replace("-", "_")) or own.get(tag.split("-")[0]) or tag


def when(schedule: Schedule, language: str) -> str:
    """The days and times; in German the whole sentence."""
    if language == "de":
        return schedule.words
    days = Locale.parse(language).days["format"]["wide"]
    text = listed((days[window.weekday] for window in schedule.windows), language)
    if schedule.frequency is Frequency.MONTHLY:
        text = f"{text} ({TEXTS[language]['monthly']})"
    elif schedule.interval > 1:
        text = f"{text} ({TEXTS[language]['every'].format(schedule.interval)})"
    return f"{text} {schedule.begins:%H:%M}–{schedule.ends:%H:%M}"


def day(value: date, language: str) -> str:
    """„Montag, 9. Januar 2017", with the weekday and the month of the language."""
    return format_date(value, "full", locale=language)
