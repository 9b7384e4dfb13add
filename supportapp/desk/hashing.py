"""Password hashes: made and checked in two threads, so that they never stop the messages, with a short line before them."""

import asyncio
import math
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

import bcrypt
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

THREADS = 2
MOST_WAITING = 20
"""People who wait for a thread; whoever comes then had better come again."""
STEP = 0.5
"""Seconds: refusals come at multiples of it, so that none tells which kind of hash was checked, or that there was none."""
HASHER = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)  # 33 ms; the defaults take 350
NOBODYS = "$argon2id$v=19$m=19456,t=2,p=1$aKU8sF5gx2NImeRkKg2PDA$kK+zfrBe54R4G6islPzv5md8wxtgtTNp2amK8Nb2awk"
"""Checked where there is no account: of a password that opens nothing, made by `HASHER` so that it takes as long."""
BCRYPT_BYTES = 72
"""bcrypt looks at no more; the reference system's hashes were made of the first 72 bytes."""

T = TypeVar("T")


class Hashing:
    """argon2id, and bcrypt for hashes of the reference system."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(max_workers=THREADS, thread_name_prefix="password")
        self._inside = 0

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    @property
    def full(self) -> bool:
        """Whether as many wait as may."""
        return self._inside >= THREADS + MOST_WAITING

    @contextmanager
    def place(self) -> Iterator[None]:
        """Stand in the line while the block runs."""
        self._inside += 1
        try:
            yield
        finally:
            self._inside -= 1

    async def make(self, password: str) -> str:
        return await self._in_thread(lambda: HASHER.hash(password))

    async def verify(self, stored: str | None, password: str) -> bool:
        """Whether `stored` is a hash of `password`; without one, the work of an argon2 hash and False."""
        right = await self._in_thread(lambda: self._verify(stored or NOBODYS, password))
        return right and stored is not None

    def is_old(self, stored: str) -> bool:
        return not stored.startswith("$argon2") or HASHER.check_needs_rehash(stored)

    def _verify(self, stored: str, password: str) -> bool:
        secret = password.encode(errors="replace")
        try:
            if stored.startswith("$2"):
                return bcrypt.checkpw(secret[:BCRYPT_BYTES], stored.encode())
            return HASHER.verify(stored, secret)
        except (VerificationError, InvalidHashError, ValueError):
            return False

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)


async def until_the_step(begun: float) -> None:
    """Wait until a whole number of `STEP`s has passed since `begun`, a moment of `time.monotonic`."""
    passed = time.monotonic() - begun
    await asyncio.sleep(math.ceil(passed / STEP) * STEP - passed)
