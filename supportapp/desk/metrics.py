"""What an operator sees at `/metrics`: counted where it happens, one registry for each application."""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Any

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
)

from supportapp.desk.outcomes import Pending
from supportapp.errors import SupportError
from supportapp.store.messages import Message

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
SIZES = (1, 2, 5, 10, 20, 50, 100)
MOST_ON_THE_WAY = 1000
"""Batches whose way to the sockets is timed at once."""


class Metrics:
    """The figures of one application since its start; names begin with `soporte_`.

    `everybody` asks for those of all processes, where there are several; raises `TimeoutError`.
    """

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.everybody: Callable[[], Awaitable[bytes]] | None = None
        ProcessCollector(registry=self.registry)
        self.watch("soporte_tasks", "What the event loop has under way", running_tasks)
        self._sizes = Histogram(
            "soporte_batch_messages", "Messages of one transaction", buckets=SIZES, registry=self.registry
        )
        self._commits = self.times("soporte_commit_seconds", "One transaction of messages, commit included")
        self._acknowledged = self.times(
            "soporte_acknowledged_seconds", "From a message's arrival until its acknowledgement", "estado"
        )
        self._delivered = self.times(
            "soporte_delivered_seconds",
            "From the acknowledgements of a commit until its last message is in the sockets' queues",
        )
        self._refused = self.counter("soporte_refusals", "Messages that were not accepted", "error")
        self.committed_messages = self.counter(
            "soporte_messages_committed", "Messages stored by this process"
        )
        self._emitted = self.counter("soporte_deliveries", "Events put into sockets' queues", "event")
        self.connects = self.counter("soporte_connects", "Sockets that were let in; a reconnect is one more")
        self.disconnects = self.counter("soporte_disconnects", "Sockets that went")
        self._caught_up = self.counter("soporte_catch_ups", "Clients that asked for what they missed", "way")
        self._on_the_way: deque[tuple[int, float]] = deque(maxlen=MOST_ON_THE_WAY)

    def counter(self, name: str, about: str, *labels: str) -> Counter:
        """A figure that only grows; `_total` is added to its name."""
        return Counter(name, about, labels, registry=self.registry)

    def watch(self, name: str, about: str, look: Callable[[], float]) -> None:
        """A figure that is looked at when somebody asks."""
        Gauge(name, about, registry=self.registry).set_function(look)

    def watch_each(self, name: str, about: str, label: str, looks: Mapping[str, Callable[[], float]]) -> None:
        """Figures that are looked at when somebody asks, one for each value of `label`."""
        gauge = Gauge(name, about, (label,), registry=self.registry)
        for value, look in looks.items():
            gauge.labels(value).set_function(look)

    def fact(self, name: str, about: str, labels: Mapping[str, str]) -> None:
        """What does not change, as the labels of a 1."""
        Gauge(name, about, tuple(labels), registry=self.registry).labels(**labels).set(1)

    def submitted(self, accepted: asyncio.Future[Any]) -> None:
        """A message is queued; `accepted` will be its outcome."""
        accepted.add_done_callback(partial(self._answered, time.monotonic()))

    def refused(self, code: str) -> None:
        """A message was not accepted, for this error of the protocol."""
        self._refused.labels(code).inc()

    def _answered(self, begun: float, accepted: asyncio.Future[Any]) -> None:
        if accepted.cancelled():
            return
        error = accepted.exception()
        if isinstance(error, SupportError):
            self.refused(error.code)
        elif error is None:
            estado = "pendiente" if isinstance(accepted.result(), Pending) else "guardado"
            self._acknowledged.labels(estado).observe(time.monotonic() - begun)

    def batch(self, size: int, seconds: float) -> None:
        """One transaction of `size` messages, committed."""
        self._sizes.observe(size)
        self._commits.observe(seconds)

    def committed(self, messages: Sequence[Message]) -> None:
        """These were committed just now, and are on their way to the sockets."""
        if messages:
            self.committed_messages.inc(len(messages))
            self._on_the_way.append((messages[-1].id, time.monotonic()))

    def delivered(self, message: Message) -> None:
        """It has reached the sockets: notes how long each own batch took to get there."""
        while self._on_the_way and self._on_the_way[0][0] <= message.id:
            self._delivered.observe(time.monotonic() - self._on_the_way.popleft()[1])

    def emitted(self, event: str, sockets: int) -> None:
        self._emitted.labels(event).inc(sockets)

    def caught_up(self, way: str) -> None:
        """A client asked for what it missed, by `sincronizar` or by a page's fragment with `despues`."""
        self._caught_up.labels(way).inc()

    def text(self) -> bytes:
        """Everything in Prometheus' text format."""
        return generate_latest(self.registry)

    async def page(self) -> bytes:
        """What `/metrics` shows; raises `TimeoutError`."""
        return await self.everybody() if self.everybody else self.text()

    def times(self, name: str, about: str, *labels: str) -> Histogram:
        """How long something takes, in seconds."""
        return Histogram(name, about, labels, buckets=SECONDS, registry=self.registry)


def running_tasks() -> int:
    """The tasks of this event loop; 0 where none runs."""
    try:
        return len(asyncio.all_tasks())
    except RuntimeError:
        return 0
