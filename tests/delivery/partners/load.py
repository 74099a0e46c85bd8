"""Events for one audience at a steady pace, confirmed: `python -m tests.delivery.partners.load URL AUDIENCE …`."""

import argparse
import json
import time
import uuid

from pamqp import commands

from shared.contracts import PREFIX
from shared.messaging.topology import EVENTS
from tests.delivery.partners.wire import Wire, bodies, publishing

MOST_UNCONFIRMED = 2_000
TICK_SECONDS = 0.01
SITE = "brackel-aplerbeck"


def _message() -> bytes:
    """A small event as a partner gets it."""
    referral = uuid.uuid4()
    return (
        f'{{"sequence":"0000000001","specversion":"1.0","id":"{uuid.uuid4()}","source":"/sites/city/referrals",'
        f'"type":"{PREFIX}referral-requested.v1","subject":"{referral}","time":"2017-01-12T09:15:30.123456Z",'
        f'"datacontenttype":"application/json","site":"{SITE}","data":{{"referral_id":"{referral}",'
        f'"person_ref":"{uuid.uuid4()}","kind":"german_course","state":"requested","due_on":"2017-02-01"}}}}'
    ).encode()


def publish(url: str, audience: str, count: int, rate: float) -> dict[str, float]:
    """Publish so many; how long it took until all were confirmed, and how many were."""
    key, written, confirmed = f"{SITE}.referrals.referral-requested.v1.{audience}", 0, 0
    up_to, beyond = 0, set[int]()  # the broker confirms single ones and all up to one
    with Wire(url, confirms=True) as wire:
        frames = publishing(EVENTS, key, len(_message()), user_id=wire.user)
        print("begun", flush=True)  # noqa: T201  (whoever has started it waits for that)
        begun = time.monotonic()
        while confirmed < count:
            due = min(int((time.monotonic() - begun) * rate), count, confirmed + MOST_UNCONFIRMED) - written
            if due > 0:
                wire.send(b"".join(frames + bodies(_message()) for _ in range(due)))
                written += due
            time.sleep(TICK_SECONDS)
            for told in wire.heard():
                assert isinstance(told, commands.Basic.Ack), told
                if told.multiple:
                    up_to = told.delivery_tag
                    beyond = {tag for tag in beyond if tag > up_to}
                elif told.delivery_tag > up_to:
                    beyond.add(told.delivery_tag)
            confirmed = up_to + len(beyond)
        return {"confirmed": confirmed, "seconds": round(time.monotonic() - begun, 1)}


def main() -> None:
    """Publish, and say what came of it as JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("audience")
    parser.add_argument("--count", type=int, required=True)
    parser.add_argument("--rate", type=float, required=True, help="events a second")
    given = parser.parse_args()
    print(json.dumps(publish(given.url, given.audience, given.count, given.rate)))  # noqa: T201  (its answer)


if __name__ == "__main__":
    main()
