"""The rows of a refused delivery that no ledger can take: which file, which line, why, and what."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from pipelines.providers.contract import UnreadableRows
from pipelines.providers.reading import quoted, tolerant
from warehouse.quarantine import KEPT
from warehouse.unpacking import undecodable_lines

Fault = tuple[str, str, str]
"""Code, raw column and SQL condition of an unfit row."""


@dataclass(frozen=True)
class Source:
    """One file, read alone so that its lines can be counted."""

    file: str
    sql: str
    content: Mapping[str, str]
    """Raw column -> its SQL in the source."""
    faults: Sequence[Fault]
    has_header: bool


def unfit_rows(sources: Iterable[Source], row_count: int) -> UnreadableRows:
    """Return the rows that meet any fault, with all their reasons.

    A line is a record's number in its file, as an editor counts while no field spans lines.
    """
    return UnreadableRows(" union all ".join(map(_unfit, sources)), row_count)


def _unfit(source: Source) -> str:
    reasons = ", ".join(
        f"case when {condition} then {quoted(f'{code} {raw}')} end"
        for code, raw, condition in source.faults
    )
    content = ", ".join(f"{quoted(raw)}: {sql}" for raw, sql in source.content.items())
    unfit = " or ".join(f"({condition})" for _, _, condition in source.faults)
    return (
        f"select {quoted(source.file)} as file, line, concat_ws('; ', {reasons}) as reason,"
        f" to_json({{{content}}})::varchar as content"
        f" from (select row_number() over () + {int(source.has_header)} as line, t.*"
        f"  from {source.sql} as t) as t where {unfit}"
    )


def broken_lines(connection: duckdb.DuckDBPyConnection, csv_sql: str) -> UnreadableRows | None:
    """Read CSV once more past the lines that cannot be read; None when even that fails."""
    # Another reading of the same connection may have left its own.
    connection.execute("drop table if exists reject_errors")
    connection.execute("drop table if exists reject_scans")
    try:
        [(readable,)] = connection.execute(
            f"select count(hash(t)) from {tolerant(csv_sql)} as t"
        ).fetchall()
        [(broken,)] = connection.execute(
            "select count(distinct (scan_id, file_id, line)) from reject_errors"
        ).fetchall()
    except duckdb.Error:
        return None
    lines = (
        "select parse_filename(any_value(file_path)) as file, line::bigint as line,"
        " string_agg(distinct error_message, '; ') as reason, any_value(csv_line) as content"
        " from reject_errors inner join reject_scans using (scan_id, file_id)"
        " group by scan_id, file_id, line"
    )
    return UnreadableRows(lines, readable + broken) if broken else None


def undecodable(folder: Path, notes: Path) -> UnreadableRows | None:
    """Note the lines that are not UTF-8, in hex; None where a whole file is in another encoding.

    A header that is not UTF-8, or more lines than are ever kept, is no slip in a value.
    """
    row_count = kept = 0
    with notes.open("w", encoding="utf-8") as out:
        for path in sorted(folder.iterdir()):
            for number, line in undecodable_lines(path):
                row_count += number > 1
                if line is None:
                    continue
                kept += 1
                if number == 1 or kept > KEPT:
                    return None
                note = {"file": path.name, "line": number, "content": line.hex()}
                out.write(json.dumps(note) + "\n")
    columns = "{file: 'varchar', line: 'bigint', content: 'varchar'}"
    source = f"read_json({quoted(str(notes))}, format = 'newline_delimited', columns = {columns})"
    lines = f"select file, line, 'ENCODING' as reason, content from {source}"
    return UnreadableRows(lines, row_count) if kept else None
