"""Deletion periods: counted first; what has reached its end goes when told so, and nothing else."""

import asyncio
import json
from datetime import date
from typing import Any
from uuid import UUID

import httpx
import pytest
from typer.testing import CliRunner

from deploy.cli import app, deletion
from services.intake.domain.erasures import Kind, months_before
from shared.web.identity import Role
from tests.component.intake.conftest import Intake
from tests.component.intake.samples import API, SITE, register

assert deletion  # importing it registers the command


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2026, 11, 22), 36, date(2023, 11, 22)),
        (date(2024, 3, 31), 1, date(2024, 2, 29)),
        (date(2023, 3, 31), 1, date(2023, 2, 28)),
        (date(2024, 1, 15), 1, date(2023, 12, 15)),
        (date(2024, 1, 15), 0, date(2024, 1, 15)),
        (date(2024, 12, 31), 6, date(2024, 6, 30)),
    ],
)
def test_months_before(day: date, months: int, expected: date) -> None:
    """The same day of an earlier month, or its last one."""
    assert months_before(day, months) == expected


async def lokal(intake: Intake, monkeypatch: pytest.MonkeyPatch, *arguments: str, **variables: str) -> Any:
    """`lokal deletion run` on this intake."""
    monkeypatch.setenv(f"DATABASE_URL_INTAKE_{SITE.upper().replace('-', '_')}", intake.database.url)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return await asyncio.to_thread(CliRunner().invoke, app, ["deletion", "run", "--site", SITE, "--json", *arguments])


async def old_and_new(api: httpx.AsyncClient, intake: Intake) -> tuple[UUID, UUID]:
    """Two closed files, one of them long ago; and lines of the other kinds, half of them old."""
    old, new = [UUID((await register(api))["household_id"]) for _ in range(2)]
    for household, years in ((old, 4), (new, 1)):
        await api.get(f"{API}/households/{household}")
        await intake.rows(
            "update household set closed_on = current_date - cast(:days as integer), closing_reason = 'moved_away' "
            "where id = :id returning 1",
            id=household,
            days=365 * years,
        )
    await intake.rows(
        "insert into access_log (at, who, role, look, why, via, households) "
        "values (now() - interval '3 years', 'amal', 'team', 'file', 'Akte', 'page', '{}') returning 1"
    )
    await intake.rows("update idempotency set at = now() - interval '1 year' returning 1")
    return old, new


async def test_counted_and_then_deleted(
    api: httpx.AsyncClient, intake: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The dry run changes nothing; the real one erases the old file as every erasure, and is kept for the officer."""
    old, new = await old_and_new(api, intake)
    dry = await lokal(intake, monkeypatch)
    assert dry.exit_code == 0, (dry.output, dry.exception)
    counted = {row["kind"]: row["due"] for row in json.loads(dry.output)["due"]}
    assert (counted["closed_files"], counted["access_log"]) == (1, 1)
    assert len(await intake.rows("select 1 from household")) == 2
    assert not await intake.rows("select 1 from deletion_run")

    done = json.loads((await lokal(intake, monkeypatch, "--for-good")).output)
    assert {kind: done["deleted"][kind] for kind in counted} == counted
    assert await intake.rows("select id from household") == [(new,)]
    assert await intake.rows("select household_id, because from erasure") == [(old, "period")]
    assert [event["data"]["household_id"] for event in await intake.events("household-erased")] == [str(old)]
    assert not await intake.rows("select 1 from access_log where at < now() - interval '2 years'")
    assert await intake.rows("select 1 from access_log")
    [(counts,)] = await intake.rows("select counts from deletion_run")
    assert counts == done["deleted"]

    again = json.loads((await lokal(intake, monkeypatch, "--for-good")).output)
    assert not any(again["deleted"].values())


async def test_what_has_no_period_is_kept(
    api: httpx.AsyncClient, intake: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A kind that the setting does not name is neither counted nor deleted."""
    await old_and_new(api, intake)
    periods = json.dumps({Kind.ACCESS_LOG.value: 24})
    done = json.loads((await lokal(intake, monkeypatch, "--for-good", LOKAL_DELETION_MONTHS=periods)).output)
    assert [row["kind"] for row in done["due"]] == ["access_log"]
    assert len(await intake.rows("select 1 from household")) == 2


@pytest.mark.parametrize("periods", ["{", "[]", '{"files": 3}', '{"access_log": "x"}', '{"access_log": -1}'])
async def test_a_wrong_setting_is_named(intake: Intake, monkeypatch: pytest.MonkeyPatch, periods: str) -> None:
    """The message says what to write; nothing is deleted."""
    refused = await lokal(intake, monkeypatch, "--for-good", LOKAL_DELETION_MONTHS=periods)
    assert refused.exit_code == 1
    assert "LOKAL_DELETION_MONTHS" in str(refused.exception) + refused.output


async def test_the_officer_sees_numbers_alone(api: httpx.AsyncClient, intake: Intake) -> None:
    """What is due, with role privacy; no team and nobody else."""
    await old_and_new(api, intake)
    async with intake.client(headers={"authorization": f"Bearer {intake.city_token(Role.PRIVACY)}"}) as officer:
        found = (await officer.get(f"{API}/erasures/due")).json()
    assert {row["kind"]: row["count"] for row in found}["closed_files"] == 1
    assert (await api.get(f"{API}/erasures/due")).status_code == 403
    assert (await api.get("/intake/erasures", headers={"accept": "text/html"})).status_code == 403
