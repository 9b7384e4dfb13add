"""Whose role changes: what the tables hold of somebody as a customer, found anew in their messages."""

from dataclasses import dataclass
from datetime import datetime

from supportapp.store.database import Connection


@dataclass(frozen=True, slots=True)
class Past:
    """What somebody's messages say of their conversation: the last one, and how far the desk is with them.

    `recibidos`: the number of the last that they wrote as no admin, 0 without one; `esperando_desde`: the first such
    to the desk after its last answer.
    """

    id: int
    de_usuario: str
    mensaje: str
    fecha: datetime
    recibidos: int
    esperando_desde: datetime | None
    con_mesa: bool


async def update_role(conn: Connection, usuario: str, rol: str, administra: bool) -> int:
    """The number of people, 0 or 1."""
    values = {"rol": rol, "administra": administra, "usuario": usuario}
    return await conn.execute(
        "UPDATE usuarios SET rol = :rol, administra = :administra WHERE usuario = :usuario", values
    )


async def select_past(conn: Connection, usuario: str) -> Past | None:
    """None where nobody of the desk has written to this person, nor they as no admin; a few rows by their indexes."""
    ends = await conn.fetch_one(ENDS, {"usuario": usuario})
    if ends is None or not (ends["recibidos"] or ends["answered"]):
        return None
    row = await conn.fetch_one(LAST, {"id": max(ends["sent"] or 0, ends["received"] or 0)})
    assert row is not None, "it was just found"
    to_desk = await conn.fetch_all(TO_DESK, {"usuario": usuario, "answered": ends["answered"] or 0})
    return Past(
        **row,
        recibidos=ends["recibidos"] or 0,
        esperando_desde=next((one["fecha"] for one in to_desk if one["waits"]), None),
        con_mesa=bool(to_desk or ends["answered"]),
    )


async def delete_marks_of_reader(conn: Connection, lector: str) -> int:
    """Forget how far this person has read the conversations of others; how many there were."""
    return await conn.execute(
        "DELETE FROM lecturas WHERE lector = :lector AND usuario <> :lector", {"lector": lector}
    )


_SENT = "mensajes m /*! FORCE INDEX (mensajes_de_usuario) */ WHERE m.de_usuario = :usuario"
_RECEIVED = "mensajes m /*! FORCE INDEX (mensajes_para_usuario) */ WHERE m.para_usuario = :usuario"
ENDS = f"""
    SELECT (SELECT MAX(m.id) FROM {_SENT}) AS sent, (SELECT MAX(m.id) FROM {_RECEIVED}) AS received,
           (SELECT m.id FROM {_RECEIVED} AND m.de_admin = 1 ORDER BY m.id DESC LIMIT 1) AS answered,
           (SELECT m.numero FROM {_SENT} AND m.de_admin = 0 ORDER BY m.id DESC LIMIT 1) AS recibidos
"""
LAST = "SELECT id, de_usuario, mensaje, fecha FROM mensajes WHERE id = :id"
_TO_DESK = "mensajes m JOIN usuarios p ON p.usuario = m.para_usuario WHERE m.de_usuario = :usuario AND m.de_admin = 0 AND p.rol = 'admin'"
TO_DESK = f"""
    SELECT * FROM (SELECT m.fecha, 1 AS waits FROM {_TO_DESK} AND m.id > :answered ORDER BY m.id LIMIT 1) AS waiting
    UNION ALL
    SELECT * FROM (SELECT m.fecha, 0 AS waits FROM {_TO_DESK} ORDER BY m.id LIMIT 1) AS first
"""
