"""A site that was opened while a local host ran belongs to the next one as well, and others find it."""

from pathlib import Path

from deploy.local_host import LocalHost
from services.referrals.settings import Settings as Referrals
from services.reporting.settings import Settings as Reporting
from shared.contracts.words import SITES


def test_what_was_opened_is_started_again(tmp_path: Path) -> None:
    """The sites asked for come first, each once; what else lies in the folder is no site."""
    (tmp_path / "sites").mkdir()
    for name in ("innenstadt", SITES[0], ".draft"):
        (tmp_path / "sites" / name).touch()
    assert LocalHost(tmp_path, 1, [SITES[0]]).sites == [SITES[0], "innenstadt"]


def test_where_a_site_is_that_opens_later(tmp_path: Path) -> None:
    """By its own entry, else by the pattern, else at the public address; new services are read from their file."""
    nowhere = {
        "site": "city",
        "database_url": "-",
        "rabbitmq_url": "-",
        "signing_key_file": tmp_path / "key",
        "port": 1,
        "public_url": "http://city",
    }
    known = {"site_urls": "innenstadt=http://a", "site_url_pattern": "http://{site}.b"}
    referrals = Referrals.model_validate(nowhere | known)
    assert [referrals.site_url(site) for site in ("innenstadt", "eving")] == ["http://a", "http://eving.b"]
    assert Referrals.model_validate(nowhere).site_url("eving") == "http://city"
    file = tmp_path / "services"
    reporting = Reporting.model_validate(nowhere | {"services": "reporting=http://r", "services_file": file})
    assert reporting.service_urls == {"reporting": "http://r"}
    file.write_text("intake/innenstadt=http://i\n")
    assert reporting.service_urls == {"reporting": "http://r", "intake/innenstadt": "http://i"}
