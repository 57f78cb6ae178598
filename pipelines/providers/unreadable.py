"""The rows of a refused delivery that no ledger can take: which file, which line, why, and what."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import duckdb

from pipelines.providers.contract import UnreadableRows
from pipelines.providers.reading import quoted, tolerant

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
