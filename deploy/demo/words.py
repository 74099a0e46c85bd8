"""What synthetic families are called, where they live and whom the team talks to. No name here is a person's."""

LANGUAGES = {
    ("ar",): 40,
    ("ar", "ku"): 6,
    ("fa",): 18,
    ("fa", "en"): 3,
    ("prs",): 5,
    ("ku",): 9,
    ("ti",): 9,
    ("ti", "ar"): 2,
    ("sq",): 4,
    ("en",): 2,
    ("so",): 1,
    ("ru", "de"): 1,
}
"""Languages of a household and their weights: Arabic and Persian lead (report, §4.1); the weights are ours."""

SURNAMES = {
    "ar": ("Aman", "Barakat", "Darwisch", "Fadel", "Hadi", "Jaber", "Karam", "Nasr", "Rahal", "Salam"),
    "fa": ("Arman", "Bahar", "Dara", "Farid", "Golan", "Homa", "Kian", "Mehr", "Parsa", "Sepehr"),
    "prs": ("Arian", "Gul", "Nawid", "Omid", "Wahid"),
    "ku": ("Azad", "Berfin", "Dilan", "Jiyan", "Newroz"),
    "ti": ("Abel", "Biniam", "Fikre", "Haben", "Selam"),
    "sq": ("Agim", "Besa", "Drita", "Liri"),
    "en": ("Ade", "Blessing", "Chidi"),
    "so": ("Amiin", "Nuur"),
    "ru": ("Mira", "Wesna"),
}
GIVEN_NAMES = (
    "Amal", "Basim", "Celin", "Dalia", "Elias", "Farah", "Ghada", "Hanan", "Idris", "Jamila", "Karim", "Leila",
    "Mona", "Nabil", "Omar", "Parwin", "Rami", "Salma", "Tarek", "Umaima", "Walid", "Yara", "Zain", "Nura",
)  # fmt: skip
STREETS = ("Musterstraße", "Beispielweg", "Probeallee", "Testgasse", "Vorlagenring", "Platzhalterpfad")

NEIGHBOURHOODS = {
    "brackel": {"Asseln": "44319", "Brackel": "44309", "Neuasseln": "44309", "Wambel": "44143", "Wickede": "44319"},
    "aplerbeck": {
        "Aplerbeck": "44287",
        "Berghofen": "44269",
        "Lichtendorf": "44289",
        "Schüren": "44269",
        "Sölde": "44289",
        "Sölderholz": "44289",
    },
}
"""The pilot's two districts: neighbourhood and postal code."""

PARTNERS = (
    # Named in the report (§3.1, §4.1, §4.3, §5, §6):
    "projekt-ankommen", "fluechtlingshilfe-aplerbeck", "sozialamt", "caritasverband", "kommende", "planerladen",
    "donum-vitae", "patenstammtisch-aplerbeck", "malteser-hilfsdienst", "ev-kirchengemeinde-wickede",
    "ev-kirchengemeinde-aplerbeck", "ev-bildungswerk", "st-clemens", "jobcenter", "integration-point",
    "auslaenderbehoerde", "dienstleistungszentrum-bildung", "jugendhilfedienst-brackel",
    "jugendhilfedienst-aplerbeck", "familienbuero-brackel", "familienbuero-aplerbeck", "seniorenbuero-brackel",
    "seniorenbuero-aplerbeck", "sportverein-brackel", "sportverein-aplerbeck", "zwar-gruppe-brackel",
    "zwar-gruppe-aplerbeck", "runder-tisch-brackel", "runder-tisch-aplerbeck", "ag-kita-und-grundschulen",
    "ag-paragraf-78", "ag-fluechtlingshilfe", "bezirksvertretung-brackel", "bezirksvertretung-aplerbeck",
    "schuldnerberatung", "gespraechskreis-schlaganfall", "bamf", "awo", "diakonisches-werk", "drk", "paritaetischer",
    # Kinds of partners that the report speaks of without a name; the prefix marks demonstration data:
    "beispiel-grundschule-brackel", "beispiel-grundschule-aplerbeck", "beispiel-kita-brackel",
    "beispiel-kita-aplerbeck", "beispiel-deutschkurs-asseln", "beispiel-deutschkurs-schueren",
    "beispiel-deutschkurs-soelde", "beispiel-wohnungsgesellschaft", "beispiel-hebammenpraxis",
    "beispiel-migrationsberatung", "beispiel-rechtsberatung", "beispiel-umzugshilfe",
)  # fmt: skip
"""The 53 partners (§3.1a), the ones with most contacts first. Slugs that begin with `beispiel-` exist only here."""

REFUGEE_TOPICS: dict[str | None, int] = {
    "application_help": 38,
    "housing": 20,
    "legal": 15,
    "health": 10,
    "language": 6,
    "school": 4,
    "kindergarten": 3,
    "social_contacts": 2,
    "leisure": 1,
    "other": 2,
    None: 7,
}
PARTNER_TOPICS: dict[str | None, int] = {
    "volunteering": 26,
    "language": 18,
    "social_contacts": 12,
    "school": 8,
    "kindergarten": 7,
    "leisure": 7,
    "application_help": 7,
    "housing": 6,
    "health": 4,
    "other": 5,
    None: 6,
}
HOST_TOPICS: dict[str | None, int] = {
    "volunteering": 38,
    "neighbourhood_conflict": 16,
    "housing": 14,
    "social_contacts": 12,
    "other": 14,
}
"""Topics and their weights, all ours: the report names the topics (§3.1b, §3.1c) but no numbers."""
