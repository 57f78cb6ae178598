"""Asking a file in a process of its own: SQL can swell or abort DuckDB, and must not take us along.

Nothing that was asked decides what this process does: it starts, waits, reads plain values, kills.
"""

import io
import json
import pickle
import selectors
import subprocess
import sys
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any, Final

import duckdb

from warehouse.serving.isolated_process import HEADER, LARGEST_FRAME
from warehouse.serving.questions import Answer

PROGRAM: Final = (sys.executable, "-I", "-X", "utf8", "-m", "warehouse.serving.isolated_process")
VALUES: Final = {
    ("decimal", "Decimal"),
    *(("datetime", name) for name in ("date", "datetime", "time", "timedelta", "timezone")),
    ("uuid", "UUID"),
    ("uuid", "SafeUUID"),
}


@dataclass(frozen=True)
class Limits:
    """What one question may take."""

    memory: int
    """Bytes of DuckDB's own."""
    seconds: int
    """How long we wait for it; the time in which its rows are printed does not count."""


class QuestionLimitError(duckdb.Error):
    """A question took more than it may, and was ended. Starts with QUERY_LIMIT."""


class PlainValues(pickle.Unpickler):
    """Reads values and never calls anything: SQL may have taken over who wrote them."""

    def find_class(self, module: str, name: str) -> Any:
        """Return a class of values. Raises UnpicklingError for anything else."""
        if (module, name) not in VALUES:
            raise pickle.UnpicklingError(f"{module}.{name} is no value.")
        return super().find_class(module, name)


def ask(file: Path, text: str, limits: Limits, limit: int | None = None) -> Iterator[Answer]:
    """Answer every statement of a text from a file, of each at most one row more than the limit.

    The file is called as the process expects it, and its folder is the process's: it holds nothing
    else. Raises duckdb.Error as if it were asked here, and QuestionLimitError.
    """
    request = {"text": text, "limit": limit, "memory": limits.memory, "seconds": limits.seconds}
    with _started(file.parent, request, limits) as process:
        kind, what = process.read()
        while kind == "names":
            rows = process.rows()
            yield Answer(what, rows)
            # Whoever looked at fewer rows than there are wants the next answer now.
            deque(rows, maxlen=0)
            kind, what = process.last
        if kind == "error":
            name, said = what
            raise _told(name, said, limits)


@dataclass
class _Process:
    """A started process, and how long it may still let us wait."""

    process: subprocess.Popen[bytes]
    limits: Limits
    left: float
    last: tuple[str, Any] = field(default=("", None))

    def rows(self) -> Iterator[tuple[Any, ...]]:
        """Read rows until something else comes, which is then the last."""
        while self.read()[0] == "rows":
            yield from self.last[1]

    def read(self) -> tuple[str, Any]:
        """Return what the process tells next."""
        size = int.from_bytes(self._bytes(HEADER), "big")
        if size > LARGEST_FRAME:
            raise QuestionLimitError("QUERY_LIMIT: the answer is too large to be shown.")
        frame = self._bytes(size)
        try:
            self.last = PlainValues(io.BytesIO(frame)).load()
        except pickle.UnpicklingError as error:
            raise QuestionLimitError(f"QUERY_LIMIT: the answer cannot be read: {error}") from error
        return self.last

    def _bytes(self, size: int) -> bytes:
        out = self.process.stdout
        assert out is not None
        found = bytearray()
        with selectors.DefaultSelector() as selector:
            selector.register(out, selectors.EVENT_READ)
            while len(found) < size:
                began = monotonic()
                ready = selector.select(max(0, self.left))
                self.left -= monotonic() - began
                chunk = out.read(size - len(found)) if ready else b""
                if not chunk:
                    raise self._ended(is_late=not ready)
                found += chunk
        return bytes(found)

    def _ended(self, *, is_late: bool) -> QuestionLimitError:
        if is_late:
            return QuestionLimitError(
                f"QUERY_LIMIT: no answer within {self.limits.seconds} seconds. Ask for fewer rows"
                " or months, or raise FINHOUSE_QUESTION_SECONDS."
            )
        return _too_large(self.limits)


def _too_large(limits: Limits) -> QuestionLimitError:
    return QuestionLimitError(
        f"QUERY_LIMIT: the question needed more than its {limits.memory:,} bytes and was ended."
        " Ask for less at a time, or raise FINHOUSE_QUESTION_MEMORY."
    )


def _told(name: str, said: str, limits: Limits) -> duckdb.Error:
    """Return what DuckDB raised there. A name that is no error of its may not become a call."""
    kind = getattr(duckdb, name, None)
    if kind is duckdb.OutOfMemoryException:
        return _too_large(limits)
    if isinstance(kind, type) and issubclass(kind, duckdb.Error):
        return kind(said)
    return duckdb.Error(said)


@contextmanager
def _started(folder: Path, request: Mapping[str, Any], limits: Limits) -> Iterator[_Process]:
    """Start a process in a folder, hand it the question, and end it however we leave."""
    with subprocess.Popen(  # noqa: S603 - our own program; the question goes to its stdin
        PROGRAM,
        cwd=folder,
        # Nothing of ours: no credentials, no home.
        env={},
        bufsize=0,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        # Ctrl-C in a terminal is ours to hear.
        start_new_session=True,
    ) as process:
        try:
            _send(process, json.dumps(request).encode())
            yield _Process(process, limits, limits.seconds)
        finally:
            process.kill()


def _send(process: subprocess.Popen[bytes], told: bytes) -> None:
    """Write all of it: a pipe takes what fits. Whoever died meanwhile is found out on reading."""
    assert process.stdin is not None
    with suppress(BrokenPipeError), process.stdin as asked:
        while told:
            told = told[asked.write(told) :]
