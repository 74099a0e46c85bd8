"""The register of sites, and the command line that changes it."""

import json
from pathlib import Path
from typing import Any

import orjson
import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from deploy.cli import app
from deploy.cli import site as site_commands
from services.reporting.commands.sites import OpenSite, change_keys, open_site, tell_register
from shared.contracts.reporting import PublicKey
from shared.contracts.words import District
from shared.database import Database
from shared.refusals import Conflict, Invalid, Missing
from shared.web.keys import ensure_letter_key, ensure_signing_key, letter_key_file, public_jwk, rotate

assert site_commands  # importing it registers the commands
PILOT, NEXT = "brackel-aplerbeck", "hoerde-hombruch"


@pytest.fixture
def key(tmp_path: Path) -> PublicKey:
    ensure_signing_key(tmp_path / "a.key")
    return PublicKey(**public_jwk(tmp_path / "a.key"))


def pilot(key: PublicKey) -> OpenSite:
    return OpenSite(
        slug=PILOT,
        districts=[District.BRACKEL, District.APLERBECK],
        interim_districts=[District.HOERDE, District.EVING],
        public_keys=[key],
    )


async def published(database: Database) -> list[tuple[str, dict[str, Any]]]:
    async with database.transaction() as session:
        rows = await session.execute(text("select routing_key, body from outbox order by position"))
        return [(key, orjson.loads(body)["data"]) for key, body in rows]


async def test_opening(database: Database, key: PublicKey) -> None:
    """Opening a site tells everyone its districts and keys; opening it again unchanged tells nobody anything."""
    for _ in range(2):
        async with database.transaction() as session:
            await open_site(session, pilot(key))
    ((routing_key, data),) = await published(database)
    assert routing_key == "brackel-aplerbeck.reporting.site-opened.v1.public"
    assert (data["districts"], data["interim_districts"]) == (["aplerbeck", "brackel"], ["eving", "hoerde"])
    assert data["public_keys"] == [key.model_dump(exclude_none=True)]


async def test_a_district_gets_its_own_site(database: Database, key: PublicKey) -> None:
    """When a district gets a site of its own, it goes over from the one that served it meanwhile; both are told."""
    hoerde = OpenSite(slug=NEXT, districts=[District.HOERDE, District.HOMBRUCH], public_keys=[key])
    async with database.transaction() as session:
        await open_site(session, pilot(key))
        assert await open_site(session, hoerde) == [PILOT, NEXT]
    told = {routing_key.split(".")[0]: data for routing_key, data in await published(database)}
    assert told[PILOT]["interim_districts"] == ["eving"]
    assert told[NEXT]["districts"] == ["hoerde", "hombruch"]
    async with database.transaction() as session:  # as at first: what has a site by now is passed over
        assert await open_site(session, pilot(key)) == []


async def test_one_site_a_district(database: Database, key: PublicKey) -> None:
    """A district that has a site is not given to another one."""
    async with database.transaction() as session:
        await open_site(session, pilot(key))
    with pytest.raises(Conflict):
        async with database.transaction() as session:
            await open_site(session, OpenSite(slug=NEXT, districts=[District.BRACKEL], public_keys=[key]))
    assert len(await published(database)) == 1


async def test_city_has_no_district(database: Database, key: PublicKey) -> None:
    """The city is entered with its keys and without districts; a site without districts is refused."""
    async with database.transaction() as session:
        assert await open_site(session, OpenSite(slug="city", public_keys=[key])) == ["city"]
    for wrong in (
        OpenSite(slug="city", districts=[District.EVING], public_keys=[key]),
        OpenSite(slug=NEXT, public_keys=[key]),
        OpenSite(slug=NEXT, districts=[District.HOERDE]),
    ):
        with pytest.raises(Invalid):
            async with database.transaction() as session:
                await open_site(session, wrong)


