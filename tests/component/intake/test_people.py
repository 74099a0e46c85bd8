"""Births, deaths, authorities, barriers and agreements: what is entered, told, listed and refused."""

from typing import Any

import httpx
import pytest

from tests.component.intake.conftest import Intake
from tests.component.intake.samples import API, ASSELN, days_ago, register

NEW = {"given_name": "Lina", "family_name": "Probe", "legal_circle": "asylblg"}
GOALS = {"household_goals": ["Deutsch lernen", "Kita"], "site_goals": ["Kursplatz suchen"], "areas": ["language"]}


async def _base(api: httpx.AsyncClient, **changes: Any) -> tuple[str, list[str]]:
    made = await register(api, **changes)
    return f"{API}/households/{made['household_id']}", made["person_ids"]


async def _put(api: httpx.AsyncClient, path: str, body: dict[str, Any] | None = None, status: int = 201) -> Any:
    answer = await api.post(path, json=body)
    assert answer.status_code == status, answer.text
    return answer.json()


async def _told(intake: Intake, *names: str) -> list[dict[str, Any]]:
    return [event["data"] for event in await intake.events(*names)]


async def _listed(api: httpx.AsyncClient, **query: str) -> list[tuple[str, str, str]]:
    items = (await api.get(f"{API}/authorities", params=query)).json()["items"]
    return [(item["authority"], item["told"], item["on"]) for item in items]


async def _gaps(api: httpx.AsyncClient) -> list[tuple[str, str | None]]:
    items = (await api.get(f"{API}/authorities/uncovered")).json()["items"]
    return [(item["gap"], item["authority"]) for item in items]


async def test_a_birth_and_a_death_are_told_with_their_day(api: httpx.AsyncClient, intake: Intake) -> None:
    """The child counts from its birth and is one under 18; who has died stays in the file and no longer counts."""
    base, persons = await _base(api)
    child = await _put(api, f"{base}/persons", {**NEW, "came_by": "birth", "on": days_ago(5)})
    gone = await _put(api, f"{base}/persons/{persons[0]}/left", {"because": "death", "on": days_ago(2)})
    assert gone["closed_on"] is None
    events = await _told(intake, "household-changed")
    told = [(event["change"], event["on"], event["persons"], event["minors"]) for event in events]
    assert ("birth", days_ago(5), 5, 2) in told
    assert ("death", days_ago(2), 4, 2) in told
    people = (await api.get(f"{base}/persons")).json()
    assert [person["left_because"] for person in people] == ["death", None, None, None, None]
    assert people[-1]["person_id"] == child["person_id"]
    assert people[-1]["birth_date"] == people[-1]["joined_on"] == days_ago(5)
    await _put(api, f"{base}/persons/{persons[0]}/left", {"because": "left", "on": days_ago(1)}, 409)
    await _put(api, f"{base}/persons/{persons[0]}/returned", status=200)
    assert sum((await api.get(base)).json()["legal_circles"].values()) == 5


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"came_by": "birth", "on": days_ago(-1)}, "on"),
        ({"came_by": "birth", "on": days_ago(1), "birth_date": days_ago(2)}, "birth_date"),
        ({"came_by": "joined", "on": days_ago(9), "birth_date": days_ago(2)}, "birth_date"),
    ],
)
async def test_days_that_cannot_be_are_refused(api: httpx.AsyncClient, body: dict[str, str], path: str) -> None:
    """The sentence names the field; nothing is written."""
    base, _ = await _base(api)
    refused = await _put(api, f"{base}/persons", {**NEW, **body}, 422)
    assert [error["path"] for error in refused["errors"]] == [path]
    assert len((await api.get(f"{base}/persons")).json()) == 4


