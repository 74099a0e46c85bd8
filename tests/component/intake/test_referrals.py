"""What becomes of a referral, in the household's file: a line each, and contact data as long as it lasts."""

import re
from datetime import UTC, datetime
from itertools import permutations
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from services.intake import consumers
from shared.contracts.referrals import (
    Referral,
    ReferralAccepted,
    ReferralCancelled,
    ReferralCompleted,
    ReferralDeclined,
    ReferralEscalated,
    ReferralExpired,
    ReferralFailed,
    ReferralHeld,
    ReferralReminded,
    ReferralRequested,
    ReferralResumed,
    ReferralStarted,
)
from shared.ids import uuid7
from shared.messaging import Received
from tests.component.intake.conftest import Intake
from tests.component.intake.samples import API, SITE, register

CONSENT = {"recipient": {"kind": "partner", "slug": "projekt-ankommen"}, "purpose": "referral"}
WAYS: dict[type[Referral], dict[str, Any]] = {
    ReferralRequested: {"state": "requested"},
    ReferralReminded: {"state": "requested", "open_days": 3},
    ReferralEscalated: {"state": "requested", "open_days": 7},
    ReferralAccepted: {"state": "accepted", "days_to_answer": 2},
    ReferralDeclined: {"state": "declined", "days_to_answer": 2, "reason": "no_capacity"},
    ReferralStarted: {"state": "in_progress"},
    ReferralHeld: {"state": "on_hold", "held_from": "in_progress", "position": 4},
    ReferralResumed: {"state": "in_progress"},
    ReferralCompleted: {"state": "completed", "outcome": "got_help"},
    ReferralFailed: {"state": "failed", "outcome": "could_not_contact"},
    ReferralCancelled: {"state": "cancelled", "reason": "moved_away"},
    ReferralExpired: {"state": "expired", "open_days": 14},
}
_IN_DISORDER: tuple[tuple[int, type[Referral]], ...] = (
    (2, ReferralHeld),
    (4, ReferralHeld),
    (3, ReferralResumed),
    (1, ReferralAccepted),
)
_UNTIL_HELD: tuple[tuple[int, type[Referral]], ...] = ((2, ReferralAccepted), (3, ReferralStarted), (4, ReferralHeld))
AUTHORITY = {"partner": "jobcenter", "partner_kind": "authority", "basis": "statutory"}


async def test_each_way_is_one_line_in_plain_german(
    api: httpx.AsyncClient, browser: httpx.AsyncClient, intake: Intake
) -> None:
    """What can become of a referral stands on the page once, also when it is told twice."""
    household = await _family(api)
    for event in WAYS:
        told = _told(event, household, uuid7(), 1)
        await _hear(intake, told, told)
    html = (await browser.get(f"/intake/households/{household}")).text
    assert "/referrals/fragments/partner-names?slugs=projekt-ankommen" in html
    page = " ".join(re.sub("</?bdi[^>]*>", "", html).split())
    for line in (
        "Vermittlung angefragt</strong>: Patenschaft, Projekt Ankommen",
        "An die Vermittlung erinnert</strong>: Patenschaft",
        "Vermittlung seit Langem ohne Antwort, bitte nachfragen</strong>: Patenschaft",
        "Vermittlung angenommen</strong>: Patenschaft",
        "Vermittlung abgelehnt</strong>: Patenschaft, Projekt Ankommen, Grund: kein Platz frei",
        "Hilfe hat begonnen</strong>: Patenschaft",
        "Vermittlung ruht</strong>: Patenschaft, Projekt Ankommen, Platz 4 auf der Warteliste",
        "Vermittlung geht weiter</strong>: Patenschaft",
        "Vermittlung abgeschlossen</strong>: Patenschaft, Projekt Ankommen, Hilfe ist angekommen",
        "Vermittlung nicht zustande gekommen</strong>: Patenschaft, Projekt Ankommen, nicht erreicht",
        "Vermittlung abgebrochen</strong>: Patenschaft, Projekt Ankommen, Grund: weggezogen",
        "Vermittlung ohne Antwort abgelaufen</strong>: Patenschaft",
    ):
        assert page.count(line) == 1, line


async def test_in_any_order_the_same_lines_and_no_release_stays(api: httpx.AsyncClient, intake: Intake) -> None:
    """An acceptance that arrives after the end opens nothing any more."""
    steps: tuple[type[Referral], ...] = (ReferralRequested, ReferralAccepted, ReferralCompleted)
    for order in permutations(enumerate(steps, 1)):
        household, referral = await _family(api), uuid7()
        await _hear(intake, *(_told(event, household, referral, number) for number, event in order))
        assert sorted(await _lines(intake, household)) == [
            "referral_accepted",
            "referral_completed",
            "referral_requested",
        ]
        assert all(ended for _, ended, _ in await _releases(intake, household))


