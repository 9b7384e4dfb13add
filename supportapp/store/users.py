"""`usuarios`: who there is, by exact name, and what each may sign in with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from supportapp.store.database import Connection, Database
from supportapp.store.folding import fold
from supportapp.store.statements import placeholders

__all__ = [
    "NAME_PATTERN",
    "User",
    "fold",
    "insert_user",
    "select_admins",
    "select_session",
    "select_taken",
    "select_user",
    "select_user_to_sign_in",
    "select_users",
]

NAME_PATTERN = r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}"  # of new names; a site's own accounts may have others


@dataclass(frozen=True, slots=True)
class User:
    """A person. `pass_hash` is None where nobody can sign in; tokens older than `sesiones_desde` are void; an admin
    who `administra` sees to the others."""

    usuario: str
    nombre: str
    rol: str
    activo: bool
    pass_hash: str | None
    sesiones_desde: datetime | None
    administra: bool = False


async def select_user(db: Database | Connection, usuario: str) -> User | None:
    """The person of exactly this name: `LUIS` is not `luis`."""
    return (await select_users(db, [usuario])).get(usuario)


async def select_session(
    db: Database | Connection, usuario: str, sesion: str
) -> tuple[User | None, datetime | None]:
    """The person of exactly this name, unless the session has been ended, and when it was used last; one query."""
    row = await db.fetch_one(_OF_SESSION, {"usuario": usuario, "sesion": sesion})
    return (_user(row), row["vista"]) if row and row["usuario"] == usuario else (None, None)


async def select_user_to_sign_in(db: Database | Connection, usuario: str) -> User | None:
    """The person of exactly this name, else the one whose name differs in case or accents only: one query for both."""
    rows = await db.fetch_all(
        f"{_SELECT} WHERE usuario = :usuario OR clave = :clave",
        {"usuario": usuario, "clave": fold(usuario)},
    )
    exact = [row for row in rows if row["usuario"] == usuario]
    alike = [row for row in rows if fold(row["usuario"]) == fold(usuario)]
    return next((_user(row) for row in (*exact, *alike)), None)


async def select_users(db: Database | Connection, names: Sequence[str]) -> dict[str, User]:
    """The people of exactly these names, by name; unknown ones are missing.

    MySQL takes `luis` with a blank behind it for `luis`, so callers look up by the name that stands in the row.
    """
    if not names:
        return {}
    inside, values = placeholders("usuario", names)
    rows = await db.fetch_all(f"{_SELECT} WHERE usuario IN ({inside})", values)
    return {row["usuario"]: _user(row) for row in rows}


async def select_admins(db: Database | Connection) -> list[User]:
    """Every active admin: the desk."""
    rows = await db.fetch_all(f"{_SELECT} WHERE rol = 'admin' AND activo = 1")
    return [_user(row) for row in rows]


async def select_taken(db: Database | Connection, usuario: str) -> bool:
    """Whether somebody has this name, folded."""
    clave = fold(usuario)
    return await db.fetch_val("SELECT 1 FROM usuarios WHERE clave = :clave", {"clave": clave}) is not None


async def insert_user(
    db: Database | Connection, usuario: str, nombre: str, rol: str, pass_hash: str | None, now: datetime
) -> None:
    """Raises `RowRefused` (duplicate) where the name, folded, is taken."""
    await db.execute(
        """
        INSERT INTO usuarios (usuario, clave, nombre, rol, pass, activo, creado)
        VALUES (:usuario, :clave, :nombre, :rol, :pass, 1, :now)
        """,
        {
            "usuario": usuario,
            "clave": fold(usuario),
            "nombre": nombre,
            "rol": rol,
            "pass": pass_hash,
            "now": now,
        },
    )


def _user(row: Mapping[str, Any]) -> User:
    return User(
        usuario=row["usuario"],
        nombre=row["nombre"],
        rol=row["rol"],
        activo=row["activo"],
        pass_hash=row["pass"],
        sesiones_desde=row["sesiones_desde"],
        administra=bool(row["administra"]),
    )


_COLUMNS = "usuario, nombre, rol, activo, pass, sesiones_desde, administra"
_SELECT = f"SELECT {_COLUMNS} FROM usuarios"
_OF_SESSION = f"""
    SELECT u.{_COLUMNS.replace(", ", ", u.")}, s.vista
    FROM usuarios u LEFT JOIN sesiones s ON s.sesion = :sesion
    WHERE u.usuario = :usuario AND s.cerrada IS NULL
"""
