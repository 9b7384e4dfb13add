"""What this machine is, and what programs use of it; read from /proc."""

import os
import platform
import re
import resource
import subprocess
import time
from collections.abc import Callable, Iterable
from pathlib import Path

TICK_US = 1_000_000 // os.sysconf("SC_CLK_TCK")
PAGE_KB = os.sysconf("SC_PAGE_SIZE") // 1024


def tree(pid: int) -> list[int]:
    """The process and all that descend from it."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").glob("[0-9]*"):
        fields = stat(int(entry.name))
        if fields:
            children.setdefault(int(fields[1]), []).append(int(entry.name))
    found = [pid]
    for one in found:
        found += children.get(one, [])
    return found


def cpu_us(pids: Iterable[int]) -> int:
    """Microseconds that these processes have computed, user and system."""
    return sum(sum(map(int, fields[11:13])) for pid in pids if (fields := stat(pid))) * TICK_US


def memory_kb(pids: Iterable[int]) -> int:
    """What these processes have in memory."""
    return sum(int(fields[21]) for pid in pids if (fields := stat(pid))) * PAGE_KB


def stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat from the state on; none where it has ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []


def others() -> Callable[[], float]:
    """A function that tells which share of this machine others have used since now: other programs, other machines."""
    begun, busy, own = time.monotonic(), all_busy(), own_seconds()

    def share() -> float:
        used = all_busy() - busy - (own_seconds() - own)
        return max(0.0, used / ((time.monotonic() - begun) * (os.cpu_count() or 1)))

    return share


def all_busy() -> float:
    """Seconds of all cores that were not idle, those that the host took away too."""
    fields = [int(field) for field in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
    return (sum(fields) - fields[3] - fields[4]) * TICK_US / 1e6


def own_seconds() -> float:
    """What this program and those it has started and seen end have computed."""
    both = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in both)


def describe(folder: Path, *programs: str) -> str:
    """In one line: processor, memory, disk, system, and the versions of what takes part."""
    model = next((v for k, v in facts("/proc/cpuinfo") if k == "model name"), platform.machine())
    memory = next(int(v.split()[0]) for k, v in facts("/proc/meminfo") if k == "MemTotal") / 1024**2
    versions = [f"Python {platform.python_version()}", *map(version, programs)]
    return (
        f"{os.cpu_count()} × {model}, {memory:.0f} GB, fsync {fsync_ms(folder):.2g} ms,"
        f" {platform.system()} {platform.release()}; {', '.join(versions)}"
    )


def facts(path: str) -> Iterable[tuple[str, str]]:
    for line in Path(path).read_text().splitlines():
        key, _, value = line.partition(":")
        yield key.strip(), value.strip()


def version(program: str) -> str:
    done = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    found = re.search(r"\d+(\.\d+)+", done.stdout)
    return f"{Path(program).name} {found.group() if found else '?'}"


def fsync_ms(folder: Path, times: int = 21) -> float:
    """How long the disk under `folder` takes for a small fsync, the median."""
    taken = []
    with (folder / "probe").open("wb") as file:
        for _ in range(times):
            file.write(b"x" * 512)
            file.flush()
            begun = time.perf_counter()
            os.fsync(file.fileno())
            taken.append((time.perf_counter() - begun) * 1000)
    (folder / "probe").unlink()
    return sorted(taken)[times // 2]
