"""The web addresses in a person's text, found in one pass however the text was made."""

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from supportapp.visible import BLANK, characters

MAX_LINKS = 20
"""More addresses than this in one message stay plain text."""

MAX_BRACKETS = 100
"""So many are paired in the addresses of one message; at the next one its last address ends."""

MAX_TRIMS = 5
"""So often punctuation, entities and closing marks may take turns at the end of an address."""

MAX_BEFORE = 80
"""Characters before an address in which an opened `*` or quotation mark is looked for."""

INVISIBLE = "ad 61c 115f-1160 180e 200b 200e-200f 202a-202e 2060-206f 2800 3164 feff ffa0 fff0-ffff"
"""What is not part of an address; joiners and variation selectors may be, in an emoji."""

NEVER = rf"<>\"`\\«»‹›“”„‟‘。，、；：！？｡､{characters(BLANK, INVISIBLE)}"
SCHEME = "[hH][tT][tT][pP][sS]?://"
START = re.compile(rf"{SCHEME}(?:\[[0-9A-Fa-f:.]+\]|[^!-/:-@\[-^{{-~{NEVER}])")
STOP = re.compile(rf"[{NEVER}]|[,;]+(?={SCHEME})|\Z")
OPENS: Mapping[str, str] = MappingProxyType(
    dict(zip(")]}⟩）］｝」』】》〉", "([{⟨（［｛「『【《〈", strict=True))
)
BRACKET = re.compile("[" + re.escape("".join([*OPENS, *OPENS.values()])) + "]")
TRAILING = ".,;:!?…‥¡¿·،؛؟۔।॥։።፣—–’´\u200c\u200d" + "".join(OPENS.values())
"""What closes a sentence rather than an address."""

ENTITY = re.compile(r"&#?\w{1,10}\Z")
PAIRED: Mapping[str, re.Pattern[str]] = MappingProxyType(
    {mark: re.compile(rf"{re.escape(mark)}(?!\w)") for mark in "'*_~"} | {"|": re.compile(r"\|")}
)
"""What opens and closes with the same character: it closes where no word goes on, or at the next cell."""

EDGES: Mapping[str, re.Pattern[str]] = MappingProxyType(
    {mark: re.compile(rf"(?<!\w)[{mark}]+|[{mark}]+(?!\w)") for mark in PAIRED}
)


def spans(text: str) -> Iterator[tuple[int, int]]:
    """Where the addresses in `text` start and end."""
    end = stop = 0
    brackets = MAX_BRACKETS
    for _ in range(MAX_LINKS):
        found = START.search(text, end)
        if not found or brackets < 0:
            return
        if stop < found.end():
            stop = STOP.search(text, found.end()).start()  # type: ignore[union-attr] # the end is a stop
        end, brackets = balanced(text, found, stop, brackets)
        end = max(found.end(), trimmed(text, found.start(), end))
        if text[end - 1] not in TRAILING:
            yield found.start(), end


def balanced(text: str, found: re.Match[str], stop: int, brackets: int) -> tuple[int, int]:
    """Where the address that `found` begins ends: before what closes something opened before it.

    And how many of `brackets` are left; less than none if they did not suffice.
    """
    around = PAIRED.get(text[found.start() - 1 : found.start()])
    closing = around and around.search(text, found.end(), stop)
    if closing:
        stop = closing.start()
    depth = dict.fromkeys(OPENS.values(), 0)
    for bracket in BRACKET.finditer(text, found.end(), stop):
        brackets -= 1
        opener = OPENS.get(bracket.group())
        if brackets < 0 or (opener and not depth[opener]):
            return bracket.start(), brackets
        depth[opener or bracket.group()] += -1 if opener else 1
    return stop, brackets


def trimmed(text: str, start: int, end: int) -> int:
    """`end` without the punctuation of the sentence that the address stands in."""
    address = text[start:end]
    for _ in range(MAX_TRIMS):
        shorter = address.rstrip(TRAILING)
        entity = ENTITY.search(shorter, max(0, len(shorter) - 12)) if address.endswith(";") else None
        if entity:
            shorter = shorter[: entity.start()]
        elif shorter[-1:] in PAIRED and is_opened(text[max(0, start - MAX_BEFORE) : start], shorter):
            shorter = shorter.rstrip(shorter[-1])
        if shorter == address:
            break
        address = shorter
    return start + len(address)


def is_opened(before: str, address: str) -> bool:
    """Whether the mark at the end of `address` closes what its line opened `before` it."""
    mark = address[-1]
    if mark == "'" and address.count(mark) % 2:
        return True
    return len(EDGES[mark].findall(before[before.rfind("\n") + 1 :])) % 2 == 1
