"""Two processes on one database wake each other through Redis, and lose nothing when it dies, hangs or cuts them off."""

import asyncio
import os
import socket
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import pytest
from redis import Redis as Client

from supportapp.config import Settings
from supportapp.realtime.bus import Bus
from supportapp.realtime.redis_connection import connection_options
from tests.clients.driver import Driver
from tests.clients.people import Person
from tests.clients.running import RunningDesk, running_desk
from tests.conftest import JWT_SECRET
from tests.services.redis import Redis
from tests.store.test_tls import self_signed
from tests.tcp_server import TCPServer
from tests.waiting import eventually

WITHIN = 0.5
"""What is promised between processes, whatever becomes of Redis."""
SLACK = 0.3
"""What a busy test machine adds to it."""


@dataclass
class Two:
    """Ana at one process, Marta at another; `late` is how long after its acknowledgement Marta heard each message."""

    first: RunningDesk
    second: RunningDesk
    ana: Person
    marta: Person
    redis: Redis

    async def until(self, healthy: bool) -> None:
        """Wait until both rely on Redis, or both do not."""
        await eventually(lambda: all(bus_of(desk).healthy is healthy for desk in (self.first, self.second)))

    async def talk(self, count: int, every: float = 0.02) -> list[float]:
        """Ana writes `count` messages; the seconds between acknowledgement and hearing of each, and of the acks."""
        heard: dict[str, float] = {}
        self.acks: list[float] = []
        original = self.marta.driver

        def hear(event: str, args: list[dict[str, str]]) -> None:
            if event == "mensaje_recibido":
                assert args[0]["mensaje"] not in heard, "heard twice"
                heard[args[0]["mensaje"]] = time.perf_counter()

        original.listen(self.marta.socket, hear)
        acknowledged: dict[str, float] = {}
        for number in range(count):
            text, sent = f"{number} {time.perf_counter_ns()}", time.perf_counter()
            answer = await self.ana.send("admin", text)
            assert answer["estado"] == "guardado"
            acknowledged[text] = time.perf_counter()
            self.acks.append(acknowledged[text] - sent)
            await asyncio.sleep(every)
        await eventually(lambda: len(heard) == count)
        assert list(heard) == list(acknowledged), "out of order"
        return [heard[text] - when for text, when in acknowledged.items()]


def bus_of(desk: RunningDesk) -> Bus:
    assert desk.app.bus is not None
    return desk.app.bus


