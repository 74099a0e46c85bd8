"""What can be seen of the technical state from here: services, queues, dead letters, what is missing on the broker."""

import asyncio
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

import httpx

from services.reporting.consumers import topology
from services.reporting.settings import Settings
from shared.messaging.management import Management, QueueState
from shared.messaging.topology import backbone, dead_letters_of

_DEAD = dead_letters_of("")


@dataclass(frozen=True, slots=True)
class ServiceState:
    """A service by its own word; `missing` names what it waits for."""

    name: str
    answers: bool
    missing: tuple[str, ...] = ()

    @property
    def ready(self) -> bool:
        """Whether it can do its work."""
        return self.answers and not self.missing


@dataclass(frozen=True, slots=True)
class DeadLetters:
    """Messages of a queue that could not be handled, by reason."""

    queue: str
    reason: str
    count: int


@dataclass(slots=True)
class State:
    """Everything that was looked at; `broker_answers` is None where nobody may ask it."""

    services: list[ServiceState]
    broker_answers: bool | None = None
    queues: list[QueueState] = field(default_factory=list)
    unattended: set[str] = field(default_factory=set)
    dead: list[DeadLetters] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)

    @property
    def well(self) -> bool:
        """Whether nothing is wrong."""
        everybody_ready = all(service.ready for service in self.services)
        return (
            everybody_ready and self.broker_answers is not False and not (self.unattended or self.dead or self.missing)
        )


async def look(settings: Settings) -> State:
    """Look once; what does not answer within seconds counts as away."""
    asked = [_service(name, url) for name, url in settings.service_urls.items()]
    state = State(list(await asyncio.gather(*asked)))
    if settings.rabbitmq_management_url:
        try:
            await _broker(state, settings, settings.rabbitmq_management_url)
            state.broker_answers = True
        except httpx.HTTPError:
            state.broker_answers = False
    return state


async def _service(name: str, url: str) -> ServiceState:
    try:
        async with httpx.AsyncClient(timeout=3) as client:
            answer = await client.get(f"{url}/health/ready")
            if answer.is_success:
                return ServiceState(name, True)
            return ServiceState(name, True, tuple(map(str, answer.json().get("missing", ["?"]))))
    except (httpx.HTTPError, ValueError):
        return ServiceState(name, False)


async def _broker(state: State, settings: Settings, url: str) -> None:
    vhost = unquote(urlsplit(settings.rabbitmq_url).path[1:]) or "/"
    async with Management(url, vhost) as management:
        state.queues = await management.queues()
        state.missing = await management.missing(backbone() + topology(settings.site))
        names = {queue.name for queue in state.queues}
        for queue in state.queues:
            if dead_letters_of(queue.name) in names and not queue.consumers:
                state.unattended.add(queue.name)
            if queue.name.endswith(_DEAD) and queue.messages:
                origin = queue.name.removesuffix(_DEAD)
                reasons = await management.reasons(queue.name)
                state.dead += [DeadLetters(origin, reason, count) for reason, count in sorted(reasons.items())]
