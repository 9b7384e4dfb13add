"""`gramas`: every three letters in a row of people's names, by which a part of a name is found among very many."""

from supportapp.store.database import Connection, Database
from supportapp.store.erasing import lock_there
from supportapp.store.folding import fold
from supportapp.store.statements import placeholders

LENGTH = 3
FEW = 500
"""So many people are looked at one by one."""
MOST_ASKED = 8
"""Of so many parts of what is searched it is asked how many people have them."""

FOUND = "(SELECT usuario FROM gramas WHERE grama = :grama UNION SELECT usuario FROM usuarios /*! FORCE INDEX (usuarios_sin_gramas) */ WHERE sin_gramas = 1)"
"""The people who may have it in their names; among them those of whom nobody knows yet."""


def grams(text: str) -> list[str]:
    """The parts of the folded `text`, each once, in their order."""
    return list(dict.fromkeys(text[at : at + LENGTH] for at in range(len(text) - LENGTH + 1)))


async def select_rarest(db: Database | Connection, text: str) -> str | None:
    """The part of the folded `text` that fewest people have; None where it has none, or only such as many have."""
    asked = grams(text)[:MOST_ASKED]
    if not asked:
        return None
    counts = [
        f"SELECT :grama{n} AS grama, (SELECT COUNT(*) FROM (SELECT 1 FROM gramas WHERE grama = :grama{n} LIMIT {FEW}) AS some{n}) AS people"
        for n in range(len(asked))
    ]
    _, values = placeholders("grama", asked)
    rows = await db.fetch_all(" UNION ALL ".join(counts), values)
    rarest = min(rows, key=lambda row: int(row["people"]))
    return str(rarest["grama"]) if rarest["people"] < FEW else None


async def write_missing(db: Database, limit: int) -> int:
    """Write the parts of up to `limit` names that are new or others than before; how many names there were."""
    rows = await db.fetch_all(MISSING, {"limit": limit})
    if not rows:
        return 0
    people = sorted(rows, key=lambda row: str(row["usuario"]))
    inside, values = placeholders("usuario", [row["usuario"] for row in people])
    parts = sorted(
        {
            (gram, row["usuario"])
            for row in people
            for name in (row["clave"], fold(row["nombre"]))
            for gram in grams(name)
        }
    )
    async with db.transaction() as connection:
        found = await connection.ask(lock_there(connection, [row["usuario"] for row in people]))
        there = {row["usuario"] for row in found[0]}
        await connection.execute(f"DELETE FROM gramas WHERE usuario IN ({inside})", values)
        await connection.upsert_rows(
            "gramas", ("grama", "usuario"), ("grama", "usuario"), [part for part in parts if part[1] in there]
        )
    for row in people:
        await _note(db, row["usuario"], f"{row['clave']} {row['nombre']}")
    return len(rows)


async def forget_where_lost(db: Database) -> None:
    """Where there are no parts at all, no name has been written: people were copied here without them."""
    if await db.fetch_val("SELECT 1 FROM gramas LIMIT 1"):
        return
    for row in await db.fetch_all("SELECT usuario FROM usuarios WHERE gramas_de IS NOT NULL"):
        await _note(db, row["usuario"], None)


async def _note(db: Database, usuario: str, gramas_de: str | None) -> None:
    """What the parts were made of: where it is another name by now, it is still missing.

    Each alone: whoever holds one person's row and waits for another's can make a message fail.
    """
    await db.execute(WRITTEN, {"usuario": usuario, "gramas_de": gramas_de})


MISSING = "SELECT usuario, clave, nombre FROM usuarios /*! FORCE INDEX (usuarios_sin_gramas) */ WHERE sin_gramas = 1 LIMIT :limit"
WRITTEN = "UPDATE usuarios SET gramas_de = :gramas_de WHERE usuario = :usuario"