async def test_held_twice_is_two_lines(api: httpx.AsyncClient, intake: Intake) -> None:
    """A pause may come again, and the second one may be told before what ended the first."""
    household, referral = await _family(api), uuid7()
    for number, event in _IN_DISORDER:
        await _hear(intake, _told(event, household, referral, number))
    assert sorted(await _lines(intake, household)) == [
        "referral_accepted",
        "referral_held",
        "referral_held",
        "referral_resumed",
    ]


async def test_a_site_that_takes_over_repeats_no_line(api: httpx.AsyncClient, intake: Intake) -> None:
    """What is told again to the new site stands in the file that came with it; what happens afterwards does not."""
    household, referral = await _family(api), uuid7()
    await intake.rows(
        'insert into timeline (household_id, kind, "on", details, recorded_at, recorded_by) values (:id, '
        "'referral_held', current_date, jsonb_build_object('referral_id', cast(:referral as text), 'sequence', 2, "
        "'told_to', 'hoerde-hombruch', 'offer_kind', 'mentoring'), now(), 'Vermittlung') returning 1",
        id=household,
        referral=str(referral),
    )
    await _hear(intake, _told(ReferralHeld, household, referral, 3))
    assert await _lines(intake, household) == ["referral_held"]
    await _hear(intake, _told(ReferralResumed, household, referral, 4), _told(ReferralHeld, household, referral, 5))
    assert sorted(await _lines(intake, household)) == ["referral_held", "referral_held", "referral_resumed"]


async def test_acceptance_opens_contact_data_until_the_end(api: httpx.AsyncClient, intake: Intake) -> None:
    """By the consent for this partner, once; asking alone opens nothing; others hear of it with the referral's id."""
    household, referral = await _family(api), uuid7()
    consent = (await api.post(f"{API}/households/{household}/consents", json=CONSENT)).json()["consent_id"]
    await _hear(intake, _told(ReferralRequested, household, referral, 1))
    assert await _releases(intake, household) == []
    for number, event in _UNTIL_HELD:
        await _hear(intake, _told(event, household, referral, number))
    [issued] = await intake.events("grant-issued")
    assert (issued["data"]["consent_id"], issued["data"]["referral_id"]) == (consent, str(referral))
    assert await _releases(intake, household) == [("consent", None, ["name", "languages", "phone", "needed"])]
    async with intake.recipient("projekt-ankommen") as partner:
        seen = await partner.get(f"{API}/shared/{issued['data']['grant_id']}")
        assert seen.json()["phone"] == "0231 555010"
        await _hear(intake, _told(ReferralCompleted, household, referral, 5))
        assert (await partner.get(f"{API}/shared/{issued['data']['grant_id']}")).status_code == 404
    [ended] = await intake.events("grant-ended")
    assert ended["data"]["reason"] == "completed"


@pytest.mark.parametrize(("reason", "end"), [("consent_withdrawn", "consent_withdrawn"), ("sender", "revoked")])
async def test_taken_back_ends_it(api: httpx.AsyncClient, intake: Intake, reason: str, end: str) -> None:
    """Cancelling ends the release with its reason."""
    household, referral = await _family(api), uuid7()
    await api.post(f"{API}/households/{household}/consents", json=CONSENT)
    cancelled = _told(ReferralCancelled, household, referral, 3, reason=reason)
    await _hear(intake, _told(ReferralAccepted, household, referral, 2), cancelled)
    assert [ended for _, ended, _ in await _releases(intake, household)] == [end]


async def test_what_the_team_has_ended_stays_ended(api: httpx.AsyncClient, intake: Intake) -> None:
    """No later step of the referral opens again what a colleague has closed."""
    household, referral = await _family(api), uuid7()
    await api.post(f"{API}/households/{household}/consents", json=CONSENT)
    await _hear(intake, _told(ReferralAccepted, household, referral, 1))
    [issued] = await intake.events("grant-issued")
    answer = await api.post(f"{API}/households/{household}/releases/{issued['data']['grant_id']}/end")
    assert answer.status_code == 200, answer.text
    await _hear(intake, _told(ReferralStarted, household, referral, 2))
    assert [ended for _, ended, _ in await _releases(intake, household)] == ["revoked"]


