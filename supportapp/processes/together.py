"""The figures of several processes as one page."""

import re
from collections.abc import Mapping
from functools import partial

from prometheus_client import CollectorRegistry, Gauge, generate_latest

FAMILY = re.compile(
    r"^(?P<head># HELP (?P<name>\w+).*\n# TYPE .*\n)(?P<samples>(?:(?!# HELP ).*\n)*)", re.MULTILINE
)
SAMPLE = re.compile(r"^(\w+)(?:\{(.*)\})? (?=\S+$)", re.MULTILINE)


def together(texts: Mapping[str, str], wanted: int, died: int) -> bytes:
    """The figures of processes, by their numbers, as one text: each has the label `process`.

    `wanted`: how many there should be, `died`: how many have ended by themselves. Not parsed by the library's parser,
    which reads letter by letter while people wait.
    """
    families: dict[str, tuple[str, list[str]]] = {}
    for number, text in texts.items():
        for family in FAMILY.finditer(text):
            named = SAMPLE.sub(partial(with_process, number), family["samples"])
            families.setdefault(family["name"], (family["head"], []))[1].append(named)
    registry = CollectorRegistry()
    for name, about, value in (
        ("soporte_processes", "Processes that serve and answer", len(texts)),
        ("soporte_processes_wanted", "PROCESSES", wanted),
        ("soporte_processes_died", "Processes that ended by themselves, since the start", died),
    ):
        Gauge(name, about, registry=registry).set(value)
    page = "".join(head + "".join(samples) for head, samples in families.values())
    return page.encode() + generate_latest(registry)


def with_process(number: str, sample: re.Match[str]) -> str:
    labels = f'process="{number}"' + (f",{sample[2]}" if sample[2] else "")
    return f"{sample[1]}{{{labels}}} "
