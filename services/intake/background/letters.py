"""Letters between sites: sent until they have arrived, opened when they come."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from fastapi import FastAPI
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from services.intake.commands.arrivals import take_letter
from services.intake.commands.letters import refuse_letter
from services.intake.consumers import letters_queue
from services.intake.queries import sites
from services.intake.settings import Settings
from shared.database import Database
from shared.letters.box import LetterBox
from shared.letters.courier import Courier
from shared.letters.running import Letters
from shared.letters.sealing import Sealing
from shared.messaging.link import Link
from shared.web.keys import KeyRing, OpeningKeys


class RegisteredKeys:
    """The keys for letters: the own ones from their folder, the other sites' from the register."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self._own = OpeningKeys(settings.letter_key_files, settings.site)
        self._database = database

    def own(self, kid: str) -> OKPKey | None:
        """The own private key of this id, also an older one."""
        return self._own.find(kid)

    async def of_site(self, site: str) -> OKPKey | None:
        """The first X25519 key of a site's entry: new keys are put first."""
        async with self._database.transaction() as session:
            published = (await sites.public_keys(session)).get(site, ())
        for jwk in published:
            if jwk.get("crv") == "X25519":
                try:
                    return OKPKey.import_key({name: jwk[name] for name in ("kty", "crv", "x")})
                except (JoseError, ValueError, LookupError):
                    continue
        return None


def letters(settings: Settings, database: Database, keys: KeyRing) -> Letters:
    """Courier and letter box of a site."""
    sealing = Sealing(keys, RegisteredKeys(settings, database))

    def box(link: Link) -> LetterBox:
        return LetterBox(
            settings.site,
            letters_queue(settings.site),
            database,
            link,
            open_=sealing.open,
            take=partial(take_letter, first_visit_due_days=settings.first_visit_due_days),
            refuse=refuse_letter,
        )

    return Letters(settings.rabbitmq_url, Courier(database, settings.rabbitmq_url, sealing.seal), box)


@asynccontextmanager
async def running(app: FastAPI) -> AsyncIterator[None]:
    """Runs while it is entered."""
    async with letters(app.state.settings, app.state.database, app.state.keys) as at_work:
        app.state.letters = at_work
        yield


async def problems(app: FastAPI) -> list[str]:
    """What it waits for, in a few words each."""
    at_work: Letters | None = getattr(app.state, "letters", None)
    return at_work.problems() if at_work else []
