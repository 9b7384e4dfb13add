"""People at their pages: Node processes that type, keep an outbox, catch up, and write down all they see."""

import asyncio
import itertools
import json
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.clients.fixtures import node_path
from tests.clients.people import token
from tests.faults.history import Client

SCRIPT = Path(__file__).with_name("workload.mjs")


@dataclass(frozen=True, slots=True)
class Typist:
    """A page and what its person does: to whom they write (in turns, by chance) and which door it uses."""

    client: Client
    para: tuple[str, ...] = ()
    http: bool = False
    """Catches up over the JSON routes instead of `sincronizar`."""

    def config(self, secret: str, rate: float, place: int) -> dict[str, Any]:
        rol = "admin" if self.client.admin else "user"
        return {
            "name": self.client.name,
            "usuario": self.client.usuario,
            "rol": rol,
            "reference": self.client.reference,
            "http": self.http,
            "para": self.para,
            "rate": rate,
            "place": place,
            # made a moment ahead: `sesiones_desde` counts in whole seconds
            "token": token(secret, self.client.usuario, rol, iat=time.time() + 1),
        }


USERS = {"ana": "Ana", "luis": "Luis", "eva": "Eva", "pepe": "Pepe", "nuria": "Nuria", "extrano": "Extraño"}
ADMINS = {"marta": "Marta", "elena": "Elena"}
CAST = (
    Typist(Client("ana-1", "ana"), ("admin", "marta")),
    Typist(Client("ana-2", "ana"), ("admin", "luis")),
    Typist(Client("marta-1", "marta", admin=True), ("ana", "eva", "pepe", "nuria")),
    Typist(Client("pepe-1", "pepe", reference=True), ("admin",)),
    Typist(Client("luis-1", "luis"), ("admin", "ana"), http=True),
    Typist(Client("elena-1", "elena", admin=True), ("luis", "ana", "marta"), http=True),
    Typist(Client("eva-1", "eva"), ("admin",)),
    Typist(Client("admin-1", "admin", admin=True, reference=True), ("eva",)),
    Typist(Client("extrano-1", "extrano")),
)
"""Two tabs of Ana, an admin on each process, two pages of the reference system, and the stranger."""
NURIA = Typist(Client("nuria-1", "nuria"), ("admin",))
"""Sits at the real page in Chromium, where there is one."""
WRITERS = sum(bool(typist.para) for typist in CAST)


class Group:
    """Some of the pages in one Node process, which can be killed and started again with what is on its disk."""

    def __init__(self, folder: Path, name: str, typists: Sequence[Typist], **world: Any) -> None:
        self.typists = typists
        self._file = folder / f"{name}.json"
        rate, secret = world.pop("rate"), world.pop("secret")
        configs = [typist.config(secret, rate, place) for place, typist in enumerate(typists)]
        people = [*USERS, *ADMINS]
        self._file.write_text(
            json.dumps({"folder": str(folder), "clients": configs, "people": people, **world})
        )
        self._ids = itertools.count(1)
        self._process: asyncio.subprocess.Process | None = None
        self._asking = asyncio.Lock()
        self.typing = False

    async def start(self) -> None:
        self._process = await asyncio.create_subprocess_exec(
            node_path(), SCRIPT, self._file, stdin=subprocess.PIPE, stdout=subprocess.PIPE, limit=2**26
        )
        if self.typing:
            await self.do("typing", on=True)

    async def type(self, on: bool) -> None:
        self.typing = on
        await self.do("typing", on=on)

    async def do(self, action: str, **arguments: Any) -> Any:
        """Have one thing done and return what it said."""
        process, number = self._process, next(self._ids)
        assert process, "not started"
        assert process.stdin
        assert process.stdout
        async with self._asking, asyncio.timeout(30):
            process.stdin.write(json.dumps({"id": number, "do": action, **arguments}).encode() + b"\n")
            await process.stdin.drain()
            line = await process.stdout.readline()
        assert line, "the pages are gone"
        return json.loads(line)["result"]

    async def kill(self) -> None:
        """Every browser falls over."""
        if self._process and self._process.returncode is None:
            self._process.kill()
        if self._process:
            await self._process.wait()
            self._process._transport.close()  # type: ignore[attr-defined]  # its pipes, before the loop is gone
