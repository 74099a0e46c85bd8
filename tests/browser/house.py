"""A running house for the browser: the city and its pilot site with everybody's account and a small set of data.

The people are visibly made up. The data are the same on every day, counted from today.
"""

import asyncio
import uuid
from collections.abc import Callable, Coroutine, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import httpx

from deploy.cli.moments import BERLIN
from deploy.servers import Servers
from deploy.servers.process import wait_until
from shared.database import Database
from shared.web import accounts
from shared.web.tokens import Role
from tests.journeys.conftest import SITE, Stack, running_stack

PASSWORD = "Eine-lange-Losung-1"
ACCOUNTS = {
    "amal": (Role.TEAM, "Amal Beispiel"),
    "neu": (Role.TEAM, "Noa Neu"),
    "kora": (Role.COORDINATOR, "Kora Beispiel"),
    "dara": (Role.PRIVACY, "Dara Beispiel"),
    "toni": (Role.OPERATIONS, "Toni Beispiel"),
    "projekt-ankommen": (Role.PARTNER, "Projekt Ankommen"),
    "gast": (Role.GUEST, "Gast Beispiel"),
    # A volunteer's account is called by their number.
    "00000000-0000-7000-8000-0000000000e1": (Role.VOLUNTEER, "Salma Beispiel"),
    "00000000-0000-7000-8000-0000000000e2": (Role.VOLUNTEER, "ياسمين مثال"),
}
"""Who signs in; `neu` has not entered anything yet."""
SECONDS = 30
"""Far more than an event needs; what is not true then fails."""
_API = "/intake/api/v1"
_STREETS = {"Asseln": "44319", "Wickede": "44319", "Brackel": "44309", "Schüren": "44269", "Sölde": "44289"}


@dataclass
class House:
    """The house and the ids of what stands in it, by name."""

    stack: Stack
    ids: dict[str, str] = field(default_factory=dict)
    today: date = field(default_factory=lambda: datetime.now(BERLIN).date())

    @property
    def origin(self) -> str:
        """Where the browser finds it."""
        return self.stack.variables()["GATEWAY_URL"]


@contextmanager
def running_house(servers: Servers, folder: Path, enter_more: Callable[["Desk"], None]) -> Iterator[House]:
    """Starts it, makes the accounts, enters the data and waits until the figures have them.

    `enter_more` is what the subjects add to the data (`tests.browser.examples.enter`).
    """
    with running_stack(servers, folder) as stack:
        house = House(stack)
        _in_its_own_loop(_make_accounts(stack))
        with stack.client(name="amal") as client:
            desk = Desk(house, client)
            desk.enter_everything()
            enter_more(desk)
        wait_until(stack.all_told, "every event in the archive", SECONDS)
        yield house


async def _make_accounts(stack: Stack) -> None:
    for service, of_site in ((f"INTAKE_{SITE.upper().replace('-', '_')}", True), ("REPORTING", False)):
        database = Database(stack.variables()[f"DATABASE_URL_{service}"])
        async with database.transaction() as session:
            for account, (role, name) in ACCOUNTS.items():
                if (role is Role.TEAM) == of_site:
                    await accounts.add_account(session, account, role, SITE if of_site else None, name, PASSWORD)
        await database.dispose()


def _in_its_own_loop(work: Coroutine[Any, Any, None]) -> None:
    with ThreadPoolExecutor(1) as thread:  # a browser under test keeps a loop running in this one
        thread.submit(asyncio.run, work).result()


