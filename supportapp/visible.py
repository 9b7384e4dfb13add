"""What of a text can be seen: one answer for names and messages."""

import re
import unicodedata

IGNORABLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U000e0000-\U000e0fff\U0001bca0-\U0001bca3\U0001d173-\U0001d17a]"
)
"""Unicode's default-ignorable characters, the annotation marks and the empty braille cell: nothing is drawn for them."""


def is_visible(text: str) -> bool:
    """Whether anything of `text` is drawn: a letter, a figure, a sign."""
    return any(unicodedata.category(char)[0] in "LNPS" for char in IGNORABLE.sub("", text))
