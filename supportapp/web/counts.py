"""Counts that end after a while, in memory that several processes share: none of them counts alone."""

import fcntl
import mmap
import os
import secrets
import struct
import tempfile
import time
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import blake2b

SLOTS, NEAR = 65_536, 64
"""Counts that fit, and from how many places one may choose: those behind the place that its name leads to."""
ENTRY = struct.Struct("16sqd")
"""A name's digest, its count, and when it ends (monotonic, the same for all processes of a machine)."""
SECRET = ENTRY.size
"""Bytes at the beginning, known to nobody outside: whoever knew where names lead could fill the places of another."""


def shared_memory() -> int:
    """A descriptor of memory for a `Counts`; whoever inherits it counts in the same."""
    if hasattr(os, "memfd_create"):
        descriptor = os.memfd_create("supportapp")
    else:
        with tempfile.TemporaryFile() as file:
            descriptor = os.dup(file.fileno())
    os.ftruncate(descriptor, SECRET + (SLOTS + NEAR) * ENTRY.size)
    os.pwrite(descriptor, secrets.token_bytes(SECRET), 0)
    return descriptor


class Counts:
    """The counts in the memory of `descriptor`, which it closes in the end; without one, in its own."""

    def __init__(self, descriptor: int | None = None) -> None:
        self._descriptor = shared_memory() if descriptor is None else descriptor
        weakref.finalize(self, os.close, self._descriptor)
        self._memory = mmap.mmap(self._descriptor, 0)
        self._secret = self._memory[:SECRET]

    def add(self, name: str, amount: int, seconds: float) -> tuple[int, float] | None:
        """Add to the count of `name`, which ends so many seconds after it began.

        The count and the seconds until its end; None where there is no room for a new one.
        """
        now = time.monotonic()
        with self._locked():
            digest, place, count, ends = self._find(name, now)
            if place is None:
                return None
            if ends <= now:
                count, ends = 0, now + seconds
            ENTRY.pack_into(self._memory, place, digest, count + amount, ends)
        return count + amount, ends - now

    def take_back(self, name: str) -> None:
        """Take one off the count of `name`."""
        now = time.monotonic()
        with self._locked():
            digest, place, count, ends = self._find(name, now)
            if place is not None and ends > now and count:
                ENTRY.pack_into(self._memory, place, digest, count - 1, ends)

    def _find(self, name: str, now: float) -> tuple[bytes, int | None, int, float]:
        """The digest of `name`; where its count is, or may be; how much it is and when it ends."""
        digest = blake2b(name.encode(errors="replace"), digest_size=16, key=self._secret).digest()
        first = SECRET + int.from_bytes(digest[:8]) % SLOTS * ENTRY.size
        free = None
        for place in range(first, first + NEAR * ENTRY.size, ENTRY.size):
            owner, count, ends = ENTRY.unpack_from(self._memory, place)
            if owner == digest:
                return digest, place, count, ends
            if free is None and ends <= now:
                free = place
        return digest, free, 0, 0.0

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Released by the kernel where a process dies in it."""
        fcntl.lockf(self._descriptor, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.lockf(self._descriptor, fcntl.LOCK_UN)
