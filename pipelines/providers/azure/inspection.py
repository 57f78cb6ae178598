"""Read a fetched delivery once, in one query, before the models may.

The bill counts every row of AmortizedCost that no commitment covers, and of ActualCost only what
was paid for commitments: usage, taxes and Marketplace stand in both exports.
https://learn.microsoft.com/cloud-computing/finops/focus/convert
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import duckdb

from pipelines.providers.azure.columns import ACTUAL, AMORTIZED, COLUMNS, Columns, plain
from pipelines.providers.azure.relations import empty, exported, first_of, instant, text_of
from pipelines.providers.azure.sums import (
    FileSum,
    bill_rows,
    billed,
    check_part,
    disagreements,
    totals,
)
from pipelines.providers.contract import BillError, Delivery, Inspection, UnreadableRows
from pipelines.providers.decimals import remarks
from pipelines.providers.reading import Relation, csv_error, parquet_error
from pipelines.providers.unreadable import Source, broken_lines, unfit_rows

_COMMITTED = "replace(lower({model}), ' ', '') in ('reservation', 'savingsplan')"
_PAYS = "lower({type}) in ('purchase', 'refund') and " + _COMMITTED
_UNUSED = "lower({type}) in ('unusedreservation', 'unusedsavingsplan')"
_COVERED = f"({_UNUSED} or lower({{type}}) = 'usage' and {_COMMITTED})"
_ADVICE = {
    "NUMBER": "It is no number to bill by. Run the export again.",
    "DATE": "Dates are MM/DD/YYYY or ISO. Run the export again.",
    "PERIOD_MISMATCH": "The file does not belong to the month of its folder.",
}


def inspect(delivery: Delivery, folder: Path, connection: duckdb.DuckDBPyConnection) -> Inspection:
    """Check every row of a delivery; return the bill's rows, columns and control totals.

    Raises BillError: PARQUET_UNREADABLE, PARQUET_ROWS, CSV_*, ENCODING, HEADER_LANGUAGE, SCHEMA,
    NUMBER, DATE, PERIOD_MISMATCH, DATASET_TYPE, ROW_COUNT, EMPTY_WITHOUT_MANIFEST.
    """
    if not delivery.files:
        return empty()
    files = sorted(path for path in folder.iterdir() if path.is_file())
    export = exported(connection, files, delivery)
    try:
        sums = _query(connection, export.relation, delivery, files)
    except duckdb.Error as error:
        culprit = _culprit(connection, files, delivery, error)
        is_csv = delivery.file_type == "csv"
        raise culprit.with_rows(
            broken_lines(connection, export.relation.sql) if is_csv else None
        ) from error
    _check_rows(delivery, export.relation, sums)
    for one in sums:
        check_part(one)
    counted = Inspection(
        row_count=sum(bill_rows(one) for one in sums),
        columns=export.columns,
        control_totals=totals(sums, billed) if COLUMNS[delivery.dataset].cost else {},
        warnings=(
            *(disagreements(sums) if delivery.dataset == "cost" else ()),
            *remarks((one.currency, one.rounded_off) for one in sums),
        ),
        rows_sql=export.rows_sql,
    )
    return counted if delivery.file_type == "csv" else replace(counted, rows_sql=None)


def _query(
    connection: duckdb.DuckDBPyConnection,
    relation: Relation,
    delivery: Delivery,
    files: Sequence[Path],
) -> list[FileSum]:
    columns = COLUMNS[delivery.dataset]
    known = _known(relation)
    costs = columns.of(columns.cost, known)
    cost = first_of(relation.decimal(raw) for raw in costs)
    currency = first_of(text_of(relation, raw) for raw in columns.of(columns.currency, known))
    words = {
        word: f"coalesce({relation.identifiers[known[name]]}, '')" if name in known else "''"
        for word, name in (("type", "chargetype"), ("model", "pricingmodel"))
    }
    pays, covered, unused = (text.format(**words) for text in (_PAYS, _COVERED, _UNUSED))
    on_bill = (
        f"case split_part(parse_filename(landed_file), '-', 1) when '{ACTUAL}' then {pays}"
        f" when '{AMORTIZED}' then not ({pays} or {covered}) else true end"
    )
    faults = _faults(relation, known, columns, delivery)
    counts = "".join(f", count(*) filter ({condition})" for _, _, condition in faults)
    answer = connection.execute(
        f"""
        select parse_filename(landed_file), {currency}, count(*), sum({cost}),
            count(*) filter ({pays}), sum({cost}) filter ({pays}),
            sum({cost}) filter ({covered}),
            count(*) filter ({pays} and {words["type"]} ilike 'purchase'),
            count(*) filter ({unused}),
            sum({_rounded_off(relation, costs)}) filter ({on_bill}){counts}
        from {relation.sql_with_file}
        group by 1, 2
        order by 1, 2
        """
    ).fetchall()
    for index, (code, raw, condition) in enumerate(faults):
        if any(row[10 + index] for row in answer):
            rows = _unfit_rows(connection, files, delivery, sum(row[2] for row in answer))
            raise _fault(connection, relation, code, raw, condition).with_rows(rows)
    zero = Decimal(0)
    return [
        FileSum(
            part=row[0].partition("-")[0],
            file=row[0],
            currency=row[1],
            rows=row[2],
            cost=row[3] or zero,
            payments=row[4],
            paid=row[5] or zero,
            covered_cost=row[6] or zero,
            purchases=row[7],
            unused=row[8],
            rounded_off=row[9] or zero,
        )
        for row in answer
    ]


def _rounded_off(relation: Relation, costs: Sequence[str]) -> str:
    """Spell what is left off of the first cost that a row has."""
    cases = (f"when {relation.decimal(raw)} is not null then {relation.rounded_off(raw)}"
             for raw in costs)  # fmt: skip
    return f"case {' '.join(cases)} end" if costs else "null"


def _known(relation: Relation) -> dict[str, str]:
    return {plain(raw): raw for raw in reversed(list(relation.columns))}


def _faults(
    relation: Relation, known: Mapping[str, str], columns: Columns, delivery: Delivery
) -> list[tuple[str, str, str]]:
    """Return (code, raw column, condition of an unfit row) for everything to be checked."""
    faults = [
        *(
            ("NUMBER", known[column], relation.is_unfit_number(known[column]))
            for column in sorted(columns.money & known.keys())
        ),
        *(
            (code, raws[0], f"{first_of(text_of(relation, raw) for raw in raws)} is null")
            for code, names in (("NUMBER", columns.cost), ("SCHEMA", columns.currency))
            if (raws := columns.of(names, known))
        ),
        *(
            ("DATE", known[date], f"{instant(relation, known[date])} is null")
            for date in columns.dates
        ),
    ]
    if columns.period:
        raw, month = known[columns.period], f"timestamp '{delivery.billing_period.start}'"
        other = f"date_trunc('month', {instant(relation, raw)}) is distinct from {month}"
        faults.append(("PERIOD_MISMATCH", raw, other))
    return faults


def _unfit_rows(
    connection: duckdb.DuckDBPyConnection,
    files: Sequence[Path],
    delivery: Delivery,
    row_count: int,
) -> UnreadableRows:
    sources = []
    for path in files:
        alone = exported(connection, [path], delivery).relation
        faults = _faults(alone, _known(alone), COLUMNS[delivery.dataset], delivery)
        is_csv = delivery.file_type == "csv"
        sources.append(Source(path.name, alone.sql, alone.identifiers, faults, is_csv))
    return unfit_rows(sources, row_count)


def _fault(
    connection: duckdb.DuckDBPyConnection,
    relation: Relation,
    code: str,
    raw: str,
    condition: str,
) -> BillError:
    """Name the file and the unfit column."""
    file, is_empty = connection.execute(
        f"""
        select parse_filename(landed_file), {text_of(relation, raw)} is null
        from {relation.sql_with_file}
        where {condition}
        limit 1
        """
    ).fetchall()[0]
    said = "is empty" if is_empty else "is unfit"
    return BillError(code, file, f"column {raw!r} {said}.", _ADVICE.get(code, ""))


def _culprit(
    connection: duckdb.DuckDBPyConnection,
    files: list[Path],
    delivery: Delivery,
    error: duckdb.Error,
) -> BillError:
    complaint = parquet_error if delivery.file_type == "parquet" else csv_error
    for path in files:
        try:
            _query(connection, exported(connection, [path], delivery).relation, delivery, [path])
        except duckdb.Error as own:
            return complaint(path.name, own)
    return complaint("all files together", error)


def _check_rows(delivery: Delivery, relation: Relation, sums: Iterable[FileSum]) -> None:
    """Compare what was read with what the manifest and the footers promise."""
    read: dict[str, int] = {}
    for one in sums:
        read[one.file] = read.get(one.file, 0) + one.rows
    for file in delivery.files:
        # A zip was unpacked under its own name.
        count = read.get(file.name, read.get(f"{file.name.removesuffix('.zip')}.csv", 0))
        if file.rows not in {None, count}:
            what = f"its manifest promises {file.rows:,} rows, {count:,} were read."
            raise BillError("ROW_COUNT", file.name, what, "Run the export again.")
    total = sum(read.values())
    if relation.footer_rows not in {None, total}:
        what = f"the footers promise {relation.footer_rows} rows, {total} were read."
        raise BillError("PARQUET_ROWS", delivery.files[0].name, what)
    if not total and any(file.rows is None for file in delivery.files):
        raise BillError(
            "EMPTY_WITHOUT_MANIFEST",
            delivery.files[0].name,
            "it holds a header only, and no manifest says that the month is empty.",
            "The month stays as it was. Turn on file partitioning, which writes a manifest.",
        )