async def end(*tasks: asyncio.Task[None]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


@pytest.fixture
def settings(mariadb_url: str, tmp_path: Path, redis: Redis) -> Settings:
    return Settings(
        database_url=mariadb_url, jwt_secret=JWT_SECRET, instance_dir=tmp_path, redis_url=redis.url
    )


@pytest.fixture(autouse=True)
def redis_again(redis: Redis) -> Iterator[None]:
    yield
    if not redis.running:
        redis.start()
    redis.resume()


@asynccontextmanager
async def two_desks(settings: Settings, driver: Driver, redis: Redis) -> AsyncIterator[Two]:
    other = settings.model_copy(update={"instance_dir": settings.instance_dir / "other"})
    async with running_desk(settings, driver) as first, running_desk(other, driver) as second:
        yield Two(first, second, await first.enter("ana"), await second.enter("marta"), redis)


@pytest.fixture
async def two(settings: Settings, people: object, driver: Driver, redis: Redis) -> AsyncIterator[Two]:
    async with two_desks(settings, driver, redis) as two:
        yield two


async def test_a_process_hears_of_anothers_commits_at_once(two: Two) -> None:
    await two.until(healthy=True)
    assert two.second.app.desk.dispatcher.interval == 1.0
    late = await two.talk(100)
    print(f"\nhealthy: p50 {median(late) * 1000:.1f} ms, max {max(late) * 1000:.1f} ms")
    assert median(late) < 0.2  # a look at the table every second would take half a second
    assert max(late) < WITHIN + SLACK


async def test_a_mark_is_heard_of_at_once_too(two: Two) -> None:
    await two.until(healthy=True)
    late = []
    for number in range(1, 11):
        await two.ana.send("admin", f"hola {number}")
        begun = time.perf_counter()
        await two.marta.emit("leido", {"con": "ana", "hasta": number})
        await two.ana.wait_for("leido", number)
        late.append(time.perf_counter() - begun)
    assert median(late) < 0.3  # a look every second would take half a second


async def test_without_redis_the_table_is_followed(two: Two) -> None:
    await two.until(healthy=True)
    two.redis.kill()
    late = await two.talk(40)
    assert max(late) < WITHIN + SLACK
    await two.until(healthy=False)
    assert two.second.app.desk.dispatcher.interval == 0.25
    late = await two.talk(40)
    assert max(late) < WITHIN + SLACK


async def test_redis_comes_back(two: Two) -> None:
    await two.until(healthy=True)
    two.redis.kill()
    await two.until(healthy=False)
    two.redis.start()
    await two.until(healthy=True)
    assert two.second.app.desk.dispatcher.interval == 1.0
    assert median(await two.talk(40)) < 0.2


async def test_redis_hangs(two: Two) -> None:
    await two.until(healthy=True)
    await two.talk(30)
    usual = median(two.acks)
    for _ in range(3):  # wherever the calls into the hall stand at that moment
        two.redis.pause()
        late = await two.talk(40)
        print(f"\nhung: max {max(late) * 1000:.0f} ms, ack max {max(two.acks) * 1000:.0f} ms")
        assert max(late) < WITHIN + SLACK
        assert median(two.acks) < 3 * usual + 0.05  # nobody waits for Redis on the way to an acknowledgement
        assert max(two.acks) < WITHIN
        await two.until(healthy=False)
        two.redis.resume()
        await two.until(healthy=True)


async def test_subscribers_and_publishers_are_cut(two: Two) -> None:
    await two.until(healthy=True)
    client = Client.from_url(two.redis.url)

    async def cut() -> None:
        for kind in ("pubsub", "normal") * 8:
            await asyncio.sleep(0.1)
            client.client_kill_filter(_type=kind, skipme=True)

    cutting = asyncio.create_task(cut())
    late = await two.talk(100)
    await cutting
    client.close()
    print(f"\ncut: max {max(late) * 1000:.0f} ms")
    assert max(late) < WITHIN + SLACK
    await two.until(healthy=True)


async def test_redis_flaps(two: Two) -> None:
    await two.until(healthy=True)

    async def flap() -> None:
        for _ in range(6):
            two.redis.pause()
            await asyncio.sleep(0.25)
            two.redis.resume()
            await asyncio.sleep(0.15)
        for _ in range(3):
            await asyncio.to_thread(two.redis.kill)
            await asyncio.sleep(0.1)
            await asyncio.to_thread(two.redis.start)

    flapping = asyncio.create_task(flap())
    late = await two.talk(150)
    await flapping
    print(f"\nflapping: max {max(late) * 1000:.0f} ms")
    assert max(late) < WITHIN + SLACK
    await two.until(healthy=True)
    assert len(asyncio.all_tasks()) < 60


async def test_a_silent_redis_is_no_healthy_one(settings: Settings) -> None:
    """It accepts connections and says nothing, as behind a dead balancer."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"redis://127.0.0.1:{silent.getsockname()[1]}/0"
        woken: list[bool] = []
        bus = Bus(url, lambda: woken.append(True), lambda: "epoch", woken.append)
        task = asyncio.create_task(bus.run())
        bus.published()
        await asyncio.sleep(0.6)
        assert not bus.healthy
        assert woken == []
        assert not task.done()
        await end(task)


async def deaf(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A Redis that takes every publish and subscription, and delivers nothing."""
    while header := await reader.readline():
        words = []
        for _ in range(int(header[1:])):
            await reader.readline()
            words.append((await reader.readline()).strip())
        for channel in words[1:] if words[0] == b"SUBSCRIBE" else []:
            writer.write(b"*3\r\n$9\r\nsubscribe\r\n$%d\r\n%b\r\n:1\r\n" % (len(channel), channel))
        if words[0] != b"SUBSCRIBE":
            writer.write(b":1\r\n" if words[0] == b"PUBLISH" else b"+OK\r\n")


async def test_only_an_echo_through_the_subscription_is_a_proof_of_life() -> None:
    """Redis answers, but what is published does not arrive: a half-dead subscription looks like that."""
    async with TCPServer(deaf) as server:
        url = f"redis://127.0.0.1:{server.port}/0"
        changes: list[bool] = []
        bus = Bus(url, lambda: None, lambda: "epoch", changes.append)
        task = asyncio.create_task(bus.run())
        await asyncio.sleep(1)
        assert changes == []
        await end(task)


async def test_news_that_could_not_be_told_is_told_later(redis: Redis) -> None:
    heard: list[bool] = []
    one = Bus(redis.url, lambda: None, lambda: "epoch")
    other = Bus(redis.url, lambda: heard.append(True), lambda: "epoch")
    task = asyncio.create_task(one.run())
    await eventually(lambda: one.healthy)
    redis.pause()
    one.published()
    await eventually(lambda: not one.healthy)
    await end(task)
    redis.resume()
    task = asyncio.create_task(other.run())
    await eventually(lambda: other.healthy)
    heard.clear()
    await one.say_last()
    await eventually(lambda: heard == [True])
    await end(task)


async def test_commits_in_one_go_are_one_publish(redis: Redis) -> None:
    client = Client.from_url(redis.url)
    heard: list[str] = []
    one = Bus(redis.url, lambda: None, lambda: "epoch")
    other = Bus(redis.url, lambda: heard.append("wake"), lambda: "epoch")
    stranger = Bus(redis.url, lambda: heard.append("stranger"), lambda: "another epoch")
    tasks = [asyncio.create_task(bus.run()) for bus in (one, other, stranger)]
    await eventually(lambda: all(bus.healthy for bus in (one, other, stranger)))
    heard.clear()
    for _ in range(50):
        one.published()
    await eventually(lambda: bool(heard))
    await asyncio.sleep(0.1)
    assert heard == ["wake"]
    await end(*tasks)
    assert not one.healthy
    one.published()  # what a stopping process has committed last
    rest = asyncio.create_task(other.run())
    await eventually(lambda: other.healthy)
    heard.clear()
    await one.say_last()
    await eventually(lambda: heard == ["wake"])
    await end(rest)
    client.close()


async def test_a_new_epoch_is_another_channel(redis: Redis) -> None:
    epoch = ["before"]
    heard: list[bool] = []
    one = Bus(redis.url, lambda: None, lambda: epoch[0])
    other = Bus(redis.url, lambda: heard.append(True), lambda: "after")
    tasks = [asyncio.create_task(bus.run()) for bus in (one, other)]
    await eventually(lambda: one.healthy and other.healthy)
    epoch[0] = "after"
    await eventually(lambda: not one.healthy)
    await eventually(lambda: one.healthy)
    heard.clear()
    one.published()
    await eventually(lambda: heard == [True])
    await end(*tasks)


async def test_connections_and_tasks_return_to_where_they_were(redis: Redis) -> None:
    bus = Bus(redis.url, lambda: None, lambda: "epoch")
    task = asyncio.create_task(bus.run())
    client = Client.from_url(redis.url)
    await eventually(lambda: bus.healthy)
    await asyncio.sleep(0.1)
    files, tasks = len(os.listdir("/proc/self/fd")), len(asyncio.all_tasks())
    for _ in range(10):
        client.client_kill_filter(_type="pubsub")
        await eventually(lambda: not bus.healthy)
        await eventually(lambda: bus.healthy)
    await asyncio.sleep(0.1)
    assert len(os.listdir("/proc/self/fd")) <= files + 1
    assert len(asyncio.all_tasks()) <= tasks + 1
    await end(task)
    client.close()


class SecureRedis(Redis):
    """Speaks TLS, with a certificate that nobody has reason to trust."""

    def command(self) -> list[str]:
        certificate, key = self_signed(self.folder)
        words = super().command()
        words[words.index("--port") + 1] = "0"
        tls = ["--tls-port", str(self.port), "--tls-cert-file", str(certificate), "--tls-key-file", str(key)]
        return [*words, *tls, "--tls-auth-clients", "no"]

    def answers(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0


@pytest.mark.parametrize("verify", [True, False])
async def test_a_certificate_that_nobody_vouches_for(tmp_path: Path, verify: bool) -> None:
    server = SecureRedis(tmp_path)
    await asyncio.to_thread(server.start)
    url = server.url.replace("redis://", "rediss://", 1)
    bus = Bus(url, lambda: None, lambda: "epoch", verify=verify)
    task = asyncio.create_task(bus.run())
    try:
        if verify:
            await asyncio.sleep(1)
            assert not bus.healthy
        else:
            await eventually(lambda: bus.healthy)
    finally:
        await end(task)
        await asyncio.to_thread(server.stop)


def test_certificates_are_checked_unless_the_setting_says_otherwise() -> None:
    assert "ssl_cert_reqs" not in connection_options("rediss://host/0", verify=True, timeout=1)
    assert connection_options("rediss://host/0", verify=False, timeout=1)["ssl_cert_reqs"] == "none"
    assert "ssl_cert_reqs" not in connection_options("redis://host/0", verify=False, timeout=1)
