"""What a copy copies: every table of ours, its rows as they are compared, and their sums."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from types import MappingProxyType

from supportapp.store.side import Row, Side

TABLES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "usuarios": ("sesiones_desde", "creado"),
        "mensajes": ("fecha", "borrado"),
        "conversaciones": ("ultima_fecha", "esperando_desde"),
        "lecturas": (),
        "gramas": (),
        "sesiones": ("creada", "vista", "fin", "cerrada"),
        "sesiones_cerradas": (),
        "cambios": ("fecha",),
        "importados": (),
        "borrados": (),
        "factores": ("desde",),
        "codigos": ("usado",),
        "prohibiciones": ("desde", "hasta"),
        "enlaces": ("creado", "caduca", "usado"),
        "auditoria": ("fecha",),
        "secuencia": (),
        "meta": (),
    }
)
"""Every table of ours, those that others refer to first, with its moments. The last ones make it a chat."""
LAST = ("auditoria", "secuencia", "meta")
"""Written in one transaction at the end: what is in the audit could not be deleted by a copy that begins anew."""
WHOLE = 2**128
SECONDS = len("2026-01-15 10:00:00")


@dataclass(slots=True)
class Sum:
    """How many rows, and a sum of their digests, which does not depend on their order."""

    count: int = 0
    digests: int = 0

    def add(self, rows: Sequence[Row]) -> None:
        self.count += len(rows)
        found = (blake2b(repr(row).encode(errors="surrogatepass"), digest_size=16).digest() for row in rows)
        self.digests = (self.digests + sum(map(int.from_bytes, found))) % WHOLE

    def __str__(self) -> str:
        return f"{self.count:,} rows, {self.digests:032x}"


def stored(side: Side, table: str, columns: list[str]) -> Iterator[list[Row]]:
    """The rows, moments with microseconds: by hand they may have been written without."""
    moments = [place for place, column in enumerate(columns) if column in TABLES[table]]
    for rows in side.read(f"SELECT {', '.join(columns)} FROM {table}"):
        yield [whole(row, moments) for row in rows] if moments else rows


def whole(row: Row, moments: Sequence[int]) -> Row:
    if all(len(str(row[place])) != SECONDS for place in moments):
        return row
    return tuple(
        f"{value}.000000" if place in moments and len(str(value)) == SECONDS else value
        for place, value in enumerate(row)
    )
