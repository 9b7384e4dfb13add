"""What must hold in the tables if nothing was lost: each question names whoever it does not hold for."""

from dataclasses import dataclass
from datetime import datetime

from supportapp.store.conversations import Summary
from supportapp.store.database import Connection, Database, DatabaseUnavailable, RowRefused
from supportapp.store.messages import NewMessage
from supportapp.store.sequence import select_last_id
from supportapp.store.writing import Known, write_messages

MOST_NAMED = 5
ENOUGH_PACKET = 2 * 1024 * 1024
"""Bytes of `max_allowed_packet` with which a batch of a hundred of the longest messages is one statement."""


@dataclass(frozen=True, slots=True)
class Numbering:
    """The ids of `mensajes` against their count and the counter: without holes all but `first` are equal."""

    count: int
    first: int
    last: int
    counter: int

    @property
    def whole(self) -> bool:
        return self.count == self.last == self.counter and self.first == min(1, self.count)


async def select_numbering(db: Database | Connection) -> Numbering:
    """Reads one whole index; one statement, so that a running chat does not move under it."""
    row = await db.fetch_one(NUMBERING)
    assert row is not None, "the migrations fill secuencia"
    return Numbering(int(row["count_"]), int(row["first_"]), int(row["last_"]), int(row["counter"]))


async def prove_writable(db: Database, deadline: float | None = None) -> None:
    """Do what the writer of messages does, and undo it; `DatabaseUnavailable` with the reason where that fails.

    Takes the counter's lock for a moment. A counter that is behind the messages is a reason, too.
    """
    last = await select_last_id(db)

    def one_more(known: Known) -> Proof:
        if known.head < last:
            raise DatabaseUnavailable(f"the counter stands at {known.head}, but the messages go to {last}")
        return Proof(known.head + 1)

    try:
        await write_messages(db, ["admin"], [], one_more, deadline, keep=False)
    except RowRefused as error:
        raise DatabaseUnavailable(f"a message cannot be written: {error}") from error


class Proof:
    """A message as long as they come: there may be room for a number and not for this."""

    def __init__(self, number: int) -> None:
        key, text, now = f"prueba-{number}", "x" * 4000, datetime(2000, 1, 1)
        self.rows = [NewMessage(number, "admin", "admin", text, now, True, 1, key, "0" * 32)]
        self.summaries = [Summary("admin", number, "admin", "", now, 0, None, False)]


async def select_packet_limit(db: Database | Connection) -> int | None:
    """MySQL's `max_allowed_packet` in bytes; None on SQLite, which has no such limit."""
    return None if db.dialect == "sqlite" else int(await db.fetch_val("SELECT @@max_allowed_packet"))


async def select_senders_with_holes(db: Database | Connection) -> list[str]:
    """People whose messages, in the order of their ids, are not numbered 1, 2, 3 …; reads all messages."""
    return [row["usuario"] for row in await db.fetch_all(SENDERS, {"limit": MOST_NAMED})]


async def select_wrong_conversations(db: Database | Connection, robot: str) -> list[str]:
    """People whose row of `conversaciones` is missing or behind their messages; `robot` has none on purpose."""
    values = {"robot": robot, "limit": MOST_NAMED}
    return [row["usuario"] for row in await db.fetch_all(CONVERSATIONS, values)]


async def select_wrong_marks(db: Database | Connection) -> list[str]:
    """Readers, as `lector → usuario`, whose count of read messages is not that of their mark: unread would lie."""
    rows = await db.fetch_all(MARKS, {"limit": MOST_NAMED})
    return [f"{row['lector']} → {row['usuario']}" for row in rows]


NUMBERING = """
    SELECT COUNT(*) AS count_, COALESCE(MIN(id), 0) AS first_, COALESCE(MAX(id), 0) AS last_,
           (SELECT valor FROM secuencia WHERE nombre = 'mensajes') AS counter
    FROM mensajes
"""
UNDER_WAY = (
    "NOT EXISTS (SELECT 1 FROM borrados b WHERE b.usuario IS NOT NULL AND {0} IN (b.usuario, b.seudonimo))"
)
"""Whoever is being erased has some of their messages under one name and some under the other."""
SENDERS = f"""
    SELECT de_usuario AS usuario FROM (
      SELECT de_usuario, numero, ROW_NUMBER() OVER (PARTITION BY de_usuario ORDER BY id) AS place FROM mensajes
    ) AS numbered
    WHERE numero <> place AND {UNDER_WAY.format("de_usuario")} GROUP BY de_usuario ORDER BY de_usuario LIMIT :limit
"""
_SENT = "mensajes m /*! FORCE INDEX (mensajes_de_usuario) */ WHERE m.de_usuario"
_RECEIVED = "mensajes m /*! FORCE INDEX (mensajes_para_usuario) */ WHERE m.para_usuario"
CONVERSATIONS = f"""
    SELECT u.usuario FROM usuarios u LEFT JOIN conversaciones c ON c.usuario = u.usuario
    WHERE u.rol <> 'admin' AND u.usuario <> :robot AND {UNDER_WAY.format("u.usuario")} AND (
      (c.usuario IS NULL AND EXISTS (SELECT 1 FROM {_SENT} = u.usuario AND m.de_admin = 0))
      OR c.recibidos <> COALESCE(
           (SELECT m.numero FROM {_SENT} = c.usuario AND m.de_admin = 0 ORDER BY m.id DESC LIMIT 1), 0)
      OR c.ultimo_id < COALESCE((SELECT MAX(m.id) FROM {_SENT} = c.usuario), 0)
      OR c.ultimo_id < COALESCE((SELECT MAX(m.id) FROM {_RECEIVED} = c.usuario), 0)
      OR c.ultimo_id > (SELECT valor FROM secuencia WHERE nombre = 'mensajes'))
    ORDER BY u.usuario LIMIT :limit
"""
MARKS = f"""
    SELECT l.lector, l.usuario FROM lecturas l
    WHERE l.lector <> l.usuario AND {UNDER_WAY.format("l.usuario")} AND (
      l.leido_hasta > l.entregado_hasta
      OR l.recibidos_leidos <> COALESCE(
           (SELECT m.numero FROM {_SENT} = l.usuario AND m.id <= l.leido_hasta ORDER BY m.id DESC LIMIT 1), 0))
    ORDER BY l.lector, l.usuario LIMIT :limit
"""
