"""Referrals of the pilot's half year and of today, the barriers met meanwhile, and what partners deleted afterwards.

The report says that families were referred to courses, mentorships, sports clubs and moving help (§3.1a), and that
twelve took part in the integration training. All numbers and days but that twelve are ours. Days lie in the half year,
the few that are open, and some that were declined, around the day on which the demonstration is entered. Consents are
of the day of entry: the intake takes no earlier one.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Any

from deploy.demo.calls import API as INTAKE
from deploy.demo.calls import Call, Given, Story, key_of
from deploy.demo.partners import API, OFFERS, offer_given
from deploy.demo.pilot import END, pilot


@dataclass(frozen=True, slots=True)
class Wish:
    """So many referrals of a kind: for which area or topic, and to which partners, by district or wherever (`""`)."""

    kind: str
    count: int
    partners: Mapping[str, Sequence[str]]
    area: str | None = None
    topic: str | None = None


WISHES = (
    Wish(
        "german_course",
        34,
        {
            "brackel": ("beispiel-deutschkurs-asseln", "ev-bildungswerk"),
            "aplerbeck": (
                "fluechtlingshilfe-aplerbeck",
                "beispiel-deutschkurs-schueren",
                "beispiel-deutschkurs-soelde",
            ),
        },
        area="language",
    ),
    Wish(
        "mentoring",
        24,
        {"brackel": ("projekt-ankommen", "malteser-hilfsdienst"), "aplerbeck": ("patenstammtisch-aplerbeck",)},
        area="social_contacts",
    ),
    Wish("sport", 13, {"brackel": ("sportverein-brackel",), "aplerbeck": ("sportverein-aplerbeck",)}, area="leisure"),
    Wish(
        "moving_help",
        10,
        {"brackel": ("beispiel-umzugshilfe",), "aplerbeck": ("fluechtlingshilfe-aplerbeck",)},
        topic="housing",
    ),
    Wish("interpreting", 11, {"": ("projekt-ankommen", "kommende")}, topic="application_help"),
    Wish("counselling", 10, {"": ("caritasverband", "schuldnerberatung")}, topic="application_help"),
    Wish("counselling", 6, {"": ("donum-vitae",)}, topic="health"),
    Wish("counselling", 6, {"": ("beispiel-rechtsberatung",)}, topic="legal"),
)
TRAINING = Wish("training", 12, {"": ("planerladen",)}, area="social_contacts")
"""The integration training, all places taken."""

_COMPLETED = [("completed", "got_help")] * 62 + [("completed", "no_longer_interested")] * 4
_DECLINED = [("declined", reason) for reason in ("language_unavailable", "not_eligible", "out_of_area", "other")] * 2
_FAILED = [("failed", "could_not_contact")] * 4 + [
    ("failed", "no_longer_interested"),
    ("failed", "could_not_get_help"),
] * 2
_CANCELLED = [
    *[("cancelled", "household_declined")] * 4,
    *[("cancelled", "sender"), ("cancelled", "consent_withdrawn")] * 2,
]
ENDS = [
    *_COMPLETED,
    *_DECLINED,
    *[("declined", "no_capacity")] * 3,
    *_FAILED,
    *_CANCELLED,
    *[("in_progress", "")] * 8,
    *[("declined_today", "no_capacity")] * 5,
    *[("requested", "")] * 6,
    *[("on_hold", "")] * 2,
]
"""What became of the 114 that are not the training: state, and reason or outcome; the last 13 are of these days."""
_OF_TODAY = frozenset({"declined_today", "requested", "on_hold"})
_KEPT = frozenset({"requested", "on_hold", "in_progress"})
_NOT_CONFIRMED = 6
"""So many deletions the partners have not confirmed yet, so that the team sees how that looks."""


@dataclass(slots=True)
class Family:
    """A household of the half year as far as a referral needs it."""

    story: str
    district: str
    met_on: date
    needs: dict[str, str]
    """Areas of its needs, and the key of the call that entered each."""


def families() -> list[Family]:
    """The households that were reached, in the order of their numbers."""
    found = []
    for story in pilot():
        if not story.name.startswith("household-") or story.calls[-1].body.get("left_city"):
            continue
        calls = list(story.keyed())
        needs = {call.body["area"]: key for key, call in calls if call.path.endswith("/needs")}
        days = [call.body["on"] for _, call in calls if call.path.endswith(("/needs", "/waive"))]
        if days:
            district = calls[0][1].body["address"]["district"]
            found.append(Family(story.name, district, date.fromisoformat(days[0]), needs))
    return found


@dataclass(frozen=True, slots=True)
class Referred:
    """The stories of one referral: what must be told before, the referral, and whether the partner has deleted."""

    ready: Story
    referral: Story
    deleted: bool


def referrals(today: date) -> list[Referred]:
    """All referrals, the same for the same day."""
    random = Random(20170331)  # noqa: S311  (chance that can be repeated is the point)
    everybody = families()
    asked: dict[str, set[str]] = defaultdict(set)
    ends = list(ENDS)
    random.shuffle(ends)
    whats = [
        *[(wish, None) for wish in WISHES for _ in range(wish.count)],
        *[(TRAINING, ("completed", "got_help"))] * 12,
    ]
    told = []
    for number, (wish, fixed) in enumerate(whats, 1):
        family, partner = _pair(random, wish, everybody, asked)
        end = fixed or ends.pop()
        told.append(_referred(random, number, wish, family, partner, end, today))
    return told


def _pair(random: Random, wish: Wish, everybody: Sequence[Family], asked: dict[str, set[str]]) -> tuple[Family, str]:
    """A family and a partner that it was not referred to yet; families with such a need first."""
    pairs = [
        (family, partner)
        for family in everybody
        for partner in wish.partners.get("", ()) or wish.partners[family.district]
        if family.story not in asked[partner]
    ]
    with_need = [pair for pair in pairs if wish.area in pair[0].needs]
    family, partner = random.choice(with_need or pairs)
    asked[partner].add(family.story)
    return family, partner


def _referred(
    random: Random, number: int, wish: Wish, family: Family, partner: str, end: tuple[str, str], today: date
) -> Referred:
    household = Given(key_of(family.story, 0), "household_id")
    state, why = end
    sent = _sent_on(random, family, state, today)
    ready = [_consent(partner)]
    given = {
        "household_id": household,
        "consent_id": Given(key_of(f"ready-{number}", 0), "consent_id"),
        "offer_id": offer_given(partner, wish.kind),
    }
    about = {"topic": wish.topic} if wish.area is None else {"area": wish.area, "need_id": "{need_id}"}
    if wish.area is not None:
        if wish.area not in family.needs:
            family.needs[wish.area] = key_of(f"ready-{number}", 1)
            body = {"area": wish.area, "on": family.met_on.isoformat()}
            ready.append(Call(f"{INTAKE}/households/{{household_id}}/needs", body))
        given["need_id"] = Given(family.needs[wish.area], "need_id")
    draft = {"household_id": "{household_id}", "offer_id": "{offer_id}", "legal_basis": {"kind": "consent"}, **about}
    calls = [Call(f"{API}/referrals", draft, waits=True), *_steps(random, state, why, sent, today)]
    return Referred(
        Story(f"ready-{number}", tuple(ready), {"household_id": household}),
        Story(f"referral-{number}", tuple(calls), given),
        state not in _KEPT and number > _NOT_CONFIRMED,
    )


def _consent(partner: str) -> Call:
    body = {"recipient": {"kind": "partner", "slug": partner}, "purpose": "referral"}
    return Call(f"{INTAKE}/households/{{household_id}}/consents", body)


def _sent_on(random: Random, family: Family, state: str, today: date) -> date:
    if state in _OF_TODAY:
        return today - timedelta(days=random.randint(12, 18) if state == "declined_today" else random.randint(0, 4))
    last = max((END - family.met_on).days - 50, 12)
    return min(family.met_on + timedelta(days=random.randint(1, last)), END - timedelta(days=2))


def _steps(random: Random, state: str, why: str, sent: date, today: date) -> list[Call]:
    """From sending to the end; every step on a day of its own choice, none before the one before it."""
    last = today if state in _OF_TODAY else END
    answered = min(sent + timedelta(days=random.randint(1, 7)), last)
    begun = min(answered + timedelta(days=random.randint(2, 12)), last)
    ended = min(begun + timedelta(days=random.randint(10, 60)), last)
    send, accept, start = _step("send", sent), _step("accept", answered), _step("start", begun)
    match state:
        case "completed":
            return [send, accept, start, _step("complete", ended, outcome=why)]
        case "declined" | "declined_today":
            return [send, _step("decline", answered, reason=why)]
        case "failed":
            return [send, accept, _step("fail", begun, outcome=why)]
        case "cancelled" if why == "consent_withdrawn":
            path = f"{INTAKE}/households/{{household_id}}/consents/{{consent_id}}/withdraw"
            return [send, accept, Call(path, {})]
        case "cancelled":
            return [send, _step("cancel", answered, reason=why)]
        case "in_progress":
            return [send, accept, start]
        case "on_hold":
            return [send, _step("hold", answered, position=random.randint(1, 6))]
        case _:
            return [send]


def _step(what: str, on: date, **more: Any) -> Call:
    body = {"on": on.isoformat(), **more}
    return Call(f"{API}/referrals/{{referral_id}}/{what}", body, waits=what == "send")


BARRIERS = (
    *[("kindergarten", None, False)] * 6,
    *[("application_help", "jobcenter", True)] * 5,
    ("legal", "auslaenderbehoerde", True),
    ("housing", None, False),
)
"""Topic, authority and whether the team could not get any further there (§4.1 and §4.3 speak of such; numbers ours)."""


def barriers(today: date) -> list[Story]:
    """What stood in families' way: each once in the half year, and once in the last weeks."""
    random = Random(20170401)  # noqa: S311  (chance that can be repeated is the point)
    chosen = random.sample(families(), 2 * len(BARRIERS))
    stories = []
    for number, family in enumerate(chosen):
        topic, authority, ended = BARRIERS[number // 2]
        day = today - timedelta(days=random.randint(1, 40))
        if number % 2:
            day = min(family.met_on + timedelta(days=random.randint(1, 60)), END)
        body: dict[str, Any] = {"kind": "structural", "topic": topic, "reach_ended": ended, "on": day.isoformat()}
        if authority:
            body["authority"] = authority
        call = Call(f"{INTAKE}/households/{{household_id}}/barriers", body)
        stories.append(
            Story(f"barrier-{number}", (call,), {"household_id": Given(key_of(family.story, 0), "household_id")})
        )
    return stories


def places_again() -> list[Story]:
    """New terms begin: courses and guides have the places again that the directory showed before the referrals."""
    return [
        Story(
            f"places-{slug}-{place}",
            (
                Call(
                    f"{API}/offers/{{offer_id}}/capacity",
                    {"places": offer["places"], "free": offer["free"]},
                    method="PUT",
                ),
            ),
            {"offer_id": Given(key_of(f"partner-{slug}", place), "offer_id")},
        )
        for slug, offered in OFFERS.items()
        for place, offer in enumerate(offered, 1)
        if offer.get("free") and offer["kind"] != TRAINING.kind
    ]
