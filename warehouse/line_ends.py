"""Lines of CSV that end in two ways in one file: DuckDB reads either way, and refuses both."""

import gzip
from collections.abc import Iterator
from pathlib import Path

from warehouse.unpacking import CHUNK

CRLF = b"\r\n"
QUOTE = b'"'


def even(source: Path, target: Path) -> bool:
    """Copy the CSV files of a folder with one end for all lines; tell whether any had two.

    What stands in quotes is a value and stays as it is.
    """
    return max(_even_file(path, target / path.name) for path in source.iterdir())


def _even_file(source: Path, target: Path) -> bool:
    opened = gzip.open if source.suffix == ".gz" else open
    found: set[bytes] = set()
    with opened(source, "rb") as lines, opened(target, "wb") as out:
        is_value = False
        for piece in _whole_lines(iter(lambda: lines.read(CHUNK), b"")):
            parts = piece.split(QUOTE)
            for at, part in enumerate(parts):
                if is_value == bool(at % 2):
                    crlf = part.count(CRLF)
                    found |= {CRLF} if crlf else set()
                    found |= {b"\n"} if part.count(b"\n") > crlf else set()
                    parts[at] = part.replace(CRLF, b"\n")
            is_value ^= len(parts) % 2 == 0
            out.write(QUOTE.join(parts))
    return len(found) > 1


def _whole_lines(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Cut between chunks so that no end of a line straddles two."""
    held = b""
    for chunk in chunks:
        piece = held + chunk
        held = piece[-1:] if piece.endswith(b"\r") else b""
        yield piece[: len(piece) - len(held)]
    yield held
