"""The roll-out: what is planned, and that nothing that AMIF pays for begins before its grant (domain rule 11)."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from services.reporting.commands.roll_out import AddSite, add_site, approve_site, extend_site, release_site
from services.reporting.commands.sites import OpenSite, open_site
from services.reporting.tables import PlannedSite
from shared.contracts.reporting import PublicKey
from shared.contracts.words import District, Funding, PartnerState
from shared.database import Database
from shared.refusals import Conflict, Invalid, Missing
from shared.web.identity import Role
from shared.web.keys import ensure_signing_key, public_jwk
from tests.component.reporting.app import Reporting

API, PAGE = "/reporting/api/v1/sites", "/reporting/roll-out"
PILOT, NEXT = "brackel-aplerbeck", "hoerde-hombruch"
TODAY = date(2026, 11, 23)
GRANT = TODAY - timedelta(days=3)
AWO = AddSite(
    slug=NEXT,
    districts=[District.HOMBRUCH, District.HOERDE],
    partner="awo",
    partner_name="Arbeiterwohlfahrt",
    partner_state=PartnerState.OFFERED,
    funding=Funding.AMIF,
    planned_for=date(2027, 4, 1),
)


PLAN = {
    "slug": NEXT,
    "districts": ["hoerde", "hombruch"],
    "partner": "awo",
    "partner_name": "Arbeiterwohlfahrt",
    "partner_state": "offered",
    "funding": "amif",
    "planned_for": "2027-04-01",
}


@pytest.fixture
def key(tmp_path: Path) -> PublicKey:
    ensure_signing_key(tmp_path / "a.key")
    return PublicKey(**public_jwk(tmp_path / "a.key"))


async def told(database: Database, event: str) -> list[dict[str, Any]]:
    async with database.transaction() as session:
        rows = await session.execute(text("select routing_key, body from outbox order by position"))
        return [orjson.loads(body)["data"] for key, body in rows if key.split(".")[2] == event]


async def planned(database: Database, wanted: AddSite = AWO) -> bool:
    async with database.transaction() as session:
        return await add_site(session, wanted)


async def opened(database: Database, key: PublicKey, slug: str = NEXT, *districts: District) -> list[str]:
    served = districts or (District.HOERDE, District.HOMBRUCH)
    async with database.transaction() as session:
        return await open_site(session, OpenSite(slug=slug, districts=served, public_keys=[key], opened_on=TODAY))


async def test_a_plan_is_told_once(database: Database) -> None:
    """Everyone hears of a planned site; the same plan again tells nobody anything."""
    assert await planned(database)
    assert not await planned(database)
    (plan,) = await told(database, "site-planned")
    assert plan["partner"] == "awo"
    assert plan["partner_state"] == "offered"
    assert plan["funding"] == "amif"
    assert plan["districts"] == ["hoerde", "hombruch"]
    assert "approved_on" not in plan


async def test_no_opening_before_the_grant(database: Database, key: PublicKey) -> None:
    """Funded by AMIF and not approved: neither released nor opened, and the sentence says why; approved: both."""
    await planned(database)
    for attempt in (opened(database, key), released(database)):
        with pytest.raises(Conflict, match="vor der Bewilligung"):
            await attempt
    assert await told(database, "site-opened") == []
    async with database.transaction() as session:
        await approve_site(session, NEXT, GRANT, TODAY)
    assert (await released(database)).state == "released"
    assert await opened(database, key) == [NEXT]
    async with database.transaction() as session:
        plan = await session.get_one(PlannedSite, NEXT)
    assert (plan.state, plan.opened_on) == ("open", TODAY)
    assert [event.get("approved_on") for event in await told(database, "site-planned")] == [None, GRANT.isoformat()]


async def released(database: Database) -> PlannedSite:
    async with database.transaction() as session:
        return await release_site(session, NEXT, TODAY)


async def test_not_under_another_name(database: Database, key: PublicKey) -> None:
    """A region whose grant is not there is not opened as another site either; its other districts may be."""
    await planned(database)
    with pytest.raises(Conflict, match="AMIF"):
        await opened(database, key, "hoerde", District.HOERDE)
    assert await opened(database, key, "mengede", District.MENGEDE) == ["mengede"]


async def test_another_payer_takes_the_approval_back(database: Database, key: PublicKey) -> None:
    """What was approved was approved for one way of paying; who pays otherwise needs none, or a new one."""
    await planned(database)
    async with database.transaction() as session:
        await approve_site(session, NEXT, GRANT, TODAY)
    for funding in (Funding.MUNICIPAL, Funding.AMIF):
        await planned(database, AddSite(slug=NEXT, districts=AWO.districts, funding=funding))
    with pytest.raises(Conflict):
        await opened(database, key)
    await planned(database, AddSite(slug=NEXT, districts=AWO.districts))
    assert await opened(database, key) == [NEXT]


async def test_a_plan_for_an_open_site_does_not_make_up_its_first_day(database: Database, key: PublicKey) -> None:
    """Nobody has said since when it is open, and the plan does not either."""
    async with database.transaction() as session:
        await open_site(session, OpenSite(slug=PILOT, districts=[District.BRACKEL], public_keys=[key]))
    await planned(database, AddSite(slug=PILOT, districts=[District.BRACKEL]))
    async with database.transaction() as session:
        plan = await session.get_one(PlannedSite, PILOT)
    assert (plan.state, plan.opened_on) == ("open", None)


async def test_the_continuation_waits_for_its_grant(database: Database, key: PublicKey) -> None:
    """The pilot runs, and may not go on under AMIF before that is approved; without AMIF it may."""
    await opened(database, key, PILOT, District.BRACKEL)
    pilot = AddSite(slug=PILOT, districts=[District.BRACKEL], extension_funding=Funding.AMIF)
    await planned(database, pilot)
    until = TODAY + timedelta(days=365)
    with pytest.raises(Conflict, match="verlängert"):
        async with database.transaction() as session:
            await extend_site(session, PILOT, until, TODAY)
    async with database.transaction() as session:
        with pytest.raises(Invalid):
            await approve_site(session, PILOT, TODAY + timedelta(days=1), TODAY)
        await approve_site(session, PILOT, GRANT, TODAY)
        assert (await extend_site(session, PILOT, until, TODAY)).state == "extended"
    with pytest.raises(Conflict):
        await planned(database, AddSite(slug=PILOT, districts=[District.BRACKEL], funding=Funding.AMIF))


@pytest.mark.parametrize(
    "statement",
    [
        "update planned_site set state = 'released'",
        "update planned_site set state = 'open', opened_on = '2026-11-23'",
        "update planned_site set state = 'open', opened_on = '2026-11-23', approved_on = '2026-11-24'",
        "insert into site (slug, public_keys, office_hours) values ('hoerde-hombruch', '[]', '[]')",
        "insert into site_district (district, site, interim) values ('hoerde', 'brackel-aplerbeck', false)",
        "update site_district set district = 'hombruch', interim = false",
        "update planned_site set funding = 'municipal', state = 'extended', opened_on = '2026-11-01', "
        "extension_funding = 'amif', extended_on = '2026-11-23', extended_until = '2027-11-23'",
    ],
)
async def test_the_database_refuses_it_too(database: Database, key: PublicKey, statement: str) -> None:
    """Whoever goes round the command meets the constraint."""
    async with database.transaction() as session:
        await open_site(
            session,
            OpenSite(slug=PILOT, districts=[District.BRACKEL], interim_districts=[District.HOERDE], public_keys=[key]),
        )
    await planned(database)
    with pytest.raises(IntegrityError, match="grant"):
        async with database.transaction() as session:
            await session.execute(text(statement))


async def test_what_does_not_fit(database: Database, key: PublicKey) -> None:
    """A district twice, a partner without a state, a city that is a site: refused by name."""
    await planned(database)
    for wanted, refusal in (
        (AddSite(slug="hoerde", districts=[District.HOERDE]), Conflict),
        (AddSite(slug="city", districts=[District.EVING]), Invalid),
        (AddSite(slug="eving", districts=[]), Invalid),
        (AddSite(slug="eving", districts=[District.EVING], partner="drk"), Invalid),
    ):
        with pytest.raises(refusal):
            await planned(database, wanted)
    async with database.transaction() as session:
        with pytest.raises(Missing):
            await extend_site(session, PILOT, TODAY, TODAY)
        with pytest.raises(Conflict):
            await extend_site(session, NEXT, TODAY, TODAY)


async def test_by_calls(reporting: Reporting) -> None:
    """Planned, refused with the reason, approved, released: by the coordination and the administration alone."""
    lead = await reporting.as_role(Role.COORDINATOR)
    assert (await lead.post(API, json=PLAN)).status_code == 201
    assert (await lead.post(API, json=PLAN)).status_code == 200
    refused = await lead.post(f"{API}/{NEXT}/open")
    assert refused.status_code == 409
    assert "vor der Bewilligung" in refused.json()["detail"]
    early = await lead.post(f"{API}/{NEXT}/extend", json={"until": "2099-01-01"})
    assert early.status_code == 409
    assert (await lead.post(f"{API}/{NEXT}/approve", json={"on": "2099-01-01"})).status_code == 422
    office = await reporting.as_role(Role.ADMINISTRATION)
    assert (await office.post(f"{API}/{NEXT}/approve", json={"on": "2020-01-01"})).status_code == 200
    released = await office.post(f"{API}/{NEXT}/open")
    assert (released.status_code, released.json()["state"]) == (200, "released")
    states = {site["slug"]: site["state"] for site in (await office.get(API)).json()["items"]}
    assert states == {PILOT: "open", NEXT: "released"}
    for other in (reporting.as_team(PILOT), await reporting.as_role(Role.PRIVACY)):
        assert (await other.get(API)).status_code == 403
        assert (await other.post(f"{API}/{NEXT}/open")).status_code == 403


async def test_by_pages(reporting: Reporting) -> None:
    """The same by forms; a refusal stands on the page with its reason, and what was entered is kept."""
    lead = await reporting.as_role(Role.COORDINATOR)
    wrong = await lead.post(f"{PAGE}/new", data={"slug": NEXT, "partner_name": "Werk am Weg", "funding": "amif"})
    assert wrong.status_code == 422
    assert "Werk am Weg" in wrong.text
    form = {"slug": NEXT, "districts": ["hoerde", "hombruch"], "partner_name": "Werk am Weg", "funding": "amif"}
    planned = await lead.post(f"{PAGE}/new", data=form | {"partner_state": "agreed"})
    assert planned.headers["location"] == f"{PAGE}/{NEXT}?done=planned"
    assert "wartet auf die Bewilligung" in (await lead.get(PAGE)).text
    refused = await lead.post(f"{PAGE}/{NEXT}/open", data={})
    assert refused.status_code == 422
    assert "förderschädlich" in refused.text or "vor der Bewilligung" in refused.text
    assert (await lead.post(f"{PAGE}/{NEXT}/approve", data={"on": "2020-01-01"})).status_code == 303
    assert (await lead.post(f"{PAGE}/{NEXT}/open", data={})).status_code == 303
    assert "Freigegeben zum Öffnen" in (await lead.get(f"{PAGE}/{NEXT}")).text
    edit = (await lead.get(f"{PAGE}/{NEXT}/edit")).text
    assert 'value="Werk am Weg"' in edit
    changed = form | {"partner_state": "agreed", "planned_for": "2027-05-01"}
    assert (await lead.post(f"{PAGE}/{NEXT}/edit", data=changed)).status_code == 303
    assert (await lead.get(f"{PAGE}/{PILOT}")).status_code == 200
    assert (await lead.get(f"{PAGE}/nirgends")).status_code == 404
    assert (await reporting.as_team(PILOT).get(PAGE)).status_code == 403
