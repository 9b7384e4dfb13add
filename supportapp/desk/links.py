"""Links that admins make for others: to register, and to set a new password. Each works once."""

import secrets
from collections.abc import Awaitable, Callable
from datetime import timedelta
from hashlib import sha256

from supportapp.desk.access import changing, end_all
from supportapp.desk.audit import COMMAND_LINE, Actor, recording
from supportapp.desk.moment import utc_now
from supportapp.errors import NotFound
from supportapp.store.database import Connection, Database
from supportapp.store.links import (
    Link,
    Purpose,
    delete_link,
    delete_links,
    insert_link,
    select_link,
    use_link,
)
from supportapp.store.users import select_user

SECRET_BYTES = 32
RESET_LASTS, INVITATION_LASTS = timedelta(hours=1), timedelta(days=7)
INVITATION_LASTS_AT_MOST = timedelta(days=30)
KNOWN_BY = 12
"""Digits of the hash by which the audit tells one link from another."""


class LinkOver(NotFound):
    """There is none, or it was used, or its time is over, or whoever made it may not any more: the same answer."""


def mark(secret: str) -> str:
    """The hash by which the secret is known; of 256 random bits, it needs no more than that."""
    return sha256(secret.encode(errors="replace")).hexdigest()


async def invite(
    database: Database, rol: str, lasts: timedelta = INVITATION_LASTS, actor: Actor = COMMAND_LINE
) -> str:
    """The secret of a link with which somebody registers, whoever may otherwise, as `user` or `admin`."""
    secret, link = made("invitacion", lasts, actor, rol=rol)
    known, caduca = link.huella[:KNOWN_BY], link.caduca.isoformat()
    async with recording(
        database, "invitacion", None, actor, rol=rol, caduca=caduca, enlace=known
    ) as connection:
        await insert_link(connection, link)
    return secret


async def reset_link(database: Database, usuario: str, actor: Actor = COMMAND_LINE) -> str:
    """The secret of a link with which this person's password is set, the only one that works from now on.

    Raises `NotFound`, also for an account that is closed.
    """
    secret, link = made("clave", RESET_LASTS, actor, usuario=usuario)
    known = link.huella[:KNOWN_BY]
    async with changing(database, usuario, "enlace_clave", actor, enlace=known) as connection:
        user = await select_user(connection, usuario)
        if user is None or not user.activo:
            raise NotFound
        await delete_links(connection, usuario)
        await insert_link(connection, link)
    return secret


async def revoke(database: Database, huella: str, actor: Actor = COMMAND_LINE) -> None:
    """It works no more; raises `NotFound` where it did not."""
    async with recording(database, "fin_enlace", None, actor, enlace=huella[:KNOWN_BY]) as connection:
        if not await delete_link(connection, huella):
            raise NotFound


async def look(database: Database, tipo: Purpose, secret: str) -> Link:
    """The link of this secret, which stays as it is; raises `LinkOver`."""
    link = await select_link(database, mark(secret), utc_now())
    if link is None or link.tipo != tipo:
        raise LinkOver
    return link


def using(link: Link) -> Callable[[Connection], Awaitable[None]]:
    """For the transaction of what it is for: uses it up, and with it all sessions of the person; raises `LinkOver`."""

    async def use(connection: Connection) -> None:
        now = utc_now()
        if await select_link(connection, link.huella, now) is None:
            raise LinkOver
        if not await use_link(connection, link.huella, now):
            raise LinkOver
        if link.usuario is not None:
            await end_all(connection, link.usuario, "clave")

    return use


def made(
    tipo: Purpose, lasts: timedelta, actor: Actor, usuario: str | None = None, rol: str | None = None
) -> tuple[str, Link]:
    secret, now = secrets.token_urlsafe(SECRET_BYTES), utc_now()
    return secret, Link(mark(secret), tipo, usuario, rol, actor.quien, now, now + lasts)
