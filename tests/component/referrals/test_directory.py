"""The public directory: four languages, readable without sign-in, nothing that is nobody's business."""

import pytest

from shared.web.identity import Role
from tests.component.referrals.conftest import API, Referrals
from tests.component.referrals.directory import offer, partner, partner_client

PUBLIC = "/referrals/directory"


@pytest.mark.parametrize(
    ("lang", "direction", "title", "words"),
    [
        ("de", "ltr", "Deutsch für den Alltag", ("Deutschkurs", "montags und mittwochs 9:00–11:00 Uhr", "Arabisch")),
        ("en", "ltr", "Deutsch für den Alltag", ("German course", "Monday, Wednesday 09:00–11:00", "Arabic")),
        ("ar", "rtl", "الألمانية للحياة اليومية", ("دورة لغة ألمانية", "الاثنين", "العربية")),
        ("fa", "rtl", "Deutsch für den Alltag", ("دوره زبان آلمانی", "دوشنبه", "عربی")),
    ],
)
async def test_the_directory_is_read_in_four_languages(
    referrals: Referrals, lang: str, direction: str, title: str, words: tuple[str, ...]
) -> None:
    """List, detail and poster; what nobody has translated stands there in German, and is marked as German."""
    await partner(referrals)
    made = await offer(referrals)
    addresses = [f"{PUBLIC}/{lang}", *(f"{PUBLIC}/{lang}/offers/{made['offer_id']}{rest}" for rest in ("", "/poster"))]
    async with referrals.browser(None) as anybody:
        for address in addresses:
            page = await anybody.get(address)
            assert page.status_code == 200, page.text
            assert f'<html lang="{lang}" dir="{direction}"' in page.text
            assert title in page.text
            assert "Erika" not in page.text
            for word in words:
                assert word in page.text, (address, word)
            assert ('lang="de"><bdi>' in page.text) is (lang in ("en", "fa"))


async def test_what_is_over_closed_or_withdrawn_is_not_promised(referrals: Referrals) -> None:
    """Nothing is listed that one cannot go to."""
    await partner(referrals)
    made = await offer(referrals)
    await offer(referrals, title={"de": "Längst vorbei"}, valid_until="2017-01-01")
    async with referrals.browser(None) as anybody, partner_client(referrals) as own:
        assert "Längst vorbei" not in (await anybody.get(f"{PUBLIC}/de")).text
        filtered = await anybody.get(f"{PUBLIC}/de", params={"kind": "sport", "district": ""})
        assert "Kein Angebot gefunden." in filtered.text
        assert (await anybody.get(f"{PUBLIC}/xx")).status_code == 422
        await own.post(f"{API}/offers/{made['offer_id']}/withdraw")
        assert (await anybody.get(f"{PUBLIC}/de/offers/{made['offer_id']}")).status_code == 404


async def test_german_courses_are_listed_by_neighbourhood(referrals: Referrals) -> None:
    """With times, street and who offers them, to print; for one district also those of the whole city."""
    await partner(referrals)
    await offer(referrals)
    await offer(referrals, title={"de": "Abendkurs"}, neighbourhood="wickede")
    async with referrals.browser(None) as anybody:
        page = (await anybody.get("/referrals/courses", params={"district": ""})).text
        assert page.index("Wambel") < page.index("Wickede")
        assert "Wambeler Hellweg 11" in page
        page = (await anybody.get("/referrals/courses", params={"district": "hoerde"})).text
        assert "kein Deutschkurs" in page


async def test_the_filters_of_the_inner_pages_take_nothing_for_all(referrals: Referrals) -> None:
    """A form that is sent with „alle“ and „ganze Stadt“ finds everything."""
    await partner(referrals)
    await offer(referrals)
    async with referrals.browser(Role.COORDINATOR) as lead:
        for page, found in (("offers", "Deutsch für den Alltag"), ("partners", "Projekt Ankommen")):
            answer = await lead.get(f"/referrals/{page}", params={"q": "", "kind": "", "district": ""})
            assert found in answer.text
