"""The proxy does to a connection what it says."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.faults.proxy import DOWN, UP, Proxy
from tests.tcp_server import TCPServer

Ends = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@pytest.fixture
async def proxy() -> AsyncIterator[Proxy]:
    """In front of a server that says everything back, and `adiós` at the end."""

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(100):
                writer.write(data)
            writer.write("adiós".encode())
            await writer.drain()
        except OSError:
            pass

    async with TCPServer(echo) as server:
        proxy = await Proxy(server.port).start()
        yield proxy
        await proxy.stop()


async def enter(proxy: Proxy) -> Ends:
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
    writer.write(b"hola")
    assert await soon(reader) == b"hola"
    return reader, writer


async def soon(reader: asyncio.StreamReader, seconds: float = 1.0) -> bytes | None:
    """What comes within `seconds`; None for silence."""
    try:
        async with asyncio.timeout(seconds):
            return await reader.read(100)
    except TimeoutError:
        return None


async def test_it_delays(proxy: Proxy) -> None:
    reader, writer = await enter(proxy)
    proxy.delay = 0.15
    writer.write(b"lento")
    assert await soon(reader, 0.2) is None
    assert await soon(reader) == b"lento"
    writer.close()


async def test_it_cuts_and_refuses(proxy: Proxy) -> None:
    reader, writer = await enter(proxy)
    assert proxy.cut(refuse=True) == 1
    with pytest.raises(ConnectionError):
        await reader.read(1)
    writer.close()
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
    with pytest.raises(ConnectionError):
        await reader.read(1)
    writer.close()
    proxy.heal()
    (await enter(proxy))[1].close()


@pytest.mark.parametrize("ways", [(UP,), (DOWN,), ()])
async def test_half_open_is_silence_until_it_heals(proxy: Proxy, ways: tuple[str, ...]) -> None:
    reader, writer = await enter(proxy)
    proxy.silence(*ways)
    writer.write("¿hay alguien?".encode())
    assert await soon(reader, 0.1) is None
    proxy.heal()
    assert await soon(reader) == "¿hay alguien?".encode()
    writer.close()


async def test_half_closed_servers_may_still_speak(proxy: Proxy) -> None:
    reader, writer = await enter(proxy)
    proxy.half_close()
    assert await soon(reader) == "adiós".encode()
    writer.close()
