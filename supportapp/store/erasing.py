"""`borrados`, and what of a person's name stands in all other tables: taken out in pieces that bear being repeated."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from supportapp.store.database import Connection, Database
from supportapp.store.folding import fold
from supportapp.store.sequence import lock_head
from supportapp.store.statements import Query, placeholders


@dataclass(frozen=True, slots=True)
class Part:
    """A message of somebody's, without its text."""

    id: int
    de_usuario: str
    para_usuario: str
    de_admin: bool


async def insert_erasure(conn: Connection, usuario: str, seudonimo: str) -> None:
    """The messages of this person go under that name from now on, and nobody takes theirs."""
    columns = ("clave", "usuario", "seudonimo")  # a site may have made them a new account of the old name
    await conn.upsert_rows("borrados", ("clave",), columns, [(digest(usuario), usuario, seudonimo)])


async def select_pseudonym(db: Database | Connection, usuario: str) -> str | None:
    """Under which the messages of this person go, while they are being erased."""
    row = await db.fetch_one(
        "SELECT usuario, seudonimo FROM borrados WHERE usuario = :usuario", {"usuario": usuario}
    )
    return str(row["seudonimo"]) if row and row["usuario"] == usuario else None


async def select_unfinished(db: Database | Connection) -> dict[str, str]:
    """Who is being erased, and under which name their messages go."""
    rows = await db.fetch_all(
        "SELECT usuario, seudonimo FROM borrados WHERE usuario IS NOT NULL ORDER BY usuario"
    )
    return {row["usuario"]: row["seudonimo"] for row in rows}


async def select_was_erased(db: Database | Connection, usuario: str) -> bool:
    """Whether somebody of this name, case and accents aside, was erased or is being erased."""
    values = {"clave": digest(usuario)}
    return await db.fetch_val("SELECT 1 FROM borrados WHERE clave = :clave", values) is not None


async def select_parts(db: Database | Connection, usuario: str, limit: int) -> list[Part]:
    """The latest messages that this person sent, and where those are few the latest that they received."""
    values = {"usuario": usuario, "limit": limit}
    rows = await db.fetch_all(PARTS.format("de_usuario"), values)
    if len(rows) < limit:
        rows += await db.fetch_all(PARTS.format("para_usuario"), {**values, "limit": limit - len(rows)})
    return [Part(**row) for row in rows]


async def select_customers(db: Database | Connection, names: Sequence[str]) -> list[str]:
    """Those of these people who are no admins."""
    inside, values = placeholders("usuario", names)
    rows = await db.fetch_all(
        f"SELECT usuario FROM usuarios WHERE rol <> 'admin' AND usuario IN ({inside or 'NULL'}) ORDER BY usuario",
        values,
    )
    return [row["usuario"] for row in rows]


async def rename_messages(conn: Connection, ids: Sequence[int], usuario: str, seudonimo: str) -> None:
    """Put the pseudonym in place of the name in these messages, under the lock of the messages, which is taken here."""
    inside, values = placeholders("id", ids)
    values |= {"usuario": usuario, "seudonimo": seudonimo}
    await conn.ask(
        lock_head(conn.dialect),
        Query(RENAME.format(inside), values),
        Query(
            f"UPDATE conversaciones SET ultimo_de = :seudonimo WHERE ultimo_de = :usuario AND ultimo_id IN ({inside})",
            values,
        ),
    )


async def delete_marks(db: Database, usuario: str, limit: int) -> int:
    """Forget how far this person has read `limit` conversations, their own included; how many there were."""
    values = {"usuario": usuario, "limit": limit}
    rows = await db.fetch_all("SELECT usuario FROM lecturas WHERE lector = :usuario LIMIT :limit", values)
    if rows:
        inside, names = placeholders("con", [row["usuario"] for row in rows])
        await db.execute(
            f"DELETE FROM lecturas WHERE lector = :usuario AND usuario IN ({inside})",
            {**names, "usuario": usuario},
        )
    return len(rows)


async def delete_person(conn: Connection, usuario: str, seudonimo: str) -> None:
    """What is left of the name once no message has it; in a transaction that has the locks of messages and marks.

    The account goes before what others write of accounts that are there: they look under a lock (`lock_there`).
    """
    values = {"usuario": usuario, "seudonimo": seudonimo}
    await conn.ask(*(Query(sql, values) for sql in REST))


def lock_there(conn: Connection, names: Sequence[str]) -> Query:
    """Asks for those of these people, at least one, who have accounts; none of them goes before the transaction ends."""
    inside, values = placeholders("usuario", sorted(names))
    share = " LOCK IN SHARE MODE" if conn.dialect == "mysql" else ""
    return Query(f"SELECT usuario FROM usuarios WHERE usuario IN ({inside}) ORDER BY usuario{share}", values)


def digest(usuario: str) -> str:
    """Of the folded name, 32 hexadecimal digits: whoever knows the name recognises it, and whoever guesses it."""
    return hashlib.blake2b(fold(usuario).encode(), digest_size=16).hexdigest()


PARTS = (
    "SELECT id, de_usuario, para_usuario, de_admin FROM mensajes /*! FORCE INDEX (mensajes_{0}) */"
    " WHERE {0} = :usuario ORDER BY id DESC LIMIT :limit"
)
RENAME = """
    UPDATE mensajes SET de_usuario = CASE WHEN de_usuario = :usuario THEN :seudonimo ELSE de_usuario END,
      para_usuario = CASE WHEN para_usuario = :usuario THEN :seudonimo ELSE para_usuario END
    WHERE id IN ({})
"""
REST = (
    "DELETE FROM lecturas WHERE lector = :usuario",
    "UPDATE lecturas SET usuario = :seudonimo WHERE usuario = :usuario",
    "UPDATE conversaciones SET usuario = :seudonimo, vista_previa = '', esperando_desde = NULL WHERE usuario = :usuario",
    "DELETE FROM usuarios WHERE usuario = :usuario",
    "DELETE FROM gramas WHERE usuario = :usuario",
    "DELETE FROM sesiones WHERE usuario = :usuario",
    "DELETE FROM factores WHERE usuario = :usuario",
    "DELETE FROM codigos WHERE usuario = :usuario",
    "DELETE FROM enlaces WHERE usuario = :usuario",
    "UPDATE enlaces SET quien = NULL WHERE quien = :usuario",
    "DELETE FROM prohibiciones WHERE tipo = 'persona' AND valor = :usuario",
    "UPDATE prohibiciones SET quien = NULL WHERE quien = :usuario",
    "DELETE FROM importados WHERE usuario = :usuario",
    "UPDATE borrados SET usuario = NULL, seudonimo = NULL WHERE usuario = :usuario",
)
