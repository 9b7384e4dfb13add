"""What passes between a process and its parent: signs of life, figures, and the end of either."""

import asyncio
import re
import socket
import sys
from pathlib import Path

import pytest

from supportapp.desk.metrics import Metrics
from supportapp.processes import child as child_module
from supportapp.processes import link as link_module
from supportapp.processes.child import Child
from supportapp.processes.link import Line, Link
from supportapp.processes.together import together

SILENT_AFTER_ONE = """
import socket, sys, time
line = socket.socket(fileno=int(sys.argv[2]))
line.sendall(b'{"alive":true}\\n')
time.sleep(60)
"""
FAILS = "import sys; sys.exit(3)"


async def nobody() -> dict[str, object]:
    return {}


def script(text: str, folder: Path) -> list[str]:
    path = folder / "script.py"
    path.write_text(text)
    return [sys.executable, str(path)]


async def test_one_that_gives_no_sign_of_life_is_killed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(child_module, "SILENCE", 0.1)
    child = await Child.start(script(SILENT_AFTER_ONE, tmp_path), 1, [])
    listening = asyncio.create_task(child.listen(nobody))
    assert await child.serves()
    await asyncio.wait_for(listening, 10)
    assert child.status == -9


async def test_one_that_fails_to_start_never_serves(tmp_path: Path) -> None:
    child = await Child.start(script(FAILS, tmp_path), 1, [])
    listening = asyncio.create_task(child.listen(nobody))
    assert not await child.serves()
    await listening
    assert child.status == 3


async def test_one_that_does_not_end_is_killed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(child_module, "END_WITHIN", 0.3)
    deaf = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + SILENT_AFTER_ONE
    child = await Child.start(script(deaf, tmp_path), 1, [])
    listening = asyncio.create_task(child.listen(nobody))
    assert await child.serves()
    await child.end()
    await listening
    assert child.status == -9


async def test_a_process_goes_when_its_parent_is_gone_or_a_part_of_it_has_ended(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(link_module, "PULSE", 0.01)
    for parts, gone in (([True, True, False], False), ([], True)):
        ours, theirs = socket.socketpair()
        left = asyncio.Event()
        whole = iter(parts)
        link = Link(theirs, bytes, lambda whole=whole: next(whole, True))  # type: ignore[misc]
        running = asyncio.create_task(link.run(left.set))
        link.ready()
        line = await Line.over(ours)
        assert await line.hear() == {"alive": True}
        assert not left.is_set()
        if gone:
            line.close()
        async with asyncio.timeout(5):
            await left.wait()
        line.close()
        await running


def test_figures_of_several_are_one_page() -> None:
    texts = {}
    for number in ("1", "2"):
        metrics = Metrics()
        metrics.connects.inc(int(number))
        metrics.emitted("latido", 7)
        texts[number] = metrics.text().decode()
    page = together(texts, wanted=3, died=4).decode()
    assert len(re.findall("^# TYPE soporte_connects_total counter$", page, re.MULTILINE)) == 1
    for line in (
        'soporte_connects_total{process="1"} 1.0',
        'soporte_connects_total{process="2"} 2.0',
        'soporte_deliveries_total{process="2",event="latido"} 7.0',
        'soporte_commit_seconds_bucket{process="1",le="+Inf"} 0.0',
        "soporte_processes 2.0",
        "soporte_processes_wanted 3.0",
        "soporte_processes_died 4.0",
    ):
        assert f"\n{line}\n" in f"\n{page}", line
    samples = [line for line in page.splitlines() if not line.startswith("#")]
    assert len(samples) == len({line.rpartition(" ")[0] for line in samples})
