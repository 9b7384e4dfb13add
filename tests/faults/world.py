"""Everything a schedule breaks: a database, a Redis, two processes, proxies between them all, and people."""

import asyncio
import contextlib
import json
import os
import signal
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from playwright.async_api import Browser

from supportapp.store.migrations import migrate
from tests.conftest import PASSWORD_HASH
from tests.faults.history import History, Op, Restore, Row, read_ops
from tests.faults.processes import Process
from tests.faults.proxy import Proxy
from tests.faults.siblings import located
from tests.faults.visitor import Visitor
from tests.faults.workload import ADMINS, CAST, NURIA, USERS, WRITERS, Group
from tests.processes import SECRET, environment
from tests.services.mariadb import MariaDB
from tests.services.redis import Redis

HEARTBEAT = 2.0
PATIENCE = 180.0
"""Seconds until everybody has to be quiet: on a busy machine the outboxes of a whole outage take a while to empty."""
DEADLINE = 0.4
MARIADB_OPTIONS = ("--idle-write-transaction-timeout=2",)
"""What docs/operations.md says to set: a stopped process must not keep the lock of everybody."""


class World:
    """`database[i]` and `doors[i]` are the proxies of `processes[i]`: to its database and from its clients."""

    def __init__(self, folder: Path, mariadb: MariaDB, redis: Redis | None, seed: str, rate: float) -> None:
        self.folder, self.mariadb, self.redis, self.seed = folder, mariadb, redis, seed
        self.name = f"w{time.time_ns()}"
        self.rate = rate
        self.restores: list[Restore] = []
        self.processes: list[Process] = []
        self.database: list[Proxy] = []
        self.doors: list[Proxy] = []
        self.groups: list[Group | Visitor] = []
        self.browser: Browser | None = None
        self.bus: Proxy | None = None
        self.settings: dict[str, object] = {}
        self.heartbeat = HEARTBEAT
        self.held: list[socket.socket] | None = None

    async def start(self, count: int = 2) -> None:
        await asyncio.to_thread(self._prepare)
        if self.redis:
            self.bus = await Proxy(self.redis.port).start()
        for number in range(count):
            proxy = await Proxy(self.mariadb.port).start()
            self.database.append(proxy)
            process = Process(f"app{number}", self._environment(number, proxy), self.folder)
            door = await Proxy(process.port).start()
            process.env["PUBLIC_URL"] = f"http://127.0.0.1:{door.port}"
            self.processes.append(process)
            self.doors.append(door)
        await asyncio.gather(*(process.start() for process in self.processes))
        await asyncio.gather(*(process.complete() for process in self.processes))
        urls = self.urls
        half = len(CAST) // 2
        common = {"urls": urls, "seed": self.seed, "silence": 3000 * self.heartbeat, "secret": SECRET}
        common["rate"] = self.rate / WRITERS
        self.groups = [
            Group(self.folder, f"group{n}", typists, **common)
            for n, typists in enumerate((CAST[:half], CAST[half:]))
        ]
        if self.browser:
            self.groups.append(Visitor(self.browser, self.folder, NURIA, urls[0], SECRET))
        for group in self.groups:
            await group.start()

    @property
    def urls(self) -> list[str]:
        """Where people come in, a place for each of `processes`."""
        return [f"http://127.0.0.1:{door.port}" for door in self.doors]

    async def stop(self) -> None:
        for connection in self.held or ():
            connection.close()
        for group in self.groups:
            await group.kill()
            if isinstance(group, Visitor):
                await group.leave()
        for process in self.processes:
            await process.end(signal.SIGKILL)
        for proxy in (*self.doors, *self.database, *([self.bus] if self.bus else [])):
            await proxy.stop()
        await asyncio.to_thread(self.mariadb.execute, f"DROP DATABASE {self.name}")

    def hold(self, connections: list[socket.socket]) -> None:
        """Keep what strangers opened, if this world has the time to see the server get rid of it."""
        if self.held is not None:
            self.held += connections
            return
        for connection in connections:
            connection.close()

    async def typing(self, on: bool) -> None:
        await asyncio.gather(*(group.type(on) for group in self.groups))

    def mark(self, text: str) -> None:
        """Write down when something was done to them."""
        with (self.folder / "marks.jsonl").open("a") as file:
            line = {"at": time.time() * 1000, "client": "", "what": "mark", "mensaje": text}
            file.write(json.dumps(line) + "\n")

    async def heal(self) -> None:
        """Everything that was broken works again."""
        for proxy in (*self.doors, *self.database, *([self.bus] if self.bus else [])):
            proxy.heal()
        for service in (self.mariadb, self.redis):
            if service and not service.running:
                await asyncio.to_thread(service.start)
            elif service:
                service.resume()
        for process in self.processes:
            if process.running:
                process.signal(signal.SIGCONT)
            else:
                await process.start_again()

    async def settle(self, patience: float = PATIENCE) -> bool:
        """Wait until nothing is on its way any more, then have every page written down; False if that never came."""
        until, calm = time.monotonic() + patience, False
        while not calm and time.monotonic() < until:
            await asyncio.sleep(0.25)
            pages = await self.pages()
            calm = all(page["quiet"] and page["idle"] > 2500 * self.heartbeat for page in pages)
        for group in self.groups:
            await group.do("view")
        return calm

    async def pages(self) -> list[dict[str, Any]]:
        return [page for group in self.groups for page in await group.do("status")]

    async def history(self) -> History:
        ops = self.ops()  # first: what was acknowledged by now stands in the tables that are read after it
        rows, summaries = await asyncio.to_thread(self._read_tables)
        clients = {typist.client.name: typist.client for group in self.groups for typist in group.typists}
        if any(process.siblings > 1 for process in self.processes):
            ops = located(
                ops, clients, dict(zip(self.urls, [one.log for one in self.processes], strict=True))
            )
        return History(clients, ops, rows, self.restores, summaries)

    def ops(self) -> list[Op]:
        return sorted(read_ops(self.folder), key=lambda op: op.at)

    def sql(self, *statements: str) -> list[dict[str, Any]]:
        return self.mariadb.execute(*statements, database=self.name)

    def _prepare(self) -> None:
        self.mariadb.execute(f"CREATE DATABASE {self.name}")
        migrate(self.mariadb.url(self.name), progress=lambda name: None)
        people = [(name, rol) for names, rol in ((USERS, "user"), (ADMINS, "admin")) for name in names]
        values = ", ".join(
            f"('{name}', '{name}', '{name.title()}', '{rol}', '{PASSWORD_HASH}', '2026-01-01')"
            for name, rol in people
        )
        self.sql(f"INSERT INTO usuarios (usuario, clave, nombre, rol, pass, creado) VALUES {values}")

    def _environment(self, number: int, database: Proxy) -> dict[str, str]:
        url = self.mariadb.url(self.name).replace(f":{self.mariadb.port}/", f":{database.port}/")
        redis = {"REDIS_URL": f"redis://127.0.0.1:{self.bus.port}/0"} if self.bus else {}
        return environment(
            **{
                "ENVIRONMENT": "production",
                "DATABASE_URL": url,
                "JWT_SECRET": SECRET,
                "INSTANCE_DIR": self.folder / f"instance{number}",
                "COMMIT_DEADLINE_MS": int(DEADLINE * 1000),
                "HEARTBEAT_SECONDS": self.heartbeat,
                "MESSAGE_LIMIT": "3000/15 seconds",
                "READ_LIMIT": "10000/second",
                "USERS_MAY_WRITE_TO": "anyone",
                "PROCESSES": os.environ.get("PROCESSES", "1"),
                **redis,
                **self.settings,
            }
        )

    def _read_tables(self) -> tuple[list[Row], dict[str, tuple[int, int]]]:
        columns = "id, de_usuario, para_usuario, mensaje, id_cliente, numero"
        rows = [Row(**row) for row in self.sql(f"SELECT {columns} FROM mensajes ORDER BY id")]
        found = self.sql("SELECT usuario, ultimo_id, recibidos FROM conversaciones")
        return rows, {row["usuario"]: (row["ultimo_id"], row["recibidos"]) for row in found}


@asynccontextmanager
async def world(
    folder: Path,
    mariadb: MariaDB,
    redis: Redis | None,
    seed: str,
    *,
    rate: float,
    heartbeat: float = HEARTBEAT,
    browser: Browser | None = None,
    **settings: object,
) -> AsyncIterator[World]:
    """A running world, with Nuria at her page in `browser`; whatever happened in it, the database and the Redis run again at its end."""
    one = World(folder, mariadb, redis, seed, rate)
    one.settings, one.heartbeat, one.browser = settings, heartbeat, browser
    try:
        await one.start()
        yield one
    finally:
        for service in (mariadb, redis):
            if service and not service.running:
                await asyncio.to_thread(service.start)
            elif service:
                with contextlib.suppress(ProcessLookupError):
                    service.resume()
        await one.stop()
