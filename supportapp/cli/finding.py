"""What the doctor says of one thing."""

from typing import NamedTuple


class Finding(NamedTuple):
    """One line: what was looked at, what is wrong with it (nothing: `None`), or a remark."""

    about: str
    wrong: str | None = None
    remark: str = ""
