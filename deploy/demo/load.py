"""Makes the calls of the demonstration data, several stories at once, each call once however often it is sent."""

import asyncio
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from typing import Any

import httpx

from deploy.demo.calls import API, Call, Story, key_of
from deploy.demo.desk import FIRST_FAMILY, FIRST_MOVED_DAYS_AGO, changes, desk
from deploy.demo.knowledge import knowledge
from deploy.demo.partners import API as REFERRALS
from deploy.demo.partners import cooperations, partners, sessions
from deploy.demo.pilot import pilot
from deploy.demo.referrals import barriers, places_again, referrals
from deploy.demo.round_tables import round_tables
from deploy.demo.volunteers import mentorships, volunteers, wishes

AT_ONCE = 8
"""Stories under way: enough to keep two cores busy, few enough for the pages to answer meanwhile."""
_PATIENCE = 60.0
"""Seconds for which a service that is starting, or restarting, is waited for."""
_PASSING = frozenset({502, 503, 504})


class Refused(Exception):
    """The API refused a call; the text says which and why."""


class Loader:
    """Tells stories to a running stack through its gateway, with a token of the site's team.

    Every call carries the Idempotency-Key of its place in its story, so that an interrupted run is continued by
    running it again, and a second run changes nothing. `on_call` hears of every call that has been answered.
    """

    def __init__(
        self,
        gateway_url: str,
        token: str,
        on_call: Callable[[], None] = lambda: None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._client = httpx.AsyncClient(
            base_url=gateway_url,
            transport=transport,
            headers={"authorization": f"Bearer {token}"},
            timeout=30,
            limits=httpx.Limits(max_connections=AT_ONCE),
        )
        self._on_call = on_call
        self._answers: dict[str, dict[str, Any]] = {}
        self.written = 0
        """Calls that had an effect now, and not in an earlier run."""

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def tell(self, stories: Iterable[Story]) -> None:
        """Make the calls of all stories. Raises `Refused`; what was told before stays."""
        waiting = iter(list(stories))

        async def one_after_the_other() -> None:
            for story in waiting:
                await self._tell(story)

        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(AT_ONCE):
                    group.create_task(one_after_the_other())
        except ExceptionGroup as faults:
            raise faults.exceptions[0] from None  # the first refusal has ended the others

    async def _tell(self, story: Story) -> None:
        known: dict[str, Any] = {name: self._answers[given.key][given.name] for name, given in story.given.items()}
        for key, call in story.keyed():
            self._answers[key] = await self._make(key, call.filled(known))
            known |= self._answers[key]
            self._on_call()

    async def _make(self, key: str, call: Call) -> dict[str, Any]:
        options: dict[str, Any] = {"headers": {"idempotency-key": key}, "json": dict(call.body)}
        answer = await self._patiently(
            call.method, call.path, there_already=call.there is not None, waits=call.waits, **options
        )
        if answer.status_code == httpx.codes.CONFLICT:
            return await self._taken_up(call)
        if "idempotent-replayed" not in answer.headers:
            self.written += 1
        answered: dict[str, Any] = answer.json()
        return answered

    async def _taken_up(self, call: Call) -> dict[str, Any]:
        """What somebody has entered before, if it is what the call would have made."""
        found: dict[str, Any] = (await self._patiently("GET", str(call.there))).json()
        if str(found.get("name")).casefold() != str(call.body["name"]).casefold():
            why = f"there is {found.get('name')!r} already, which is not {call.body['name']!r}; please rename it"
            raise Refused(f"{call.there}: {why}")
        return found

    async def _patiently(
        self, method: str, path: str, *, there_already: bool = False, waits: bool = False, **options: Any
    ) -> httpx.Response:
        until = asyncio.get_running_loop().time() + _PATIENCE
        pause = 0.1
        while True:
            try:
                answer = await self._client.request(method, path, **options)
            except httpx.TransportError as error:
                why = f"{path}: {type(error).__name__}"
            else:
                if answer.is_success or (there_already and answer.status_code == httpx.codes.CONFLICT):
                    return answer
                why = f"{path}: {answer.status_code} {_reason(answer)}"
                if answer.status_code == httpx.codes.UNAUTHORIZED and not path.startswith(API):
                    # The site's own services know its key at once, the city's when the register has told them.
                    why = f"{path}: the city does not know the key of this site yet (is reporting running there?)"
                elif answer.status_code not in _PASSING and not (waits and answer.status_code == httpx.codes.CONFLICT):
                    raise Refused(why)
            if asyncio.get_running_loop().time() > until:
                raise Refused(why)
            await asyncio.sleep(pause)
            pause = min(2 * pause, 3)

    async def day_of_the_desk(self, today: date) -> date:
        """The day for which the files around today were made by an earlier run; today if there are none yet."""
        found = (await self._patiently("GET", f"{API}/households", params={"q": FIRST_FAMILY, "closed": "true"})).json()
        for listed in found["items"]:
            if listed["family_name"] == FIRST_FAMILY:
                file = (await self._patiently("GET", f"{API}/households/{listed['household_id']}")).json()
                return date.fromisoformat(file["registered_on"]) + timedelta(days=FIRST_MOVED_DAYS_AGO)
        return today

    async def tell_everything(self, today: date) -> None:
        """The files around today, the first of them first, then all else, what needs something after that."""
        day = await self.day_of_the_desk(today)
        for stories in _in_turn(day):
            await self.tell(stories)
        await self._confirm_deletions(day)

    async def _confirm_deletions(self, day: date) -> None:
        """In the partners' place: they have deleted what they had of referrals that are over, but for a few."""
        deleted = {
            self._answers[key_of(told.referral.name, 0)]["referral_id"]: told.referral.name
            for told in referrals(day)
            if told.deleted
        }
        asked = (await self._patiently("GET", f"{REFERRALS}/deletions")).json()["items"]
        confirmed = [
            Story(
                f"deleted-{deleted[request['referral_id']]}",
                (Call(f"{REFERRALS}/deletions/{request['deletion_id']}/confirm", {}),),
            )
            for request in asked
            if request["referral_id"] in deleted
        ]
        await self.tell(confirmed)
        for _ in range(len(deleted) - len(confirmed)):
            self._on_call()  # confirmed by an earlier run


def _in_turn(day: date) -> list[list[Story]]:
    """Stories that can be told together, each list after the one before; `day` is that of the files around today."""
    around_today, referred = desk(day), referrals(day)
    return [
        around_today[:1],
        [*around_today[1:], *pilot(), *partners()],
        [*(told.ready for told in referred), *cooperations(), *sessions(), *barriers(day), *knowledge(day)],
        [*(told.referral for told in referred), *round_tables(day)],
        [*places_again(), *changes(day), *volunteers(day)],
        [*wishes(), *mentorships(day)],
    ]


def calls_in_all(today: date) -> int:
    """How many calls `tell_everything` makes."""
    told = sum(len(story.calls) for stories in _in_turn(today) for story in stories)
    return told + sum(each.deleted for each in referrals(today))


def _reason(answer: httpx.Response) -> str:
    try:
        problem = answer.json()
    except ValueError:
        return ""
    faults = "; ".join(f"{fault.get('path')}: {fault.get('message')}" for fault in problem.get("errors", []))
    return f"{problem.get('detail') or problem.get('title') or ''} {faults}".strip()
