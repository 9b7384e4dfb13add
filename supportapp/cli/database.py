"""What the doctor says of the database: whether it answers, is whole, and takes what the chat writes."""

from collections.abc import AsyncIterator

from supportapp.cli.ailments import away, needs
from supportapp.cli.finding import Finding
from supportapp.cli.opening import OLD_SCHEMA
from supportapp.cli.proof import prove
from supportapp.config import Settings
from supportapp.store.database import Database, DatabaseUnavailable
from supportapp.store.failures import DRIVER_ERRORS
from supportapp.store.migrations import schema_is_current
from supportapp.store.proof import ENOUGH_PACKET, prove_writable
from supportapp.store.server_facts import CHANGES_AUDIT, select_server_facts, statements_of_rights
from supportapp.store.users import select_user

CLOCKS_APART = 5.0
"""Seconds: beyond it people see messages in times that never were when the chat moves to another machine."""


async def look_at_database(settings: Settings) -> AsyncIterator[Finding]:
    database = Database.from_settings(settings)
    try:
        await database.connect()
        encrypted = "ssl=" in settings.database_url
        yield Finding("database", remark="answers, with TLS" if encrypted else "answers")
        async for finding in look_inside(settings, database):
            yield finding
    except DatabaseUnavailable as error:
        yield Finding("database", away(error))
    except DRIVER_ERRORS as error:  # a statement the tables do not fit: one of them is missing or was changed
        said = " ".join(str(error).split())
        yield Finding("tables", f"not as the migrations made them ({said}); restore a backup")
    finally:
        await database.disconnect()


async def look_inside(settings: Settings, database: Database) -> AsyncIterator[Finding]:
    if database.dialect == "mysql":
        async for finding in look_at_server(database):
            yield finding
    if not await schema_is_current(database):
        yield Finding("schema", OLD_SCHEMA)
        return
    yield Finding("schema", remark="current")
    yield await look_at_rights(database)
    if database.dialect == "mysql":
        yield await look_at_audit(database)
    yield await look_at_writing(database)
    async for finding in prove(settings):
        yield finding
    yield await look_at_admin(database)


async def look_at_server(database: Database) -> AsyncIterator[Finding]:
    facts = await select_server_facts(database)
    packet = facts.max_allowed_packet
    small = f"is {packet // 1024} kB, too small for many long messages at once. {needs('1153')}"
    yield Finding("max_allowed_packet", small if packet < ENOUGH_PACKET else None)
    if facts.binlog_format is not None:
        bad = facts.binlog_format == "STATEMENT"
        yield Finding("binlog_format", needs("1665") if bad else None, facts.binlog_format)
    narrow = f"{', '.join(facts.narrow)} cannot hold every character: ALTER TABLE … CONVERT TO CHARACTER SET utf8mb4"
    yield Finding("character set", narrow if facts.narrow else None)
    apart = f"{abs(facts.ahead):.1f} s {'before' if facts.ahead > 0 else 'behind'} this machine's"
    wrong = f"the database's is {apart}: set both by NTP" if abs(facts.ahead) > CLOCKS_APART else None
    yield Finding("clock", wrong, apart)


async def look_at_rights(database: Database) -> Finding:
    """Ask for each right with a statement that touches no row: what a server grants is long to read, and may lie."""
    missing, remedy = [], None
    for right, statement in statements_of_rights():
        try:
            async with database.transaction() as connection:
                await connection.execute(statement)
        except DatabaseUnavailable as error:
            remedy = needs(str(error))
            if remedy is None:
                raise
            missing.append(right)
    return Finding("rights", f"missing: {', '.join(missing)}. {remedy}" if missing else None)


async def look_at_audit(database: Database) -> Finding:
    """Whether the table that must not change cannot: on SQLite triggers see to it."""
    try:
        async with database.transaction() as connection:
            await connection.execute(CHANGES_AUDIT)
    except DatabaseUnavailable:
        return Finding("audit", remark="entries can be added and read only")
    return Finding(
        "audit",
        remark="this account may also change and delete its entries; what to GRANT instead stands in docs/operations.md",
    )


async def look_at_writing(database: Database) -> Finding:
    """Lock and move the counter as a message does, and undo it."""
    try:
        await prove_writable(database)
    except DatabaseUnavailable as error:
        said = " ".join(str(error).split())
        remedy = (
            needs(said) or "The chat would answer ocupado; restore a backup if rows were changed by hand."
        )
        return Finding("writing", f"a message cannot be stored ({said}). {remedy}")
    return Finding("writing", remark="a message can be stored")


async def look_at_admin(database: Database) -> Finding:
    admin = await select_user(database, "admin")
    if admin is None or not admin.activo:
        return Finding("account admin", "missing or not active, but users write to it; restore a backup")
    if admin.pass_hash is None:
        return Finding(
            "account admin",
            remark="nobody can sign in with it; python -m supportapp set-password admin changes that",
        )
    return Finding("account admin")
