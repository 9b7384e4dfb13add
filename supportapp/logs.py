"""Structured logs: readable lines in development, JSON in production; never a person's text, never a token."""

import logging
import os
import sys
from contextlib import suppress
from functools import partial
from typing import Any

import structlog

from supportapp.config import Settings
from supportapp.errors import StartError

PRIVATE = frozenset(
    {
        "mensaje",
        "text",
        "texto",
        "token",
        "cookie",
        "pass",
        "pass_",
        "password",
        "authorization",
        "vista_previa",
    }
)
# These tell every packet, statement or request at their lower levels, with texts and tokens in them.
TALKATIVE = ("socketio", "engineio", "databases", "aiomysql", "aiosqlite", "hypercorn", "asyncio", "yoyo")


def configure_logging(settings: Settings, process: int | None = None) -> None:
    """Send structlog's events and the libraries' records through one formatter to standard output.

    `process`: which of several it is, told in each line with its pid; 0 is their parent.
    """
    # Nothing of it is shown, and each record would collect it.
    logging._srcfile = None
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    as_json = settings.logs_as_json
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso" if as_json else "%H:%M:%S", utc=as_json),
        hide_private,
        *([partial(say_which, process, os.getpid())] if process is not None else []),
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = Lines(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=renderers(as_json))
    )
    handler.addFilter(is_news)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(settings.log_level.upper())
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))


class Lines(logging.StreamHandler[Any]):
    """Says once on standard error that lines cannot be written: the chat goes on, and a full disk gets no fuller."""

    failed = False

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  # logging's own name
        if not isinstance(sys.exception(), OSError):
            super().handleError(record)
        elif not self.failed:
            self.failed = True
            with suppress(OSError):
                print(f"The log cannot be written: {sys.exception()}", file=sys.stderr, flush=True)


def is_news(record: logging.LogRecord) -> bool:
    """Not a failed start: the runner says it in one line, Quart would add a traceback."""
    return not (record.exc_info and isinstance(record.exc_info[1], StartError))


def hide_private(_: Any, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Blank what must not be in a log, whoever puts it there."""
    for key in PRIVATE & event.keys():
        event[key] = "…"
    return event


def say_which(
    process: int, pid: int, _: Any, __: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    """Name the process that speaks."""
    event.update(process=process, pid=pid)
    return event


def renderers(as_json: bool) -> list[structlog.typing.Processor]:
    without_meta = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    if as_json:
        return [without_meta, structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    plain = structlog.dev.plain_traceback
    return [
        without_meta,
        structlog.dev.ConsoleRenderer(
            colors=sys.stdout is not None and sys.stdout.isatty(), exception_formatter=plain
        ),
    ]