class Desk:
    """Enters the data as the team does, by the public calls."""

    def __init__(self, house: House, client: httpx.Client) -> None:
        self.house = house
        self.client = client

    def enter_everything(self) -> None:
        """One family for each thing that a page has to show."""
        self.family("overdue", "Musterfamilie Hadi", "Asseln", ["ar"], moved=22, persons=4)
        self.family("missed", "Musterfamilie Jiyan", "Schüren", ["ku", "ar"], moved=17, persons=3)
        self.visit("missed", "schedule", at=self.at(-2, 10), language="ku")
        self.visit("missed", "missed")
        self.family("took_place", "Musterfamilie Omid", "Sölde", ["fa"], moved=9, persons=2)
        self.visit("took_place", "schedule", at=self.at(-1, 10), language="fa")
        self.family("coming", "عائلة نموذجية", "Wickede", ["ar", "en"], moved=6, persons=5)
        self.visit(
            "coming", "schedule", at=self.at(self._days_to_end_of_week(), 23), language="ar", interpreter_wanted=True
        )
        self.family("later", "Musterfamilie Bald", "Brackel", ["so"], moved=-3, persons=1)
        self.family("protected", "Musterfamilie Geschützt", "Brackel", ["ti"], moved=8, persons=2, protected=True)
        self.family("known", "Musterfamilie Bekannt", "Asseln", ["sq", "de"], moved=70, persons=6, phone="0231 555010")
        self.visit("known", "complete", at=self.at(-60, 15), note="Sehr herzlich; die Kinder suchen einen Sportverein.")
        for area, more in _NEEDS.items():
            need = self.post(f"households/{self.house.ids['known']}/needs", {"area": area, "on": self.day(-60), **more})
        self.post(f"needs/{need['need_id']}/met", {"on": self.day(-20)})
        person = f"households/{self.house.ids['known']}/persons/{self.house.ids['person:known']}"
        self.post(f"{person}/legal-circle", {"legal_circle": "sgb2", "on": self.day(-15)})
        consent = {"recipient": {"kind": "partner", "slug": "projekt-ankommen"}, "purpose": "referral"}
        self.post(f"households/{self.house.ids['known']}/consents", consent)
        self.family("closed", "Musterfamilie Weggezogen", "Brackel", ["ru"], moved=120, persons=2)
        self.visit("closed", "waive", on=self.day(-110))
        self.post(f"households/{self.house.ids['closed']}/moves", {"left_city": True, "moved_on": self.day(-10)})
        self._contacts()

    def family(
        self, key: str, name: str, place: str, languages: list[str], moved: int, persons: int, **more: Any
    ) -> None:
        """A family; its id, its first person\'s and its first visit\'s are then known by the key."""
        given = ("Adam", "Nura", "Sami", "Lina", "Omar", "Rima")
        arabic = ("آدم", "نورا", "سامي", "لينا", "عمر", "ريما")
        births = ("1988-05-04", "1990-11-23", "2014-02-01", "2016-07-19", "2019-03-30", "2022-09-12")
        names = arabic if not name.isascii() and languages[0] == "ar" else given
        answer = self.post(
            "households",
            {
                "family_name": name,
                "persons": [
                    {"given_name": names[number], "family_name": name, "birth_date": births[number]}
                    for number in range(persons)
                ],
                "address": {
                    "street": f"Musterstraße {len(self.house.ids) + 1}",
                    "postal_code": _STREETS[place],
                    "city": "Dortmund",
                    "district": "aplerbeck" if place in ("Schüren", "Sölde") else "brackel",
                    "neighbourhood": place,
                },
                "tenancy": "private",
                "legal_circle": "asylblg",
                "languages": languages,
                "moved_on": self.day(-moved),
                **more,
            },
        )
        ids = self.house.ids
        ids[key], ids[f"person:{key}"] = answer["household_id"], answer["person_ids"][0]
        ids[f"visit:{key}"] = answer["first_visit_id"]

    def visit(self, family: str, what: str, **body: Any) -> None:
        """Enter something about the family's first visit."""
        self.post(f"first-visits/{self.house.ids[f'visit:{family}']}/{what}", body)

    def _contacts(self) -> None:
        """Contacts of the last ten weeks, most of them on Thursdays, and a few of today."""
        groups = ("refugee", "refugee", "refugee", "partner", "host_society")
        topics = ("application_help", "housing", "language", "health", "school")
        for week in range(1, 11):
            thursday = self.house.today - timedelta(days=self.house.today.weekday() + 7 * week - 3)
            for number in range(3 + week % 3):
                at = datetime.combine(thursday, time(14 + number % 3, 10 * (number % 6)), BERLIN)
                self.contact(groups[(week + number) % 5], topics[(week * number) % 5], at=at.isoformat())
        for number in range(4):
            self.contact(groups[number], topics[number])

    def contact(self, group: str, topic: str, **more: Any) -> None:
        """A contact without a name."""
        by_partner = {"partner": "projekt-ankommen"} if group == "partner" else {"language": "ar"}
        self.post("contacts", {"target_group": group, "topic": topic, **by_partner, **more})

    def post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Call, with a path below the intake's calls; returns the answer."""
        return self._call("POST", path, body)

    def volunteers(self, path: str, body: Mapping[str, Any], method: str = "POST") -> dict[str, Any]:
        """Call the volunteers' service as the team."""
        return self.referrals(path, body, method=method, service="volunteers")

    def referrals(
        self,
        path: str,
        body: Mapping[str, Any],
        account: str = "amal",
        method: str = "POST",
        service: str = "referrals",
    ) -> dict[str, Any]:
        """Call somebody's referrals: the team's, or by the account those of the coordination or a partner."""
        headers = {"idempotency-key": str(uuid.uuid5(uuid.NAMESPACE_URL, f"{service}/{path}{body}"))}
        with ExitStack() as opened:
            client = self.client
            if account != "amal":
                client = opened.enter_context(self.house.stack.client(ACCOUNTS[account][0].value, account))
            answer = client.request(method, f"/{service}/api/v1/{path}", json=body, headers=headers)
        assert answer.is_success, f"{path}: {answer.text}"
        return dict(answer.json()) if answer.content else {}

    def put(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """The same for what replaces something."""
        return self._call("PUT", path, body)

    def _call(self, method: str, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        answer = self.client.request(
            method,
            f"{_API}/{path}",
            json=body,
            headers={"idempotency-key": str(uuid.uuid5(uuid.NAMESPACE_URL, f"{path}{body}"))},
        )
        assert answer.is_success, f"{path}: {answer.text}"
        return dict(answer.json()) if answer.content else {}

    def day(self, days: int) -> str:
        """The day so many days from today."""
        return (self.house.today + timedelta(days=days)).isoformat()

    def at(self, days: int, hour: int) -> str:
        """An hour of the day so many days from today."""
        return datetime.combine(self.house.today + timedelta(days=days), time(hour), BERLIN).isoformat()

    def _days_to_end_of_week(self) -> int:
        return 6 - self.house.today.weekday()


_NEEDS: Mapping[str, Mapping[str, Any]] = {
    "language": {"languages": ["sq"], "note": "Deutschkurs mit Kinderbetreuung"},
    "leisure": {"times": [{"weekday": "tue", "from": "16:00", "to": "18:00"}]},
}
