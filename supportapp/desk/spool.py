"""What the database could not take yet: kept on this machine's disk, in order, until it is stored."""

import asyncio
import hashlib
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import structlog

from supportapp.desk.sending import Draft
from supportapp.desk.viewer import Viewer
from supportapp.store.spool_file import SpoolFile, SpoolRefused, SpoolRow

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

    def __init__(self, folder: Path, max_bytes: int) -> None:
        self._folder = folder
        self._max_bytes = max_bytes
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="spool")
        self._file: SpoolFile | None = None
        self.entries: dict[Key, Draft] = {}
        self.adding = 0
        self.bytes = 0

    @property
    def empty(self) -> bool:
        return not self.entries and not self.adding

    async def open(self) -> int:
        """Make the own file and adopt those whose processes are gone; the number of drafts in it."""
        self._file = await self._in_thread(lambda: SpoolFile.create(self._folder))
        for left in await self._in_thread(lambda: SpoolFile.left_behind(self._folder)):
            await self._adopt(left)
        return len(self.entries)

    async def close(self) -> None:
        if self._file:
            await self._in_thread(self._file.close)
        self._thread.shutdown(wait=False)

    async def add(self, drafts: Sequence[Draft]) -> None:
        """Keep `drafts`, on the disk when this returns; raises `SpoolFull`, then none of them is kept."""
        size = sum(size_of(draft) for draft in drafts)
        if self.bytes + size > self._max_bytes:
            raise SpoolFull("the spool has reached SPOOL_MAX_MB")
        file = self._opened
        self.adding += 1
        self.bytes += size
        try:
            await self._in_thread(lambda: file.add([row_of(draft) for draft in drafts]))
            # given: a commit may have happened and only its answer was lost, so look for them before inserting
            self.entries.update({draft.key: replace(draft, given=True) for draft in drafts})
        except SpoolRefused as error:
            self.bytes -= size
            raise SpoolFull(str(error)) from error
        finally:
            self.adding -= 1

    async def remove(self, drafts: Sequence[Draft]) -> None:
        """Forget what is stored or refused. Where the disk refuses, it is only offered once more later."""
        for draft in drafts:
            if self.entries.pop(draft.key, None):
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

    async def _adopt(self, left: SpoolFile) -> None:
        rows = await self._in_thread(left.rows)
        drafts = [draft_of(row) for row in rows]
        if drafts:
            log.warning("adopted a spool", count=len(drafts), file=left.path.name)
            await self.add(drafts)
        await self._in_thread(lambda: left.remove([draft.key for draft in drafts]))
        await self._in_thread(left.close)

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)


def folder_for(parent: Path, database_url: str) -> Path:
    """The folder of one database's spools: what was written for it must not go to another one."""
    place = database_url.rsplit("@", maxsplit=1)[-1].split("?", maxsplit=1)[0]
    return parent / hashlib.blake2b(place.encode(), digest_size=8).hexdigest()


def size_of(draft: Draft) -> int:
    return OVERHEAD + len(draft.mensaje.encode())


def row_of(draft: Draft) -> SpoolRow:
    sender = draft.sender
    message = (draft.para, draft.mensaje, draft.id_cliente, draft.huella)
    return SpoolRow(sender.usuario, sender.nombre, sender.rol, *message, sender.sesion)


def draft_of(row: SpoolRow) -> Draft:
    """The draft again; it may have been stored before, so it counts as one whose client chose the id."""
    sender = Viewer(row.de_usuario, row.de_nombre, row.de_rol, row.sesion)
    return Draft(sender, row.para_usuario, row.mensaje, row.id_cliente, row.huella, given=True)
