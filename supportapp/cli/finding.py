"""What the doctor says of one thing."""

from typing import NamedTuple

import click


class Finding(NamedTuple):
    """One line: what was looked at, what is wrong with it (nothing: `None`), or a remark."""

    about: str
    wrong: str | None = None
    remark: str = ""

    @property
    def line(self) -> str:
        mark = click.style("WRONG", fg="red") if self.wrong else click.style("ok   ", fg="green")
        said = self.wrong or self.remark
        return f"{mark} {self.about}{f': {said}' if said else ''}"
