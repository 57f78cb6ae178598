"""Bill files as one DuckDB relation, read strictly, and DuckDB's complaints in our words."""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from pipelines.providers import decimals
from pipelines.providers.contract import BillError
from warehouse.registry.deliveries import VALUELESS
from warehouse.unpacking import CHUNK, LandingError, head

MONEY_LIMIT = 1e18
"""A line beyond it is no cost, and a sum of such lines would not fit 38 digits."""
# Nothing is guessed: the sniffer turns a bad file into a plausible one without a word.
_REFUSING = "ignore_errors = false"
_SETTING_ASIDE = "store_rejects = true, rejects_limit = 100000"
_STRICT = (
    "header = false, skip = 1, auto_detect = false, strict_mode = true, null_padding = false, "
    f"{_REFUSING}, delim = ',', quote = '\"', escape = '\"'"
)
_COMPLAINTS = {
    "Expected Number of Columns": ("CSV_RAGGED", "a row has too few or too many fields."),
    "unterminated quote": ("CSV_QUOTE", "a quote is not closed."),
    "Invalid unicode": ("ENCODING", "it is not UTF-8."),
    "Maximum line size": ("FIELD_TOO_LARGE", "a row is larger than 2 MB."),
}
_INSTANT = r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+]00:?00)?)?"
_LINE = re.compile(r"CSV Error on Line: (\d+)")


@dataclass(frozen=True)
class Part:
    """One file and its columns: raw name -> DuckDB type."""

    name: str
    columns: Mapping[str, str]


@dataclass(frozen=True)
class Relation:
    """Files read together."""

    sql: str
    sql_with_file: str
    """The same with the file's path in the column `landed_file`."""
    columns: Mapping[str, str]
    """Raw name -> DuckDB type, in file order."""
    identifiers: Mapping[str, str]
    """Raw name -> what it is called in SQL."""
    parts: tuple[Part, ...]
    footer_rows: int | None = None
    """Rows the Parquet footers promise."""

    def is_text(self, raw: str) -> bool:
        """Tell whether a column is text."""
        return self.columns[raw] == "VARCHAR"

    def decimal(self, raw: str) -> str:
        """Spell the column as a number of 38 digits, 12 of them decimals; null when it is none."""
        return decimals.decimal(self.identifiers[raw], is_text=self.is_text(raw))

    def rounded_off(self, raw: str) -> str:
        """Spell what `decimal` leaves off."""
        return decimals.rounded_off(self.identifiers[raw], self.columns[raw])

    def is_unfit_number(self, raw: str) -> str:
        """Return the condition of rows whose value is present and no finite number.

        NaN counts as the greatest number. DuckDB would read `1_000` as 1000.
        """
        name = self.identifiers[raw]
        if not self.is_text(raw):
            return f"not abs({name}) < {MONEY_LIMIT}"
        number = f"coalesce(abs(try_cast({name} as double)) < {MONEY_LIMIT}, false)"
        return f"{name} <> '' and (contains({name}, '_') or not {number})"

    def is_unfit_instant(self, raw: str) -> str:
        """Return the condition of rows whose text is no instant in UTC; "" where it is no text.

        DuckDB reads 5/1/25 as a day of the year 5, and drops an offset without a word.
        """
        if not self.is_text(raw):
            return ""
        name = self.identifiers[raw]
        fits = (
            f"regexp_full_match({name}, '{_INSTANT}') and try_cast({name} as timestamp) is not null"
        )
        return f"{name} <> '' and not ({fits})"

    def is_unfit_object(self, raw: str) -> str:
        """Return the condition of rows whose text is no JSON object with each key once."""
        name = self.identifiers[raw]
        keys = f"json_keys({name})"
        is_object = f"json_type({name}) = 'OBJECT' and len({keys}) = len(list_distinct({keys}))"
        return f"{name} <> '' and not coalesce(try({is_object}), false)"

    def microseconds(self, raw: str) -> str:
        """Return the column's instant, UTC; null when it is none."""
        name = self.identifiers[raw]
        return (
            f"epoch_us(try_cast({name} as timestamp))" if self.is_text(raw) else f"epoch_us({name})"
        )


def quoted(text: str, mark: str = "'") -> str:
    """Quote a text for SQL."""
    return mark + text.replace(mark, mark * 2) + mark


def _listed(files: Sequence[Path]) -> str:
    return "[" + ", ".join(quoted(str(path)) for path in files) + "]"


