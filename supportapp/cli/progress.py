"""How far a long command has come: a line on standard error now and then."""

import time

import click

EVERY = 2.0


class Progress:
    """`unit` are counted; says how many of `total`, how fast, and how long it will take."""

    def __init__(self, unit: str) -> None:
        self._unit = unit
        self._begun = self._told = time.monotonic()

    def __call__(self, done: int, total: int) -> None:
        now = time.monotonic()
        if now - self._told < EVERY:
            return
        self._told = now
        pace = done / (now - self._begun)
        left = f", {max(0, total - done) / pace:.0f} s left" if pace else ""
        click.echo(f"  {done:,} of {total:,} {self._unit}, {pace:,.0f} a second{left}", err=True)
