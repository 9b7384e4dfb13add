"""`factores` and `codigos`: what somebody must show besides their password."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from supportapp.store.database import Connection, Database
from supportapp.store.statements import inserts


@dataclass(frozen=True, slots=True)
class Factor:
    """`sellado`: its secret, encrypted; `paso`: the last time step whose code was taken; without `desde` it is not in use yet."""

    usuario: str
    sellado: str
    paso: int
    desde: datetime | None


async def select_factor(db: Database | Connection, usuario: str) -> Factor | None:
    row = await db.fetch_one(
        "SELECT usuario, sellado, paso, desde FROM factores WHERE usuario = :usuario", {"usuario": usuario}
    )
    return Factor(**row) if row and row["usuario"] == usuario else None


async def insert_factor(conn: Connection, usuario: str, sellado: str) -> None:
    """One that is not in use yet, in place of another such; raises `RowRefused` (duplicate) where one is in use."""
    await conn.execute(
        "DELETE FROM factores WHERE usuario = :usuario AND desde IS NULL", {"usuario": usuario}
    )
    await conn.execute(
        "INSERT INTO factores (usuario, sellado) VALUES (:usuario, :sellado)",
        {"usuario": usuario, "sellado": sellado},
    )


async def update_step(db: Database | Connection, factor: Factor, paso: int) -> bool:
    """Take the code of this time step, once: whether none of it, and no later one, was taken before."""
    return bool(
        await db.execute(
            "UPDATE factores SET paso = :paso WHERE usuario = :usuario AND sellado = :sellado AND paso < :paso",
            {"paso": paso, "usuario": factor.usuario, "sellado": factor.sellado},
        )
    )


async def update_since(conn: Connection, usuario: str, now: datetime) -> None:
    """From now on it is asked for."""
    await conn.execute(
        "UPDATE factores SET desde = :now WHERE usuario = :usuario", {"now": now, "usuario": usuario}
    )


async def delete_factor(conn: Connection, usuario: str) -> int:
    """And its codes; the number of factors, 0 or 1."""
    await conn.execute("DELETE FROM codigos WHERE usuario = :usuario", {"usuario": usuario})
    return await conn.execute("DELETE FROM factores WHERE usuario = :usuario", {"usuario": usuario})


async def insert_codes(conn: Connection, usuario: str, prints: Sequence[str]) -> None:
    """In place of those there were."""
    await conn.execute("DELETE FROM codigos WHERE usuario = :usuario", {"usuario": usuario})
    await conn.ask(*inserts("codigos", ("usuario", "huella"), [(usuario, one) for one in sorted(prints)]))


async def update_used(db: Database | Connection, usuario: str, huella: str, now: datetime) -> bool:
    """Take this code, once: whether it was there and had not been taken."""
    return bool(
        await db.execute(
            "UPDATE codigos SET usado = :now WHERE usuario = :usuario AND huella = :huella AND usado IS NULL",
            {"now": now, "usuario": usuario, "huella": huella},
        )
    )


async def count_unused(db: Database | Connection, usuario: str) -> int:
    """How many codes are left."""
    return int(
        await db.fetch_val(
            "SELECT COUNT(*) FROM codigos WHERE usuario = :usuario AND usado IS NULL", {"usuario": usuario}
        )
    )
