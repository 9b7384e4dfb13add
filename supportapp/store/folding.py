"""How names are compared where case and accents must not matter."""

import unicodedata


def fold(text: str) -> str:
    """`text` without case, accents and compatibility forms: `ÁDMIN` and `admin` fold to the same."""
    return "".join(
        character
        for character in unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
        if not unicodedata.combining(character)
    )
