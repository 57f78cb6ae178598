"""What a disk that fails looks like to Python, SQLite and DuckDB, in words for the operator."""

from sqlite3 import Error as SQLiteError

from duckdb import Error as DuckDBError
from sqlalchemy.exc import SQLAlchemyError

FAILURES: tuple[type[Exception], ...] = (OSError, SQLiteError, SQLAlchemyError, DuckDBError)
"""The errors that may be the disk's."""
_SIGNS = {
    "DISK_FULL": ("No space left on device", "disk is full", "Disk quota exceeded"),
    "READ_ONLY": ("Read-only file system", "readonly database"),
    "DISK_FAILED": ("Input/output error", "disk I/O error"),
}
_ADVICE = {
    "DISK_FULL": "no space is left. Make room, then give the command again.",
    "READ_ONLY": "the disk takes no writes. Mount it for writing, then give the command again.",
    "DISK_FAILED": "the disk failed. Look at the system's log before you give the command again.",
}


def in_words(error: Exception) -> str | None:
    """Say that the disk is at fault, and what to do; None where something else is."""
    text = str(error)
    for code, signs in _SIGNS.items():
        if any(sign in text for sign in signs):
            where = f"{error.filename}: " if isinstance(error, OSError) and error.filename else ""
            return f"{code}: {where}{_ADVICE[code]} Readers keep the old numbers."
    return None
