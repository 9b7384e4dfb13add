"""Waiting for what must come true, however busy the machine is; that nothing more comes can only be slept for."""

import asyncio
from collections.abc import Callable


async def eventually(true: Callable[[], bool], timeout: float = 15.0) -> None:
    """Return as soon as `true()`; raises `TimeoutError` after `timeout` seconds."""
    async with asyncio.timeout(timeout):
        while not true():
            await asyncio.sleep(0.005)
