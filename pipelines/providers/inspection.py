"""Read a fetched delivery once, in one query, before it may enter the ledger.

Only the few columns that decide are read. Only when the query fails, or finds something, is it
asked again file by file, to name the culprit.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import duckdb

from pipelines.providers.columns import Columns, snake
from pipelines.providers.contract import BillError, Delivery, Inspection, UnreadableRows
from pipelines.providers.decimals import remarks
from pipelines.providers.reading import (
    Relation,
    csv_error,
    csv_relation,
    parquet_error,
    parquet_relation,
    quoted,
)
from pipelines.providers.schema import check_schema
from pipelines.providers.unreadable import Source, broken_lines, unfit_rows

_READERS = {"parquet": (parquet_relation, parquet_error), "csv": (csv_relation, csv_error)}
_ADVICE = {
    "NUMBER": "It is no number to bill by. Ask the provider to deliver the month again.",
    "PERIOD_MISMATCH": "The file does not belong to the month its manifest names.",
    "TIME": "Instants are ISO 8601 in UTC, such as 2026-09-01T00:00:00Z.",
    "JSON": 'It holds one flat JSON object, such as {"team": "web"}.',
}


@dataclass(frozen=True)
class _Found:
    """What the query found in one or all files."""

    row_count: int
    control_totals: Mapping[str, Decimal]
    warnings: tuple[str, ...]
    has_net_costs: bool
    faults: Mapping[str, tuple[str, str]]
    """Raw column -> code and condition of its unfit rows."""


@dataclass(frozen=True)
class _Nets:
    """How a bill shows private discounts, as SQL over its lines."""

    differ: str
    """The line's net cost carries a discount."""
    are_rows: str
    """The line is a discount itself."""
    cost: str
    """The line's net cost, gross where there is none."""


def inspect(
    delivery: Delivery, folder: Path, connection: duckdb.DuckDBPyConnection, columns: Columns
) -> Inspection:
    """Check every row of a delivery; return its rows, columns and control totals.

    Raises BillError: PARQUET_UNREADABLE, PARQUET_ROWS, CSV_*, ENCODING, SCHEMA, NUMBER,
    PERIOD_MISMATCH, TIME, JSON, each naming the file.
    """
    files = sorted(path for path in folder.iterdir() if path.is_file())
    relate, complaint = _READERS[delivery.file_type]
    relation = relate(connection, files, columns.nulls)
    for part in relation.parts:
        check_schema(part.name, part.columns, columns)
    try:
        found = _query(connection, relation, columns, delivery)
    except duckdb.Error as error:
        for path in files:
            try:
                _query(connection, relate(connection, [path], columns.nulls), columns, delivery)
            except duckdb.Error as own:
                raise _broken(complaint(path.name, own), connection, relation, delivery) from own
        raise complaint("all files together", error) from error
    if found.faults:
        rows = _unfit_rows(connection, files, columns, delivery, found.row_count)
        raise _fault(connection, relation, found.faults).with_rows(rows)
    _check_rows(relation, found.row_count)
    return Inspection(
        row_count=found.row_count,
        columns=relation.columns,
        control_totals=found.control_totals,
        has_net_costs=found.has_net_costs,
        warnings=found.warnings,
        rows_sql=relation.sql if delivery.file_type == "csv" else None,
    )


def _broken(
    error: BillError,
    connection: duckdb.DuckDBPyConnection,
    relation: Relation,
    delivery: Delivery,
) -> BillError:
    is_csv = delivery.file_type == "csv"
    return error.with_rows(broken_lines(connection, relation.sql) if is_csv else None)


def _unfit_rows(
    connection: duckdb.DuckDBPyConnection,
    files: Sequence[Path],
    columns: Columns,
    delivery: Delivery,
    row_count: int,
) -> UnreadableRows:
    sources = []
    for path in files:
        alone = _READERS[delivery.file_type][0](connection, [path], columns.nulls)
        known = {snake(raw): raw for raw in alone.columns}
        faults = _faults(alone, known, columns, delivery)
        is_csv = delivery.file_type == "csv"
        sources.append(Source(path.name, alone.sql, alone.identifiers, faults, is_csv))
    return unfit_rows(sources, row_count)


def _check_rows(relation: Relation, read: int) -> None:
    if relation.footer_rows is not None and relation.footer_rows != read:
        names = ", ".join(part.name for part in relation.parts)
        what = f"the footers promise {relation.footer_rows} rows, {read} were read."
        raise BillError("PARQUET_ROWS", names[:200], what)


