"""Which page of something ordered by id is asked for."""

from collections.abc import Mapping
from dataclasses import dataclass

from supportapp.errors import SupportError

MAX_LIMIT = 500
MAX_ROWS = 200
"""Of one fragment of HTML; who asks for more gets these, and goes on from them."""
DEFAULT_LIMIT = 50
LARGEST_ID = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Window:
    """A page of something ordered by id: at most `limite` before or after an id, which is not included."""

    antes: int | None = None
    despues: int | None = None
    limite: int = DEFAULT_LIMIT

    @classmethod
    def parse(cls, args: Mapping[str, str]) -> "Window":
        """The window of a page's query string; raises `SupportError("ventana")` for a wrong one."""
        antes, despues, limite = (whole_number(args.get(name)) for name in ("antes", "despues", "limite"))
        if antes is not None and despues is not None:
            raise SupportError("ventana")
        if limite is not None and not 1 <= limite <= MAX_LIMIT:
            raise SupportError("ventana")
        return cls(antes, despues, min(limite or DEFAULT_LIMIT, MAX_ROWS))


def whole_number(text: str | None) -> int | None:
    """`text` as an id or a count; raises `SupportError("ventana")` for anything else."""
    if text is None or text == "":
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 19 and int(text) <= LARGEST_ID):
        raise SupportError("ventana")
    return int(text)
