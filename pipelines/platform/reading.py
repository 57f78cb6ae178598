"""A dropped file, read strictly: every row fits the schema, or its line is named."""

import csv
import json
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import duckdb

from pipelines.platform.cards import holds_card_number
from pipelines.platform.datasets import Column
from pipelines.platform.values import clean
from pipelines.providers.contract import BillError
from pipelines.providers.reading import parquet_error

Row = Mapping[str, Any]
Numbered = Iterator[tuple[int, Row]]


def read(path: Path, columns: tuple[Column, ...]) -> list[dict[str, object]]:
    """Return the rows as they are kept. Raises BillError that names file, line and column."""
    return [
        _row(raw, columns, f"{path.name}, line {line}") for line, raw in READERS[path.suffix](path)
    ]


def _row(raw: Row, columns: tuple[Column, ...], where: str) -> dict[str, object]:
    unknown = sorted(set(map(str, raw)) - {column.name for column in columns})
    for name, value in raw.items():
        # Also of unknown columns: what is refused for its name is told for what it holds.
        if holds_card_number(str(value)):
            raise BillError(
                "CARD_NUMBER", where, f"column {name!r} holds what looks like a card's number.",
                "Card numbers are never kept: leave it out. An id may begin with a letter.",
            )  # fmt: skip
    if unknown:
        known = ", ".join(column.name for column in columns)
        raise BillError("SCHEMA", where, f"column {unknown[0]!r} is unknown.", f"Known: {known}.")
    event_type = raw.get("event_type")
    return {column.name: _value(raw, column, event_type, where) for column in columns}


def _value(raw: Row, column: Column, event_type: object, where: str) -> object:
    value = raw.get(column.name)
    if value is None or value == "":
        if column.is_optional or (column.absent_for and column.absent_for == event_type):
            return None
        raise BillError("SCHEMA", where, f"column {column.name!r} is empty.", "Every row needs it.")
    try:
        return clean(column, value)
    except ValueError as error:
        raise BillError("VALUE", where, f"column {column.name!r} {error}.") from None


def _jsonl(path: Path) -> Numbered:
    for number, line in enumerate(_lines(path), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line, parse_float=Decimal, parse_constant=_refuse_constant)
        except (ValueError, RecursionError):
            row = None
        if not isinstance(row, dict):
            raise BillError("JSON", f"{path.name}, line {number}", "it is no JSON object.")
        yield number, row


def _refuse_constant(word: str) -> None:
    raise ValueError(word)


def _csv(path: Path) -> Numbered:
    reader = csv.reader(_lines(path), strict=True)
    try:
        header = next(reader, [])
        if not header or len(set(header)) != len(header):
            raise BillError("CSV_HEADER", path.name, "it has no header, or a column twice.")
        for fields in reader:
            where = f"{path.name}, line {reader.line_num}"
            if len(fields) != len(header):
                raise BillError("CSV_RAGGED", where, "a row has too few or too many fields.")
            yield reader.line_num, dict(zip(header, fields, strict=True))
    except csv.Error as error:
        where = f"{path.name}, line {reader.line_num}"
        raise BillError("CSV_UNREADABLE", where, f"{error}.") from None


def _lines(path: Path) -> Iterator[str]:
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            try:
                yield line.decode("utf-8-sig" if number == 1 else "utf-8")
            except UnicodeDecodeError:
                where = f"{path.name}, line {number}"
                raise BillError("ENCODING", where, "it is not UTF-8.") from None


def _parquet(path: Path) -> Numbered:
    """Read by DuckDB: of a damaged file polars panics or aborts the whole process."""
    try:
        with duckdb.connect() as reader:
            reader.execute("set TimeZone = 'UTC'")
            sql = "select * from read_parquet($path, hive_partitioning = false)"
            found = reader.execute(sql, {"path": str(path)})
            names = [column[0] for column in found.description or ()]
            rows = found.fetchall()
    except (duckdb.Error, OverflowError) as error:
        raise parquet_error(path.name, error) from error
    yield from ((number, dict(zip(names, row, strict=True))) for number, row in enumerate(rows, 1))


READERS: Final[Mapping[str, Callable[[Path], Numbered]]] = {
    ".jsonl": _jsonl,
    ".csv": _csv,
    ".parquet": _parquet,
}