def test_command_line(new_reporting_url: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`lokal site open` enters site and city with their keys; `lokal site list --json` shows them."""
    for stack in ("city", PILOT):
        ensure_signing_key(tmp_path / "secrets" / f"{stack}.key")
    monkeypatch.setenv("LOKAL_HOME", str(tmp_path))
    monkeypatch.setenv("DATABASE_URL_REPORTING", new_reporting_url())
    monkeypatch.delenv("DATABASE_URL", raising=False)
    run = CliRunner()
    opening = ["site", "open", PILOT, "--district", "brackel", "--office-hours", "thu=14:00-17:00"]
    first, again = run.invoke(app, opening), run.invoke(app, opening)
    assert "brackel-aplerbeck: published" in first.output, first.output
    assert "nothing has changed" in again.output
    city, site = json.loads(run.invoke(app, ["site", "list", "--json"]).output)[::-1]
    assert (city["site"], city["districts"], len(city["keys"])) == ("city", [], 1)
    assert site["office_hours"] == [{"weekday": "thu", "from": "14:00", "to": "17:00"}]
    assert run.invoke(app, ["site", "open", "public", "--district", "brackel"]).exit_code == 2
    assert run.invoke(app, [*opening[:-1], "thu 14"]).exit_code == 2


async def test_other_keys_are_told_and_the_districts_stay(database: Database, key: PublicKey, tmp_path: Path) -> None:
    """A stack's keys change without anybody saying its districts again; the same keys are told to nobody."""
    async with database.transaction() as session:
        await open_site(session, pilot(key))
    ensure_signing_key(tmp_path / "b.key")
    new = PublicKey(**public_jwk(tmp_path / "b.key"))
    async with database.transaction() as session:
        assert await change_keys(session, PILOT, [new, key])
        assert not await change_keys(session, PILOT, [new, key])
        with pytest.raises(Missing):
            await change_keys(session, NEXT, [new])
    first, second = [data for _, data in await published(database)]
    assert [told["kid"] for told in second["public_keys"]] == [new.kid, key.kid]
    assert {**second, "public_keys": first["public_keys"]} == first


async def test_the_register_is_told_again(database: Database, key: PublicKey) -> None:
    """For a site whose queue did not stand yet: every entry, unchanged, with a higher number."""
    async with database.transaction() as session:
        await open_site(session, OpenSite(slug="city", public_keys=[key]))
        await open_site(session, pilot(key))
        assert await tell_register(session) == [PILOT, "city"]
    told = await published(database)
    assert sorted(told[:2], key=lambda each: each[0]) == told[2:]


def test_keys_on_the_command_line(new_reporting_url: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`lokal site rotate-keys` puts the new key first and keeps the old one; `--publish` ends what was broken off."""
    secrets = tmp_path / "secrets"
    for stack in ("city", PILOT):
        ensure_signing_key(secrets / f"{stack}.key")
    ensure_letter_key(secrets, PILOT)
    monkeypatch.setenv("LOKAL_HOME", str(tmp_path))
    monkeypatch.setenv("DATABASE_URL_REPORTING", new_reporting_url())
    monkeypatch.delenv("DATABASE_URL", raising=False)

    def run(*arguments: str) -> str:
        done = CliRunner().invoke(app, ["site", *arguments])
        assert done.exit_code == 0, done.output
        return str(done.output)

    def kids(purpose: str) -> list[str]:
        return [key["kid"] for key in json.loads(run("keys", PILOT, "--json")) if key["for"] == purpose]

    run("open", PILOT, "--district", "brackel")
    (signing,), (letters,) = kids("signatures"), kids("letters")
    run("rotate-keys", PILOT)
    assert kids("signatures") == [signing]
    assert kids("letters")[1:] == [letters]
    run("rotate-keys", PILOT, "--signing")
    assert kids("signatures")[1:] == [signing]
    assert kids("letters")[2:] == [letters]
    broken_off = rotate(letter_key_file(secrets, PILOT))
    assert broken_off not in kids("letters")
    run("keys", PILOT, "--publish")
    assert kids("letters")[0] == broken_off
    assert "told again" in run("tell")
    assert CliRunner().invoke(app, ["site", "keys", "nowhere"]).exception is not None
