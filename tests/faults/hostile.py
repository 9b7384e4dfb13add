"""What strangers do to a chat while people talk in it: each for a second or two, against every process."""

import asyncio
import contextlib
import json
import socket
import time
from collections.abc import Awaitable, Callable
from random import Random
from typing import Any

from tests.clients.people import token
from tests.faults.world import World
from tests.processes import SECRET
from tests.raw_sockets import open_websocket, read_frame, text_frame

Attack = Callable[[World, Random], Awaitable[None]]
SOME = ["", "0", "2", "3", "4", "5", "6", "40", "41", "42", "43", "44", "45", "42[", "42[]", "42[1]", '42["x"]', "40{",
        '40/otro,{"a":1}', '42["connect",{}]', '42["disconnect"]', '42["mensaje_privado"]', '451-["a",{"_placeholder":true}]',
        '42["mensaje_privado",{"para":"admin","mensaje":NaN}]', "42" + "[" * 2000, '42["sincronizar",{"desde":-1}]',
        '421["sincronizar",{"desde":1e400}]', '42["leido",{"con":"ana","hasta":99999999999999999999}]', "\x00", "ñ🙂"]  # fmt: skip


async def fuzz(world: World, rng: Random) -> None:
    """Frames and payloads that mean nothing, from somebody who is signed in."""
    seed = rng.random()
    await everywhere(world, lambda port: fuzz_one(port, Random(seed)))


async def flood(world: World, rng: Random) -> None:
    """Thousands of events a second of one person, who is over the limit at once."""
    await everywhere(world, flood_one)


async def loris(world: World, rng: Random) -> None:
    """Requests that never end, and connections that never say who they are (in the long tier held until the end)."""

    def attack(port: int) -> None:
        held = [socket.create_connection(("127.0.0.1", port), timeout=5) for _ in range(60)]
        for connection in held:
            connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ")
        silent = [open_websocket(port, Cookie=cookie())[0] for _ in range(20)]
        for _ in range(10):
            time.sleep(0.1)
            for connection in held:
                with contextlib.suppress(OSError):
                    connection.sendall(b"a")
        world.hold(silent)
        for connection in held:
            connection.close()

    await everywhere(world, attack)


async def stuck_readers(world: World, rng: Random) -> None:
    """Admins' sockets that hear everything and read nothing."""

    def attack(port: int) -> None:
        stuck = [enter(port, "marta", "admin") for _ in range(10)]
        time.sleep(2)
        for connection in stuck:
            connection.close()

    await everywhere(world, attack)


async def everywhere(world: World, attack: Callable[[int], None]) -> None:
    """Against every process at once; a connection that is cut is how it should end."""

    def one(port: int) -> None:
        with contextlib.suppress(OSError):
            attack(port)

    await asyncio.gather(*(asyncio.to_thread(one, process.port) for process in world.processes))


def fuzz_one(port: int, rng: Random) -> None:
    for _ in range(12):
        with contextlib.suppress(OSError):
            connection = enter(port, "extrano", "user")
            with connection:
                for _ in range(8):
                    connection.sendall(text_frame(rng.choice(SOME) + rng.choice(SOME[:9])))
                    connection.sendall(text_frame(f"42{json.dumps(nonsense(rng))}"))
                    connection.sendall(rng.randbytes(rng.randint(1, 60)) if rng.random() < 0.2 else b"")
                time.sleep(0.05)


def flood_one(port: int) -> None:
    with enter(port, "extrano", "user") as connection:
        events = [["escribiendo", {"para": "admin"}], ["leido", {"con": "extrano", "hasta": 1}],
                  ["sincronizar", {"desde": 0}], ["mensaje_privado", {"para": "nadie", "mensaje": "x"}]]  # fmt: skip
        burst = b"".join(text_frame(f"42{number}{json.dumps(events[number % 4])}") for number in range(1000))
        for _ in range(3):
            connection.sendall(burst)
            time.sleep(0.3)


def nonsense(rng: Random) -> list[Any]:
    """An event whose payload is of any shape, but never a message that could be stored."""
    shapes: list[Any] = [None, True, 1, -1.5, "", "x" * 5000, [], {}, [[[]]], {"para": 1}, {"para": "admin", "mensaje": []},
                         {"para": "admin", "mensaje": "\ud800"}, {"para": "extrano", "mensaje": "a mí"},
                         {"para": "ADMIN", "mensaje": "x"}, {"con": {}, "hasta": "1"}, {"desde": None}]  # fmt: skip
    names = [
        "mensaje_privado",
        "leido",
        "entregado",
        "sincronizar",
        "escribiendo",
        "connect",
        "__proto__",
        "",
    ]
    return [rng.choice(names), *rng.sample(shapes, rng.randint(0, 3))]


def enter(port: int, usuario: str, rol: str) -> socket.socket:
    """A connected socket of somebody."""
    connection, head = open_websocket(port, Cookie=cookie(usuario, rol))
    if " 101 " not in head:
        connection.close()
        raise ConnectionError(head[:50])
    read_frame(connection)
    connection.sendall(text_frame("40"))
    read_frame(connection)
    return connection


def cookie(usuario: str = "extrano", rol: str = "user") -> str:
    return f"token={token(SECRET, usuario, rol, iat=time.time() + 1)}"


ATTACKS: tuple[Attack, ...] = (fuzz, flood, loris, stuck_readers)
