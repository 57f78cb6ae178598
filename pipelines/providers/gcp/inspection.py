"""Read a fetched delivery once before the models may, and lay its fields flat."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from pipelines.providers.contract import BillError, Delivery, Inspection, UnreadableRows
from pipelines.providers.decimals import remarks
from pipelines.providers.gcp.columns import COLUMNS, TIME, Columns, Field
from pipelines.providers.gcp.relations import FILE, SQL_TYPES, Flat, check_schema, read
from pipelines.providers.gcp.unread import unread_fields
from pipelines.providers.reading import parquet_error, quoted
from pipelines.providers.unreadable import Source, unfit_rows

_ADVICE = "It is no value to bill by: export the month again."
_LOST = "If the table lost a column, restore it; if it is another export, correct the dataset."


@dataclass(frozen=True)
class _Check:
    """One condition that no row of a bill may meet."""

    code: str
    field: Field
    condition: str


def inspect(delivery: Delivery, folder: Path, connection: duckdb.DuckDBPyConnection) -> Inspection:
    """Check every row; return row count, columns and control totals.

    Raises BillError: PARQUET_UNREADABLE, JSON_UNREADABLE, SCHEMA, NUMBER, PERIOD_MISMATCH,
    naming the file.
    """
    files = sorted(path for path in folder.iterdir() if path.is_file())
    columns = COLUMNS[delivery.dataset]
    for path in files if delivery.file_type == "parquet" else ():
        check_schema(read(connection, [path], "parquet", columns), columns, path.name)
    flat = Flat(read(connection, files, delivery.file_type, columns), columns)
    checks = _checks(flat, delivery)
    counted = _counted(connection, flat, checks, delivery, files)
    rows, distinct = counted[0], counted[1]
    for index, check in enumerate(checks):
        if counted[2 + index]:
            unread = _unfit_rows(connection, files, delivery, rows)
            raise _fault(connection, flat, check).with_rows(unread)
    lost = [
        f.raw for f, n in zip(_required(columns), counted[2 + len(checks) :], strict=True) if not n
    ]
    if rows and lost:
        said = f"no row has a value in: {', '.join(lost)}."
        raise BillError("SCHEMA", files[0].name, said, _LOST)
    source = _once(flat, is_doubled=distinct < rows)
    totals, kept, told = _totals(connection, flat, source)
    said = f"{rows - kept:,} rows are equal to others in every column: loaded twice, counted once"
    return Inspection(
        row_count=kept,
        columns={field.name: SQL_TYPES[field.kind].upper() for field in columns.fields}
        | unread_fields(connection, files, delivery.file_type, flat.source, columns),
        control_totals=totals,
        warnings=(said, *told) if kept < rows else told,
        rows_sql=f"(select {flat.select_list} from {source})",
    )


def _required(columns: Columns) -> list[Field]:
    return [field for field in columns.fields if field.is_required]


def _checks(flat: Flat, delivery: Delivery) -> list[_Check]:
    """What makes a row unfit: no number, no instant, no cost or currency, another month."""
    bill, by_name = flat.columns.bill, {field.name: field for field in flat.columns.fields}
    unfit = [
        _Check("NUMBER" if field.kind != TIME else "TIME", field, condition)
        for field in flat.fields
        if (condition := flat.is_unfit(field))
    ]
    if bill is None:
        return unfit
    month, period = by_name[bill.month], delivery.billing_period.start
    written = f"{flat.value(month)}::varchar"
    expected = f"'{period:%Y%m}'" if month.kind != TIME else f"'{period} 00:00:00'"
    empty = [_Check("NUMBER", by_name[n], f"{flat.value(by_name[n])} is null")
             for n in (bill.cost, bill.currency) if by_name[n] in flat.fields]  # fmt: skip
    other = f"{written} is distinct from {expected}"
    return [*unfit, *empty, _Check("PERIOD_MISMATCH", month, other)]


def _counted(
    connection: duckdb.DuckDBPyConnection,
    flat: Flat,
    checks: Sequence[_Check],
    delivery: Delivery,
    files: Sequence[Path],
) -> tuple[Any, ...]:
    """Count rows, different rows, rows that meet each check, and values of each required field."""
    answers = ["count(*)", f"count(distinct hash({_whole_row(flat)}))"]
    answers += [f"count(*) filter ({check.condition})" for check in checks]
    answers += [f"count({flat.fields.get(field, 'null')})" for field in _required(flat.columns)]
    sql = f"select {', '.join(answers)} from {flat.source.sql} as t"
    try:
        found = connection.execute(sql).fetchone()
    except duckdb.Error as error:
        raise _culprit(connection, flat, delivery, files, error) from error
    return found or ()


def _whole_row(flat: Flat) -> str:
    """All columns of a row but its file: which file a row came in does not make it another."""
    names = [name for name in flat.source.names.values() if name != FILE]
    return "{" + ", ".join(f"{quoted(name)}: t.{quoted(name, chr(34))}" for name in names) + "}"


def _once(flat: Flat, *, is_doubled: bool) -> str:
    """Return where the rows that enter the ledger come from, each once.

    Google's own rows always differ in some column: rows that do not were loaded twice, such as
    those of two extracts whose load days overlap.
    """
    once = (
        f" qualify row_number() over (partition by md5(to_json({_whole_row(flat)})::varchar)) = 1"
        if is_doubled
        else ""
    )
    return f"{flat.source.sql} as t{once}"


def _totals(
    connection: duckdb.DuckDBPyConnection, flat: Flat, source: str
) -> tuple[dict[str, Decimal], int, tuple[str, ...]]:
    """Return the bill's total by currency, none of a snapshot, its rows, and remarks on it."""
    bill = flat.columns.bill
    if bill is None:
        return {}, connection.sql(f"select count(*) from {source}").fetchall()[0][0], ()
    credits_ = (
        " + coalesce(list_sum(list_transform(credits, lambda credit: credit.amount)), 0)"
        if bill.has_credits
        else ""
    )
    rows = connection.execute(
        f"select {bill.currency}, sum({bill.cost}{credits_}), count(*), sum(rounded_off)"
        f" from (select {flat.select_list}, {flat.rounded_off(bill)} as rounded_off from {source})"
        " group by 1 order by 1"
    ).fetchall()
    told = remarks((row[0], row[3]) for row in rows)
    return {row[0]: row[1] for row in rows}, sum(row[2] for row in rows), told


