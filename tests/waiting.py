"""Tests wait for what shall become true, never for time to pass."""

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")


async def eventually(condition: Callable[[], T | Awaitable[T]], seconds: float = 20.0) -> T:
    """The first true value of `condition`, asked again and again; AssertionError with the last value otherwise.

    An AssertionError inside `condition` means "not yet", so that several things can be asserted together.
    """
    deadline = time.monotonic() + seconds
    while True:
        value: object
        try:
            value = condition()
            if inspect.isawaitable(value):
                value = await value
            if value:
                return value  # type: ignore[return-value]
        except AssertionError as not_yet:
            value = not_yet
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds:g} s; at last: {value!r}")
        await asyncio.sleep(0.02)
