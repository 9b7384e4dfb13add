"""What the database could not take yet: kept on this machine's disk, in order, until it is stored."""

import asyncio
import hashlib
import time
from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TypeVar

import structlog

from supportapp.config import Settings
from supportapp.desk.sending import Draft
from supportapp.desk.viewer import Viewer
from supportapp.store.database import Database
from supportapp.store.sequence import select_epoch, select_former_epochs
from supportapp.store.spool_file import SpoolFile, SpoolRefused, SpoolRow
from supportapp.store.spool_refused import forget_refused

OVERHEAD = 300
"""Bytes an entry takes besides its text, roughly."""

Key = tuple[str, str]
T = TypeVar("T")
log = structlog.get_logger("supportapp.spool")


class SpoolFull(Exception):  # noqa: N818
    """There is no more room, or the disk refuses."""


class Spool:
    """Drafts in the order of their acceptance; the file has whatever `entries` has.

    `adding` counts what is on its way to the disk: until it is zero the spool is not empty.
    """

    def __init__(self, parent: Path, max_bytes: int) -> None:
        self._parent = parent
        self._folders: list[Path] = []
        self._max_bytes = max_bytes
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="spool")
        self._file: SpoolFile | None = None
        self.entries: dict[Key, Draft] = {}
        self._since: dict[Key, float] = {}
        self.adding = 0
        self.bytes = 0

    @property
    def empty(self) -> bool:
        return not self.entries and not self.adding

    @property
    def age(self) -> float:
        """Seconds for which the first draft has been in this process's spool; 0 where there is none."""
        first = next(iter(self.entries), None)
        return 0.0 if first is None else time.monotonic() - self._since[first]

    async def open(self, names: Sequence[str]) -> int:
        """Make the own file in the folder of the first of `names`, then `adopt` from all of them.

        Raises `SpoolRefused`.
        """
        self._folders = [self._parent / name for name in names]
        self._file = await self._in_thread(lambda: SpoolFile.create(self._folders[0]))
        return await self.adopt()

    async def adopt(self) -> int:
        """Take over the files whose processes are gone, however much is in them; the number of drafts."""
        count = 0
        for folder in self._folders:
            for left in await self._in_thread(partial(SpoolFile.left_behind, folder)):
                count += await self._take_over(left)
        return count

    async def close(self) -> None:
        if self._file:
            await self._in_thread(self._file.close)
        self._thread.shutdown(wait=False)

    async def add(self, drafts: Sequence[Draft]) -> None:
        """Keep `drafts`, on the disk when this returns; raises `SpoolFull`, then none of them is kept."""
        size = sum(size_of(draft) for draft in drafts)
        if self.bytes + size > self._max_bytes:
            raise SpoolFull("the spool has reached SPOOL_MAX_MB")
        try:
            await self._keep(drafts)
        except SpoolRefused as error:
            raise SpoolFull(str(error)) from error

    async def _keep(self, drafts: Sequence[Draft]) -> None:
        size = sum(size_of(draft) for draft in drafts)
        self.adding += 1
        self.bytes += size
        try:
            await self._in_thread(lambda: self._write(drafts))
            # given: a commit may have happened and only its answer was lost, so look for them before inserting
            self.entries.update({draft.key: replace(draft, given=True) for draft in drafts})
            self._since.update(dict.fromkeys((draft.key for draft in drafts), time.monotonic()))
        except SpoolRefused:
            self.bytes -= size
            raise
        finally:
            self.adding -= 1

    async def remove(self, drafts: Sequence[Draft]) -> None:
        """Forget what is stored or refused. Where the disk refuses, it is only offered once more later."""
        for draft in drafts:
            if self.entries.pop(draft.key, None):
                del self._since[draft.key]
                self.bytes -= size_of(draft)
        file = self._opened
        try:
            await self._in_thread(lambda: file.remove([draft.key for draft in drafts]))
        except SpoolRefused as error:
            log.warning("stored messages stay in the spool", count=len(drafts), reason=str(error))

    @property
    def _opened(self) -> SpoolFile:
        assert self._file is not None, "the spool is not open"
        return self._file

    async def put_away(self, draft: Draft, reason: str) -> Path:
        """Keep `draft`, which can never be stored, in a file for a person to look at; raises `SpoolRefused`."""
        file = self._opened
        return await self._in_thread(lambda: file.put_away(row_of(draft), reason))

    async def forget(self, people: AbstractSet[str]) -> list[Draft]:
        """Take out what these people wrote or would have received, also of what was put away; returns the drafts."""
        gone = [one for one in self.entries.values() if not people.isdisjoint((one.sender.usuario, one.para))]
        if gone:
            await self.remove(gone)
        for folder in self._folders:
            await self._in_thread(partial(forget_refused, folder, people))
        return gone

    def _write(self, drafts: Sequence[Draft]) -> None:
        """In the thread. Where somebody removed the file, what was in it is written again into another one."""
        if not self._opened.there:
            kept = [row_of(draft) for draft in list(self.entries.values())]
            fresh = SpoolFile.create(self._folders[0])
            try:
                fresh.add(kept)
            except SpoolRefused:
                fresh.close()
                raise
            removed, self._file = self._opened, fresh
            removed.close()
            log.error("the spool was removed under this process, it was made again", count=len(kept))
        self._opened.add([row_of(draft) for draft in drafts])

    async def _take_over(self, left: SpoolFile) -> int:
        drafts = [draft_of(row) for row in await self._in_thread(left.rows)]
        if drafts:
            log.warning("adopted a spool", count=len(drafts), file=str(left.path))
            await self._keep([draft for draft in drafts if draft.key not in self.entries])
        await self._in_thread(lambda: left.remove([draft.key for draft in drafts]))
        await self._in_thread(left.close)
        return len(drafts)

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)


async def spool_names(settings: Settings, database: Database) -> list[str]:
    """The folders of this database's spools, the own one first: named after its epochs, whatever its address is."""
    epochs = [await select_epoch(database), *await select_former_epochs(database)]
    return [*epochs, address_name(settings.database_url)]


async def spool_folders(settings: Settings, database: Database) -> list[Path]:
    """Where they are."""
    return [settings.spool_folder / name for name in await spool_names(settings, database)]


def address_name(database_url: str) -> str:
    """The folder that earlier versions used: another spelling of the address lost it, another database found it."""
    place = database_url.rsplit("@", maxsplit=1)[-1].split("?", maxsplit=1)[0]
    return hashlib.blake2b(place.encode(), digest_size=8).hexdigest()


def size_of(draft: Draft) -> int:
    return OVERHEAD + len(draft.mensaje.encode())


def row_of(draft: Draft) -> SpoolRow:
    sender = draft.sender
    message = (draft.para, draft.mensaje, draft.id_cliente, draft.huella)
    return SpoolRow(sender.usuario, sender.nombre, sender.rol, *message, sender.sesion, sender.sesion_clave)


def draft_of(row: SpoolRow) -> Draft:
    """The draft again; it may have been stored before, so it counts as one whose client chose the id."""
    sender = Viewer(row.de_usuario, row.de_nombre, row.de_rol, row.sesion, row.sesion_clave)
    return Draft(sender, row.para_usuario, row.mensaje, row.id_cliente, row.huella, given=True)