def _unfit_rows(
    connection: duckdb.DuckDBPyConnection,
    files: Sequence[Path],
    delivery: Delivery,
    row_count: int,
) -> UnreadableRows:
    sources = []
    for path in files:
        columns = COLUMNS[delivery.dataset]
        alone = Flat(read(connection, [path], delivery.file_type, columns), columns)
        content = {name: f"t.{quoted(name, chr(34))}" for name in alone.source.names.values()}
        faults = [(c.code, c.field.raw, c.condition) for c in _checks(alone, delivery)]
        sources.append(Source(path.name, alone.source.sql, content, faults, has_header=False))
    return unfit_rows(sources, row_count)


def _fault(connection: duckdb.DuckDBPyConnection, flat: Flat, check: _Check) -> BillError:
    """Name the unfit field and its file."""
    name, is_empty = connection.execute(
        f"select parse_filename({FILE}), {flat.fields[check.field]} is null"
        f" from {flat.source.sql} as t where {check.condition} limit 1"
    ).fetchall()[0]
    said = "is empty" if is_empty else "is unfit"
    return BillError(check.code, name, f"column {check.field.raw!r} {said}.", _ADVICE)


def _culprit(
    connection: duckdb.DuckDBPyConnection,
    flat: Flat,
    delivery: Delivery,
    files: Sequence[Path],
    error: duckdb.Error,
) -> BillError:
    """Read file by file to name the one that cannot be read."""
    for path in files:
        try:
            alone = read(connection, [path], delivery.file_type, flat.columns)
            connection.execute(f"select count(hash({_whole_row(flat)})) from {alone.sql} as t")
        except duckdb.Error as own:
            return _unreadable(path.name, delivery.file_type, own)
    return _unreadable("all files together", delivery.file_type, error)


def _unreadable(name: str, file_type: str, error: duckdb.Error) -> BillError:
    if file_type == "parquet":
        return parquet_error(name, error)
    what = f"it is no JSON lines of this export ({str(error).splitlines()[0][:200]})."
    return BillError("JSON_UNREADABLE", name, what, "One JSON object per line, UTF-8.")
