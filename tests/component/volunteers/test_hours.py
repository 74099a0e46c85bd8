"""The certificate of hours: what somebody has done, on one sheet, without any household."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from services.volunteers.commands import assignments
from services.volunteers.inputs import HowItWas
from services.volunteers.tables import Gathering, Invitation, Mentorship, MentorshipHours
from shared.contracts.words import GatheringKind
from shared.days import BERLIN, day_of
from shared.web import german
from shared.web.identity import Role
from tests import pdf
from tests.component.volunteers.conftest import NEIGHBOUR, SITE, Volunteers
from tests.component.volunteers.scene import Scene


@pytest.fixture
def scene(volunteers: Volunteers) -> Scene:
    return Scene(volunteers)


async def helped(scene: Scene, volunteer_id: UUID, at: datetime, minutes: int) -> UUID:
    """Somebody interpreted at a visit, and says how long it took."""
    before = at - timedelta(days=1)
    number = await scene.wish(at=at)
    async with scene.volunteers.transaction() as session:
        asked = await assignments.ask(session, scene.team(before), number, volunteer_id, 2)
        await assignments.accept(session, scene.themselves(volunteer_id, before), asked.id)
        how = HowItWas(minutes=minutes)
        await assignments.complete(session, scene.themselves(volunteer_id, at + timedelta(hours=2)), asked.id, how)
    return asked.id


async def certificate(scene: Scene, path: str, status: int = 200, **who: Any) -> list[str]:
    """The lines of a certificate."""
    async with scene.volunteers.browser(**who) as browser:
        answer = await browser.get(path)
    assert answer.status_code == status, answer.text
    if status != 200:
        return []
    assert answer.headers["content-type"] == "application/pdf"
    return pdf.lines(answer.content)


async def test_a_certificate_says_what_was_done(scene: Scene) -> None:
    """Assignments, hours, mentorships and trainings of the period; nothing before it and no household."""
    number = await scene.helper("Salma")
    family = await scene.family()
    now = datetime.now(UTC)
    await helped(scene, number, now - timedelta(days=400), 60)
    await helped(scene, number, now - timedelta(days=9), 90)
    await helped(scene, number, now - timedelta(days=8), 105)
    async with scene.volunteers.transaction() as session:
        mentorship = Mentorship(
            volunteer_id=number,
            household_id=family,
            site=SITE,
            minors=False,
            started_on=day_of(now - timedelta(days=30)),
        )
        training = Gathering(
            kind=GatheringKind.TRAINING,
            site=SITE,
            title="Verschwiegenheit",
            place="Rathaus",
            starts_at=now - timedelta(days=20, hours=2),
            ends_at=now - timedelta(days=20),
            created_by="amal",
        )
        session.add_all([mentorship, training])
        await session.flush()
        session.add(MentorshipHours(mentorship_id=mentorship.id, on_day=day_of(now - timedelta(days=5)), minutes=120))
        session.add(Invitation(gathering_id=training.id, volunteer_id=number, invited_at=now, attended=True))
    said = await certificate(scene, f"/volunteers/register/{number}/hours.pdf")
    for line in (
        "Stundennachweis",
        "Name Salma Beispiel",
        "Standort Brackel/Aplerbeck",
        "Dolmetschen 2 3,25",
        "Patenschaften (1) 2",
        "Zusammen 2 5,25",
        f"{german.day(training.starts_at)} Schulung: Verschwiegenheit (2 Std.)",
        f"Dortmund, {german.day(now)}",
        "Unterschrift, lokal willkommen Brackel/Aplerbeck",
    ):
        assert line in said
    day = datetime.now(BERLIN).date() - timedelta(days=9)
    path = f"/volunteers/register/{number}/hours.pdf?from={day}&to={day}"
    assert "Dolmetschen 1 1,5" in await certificate(scene, path)
    assert not any("Schulung" in line for line in await certificate(scene, path))
    assert str(family) not in " ".join(said)


async def test_who_gets_a_certificate(scene: Scene) -> None:
    """The team of a site where somebody helps, and they themselves; nobody else, and no period that ends too early."""
    number = await scene.helper("Salma", districts=["brackel"])
    path = f"/volunteers/register/{number}/hours.pdf"
    assert "In diesem Zeitraum sind keine Einsätze eingetragen." in await certificate(scene, path)
    await certificate(scene, path, 404, site=NEIGHBOUR)
    await certificate(scene, path, 403, role=Role.COORDINATOR)
    await certificate(scene, f"{path}?from=2026-02-01&to=2026-01-01", 422)
    mine = "/volunteers/mine/hours.pdf"
    assert "Name Salma Beispiel" in await certificate(scene, mine, role=Role.VOLUNTEER, name=str(number))
    await certificate(scene, mine, 404, role=Role.VOLUNTEER, name="niemand")
    await certificate(scene, mine, 403)


async def test_many_trainings_stay_on_one_sheet(scene: Scene) -> None:
    """With long titles fewer of them are named, and the others counted; it is one sheet all the same."""
    number = await scene.helper("Salma")
    now = datetime.now(UTC)
    async with scene.volunteers.transaction() as session:
        for days in range(14):
            training = Gathering(
                kind=GatheringKind.TRAINING,
                site=SITE,
                title="Dolmetschen " * 10,
                place="Rathaus",
                starts_at=now - timedelta(days=20 + days, hours=2),
                ends_at=now - timedelta(days=20 + days),
                created_by="amal",
            )
            session.add(training)
            await session.flush()
            session.add(Invitation(gathering_id=training.id, volunteer_id=number, invited_at=now, attended=True))
    said = await certificate(scene, f"/volunteers/register/{number}/hours.pdf")
    named = sum("Schulung: Dolmetschen" in line for line in said)
    assert 0 < named < 14
    assert f"Davor {14 - named} weitere." in said
    assert said[-1].startswith("Unterschrift")


async def test_arabic_letters_are_joined(scene: Scene) -> None:
    """One font draws the whole sheet: where it changes, joined letters would be mixed up."""
    number = await scene.helper("شيرين", family_name="الخطيب", email="s@beispiel.invalid")
    async with scene.volunteers.browser() as browser:
        content = (await browser.get(f"/volunteers/register/{number}/hours.pdf")).content
    fonts = {line.split(b"+")[1] for line in content.split(b"\n") if line.strip().startswith(b"/BaseFont")}
    assert fonts == {b"Lokal#20Sans"}