async def test_an_authority_sees_from_the_question_on(api: httpx.AsyncClient, intake: Intake) -> None:
    """On its statutory basis, with what it recognises people by; a protected address is never in it."""
    for protected, fields in (
        (False, ["name", "languages", "phone", "address", "needed", "birth_date", "case_number"]),
        (True, ["name", "languages", "phone", "needed", "birth_date", "case_number"]),
    ):
        household = await _family(api, protected=protected)
        await _hear(intake, _told(ReferralRequested, household, uuid7(), 1, **AUTHORITY))
        assert await _releases(intake, household) == [("statutory", None, fields)]


async def test_without_consent_no_contact_data(
    api: httpx.AsyncClient, browser: httpx.AsyncClient, intake: Intake
) -> None:
    """None for this partner, or withdrawn meanwhile: the file says once that there is no release."""
    household, referral = await _family(api), uuid7()
    given = (await api.post(f"{API}/households/{household}/consents", json=CONSENT)).json()["consent_id"]
    await api.post(f"{API}/households/{household}/consents/{given}/withdraw")
    steps: tuple[tuple[int, type[Referral]], ...] = ((1, ReferralAccepted), (2, ReferralStarted))
    await _hear(intake, *(_told(event, household, referral, number) for number, event in steps))
    assert await _releases(intake, household) == []
    page = (await browser.get(f"/intake/households/{household}")).text
    assert page.count("Keine Freigabe für die Vermittlung, weil dafür keine Einwilligung (mehr) vorliegt") == 1


async def test_not_in_this_site_s_charge(api: httpx.AsyncClient, intake: Intake) -> None:
    """No household, one that is not here, one that is on its way: nothing is written and nothing fails."""
    household = await _family(api)
    await intake.rows("update household set standing = 'caretaker', handed_to = 'hoerde-hombruch' returning 1")
    for who in (household, uuid4(), None):
        await _hear(intake, _told(ReferralAccepted, who, uuid7(), 1))
    assert await _lines(intake, household) == []


async def test_each_open_need_leads_to_who_can_help(
    api: httpx.AsyncClient, browser: httpx.AsyncClient, intake: Intake
) -> None:
    """An open need has the way to its offers; a met one has not."""
    household = await _family(api)
    school, language = [
        (await api.post(f"{API}/households/{household}/needs", json={"area": area})).json()["need_id"]
        for area in ("school", "language")
    ]
    assert (await api.post(f"{API}/needs/{school}/met")).status_code == 200
    page = (await browser.get(f"/intake/households/{household}")).text
    assert f'href="/referrals/match?need={language}"' in page
    assert f"/referrals/match?need={school}" not in page


async def test_the_queue_gets_every_way() -> None:
    """A site hears of its own referrals, of all that can become of them, and not of partners' copies."""
    keys = {binding.routing_key for binding in consumers.topology(SITE).bindings}
    assert {f"{SITE}.referrals.{event.event}.v1.internal" for event in WAYS} <= keys


async def _family(api: httpx.AsyncClient, **changes: Any) -> UUID:
    return UUID((await register(api, phone="0231 555010", case_number="KW-4711", **changes))["household_id"])


def _told(
    event: type[Referral], household: UUID | None, referral: UUID, number: int, **more: Any
) -> Received[Referral]:
    data = event.model_validate(
        {
            "referral_id": referral,
            "site": SITE,
            "partner": "projekt-ankommen",
            "partner_kind": "association",
            "kind": "mentoring",
            "on": datetime.now(UTC).date().isoformat(),
            "basis": "consent",
            "household_id": household,
            **WAYS[event],
            **more,
        }
    )
    return Received(
        id=uuid7(),
        type=event.type,
        source="/sites/city/referrals",
        subject=str(referral),
        time=datetime.now(UTC),
        site=SITE,
        district=None,
        sequence=number,
        correlation_id=None,
        causation_id=None,
        traceparent=None,
        data=data,
        body=b"",
    )


async def _hear(intake: Intake, *events: Received[Referral]) -> None:
    for event in events:
        async with intake.database.transaction() as session:
            await consumers.consumers.handle(session, [event])


async def _lines(intake: Intake, household: UUID) -> list[str]:
    found = await intake.rows(
        "select kind from timeline where household_id = :id and kind like 'referral%'", id=household
    )
    return [kind for (kind,) in found]


async def _releases(intake: Intake, household: UUID) -> list[tuple[str, str | None, list[str]]]:
    found = await intake.rows(
        "select basis, end_reason, fields from release where household_id = :id order by id", id=household
    )
    return [(basis, end, fields) for basis, end, fields in found]