def _fault(
    connection: duckdb.DuckDBPyConnection,
    relation: Relation,
    faults: Mapping[str, tuple[str, str]],
) -> BillError:
    """Name the first unfit column, and its file."""
    raw, (code, condition) = next(iter(faults.items()))
    name, is_empty = connection.execute(
        f"""
        select parse_filename(landed_file), {relation.identifiers[raw]} is null
        from {relation.sql_with_file}
        where {condition}
        limit 1
        """
    ).fetchall()[0]
    said = "is empty" if is_empty else "is unfit"
    return BillError(code, name, f"column {raw!r} {said}.", _ADVICE[code])


def _query(
    connection: duckdb.DuckDBPyConnection,
    relation: Relation,
    columns: Columns,
    delivery: Delivery,
) -> _Found:
    known = {snake(raw): raw for raw in relation.columns}
    faults = _faults(relation, known, columns, delivery)
    cost = relation.decimal(known[columns.cost])
    nets = _nets(relation, known, columns)
    line = _is_bill_line(relation, known, columns)
    counts = "".join(f", count(*) filter ({condition})" for _, _, condition in faults)
    answer = connection.execute(
        f"""
        select {relation.identifiers[known[columns.currency]]} as currency,
            count(*), bool_or({nets.differ}), bool_or({nets.are_rows}),
            sum({cost}) filter ({line}), sum({nets.cost}) filter ({line}),
            sum({relation.rounded_off(known[columns.cost])}) filter ({line}){counts}
        from {relation.sql}
        group by 1
        """
    ).fetchall()
    broken = {
        raw: (code, condition)
        for index, (code, raw, condition) in enumerate(faults)
        if any(row[7 + index] for row in answer)
    }
    has_net_costs = any(row[2] for row in answer)
    # Discounts that only net columns know are part of the bill; with rows of their own, gross
    # costs and those rows add up to it.
    is_net_bill = has_net_costs and not any(row[3] for row in answer)
    return _Found(
        row_count=sum(row[1] for row in answer),
        control_totals={
            row[0]: row[5 if is_net_bill else 4] or Decimal(0) for row in answer if row[0]
        },
        warnings=remarks((row[0], row[6]) for row in answer if row[0]),
        has_net_costs=has_net_costs,
        faults=broken,
    )


def _is_bill_line(relation: Relation, known: Mapping[str, str], columns: Columns) -> str:
    """Split-cost rows repeat an instance's cost: they are no part of the bill's total."""
    if columns.operation is None or columns.operation not in known:
        return "true"
    operation = relation.identifiers[known[columns.operation]]
    listed = ", ".join(quoted(each) for each in columns.split_operations)
    return f"{operation} is null or {operation} not in ({listed})"


def _nets(relation: Relation, known: Mapping[str, str], columns: Columns) -> _Nets:
    gross = relation.decimal(known[columns.cost])
    if columns.net_cost is None or columns.net_cost not in known or columns.line_type is None:
        return _Nets("false", "false", gross)
    net = relation.decimal(known[columns.net_cost])
    line_type = relation.identifiers[known[columns.line_type]]
    return _Nets(
        differ=f"coalesce({line_type} = 'Usage' and {net} not in ({gross}, 0), false)",
        are_rows=f"coalesce({line_type} like '%Discount', false)",
        cost=f"coalesce({net}, {gross})",
    )


def _faults(
    relation: Relation, known: Mapping[str, str], columns: Columns, delivery: Delivery
) -> list[tuple[str, str, str]]:
    """Return (code, raw column, condition of an unfit row) for everything to be checked."""
    checks = [
        ("NUMBER", raw, relation.is_unfit_number(raw))
        for column, raw in known.items()
        if columns.money.fullmatch(column)
    ]
    period, cost, currency = (known[c] for c in (columns.period, columns.cost, columns.currency))
    month = f"epoch_us(timestamp '{delivery.billing_period.start}')"
    line = _is_bill_line(relation, known, columns)
    return [
        *checks,
        *_faults_of_texts(relation, known, columns),
        ("NUMBER", cost, f"{relation.identifiers[cost]} is null and ({line})"),
        ("NUMBER", currency, f"{relation.identifiers[currency]} is null"),
        ("PERIOD_MISMATCH", period, f"{relation.microseconds(period)} is distinct from {month}"),
    ]


def _faults_of_texts(
    relation: Relation, known: Mapping[str, str], columns: Columns
) -> list[tuple[str, str, str]]:
    """Text that the models will cast: what they cannot read is refused here, by name."""
    faults = []
    for column in sorted((columns.instants | columns.json) & known.keys()):
        raw = known[column]
        if column in columns.instants and (unfit := relation.is_unfit_instant(raw)):
            faults.append(("TIME", raw, unfit))
        if column in columns.instants & columns.times:
            faults.append(("TIME", raw, f"{relation.identifiers[raw]} is null"))
        if column in columns.json and relation.is_text(raw):
            faults.append(("JSON", raw, relation.is_unfit_object(raw)))
    return faults
