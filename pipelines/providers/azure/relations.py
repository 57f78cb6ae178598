"""Exports as one DuckDB relation, columns matched whatever their spelling."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import duckdb

from pipelines.providers.azure.columns import COLUMNS, GERMAN, KINDS, MARKS, PARTS, plain
from pipelines.providers.contract import BillError, Delivery, Inspection
from pipelines.providers.reading import (
    Part,
    Relation,
    csv_relation,
    parquet_relation,
    quoted,
)
from warehouse.unpacking import LandingError, head

PART_COLUMN = "landed_export"
"""Column of a CSV delivery's kept rows: which export they came from."""
_FORMATS = "['%m/%d/%Y', '%m/%d/%Y %H:%M:%S', '%Y-%m-%dT%H:%MZ']"
_TEXT = ("VARCHAR",)


@dataclass(frozen=True)
class Export:
    """The files of a delivery, read together."""

    relation: Relation
    columns: Mapping[str, str]
    """Raw name -> type, as the models find them."""
    rows_sql: str


def exported(
    connection: duckdb.DuckDBPyConnection, files: Sequence[Path], delivery: Delivery
) -> Export:
    """Relate the files of a delivery; raise BillError for a header that does not fit."""
    if delivery.file_type == "parquet":
        relation = parquet_relation(connection, files)
        for part in relation.parts:
            _check_schema(part, delivery.dataset)
        return Export(relation, relation.columns, relation.sql)
    return _csv_export(connection, files, delivery.dataset)


def empty() -> Inspection:
    """Describe a run without files: a valid month in which nothing was billed."""
    rows = "(select ''::varchar as column_0 where false)"
    return Inspection(0, {PART_COLUMN: "VARCHAR"}, {}, rows_sql=rows)


def instant(relation: Relation, raw: str) -> str:
    """Spell the column as a timestamp, UTC whatever this machine's zone; null when it is none."""
    name = relation.identifiers[raw]
    if not relation.is_text(raw):
        return f"make_timestamp(epoch_us({name}))"
    return f"coalesce(try_strptime({name}, {_FORMATS}), try_cast({name} as timestamp))"


def text_of(relation: Relation, raw: str) -> str:
    """Spell the column as text; null when it is empty."""
    return f"nullif({relation.identifiers[raw]}::varchar, '')"


def first_of(expressions: Iterable[str]) -> str:
    """Spell the first of some expressions that is not null."""
    return f"coalesce({', '.join([*expressions, 'null'])})"


def _csv_export(
    connection: duckdb.DuckDBPyConnection, files: Sequence[Path], dataset: str
) -> Export:
    """Read each export by its own header, then both under the columns of either."""
    relations = {}
    for part, paths in groupby(files, key=lambda path: path.name.partition("-")[0]):
        own = list(paths)
        for path in own:
            _check_header(path)
        relations[part] = csv_relation(connection, own)
        for file in relations[part].parts:
            _check_schema(file, dataset)
    raws: dict[str, str] = {}
    for relation in relations.values():
        for raw in relation.columns:
            raws.setdefault(plain(raw), raw)
    names = {raw: f"column_{index}" for index, raw in enumerate([*raws.values(), PART_COLUMN])}
    selects, with_file = [], []
    for part, relation in relations.items():
        own_names = {plain(raw): name for raw, name in reversed(list(relation.identifiers.items()))}
        fields = [
            f"{own_names.get(key, 'null')}::varchar as {names[raw]}" for key, raw in raws.items()
        ]
        fields.append(f"{quoted(part)} as {names[PART_COLUMN]}")
        selects.append(f"select {', '.join(fields)} from {relation.sql}")
        with_file.append(f"select landed_file, {', '.join(fields)} from {relation.sql_with_file}")
    return Export(
        relation=Relation(
            sql=f"({' union all '.join(selects)})",
            sql_with_file=f"({' union all '.join(with_file)})",
            columns=dict.fromkeys(raws.values(), "VARCHAR"),
            identifiers={raw: names[raw] for raw in raws.values()},
            parts=tuple(file for relation in relations.values() for file in relation.parts),
        ),
        columns=dict.fromkeys(names, "VARCHAR"),
        rows_sql=f"({' union all '.join(selects)})",
    )


def _check_header(path: Path) -> None:
    """Tell what a wrong header looks like before it only counts as columns that are missing."""
    try:
        first = head(path).partition("\n")[0]
    except (LandingError, OSError, EOFError):
        return  # `csv_relation` says what is wrong with it
    for delimiter, name in ((";", "semicolons"), ("\t", "tabs"), ("|", "bars")):
        if first.count(delimiter) > first.count(","):
            raise BillError(
                "CSV_DELIMITER",
                path.name,
                f"its columns are separated by {name}, not commas.",
                "It was saved by a spreadsheet or another tool: deliver the export's own file.",
            )
    german = GERMAN & {plain(name) for name in next(csv.reader(io.StringIO(first)), [])}
    if german:
        raise BillError(
            "HEADER_LANGUAGE",
            path.name,
            f"its header is German ({', '.join(sorted(german))}).",
            "Create the export anew with the portal's language set to English.",
        )


def _check_schema(file: Part, dataset: str) -> None:
    columns = COLUMNS[dataset]
    kinds = {plain(raw): (raw, kind) for raw, kind in file.columns.items()}
    missing = columns.missing({name: raw for name, (raw, _) in kinds.items()})
    delivered = next((name for name, marks in MARKS.items() if marks <= kinds.keys()), dataset)
    if missing and delivered != dataset:
        raise BillError(
            "DATASET_TYPE",
            file.name,
            f"it is an export of type {KINDS[PARTS[delivered][0]]}.",
            f"Connect it with the dataset {delivered}.",
        )
    if missing:
        raise BillError("SCHEMA", file.name, f"columns are missing: {', '.join(missing)}.")
    for name in columns.text | set(columns.currency):
        raw, kind = kinds.get(name, ("", "VARCHAR"))
        if kind not in _TEXT:
            raise BillError("SCHEMA", file.name, f"column {raw!r} is {kind}, not VARCHAR.")
