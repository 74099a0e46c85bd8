"""A change of legal circle reaches the authority in charge; it answers with a contact person and an appointment."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from services.referrals.tables import Offer, Partner
from shared.contracts.intake import HouseholdErased, LegalCircleChanged
from shared.contracts.words import LegalCircle, PartnerKind
from shared.days import day_of
from shared.ids import uuid7
from shared.web.identity import Role
from tests.component.referrals.conftest import API, Referrals
from tests.component.referrals.connected import LOKAL, Systems
from tests.component.referrals.scene import Scene
from tests.component.referrals.test_partner_systems import systems
from tests.waiting import eventually

__all__ = ["systems"]

TODAY = day_of(datetime.now(UTC))
SOON = TODAY + timedelta(days=20)


@pytest.fixture
async def scene(referrals: Referrals) -> Scene:
    """The Jobcenter, in charge of who comes into SGB II; a family that has agreed to nothing."""
    return await Scene(referrals, partner="jobcenter").set_up(
        consent=False, kind="counselling", title={"de": "Leistungen"}, for_circles=["sgb2"]
    )


def changed(scene: Scene, to: LegalCircle = LegalCircle.SGB2, on: Any = SOON) -> LegalCircleChanged:
    """A person of the family comes into a circle."""
    told = {"household_id": scene.household, "person_id": scene.person, "district": "brackel", "on": on, "to": to}
    return LegalCircleChanged(**told, **{"from": LegalCircle.ASYLBLG})


async def asked(scene: Scene) -> list[tuple[str, str, UUID]]:
    """State, reference and person of every referral, in their order."""
    rows = await scene.referrals.rows("select state, basis_reference, person_id from referral order by id")
    return [tuple(row) for row in rows]


async def test_it_is_asked_once_on_a_statutory_basis(scene: Scene) -> None:
    """Announced, told again, told in another order: one referral, without consent, to nobody else."""
    event = changed(scene)
    for sequence in (7, 7, 6):
        await scene.referrals.hear(event, site=scene.site, sequence=sequence)
    reference = f"Wechsel des Rechtskreises zum {SOON:%d.%m.%Y}: SGB II"
    assert await asked(scene) == [("requested", reference, scene.person)]
    (told,) = await scene.referrals.told("referral-requested", audience="jobcenter")
    assert not {"household_id", "person_id"} & told["data"].keys()
    assert told["data"]["basis"] == "statutory"


async def test_the_family_may_become_known_afterwards(referrals: Referrals) -> None:
    """The change overtakes the registration: the authority is asked as soon as the family is known."""
    scene = Scene(referrals, partner="jobcenter")
    await referrals.hear(changed(scene), site=scene.site, sequence=9)
    await scene.set_up(consent=False, kind="counselling", title={"de": "Leistungen"}, for_circles=["sgb2"])
    assert [state for state, *_ in await asked(scene)] == ["requested"]


async def test_who_is_not_in_charge_is_not_asked(scene: Scene) -> None:
    """Another circle, a change of long ago, an offer that was withdrawn: nothing."""
    await scene.referrals.hear(changed(scene, LegalCircle.SGB12), site=scene.site, sequence=5)
    await scene.referrals.hear(changed(scene, on=TODAY - timedelta(days=40)), site=scene.site, sequence=6)
    async with scene.referrals.transaction() as session:
        offer = await session.get_one(Offer, scene.offer)
        offer.withdrawn_on = TODAY
        session.add(offer)
    await scene.referrals.hear(changed(scene), site=scene.site, sequence=7)
    assert await asked(scene) == []


async def test_a_corrected_change_is_taken_back(scene: Scene) -> None:
    """Another circle on that day: the question is cancelled, also from a waiting list; back again: asked anew."""
    await scene.referrals.hear(changed(scene), site=scene.site, sequence=5)
    await scene.referrals.hear(changed(scene, LegalCircle.SGB12), site=scene.site, sequence=6)
    assert [state for state, *_ in await asked(scene)] == ["cancelled"]
    await scene.referrals.hear(changed(scene), site=scene.site, sequence=7)
    assert [state for state, *_ in await asked(scene)] == ["cancelled", "requested"]
    (second,) = (await scene.referrals.rows("select id from referral where state = 'requested'"))[0]
    async with scene.referrals.client(Role.AUTHORITY) as authority:
        assert (await authority.post(f"{API}/referrals/{second}/hold", json={"position": 1})).status_code == 200
    await scene.referrals.hear(changed(scene, LegalCircle.SGB12), site=scene.site, sequence=8)
    assert [state for state, *_ in await asked(scene)] == ["cancelled", "cancelled"]


async def test_a_later_change_leaves_the_earlier_one(scene: Scene) -> None:
    """SGB II soon, SGB XII afterwards: the Jobcenter is in charge until then; told again, it is not asked again."""
    later = changed(scene, LegalCircle.SGB12, SOON + timedelta(days=90))
    for sequence, event in enumerate((changed(scene), later, changed(scene), later), 5):
        await scene.referrals.hear(event, site=scene.site, sequence=sequence)
    assert [state for state, *_ in await asked(scene)] == ["requested"]


async def test_what_the_team_cancels_stays_so(scene: Scene) -> None:
    """The service asks again where it has taken back itself, and nowhere else."""
    await scene.referrals.hear(changed(scene), site=scene.site, sequence=5)
    (referral,) = (await scene.referrals.rows("select id from referral"))[0]
    await scene.step(referral, "cancel", Role.TEAM, reason="sender")
    await scene.referrals.hear(changed(scene), site=scene.site, sequence=6)
    assert [state for state, *_ in await asked(scene)] == ["cancelled"]


async def test_no_authority_puts_itself_in_charge(scene: Scene) -> None:
    """It would be told of everybody who changes; what is set stays when it changes something else."""
    async with scene.referrals.client(Role.AUTHORITY) as authority:
        path = f"{API}/offers/{scene.offer}"
        more = await authority.patch(path, json={"for_circles": ["sgb2", "sgb12", "asylblg"]})
        assert (more.status_code, "for_circles" in more.text) == (422, True)
        assert (await authority.patch(path, json={"waiting": 3})).status_code == 200
        new = {"kind": "counselling", "title": {"de": "Alles"}, "for_circles": ["sgb2"]}
        assert (await authority.post(f"{API}/offers", json=new)).status_code == 422
    assert await scene.referrals.rows("select for_circles from offer") == [(["sgb2"],)]


async def test_it_answers_with_whom_and_when(scene: Scene) -> None:
    """The desk sees both on page, board and by call; the event has the moment alone; an erasure takes them away."""
    await scene.referrals.hear(changed(scene), site=scene.site, sequence=5)
    (referral,) = (await scene.referrals.rows("select id from referral"))[0]
    at = datetime.now(UTC).replace(microsecond=0) + timedelta(days=8)
    contact = {"name": "Beispiel-Sachbearbeitung 7", "phone": "0231 000700", "room": "B 12"}
    answer = {"contact": contact, "appointments": [{"at": at.isoformat(), "place": "Haus B"}]}
    async with scene.referrals.client(Role.AUTHORITY) as authority:
        path = f"{API}/referrals/{referral}/accept"
        late = {"appointments": [{"at": "2017-01-01T09:00:00+01:00"}]}
        assert "appointments.0.at" in (await authority.post(path, json=late)).text
        answered = await authority.post(path, json=answer)
        assert answered.status_code == 200, answered.text
    async with scene.referrals.client() as team:
        shown = (await team.get(f"{API}/referrals/{referral}")).json()
    assert shown["contact"] == {**contact, "email": None}
    assert [each["place"] for each in shown["appointments"]] == ["Haus B"]
    async with scene.referrals.browser() as team:
        page = (await team.get(f"/referrals/referrals/{referral}")).text
        board = (await team.get("/referrals/board?state=running")).text
    assert "Beispiel-Sachbearbeitung 7, B 12, 0231 000700" in page
    assert "Haus B" in page
    assert "Termin <time" in board
    for told in await scene.referrals.told("referral-accepted"):
        assert len(told["data"]["appointments"]) == 1
        assert "Beispiel" not in str(told)
    erased = HouseholdErased(household_id=scene.household, erasure_id=uuid7(), person_ids=(scene.person,))
    await scene.referrals.hear(erased, site=scene.site)
    for table in ("referral_contact", "referral_appointment", "circle_referral", "known_circle"):
        assert await scene.referrals.rows(f"select 1 from {table}") == []


async def test_on_its_page(scene: Scene) -> None:
    """The same by hand; half a moment and a number without a name are told beside their fields."""
    await scene.referrals.hear(changed(scene), site=scene.site, sequence=5)
    (referral,) = (await scene.referrals.rows("select id from referral"))[0]
    path = f"/referrals/referrals/{referral}/accept"
    async with scene.referrals.browser(Role.AUTHORITY) as authority:
        for half in ({"day": str(SOON)}, {"contact_phone": "0231 000700"}):
            assert (await authority.post(path, data=half)).status_code == 422
        whole = {"contact_name": "Beispiel-Sachbearbeitung 7", "day": str(SOON), "clock": "10:00", "place": "Haus B"}
        assert (await authority.post(path, data=whole)).status_code == 303
        assert "Beispiel-Sachbearbeitung 7" in (await authority.get(f"/referrals/referrals/{referral}")).text


async def test_only_an_authority_is_in_charge_of_a_circle(referrals: Referrals) -> None:
    """An association's offer for a circle is refused, by its field."""
    scene = await Scene(referrals).set_up()
    async with scene.helper() as helper:
        changed = await helper.patch(f"{API}/offers/{scene.offer}", json={"for_circles": ["sgb2"]})
    assert (changed.status_code, "for_circles" in changed.text) == (422, True)