def parquet_relation(
    connection: duckdb.DuckDBPyConnection, files: Sequence[Path], _: Sequence[str] = ()
) -> Relation:
    """Read Parquet files by column name: a part may lack columns another has."""
    parts = tuple(Part(path.name, _parquet_columns(connection, path)) for path in files)
    source = f"read_parquet({_listed(files)}, union_by_name = true"
    try:
        columns = _described(connection, f"{source})")
        columns |= _valueless(connection, f"{source})", columns)
        footers = connection.execute(
            f"select sum(num_rows) from parquet_file_metadata({_listed(files)})"
        ).fetchone()
    except duckdb.Error as error:
        raise BillError(
            "SCHEMA", parts[-1].name, f"the parts do not fit together ({_first_line(error)})."
        ) from error
    return Relation(
        sql=f"{source})",
        sql_with_file=f"{source}, filename = 'landed_file')",
        columns=columns,
        identifiers={raw: quoted(raw, '"') for raw in columns},
        parts=parts,
        footer_rows=footers[0] if footers else None,
    )


def _parquet_columns(connection: duckdb.DuckDBPyConnection, path: Path) -> dict[str, str]:
    try:
        return _described(connection, f"read_parquet({quoted(str(path))})")
    except duckdb.Error as error:
        raise parquet_error(path.name, error) from error


def _described(connection: duckdb.DuckDBPyConnection, source: str) -> dict[str, str]:
    described = connection.execute(f"describe select * from {source}").fetchall()
    return {row[0]: row[1] for row in described}


def _valueless(
    connection: duckdb.DuckDBPyConnection, source: str, columns: Mapping[str, str]
) -> dict[str, str]:
    """Return the columns without a value: writers that know no type for them call them integers."""
    numbers = [raw for raw, kind in columns.items() if kind == "INTEGER"]
    if not numbers:
        return {}
    counts = ", ".join(f"count({quoted(raw, chr(34))})" for raw in numbers)
    [found] = connection.execute(f"select {counts} from {source}").fetchall()
    return {raw: VALUELESS for raw, count in zip(numbers, found, strict=True) if not count}


def csv_relation(
    _: duckdb.DuckDBPyConnection, files: Sequence[Path], nulls: Sequence[str] = ()
) -> Relation:
    """Read CSV files by the header they share, every value as text; `nulls` mean null too.

    DuckDB knows the columns by position: names that differ only by case would collide.
    """
    headers = [(path, _header(path)) for path in files]
    first = headers[0][1]
    for path, header in headers:
        if header != first:
            raise BillError("SCHEMA", path.name, f"its header differs from {files[0].name}'s.")
    columns = dict.fromkeys(first, "VARCHAR")
    names = {raw: f"column_{index}" for index, raw in enumerate(first)}
    typed = ", ".join(f"{quoted(name)}: 'VARCHAR'" for name in names.values())
    source = f"read_csv({_listed(files)}, columns = {{{typed}}}, {_STRICT}"
    if nulls:
        source += f", nullstr = [{', '.join(quoted(word) for word in ('', *nulls))}]"
    return Relation(
        sql=f"{source})",
        sql_with_file=f"{source}, filename = 'landed_file')",
        columns=columns,
        identifiers=names,
        parts=tuple(Part(path.name, columns) for path in files),
    )


def tolerant(csv_sql: str) -> str:
    """Return a strict reading of CSV as one that leaves unreadable lines in `reject_errors`."""
    return csv_sql.replace(_REFUSING, _SETTING_ASIDE)


def _header(path: Path) -> list[str]:
    try:
        names = next(csv.reader(io.StringIO(head(path), newline=""), strict=True), [])
    except (csv.Error, LandingError, OSError, EOFError) as error:
        code = error.code if isinstance(error, LandingError) else "CSV_HEADER"
        raise BillError(code, path.name, f"its header cannot be read ({error}).") from error
    if not any(names) or sum(map(len, names)) >= CHUNK:
        raise BillError("CSV_HEADER", path.name, "it has no header.")
    if len(set(names)) != len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise BillError("SCHEMA", path.name, f"column {twice!r} stands twice in the header.")
    return names


def csv_error(name: str, error: Exception) -> BillError:
    """Turn DuckDB's complaint about a CSV into a BillError, with the line if it told one."""
    text = str(error)
    known = (complaint for part, complaint in _COMPLAINTS.items() if part in text)
    code, what = next(known, ("CSV_UNREADABLE", f"{_first_line(error)}."))
    line = _LINE.search(text)
    return BillError(code, f"{name}, line {line[1]}" if line else name, what)


def parquet_error(name: str, error: Exception) -> BillError:
    """Turn DuckDB's complaint about a Parquet file into a BillError."""
    return BillError("PARQUET_UNREADABLE", name, f"it cannot be read ({_first_line(error)}).")


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0][:200] if str(error).strip() else type(error).__name__