async def test_with_the_last_person_the_file_is_closed(api: httpx.AsyncClient, intake: Intake) -> None:
    """The reason is that of whoever was the last."""
    base, persons = await _base(api, moved_on=days_ago(9))
    for person in persons[1:]:
        await _put(api, f"{base}/persons/{person}/left", {"because": "left", "on": days_ago(4)})
    last = await _put(api, f"{base}/persons/{persons[0]}/left", {"because": "death", "on": days_ago(3)})
    assert (last["closed_on"], last["closing_reason"]) == (days_ago(3), "deceased")
    [closed] = await _told(intake, "household-closed")
    assert (closed["reason"], closed["on"]) == ("deceased", days_ago(3))
    assert not await intake.rows("select 1 from first_visit where state in ('owed', 'scheduled', 'missed')")
    await _put(api, f"{base}/persons", {**NEW, "came_by": "birth", "on": days_ago(0)}, 409)


async def test_both_authorities_hear_of_a_change(api: httpx.AsyncClient, intake: Intake) -> None:
    """Until the new one has acknowledged it, the person has none in charge; then the list is empty."""
    base, persons = await _base(api)
    assert await _gaps(api) == []
    change = {"legal_circle": "sgb2", "on": days_ago(1)}
    await _put(api, f"{base}/persons/{persons[0]}/legal-circle", change)
    assert await _listed(api) == [
        ("jobcenter", "takes_over", days_ago(1)),
        ("sozialamt", "gives_up", days_ago(1)),
    ]
    assert await _gaps(api) == [("not_acknowledged", "jobcenter")]
    [[notice]] = await intake.rows("select id from authority_notice where told = 'takes_over'")
    acknowledge = f"{API}/authorities/notices/{notice}/acknowledge"
    await _put(api, acknowledge, {"on": days_ago(-1)}, 422)
    await _put(api, acknowledge, {"on": days_ago(0)}, 200)
    await _put(api, acknowledge, {}, 409)
    assert await _gaps(api) == []
    assert await _listed(api, authority="jobcenter") == []
    # A correction of what was acknowledged is news, too.
    await _put(api, f"{base}/persons/{persons[0]}/legal-circle", {"legal_circle": "sgb12", "on": days_ago(1)})
    assert await _listed(api) == [("jobcenter", "recalled", days_ago(1)), ("sozialamt", "changes", days_ago(1))]


async def test_an_announced_change_is_listed_by_its_day(api: httpx.AsyncClient) -> None:
    """It is no gap before its day, and whoever leaves before it is forgotten in it."""
    base, persons = await _base(api)
    await _put(api, f"{base}/persons/{persons[0]}/legal-circle", {"legal_circle": "sgb2", "on": days_ago(-20)})
    assert await _listed(api) == []
    assert [told for _, told, _ in await _listed(api, state="announced")] == ["takes_over", "gives_up"]
    assert await _gaps(api) == []
    await _put(api, f"{base}/persons/{persons[0]}/left", {"because": "left", "on": days_ago(0)})
    assert await _listed(api, state="announced") == []
    assert await _listed(api) == [("sozialamt", "gives_up", days_ago(0))]
    late = {"legal_circle": "none", "on": days_ago(0)}
    await _put(api, f"{base}/persons/{persons[0]}/legal-circle", late, 422)


async def test_without_benefits_needs_a_reason(api: httpx.AsyncClient) -> None:
    """Whoever gets no benefits is a gap until somebody has written down why, and again after the next change."""
    base, persons = await _base(api, legal_circle="none")
    assert await _gaps(api) == [("unexplained", None)] * 3
    for person in (persons[0], *persons[2:]):
        await _put(api, f"{base}/persons/{person}/without-benefits", {"reason": "eigenes Einkommen"})
    assert await _gaps(api) == []
    await _put(api, f"{base}/persons/{persons[1]}/without-benefits", {"reason": "Lohn"}, 409)


