"""Registering on the public page: in four languages, confirmed by mail, and silent about who is known."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.volunteers.commands.answers import LinkKind, make_link
from services.volunteers.domain.asking import VolunteerState
from services.volunteers.pages.vocabulary.join import TEXTS
from shared.web.identity import Role
from tests.component.volunteers.conftest import Volunteers
from tests.component.volunteers.scene import Scene

PAGE = "/volunteers/join"
FORM: dict[str, Any] = {
    "given_name": "سلمى",
    "family_name": "Beispiel",
    "email": "salma@beispiel.invalid",
    "kinds": ["interpreter"],
    "languages.0.language": "ar",
    "languages.0.level": "native",
    "languages.0.speaks": "true",
    "languages.1.language": "",
    "districts": ["brackel"],
    "times": ["mon-morning", "mon-afternoon"],
    "consent": "true",
    "website": "",
}


@pytest.fixture
def scene(volunteers: Volunteers) -> Scene:
    return Scene(volunteers)


async def _join(scene: Scene, lang: str = "de", **more: Any) -> str:
    """Register; where the answer leads."""
    async with scene.volunteers.browser(None) as browser:
        answer = await browser.post(f"{PAGE}/{lang}", data={**FORM, **more})
        assert answer.status_code == 303, answer.text
        return str(answer.headers["location"])


@pytest.mark.parametrize("lang", TEXTS)
async def test_in_four_languages(scene: Scene, lang: str) -> None:
    """The page speaks its language in its direction, and names what is wrong in it as well."""
    direction = "rtl" if lang in ("ar", "fa") else "ltr"
    async with scene.volunteers.browser(None) as browser:
        page = (await browser.get(f"{PAGE}/{lang}")).text
        assert f'lang="{lang}" dir="{direction}"' in page
        assert TEXTS[lang]["privacy"][:40] in page
        wrong = await browser.post(f"{PAGE}/{lang}", data={**FORM, "email": "keine", "consent": ""})
        assert wrong.status_code == 422
        assert wrong.text.count(TEXTS[lang]["check"]) == 2
        assert "سلمى" in wrong.text
        assert TEXTS[lang].keys() == TEXTS["de"].keys()
    assert await scene.volunteers.rows("select 1 from volunteer") == []


async def test_confirmed_by_mail(scene: Scene) -> None:
    """Kept as told, unconfirmed; the button behind the link makes them new, once; a team then meets them."""
    assert (await _join(scene, "ar")) == f"{PAGE}/ar?done=sent"
    (row,) = await scene.volunteers.rows("select * from volunteer")
    assert (row.state, row.mail_language, row.kinds, row.via) == ("unconfirmed", "ar", ["interpreter"], "page")
    times = await scene.volunteers.rows("select weekday, starts, ends from availability order by starts")
    assert [(t.weekday, t.starts.hour, t.ends.hour) for t in times] == [("mon", 8, 12), ("mon", 12, 17)]
    (mail,) = await scene.volunteers.rows("select kind, about from mail")
    assert (mail.kind, mail.about["volunteer_id"]) == ("confirm", str(row.id))
    async with scene.volunteers.transaction() as session:
        lasts = timedelta(days=1)
        code = await make_link(session, LinkKind.CONFIRM, lasts, datetime.now(UTC), volunteer_id=row.id)
    async with scene.volunteers.browser(None) as browser:
        for _ in range(2):
            page = (await browser.get(f"/volunteers/confirm?code={code}")).text
            assert TEXTS["ar"]["confirm_title"] in page
        assert (await browser.post("/volunteers/confirm", data={"code": code})).status_code == 303
        assert (await browser.post("/volunteers/confirm", data={"code": code})).status_code == 410
        assert (await browser.get(f"/volunteers/confirm?code={code}")).status_code == 410
    (row,) = await scene.volunteers.rows("select state, confirmed_at from volunteer")
    assert (row.state, row.confirmed_at is not None) == ("new", True)
    assert await scene.volunteers.told() == []


async def test_nobody_learns_who_is_known(scene: Scene) -> None:
    """The answer is the same for who is new, waits, is at work, or is a program; nothing of the known is changed."""
    await scene.helper("Omid")
    answers = [await _join(scene, email=email) for email in ("neu@beispiel.invalid", "OMID@beispiel.invalid")]
    answers.append(await _join(scene, email="neu@beispiel.invalid", given_name="Anders"))
    answers.append(await _join(scene, email="bot@beispiel.invalid", website="https://beispiel.invalid"))
    assert set(answers) == {f"{PAGE}/de?done=sent"}
    rows = await scene.volunteers.rows("select given_name, state from volunteer order by state")
    assert [tuple(row) for row in rows] == [("Omid", "active"), ("سلمى", "unconfirmed")]
    mails = await scene.volunteers.rows("select kind from mail order by kind")
    assert [row.kind for row in mails] == ["confirm", "own_page"]


async def test_the_last_one_counts(scene: Scene) -> None:
    """Later, a registration that nobody has confirmed is replaced by a new one, and its mail is not sent any more."""
    await _join(scene)
    await scene.volunteers.rows("update volunteer set registered_at = now() - interval '1 hour' returning id")
    await _join(scene, given_name="Salma")
    (row,) = await scene.volunteers.rows("select id, given_name from volunteer")
    (mail,) = await scene.volunteers.rows("select about from mail")
    assert (row.given_name, mail.about["volunteer_id"]) == ("Salma", str(row.id))


async def test_nobody_has_confirmed(scene: Scene) -> None:
    """What nobody has confirmed is removed after two weeks with its mail."""
    await _join(scene)
    await scene.time_passes(datetime.now(UTC) + timedelta(days=15))
    assert await scene.volunteers.rows("select 1 from volunteer union all select 1 from mail") == []


async def test_the_start(scene: Scene) -> None:
    """`/volunteers/` leads everybody to their own first page, and whoever is not known to the registration."""
    where = {None: "/volunteers/join/de", Role.TEAM: "/volunteers/requests", Role.COORDINATOR: "/volunteers/rota"}
    for role, address in {**where, Role.VOLUNTEER: "/volunteers/mine", Role.PARTNER: "/volunteers/join/de"}.items():
        async with scene.volunteers.browser(role) as browser:
            answer = await browser.get("/volunteers/")
            assert (answer.status_code, answer.headers["location"]) == (307, address)


async def test_met_by_the_team(scene: Scene) -> None:
    """Who has confirmed is found by the team of their district with all that they told."""
    await _join(scene, wishes="Am liebsten mit Kindern")
    await scene.volunteers.rows("update volunteer set state = :new returning id", new=VolunteerState.NEW.value)
    async with scene.volunteers.browser() as browser:
        listed = (await browser.get("/volunteers/register?state=new")).text
        address = re.search(r'href="(/volunteers/register/[0-9a-f-]{36})"', listed)
        assert address is not None
        page = (await browser.get(address[1])).text
        for said in ("Am liebsten mit Kindern", "8–12 Uhr, 12–17 Uhr", "Arabisch: Muttersprache, spricht"):
            assert said in page, said
