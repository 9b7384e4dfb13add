"""`ban`, `unban` and `bans`: who may not come in for a time. Running processes hear of it at once."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from types import MappingProxyType

import click

from supportapp.cli.changing import because, change
from supportapp.cli.opening import open_database, settings_of_command
from supportapp.config import Settings
from supportapp.desk import bans as banning
from supportapp.desk.audit import Actor
from supportapp.desk.moment import utc_now
from supportapp.desk.networks import Network, is_everybody, network_of
from supportapp.errors import NotFound
from supportapp.store.bans import Ban, select_bans

SPAN = re.compile(r"(\d{1,4})([mhd])")
UNITS = MappingProxyType({"m": "minutes", "h": "hours", "d": "days"})
EVERYBODY = (
    "{network} may be everybody: it is so large, or is this machine's own network, where proxies are. "
    "With --force it is banned all the same."
)

whom = click.argument("usuario", required=False)
address = click.option(
    "--address", metavar="NETWORK", help="192.0.2.7, 192.0.2.0/24 or 2001:db8::/64 instead."
)


@click.command()
@whom
@address
@click.option("--for", "span", required=True, metavar="TIME", help="How long: 90m, 24h or 30d.")
@click.option("--force", is_flag=True, help="Ban also a network that may be everybody.")
@because
def ban(usuario: str | None, address: str | None, span: str, force: bool, reason: str) -> None:
    """Let USUARIO, or everybody at a NETWORK, not come in for a time; what is open ends at once.

    \b
    python -m supportapp ban ana --for 7d --reason insults
    python -m supportapp ban --address 192.0.2.0/24 --for 24h
    """
    hasta = utc_now() + length(span)
    if network := one_of(usuario, address):
        if is_everybody(network) and not force:
            raise click.UsageError(EVERYBODY.format(network=network))
        do(partial(banning.ban_network, network=network, hasta=hasta), reason)
    else:
        change(str(usuario), reason, partial(banning.ban_person, hasta=hasta))
    click.echo(f"Banned until {hasta:%Y-%m-%d %H:%M} UTC: {network or usuario}")


@click.command()
@whom
@address
@because
def unban(usuario: str | None, address: str | None, reason: str) -> None:
    """Let USUARIO, or those at a NETWORK, come in again before their time.

    \b
    python -m supportapp unban ana
    python -m supportapp unban --address 192.0.2.0/24
    """
    network = one_of(usuario, address)
    try:
        if network:
            do(partial(banning.unban_network, network=network), reason)
        else:
            do(partial(banning.unban_person, usuario=str(usuario)), reason)
    except NotFound:
        raise click.UsageError(f"{network or usuario} is not banned (see: bans).") from None
    click.echo(f"No longer banned: {network or usuario}")


@click.command()
def bans() -> None:
    """List who may not come in now, until when (UTC), by whom and why.

    \b
    python -m supportapp bans
    """
    for one in asyncio.run(holding(settings_of_command())):
        why = f"  {one.motivo}" if one.motivo else ""
        by = one.quien or "(command line)"
        click.echo(f"{one.hasta:%Y-%m-%d %H:%M}  {one.tipo}  {one.valor}  {by}{why}")


def one_of(usuario: str | None, address: str | None) -> Network | None:
    """The network, or None where a person is meant."""
    if (usuario is None) == (address is None):
        raise click.UsageError("Name either USUARIO or --address NETWORK.")
    try:
        return None if address is None else network_of(address)
    except ValueError as error:
        raise click.UsageError(f"--address: {error}") from None


def length(span: str) -> timedelta:
    found = SPAN.fullmatch(span)
    longest = banning.LONGEST
    if not found or not timedelta() < (asked := timedelta(**{UNITS[found[2]]: int(found[1])})) <= longest:
        raise click.UsageError(f"--for: such as 90m, 24h or 30d, at most {longest.days}d.")
    return asked


def do(how: Callable[..., Awaitable[None]], reason: str) -> None:
    asyncio.run(done(settings_of_command(), how, Actor(motivo=reason)))


async def done(settings: Settings, how: Callable[..., Awaitable[None]], actor: Actor) -> None:
    async with open_database(settings) as database:
        await how(database, actor=actor)


async def holding(settings: Settings) -> list[Ban]:
    async with open_database(settings) as database:
        return await select_bans(database, utc_now())
