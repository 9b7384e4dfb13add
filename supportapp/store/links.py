"""`enlaces`: links that an admin made for somebody, of whose secrets only the hashes are here."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Literal

from supportapp.store.database import Connection, Database
from supportapp.store.statements import inserts

Purpose = Literal["invitacion", "clave"]


@dataclass(frozen=True, slots=True)
class Link:
    """In naive UTC. `usuario`: whose password it sets; `rol`: of whoever is invited; `quien` None: the command line."""

    huella: str
    tipo: Purpose
    usuario: str | None
    rol: str | None
    quien: str | None
    creado: datetime
    caduca: datetime


async def insert_link(conn: Connection, link: Link) -> None:
    """And forget those that ended a day ago; the audit keeps them."""
    await conn.execute("DELETE FROM enlaces WHERE caduca < :before", {"before": link.creado - KEPT})
    await conn.ask(*inserts("enlaces", COLUMNS, [_values(link)]))


async def select_link(db: Database | Connection, huella: str, now: datetime) -> Link | None:
    """The one that may still be used: not used, not over, made by somebody who still might make it."""
    row = await db.fetch_one(f"{GOOD} AND e.huella = :huella", {"huella": huella, "now": now})
    return Link(**row) if row else None


async def select_open_links(db: Database | Connection, now: datetime, limit: int = 50) -> list[Link]:
    """Those that may still be used, the last made first."""
    rows = await db.fetch_all(f"{GOOD} ORDER BY e.creado DESC LIMIT :limit", {"now": now, "limit": limit})
    return [Link(**row) for row in rows]


async def use_link(conn: Connection, huella: str, now: datetime) -> int:
    """That it was used now; 0 where somebody was faster."""
    return await conn.execute(
        "UPDATE enlaces SET usado = :now WHERE huella = :huella AND usado IS NULL",
        {"huella": huella, "now": now},
    )


async def delete_link(conn: Connection, huella: str) -> int:
    """How many there were that nobody had used, 0 or 1."""
    return await conn.execute(
        "DELETE FROM enlaces WHERE huella = :huella AND usado IS NULL", {"huella": huella}
    )


async def delete_links(conn: Connection, usuario: str) -> None:
    """Those with which this person's password could be set."""
    await conn.execute("DELETE FROM enlaces WHERE usuario = :usuario AND usado IS NULL", {"usuario": usuario})


KEPT = timedelta(days=1)
COLUMNS = Link.__slots__
_values = attrgetter(*COLUMNS)
_BANNED = "SELECT 1 FROM prohibiciones p WHERE p.tipo = 'persona' AND p.hasta > :now AND p.valor"
# A maker whose sessions were all ended since may have been somebody else behind their name.
GOOD = f"""
    SELECT {", ".join(f"e.{column}" for column in COLUMNS)} FROM enlaces e
    LEFT JOIN usuarios m ON m.usuario = e.quien LEFT JOIN usuarios u ON u.usuario = e.usuario
    WHERE e.usado IS NULL AND e.caduca > :now
      AND (e.quien IS NULL OR (m.activo = 1 AND m.administra = 1 AND NOT EXISTS ({_BANNED} = e.quien)
           AND (m.sesiones_desde IS NULL OR m.sesiones_desde <= e.creado)))
      AND (e.usuario IS NULL OR (u.activo = 1 AND NOT EXISTS ({_BANNED} = e.usuario)))
"""