async def test_two_authorities_programs_answer(systems: Systems) -> None:
    """One command connects the simulated ones and starts their programs, which know the partner guide alone."""
    scene = await Scene(systems.referrals, partner="jobcenter").set_up(
        consent=False, kind="counselling", title={"de": "Leistungen"}, for_circles=["sgb2"]
    )
    async with systems.referrals.transaction() as session:
        office = Partner(slug="auslaenderbehoerde", name="Amt", kind=PartnerKind.AUTHORITY, confirmed_on=TODAY)
        session.add(office)
        await session.flush()
        title = {"de": "Aufenthaltstitel"}
        session.add(
            Offer(partner_id=office.id, kind="counselling", title=title, confirmed_on=TODAY, for_circles=["sgb2"])
        )
    environment = {**systems.environment(), "LOKAL_OFFICE_PAUSE": "0.1"}
    async with systems.heard():
        offices = await asyncio.create_subprocess_exec(LOKAL, "demo", "authorities", env=environment)
        try:
            await systems.referrals.hear(changed(scene), site=scene.site, sequence=5)
            await eventually(lambda: _answered(systems), seconds=150)
        finally:
            offices.terminate()
            assert await offices.wait() == 0
    steps = await systems.referrals.rows(
        "select p.slug, array_agg(s.what order by s.id) from referral_step s join referral r on r.id = s.referral_id "
        "join partner p on p.id = r.partner_id group by p.slug order by p.slug"
    )
    assert [(slug, list(what)) for slug, what in steps] == [
        ("auslaenderbehoerde", ["requested", "held", "resumed", "accepted"]),
        ("jobcenter", ["requested", "accepted"]),
    ]
    assert len(await systems.referrals.rows("select 1 from referral_contact")) == 1
    assert len(await systems.referrals.rows("select 1 from referral_appointment where at > now()")) == 2


async def _answered(systems: Systems) -> bool:
    accepted = await systems.referrals.rows("select count(*) from referral where state = 'accepted'")
    return bool(accepted[0][0] == 2)