async def test_of_an_individual_barrier_only_the_fact_leaves_the_site(api: httpx.AsyncClient, intake: Intake) -> None:
    """Topic and note stay; at which authority the reach ended is told."""
    base, _ = await _base(api)
    await _put(api, f"{base}/barriers", {"kind": "individual", "topic": "health", "note": "Reha"})
    structural = {"kind": "structural", "authority": "auslaenderbehoerde", "reach_ended": True}
    await _put(api, f"{base}/barriers", structural)
    one, other = await _told(intake, "barrier-recorded")
    assert (one.get("topic"), one.get("authority")) == (None, None)
    assert (other["authority"], other["reach_ended"]) == ("auslaenderbehoerde", True)
    assert "Reha" not in str(await intake.events())
    for wrong in ({"kind": "structural"}, {"kind": "individual", "authority": "jobcenter"}):
        await _put(api, f"{base}/barriers", wrong, 422)


async def test_an_agreement_is_reviewed_and_ended_in_one_step(api: httpx.AsyncClient, intake: Intake) -> None:
    """The goals' words stay with the site; the numbers are told. Each side undertakes something."""
    base, _ = await _base(api)
    await _put(api, f"{base}/agreements", {**GOALS, "site_goals": []}, 422)
    made = await _put(api, f"{base}/agreements", {**GOALS, "review_on": days_ago(-30)})
    path = f"{base}/agreements/{made['agreement_id']}"
    goal = made["goals"][0]["goal_id"]
    reviewed = await _put(api, f"{path}/review", {"reached": [goal], "review_on": days_ago(-60)}, 200)
    assert [goal["reached_on"] is not None for goal in reviewed["goals"]] == [True, False, False]
    ended = await _put(api, f"{path}/withdraw", None, 200)
    assert (ended["withdrawn_on"], ended["review_on"]) == (days_ago(0), None)
    await _put(api, f"{path}/withdraw", None, 409)
    told = await _told(intake, "agreement-concluded", "agreement-reviewed", "agreement-withdrawn")
    assert [(event["household_goals"], event["site_goals"]) for event in told] == [(2, 1)] * 3
    assert told[1]["household_goals_reached"] == 1
    assert "Deutsch lernen" not in str(await intake.events())


async def test_the_printed_agreement_is_in_the_familys_language(
    api: httpx.AsyncClient, browser: httpx.AsyncClient
) -> None:
    """Right-to-left where the script is, with the German words; it says that it is voluntary; no address is on it."""
    base, _ = await _base(api)  # the family speaks Arabic first
    made = await _put(api, f"{base}/agreements", GOALS)
    page = f"{base.replace('/api/v1', '')}/agreements/{made['agreement_id']}/print"
    arabic = (await browser.get(page)).text
    assert 'lang="ar" dir="rtl"' in arabic
    assert "Diese Vereinbarung ist freiwillig" in arabic
    assert "Musterweg" not in arabic
    german = (await browser.get(page, params={"language": "de"})).text
    assert 'lang="de" dir="ltr"' in german
    assert german.count("Diese Vereinbarung ist freiwillig") == 1


async def test_an_agreement_can_be_ended_while_the_file_is_in_transit(api: httpx.AsyncClient, intake: Intake) -> None:
    """Voluntary means at any time: the withdrawal goes after the file, and the next site tells of it."""
    base, _ = await _base(api)
    made = await _put(api, f"{base}/agreements", GOALS)
    away = {"address": {**ASSELN, "district": "hoerde", "neighbourhood": None}, "tenancy": "private"}
    moved = await _put(api, f"{base}/moves", {**away, "moved_on": days_ago(1)})
    assert moved["handed_over_to"] == "hoerde-hombruch"
    ended = await _put(api, f"{base}/agreements/{made['agreement_id']}/withdraw", None, 200)
    assert ended["withdrawn_on"] == days_ago(0)
    assert not await _told(intake, "agreement-withdrawn")
    [(content,)] = await intake.rows("select content from letter_out where kind = 'supplement'")
    assert "agreement_withdrawn" in str(content)
    assert made["agreement_id"] in str(content)
    await _put(api, f"{base}/persons", {**NEW, "came_by": "birth", "on": days_ago(1)}, 409)
