"""The process that a reader's SQL runs in: it holds one file, and nothing else is within reach.

Started by isolation.py in the folder of the file, without environment; asked on stdin, answers on
stdout. It shuts its doors before it asks the file, and ends with the question. It only writes
pickles; who reads them takes plain values alone.
"""

import ctypes
import json
import os
import pickle
import resource
import sys
from collections.abc import Mapping
from contextlib import suppress
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from itertools import islice
from typing import Any, BinaryIO, Final
from uuid import UUID

import duckdb

from warehouse.serving.questions import BATCH, answers

FILE: Final = "lake.duckdb"
"""Called as the lake is, so that a question reads the same."""
NEW_USER: Final = 0x10000000
"""Linux's flag for rights of one's own, with which anybody may give up all other files."""
NEW_NETWORK: Final = 0x40000000
"""Linux's flag for a network of one's own: one without any way out."""
LARGEST_FRAME: Final = 64 * 1024 * 1024
HEADER: Final = 8
"""Bytes that say how long a frame is."""
OWN_BYTES: Final = 1_000_000_000
"""Address space for Python, DuckDB's code and what it allocates outside of its own limit."""
PLAIN: Final = (type(None), bool, int, float, str, bytes, Decimal, date, time, timedelta, UUID)


def main(asked: BinaryIO, told: BinaryIO) -> None:
    """Answer the one text that stands on stdin."""
    request = json.loads(asked.read())
    _shut_in()
    _limit(request["memory"], request["seconds"])
    try:
        with _opened(request["memory"]) as marts:
            for answer in answers(marts, request["text"], request["limit"]):
                _tell(told, "names", answer.names)
                while batch := list(islice(answer.rows, BATCH)):
                    _tell(told, "rows", [tuple(map(_plain, row)) for row in batch])
        _tell(told, "end", None)
    except duckdb.Error as error:
        _tell(told, "error", (type(error).__name__, str(error)))
    except MemoryError:
        _tell(told, "error", ("OutOfMemoryException", "The question needs more memory."))


def _shut_in() -> None:
    """Make this folder the whole file system, where the system lets us.

    DuckDB refuses files by itself; here there are none, and a path that it tells tells nothing.
    """
    unshare = getattr(ctypes.CDLL(None), "unshare", None)
    if unshare:
        unshare(NEW_USER | NEW_NETWORK)
    with duckdb.connect() as connection:
        # Imports what it needs for such values, as long as there is something to import.
        connection.execute("select now(), uuid(), 1.5, interval 1 day").fetchall()
    with suppress(OSError):
        os.chroot(".")


def _limit(memory: int, seconds: int) -> None:
    """Let the system end this process when DuckDB does not: `memory_limit` does not bind strings.

    Processor time counts on when nobody is left to stop it.
    """
    for what, most in (
        (resource.RLIMIT_AS, memory + OWN_BYTES),
        (resource.RLIMIT_CPU, seconds * 2),
        (resource.RLIMIT_FSIZE, memory * 4),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))


def _opened(memory: int) -> duckdb.DuckDBPyConnection:
    marts = duckdb.connect(
        FILE,
        read_only=True,
        config={
            "memory_limit": f"{memory}B",
            "threads": 2,
            "temp_directory": "spill",
            "max_temp_directory_size": f"{memory * 4}B",
            "extension_directory": "none",
            "secret_directory": "none",
            "home_directory": "none",
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "allow_community_extensions": False,
            "allow_persistent_secrets": False,
            "python_enable_replacements": False,
        },
    )
    for setting in (
        "use lake.marts",
        "set TimeZone = 'UTC'",
        "set enable_external_access = false",
        "set lock_configuration = true",
    ):
        marts.execute(setting)
    return marts


def _plain(value: object) -> Any:
    """Return a value as the reader takes it."""
    match value:
        case datetime(tzinfo=zone) if zone is not None:
            return value.replace(tzinfo=timezone(value.utcoffset() or timedelta()))
        case list() | tuple():
            return [_plain(each) for each in value]
        case Mapping():
            return {_plain(key): _plain(each) for key, each in value.items()}
        case _:
            return value if isinstance(value, PLAIN) else str(value)


def _tell(told: BinaryIO, kind: str, what: object) -> None:
    frame = pickle.dumps((kind, what))
    if len(frame) > LARGEST_FRAME:
        raise duckdb.OutOfMemoryException("A row of the answer is too large to be shown.")
    told.write(len(frame).to_bytes(HEADER, "big") + frame)
    told.flush()


if __name__ == "__main__":
    main(sys.stdin.buffer, sys.stdout.buffer)
