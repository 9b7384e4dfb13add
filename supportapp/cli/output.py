"""Standard output and error as they may be: a terminal without our letters, a full disk, nobody who reads."""

import io
import os
import sys
from contextlib import suppress
from typing import TextIO

LAST_STANDARD = 2
"""Descriptors up to it are standard input, output and error."""


def keep_standard_descriptors() -> None:
    """Where 0, 1 or 2 are closed, the database's file would get that number, and whatever a library prints."""
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= LAST_STANDARD:
        os.set_inheritable(descriptor, True)
    os.close(descriptor)


def show_what_can_be_shown() -> None:
    """Letters that the terminal has not are spelled out instead of ending the command."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def end_output() -> str | None:
    """Write what is still held back; why that failed, or None. Afterwards the interpreter finds nothing to complain of."""
    why = None
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None:
                stream.flush()
        except BrokenPipeError:  # `| head -1`: has read enough
            forget(stream)
        except OSError as error:
            why = f"Standard output cannot be written: {(error.strerror or str(error)).lower()}."
            forget(stream)
    return why


def forget(stream: TextIO) -> None:
    with suppress(OSError, io.UnsupportedOperation):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
