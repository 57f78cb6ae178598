"""Bill files as one DuckDB relation whose nested fields lie flat."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import duckdb
from duckdb.sqltypes import DuckDBPyType

from pipelines.providers.contract import BillError
from pipelines.providers.decimals import decimal, rounded_off
from pipelines.providers.gcp import values
from pipelines.providers.gcp.columns import (
    CREDITS,
    LABELS,
    MODELS,
    NUMBER,
    RATES,
    TAGS,
    TEXT,
    TIME,
    Bill,
    Columns,
    Field,
)
from pipelines.providers.reading import parquet_error, quoted

SQL_TYPES: Mapping[str, str] = {
    TEXT: "varchar",
    NUMBER: "decimal(38, 12)",
    TIME: "timestamp",
    LABELS: values.LABEL_TYPE,
    CREDITS: values.CREDIT_TYPE,
    RATES: values.RATE_TYPE,
    MODELS: values.MODEL_TYPE,
    TAGS: "varchar",
}
_KINDS: Mapping[str, tuple[str, ...]] = {
    TEXT: ("varchar",),
    NUMBER: ("double", "float", "decimal", "bigint", "integer", "hugeint", "varchar"),
    TIME: ("timestamp", "timestamp with time zone", "date", "varchar"),
    LABELS: ("list", "map"),
    CREDITS: ("list",),
    RATES: ("list",),
    MODELS: ("list",),
    TAGS: ("varchar", "json", "map", "list"),
}
MAX_LINE = 16 << 20
FILE = "landed_file"
"""The column that tells a row's file."""


@dataclass(frozen=True)
class Source:
    """Files read together, before anything is renamed."""

    sql: str
    """Rows, with the file's path in `FILE`."""
    types: Mapping[str, DuckDBPyType]
    """Top-level raw name in lower case -> its type."""
    names: Mapping[str, str]
    """The same -> its own spelling."""

    def expression(self, field: Field) -> str | None:
        """Spell a raw field in SQL; None where the files lack it."""
        found = self._walk(field)
        return found[0] if found else None

    def kind(self, field: Field) -> DuckDBPyType | None:
        """Return a raw field's type; None where the files lack it."""
        found = self._walk(field)
        return found[1] if found else None

    def _walk(self, field: Field) -> tuple[str, DuckDBPyType] | None:
        first, *rest = field.path
        if first.lower() not in self.types:
            return None
        spelled, kind = quoted(self.names[first.lower()], '"'), self.types[first.lower()]
        for part in rest:
            children = values.children(kind) if kind.id == "struct" else {}
            if part not in children:
                return None
            spelled, kind = f"{spelled}.{quoted(part, chr(34))}", children[part]
        return spelled, kind


@dataclass(frozen=True)
class Flat:
    """The wanted fields of a source under their names in landing."""

    source: Source
    columns: Columns

    @cached_property
    def fields(self) -> Mapping[Field, str]:
        """The wanted fields that the files have -> their SQL in the source."""
        found = {field: self.source.expression(field) for field in self.columns.fields}
        return {field: sql for field, sql in found.items() if sql}

    @property
    def select_list(self) -> str:
        """Every wanted field, cast and named; null where the files lack it."""
        return ", ".join(
            f"{self.value(field)}::{SQL_TYPES[field.kind]} as {field.name}"
            for field in self.columns.fields
        )

    def value(self, field: Field) -> str:
        """Spell a field as landing keeps it."""
        sql, kind = self.fields.get(field), self.source.kind(field)
        if sql is None or kind is None:
            return "null"
        if field.kind == TAGS:
            return (
                f"to_json({values.labels(sql, kind)})" if kind.id == "list" else f"to_json({sql})"
            )
        spelled: dict[str, Callable[[], str]] = {
            TEXT: lambda: f"nullif({sql}, '')",
            NUMBER: lambda: decimal(sql, is_text=kind.id == "varchar"),
            TIME: lambda: values.instant(sql, kind),
            LABELS: lambda: values.labels(sql, kind),
            CREDITS: lambda: values.credits_(sql, kind),
            RATES: lambda: values.rates(sql, kind),
            MODELS: lambda: values.models(sql, kind),
        }
        return spelled[field.kind]()

    def rounded_off(self, bill: Bill) -> str:
        """Spell what `value` leaves off of what a row adds to the bill."""
        spelled = []
        for field, sql in self.fields.items():
            kind = self.source.kind(field)
            if kind and field.kind == CREDITS:
                spelled.append(values.credits_rounded_off(sql, kind))
            elif kind and field.name == bill.cost:
                spelled.append(f"coalesce({rounded_off(sql, str(kind))}, 0)")
        return " + ".join(spelled)

    def is_unfit(self, field: Field) -> str | None:
        """Return the condition of rows whose value is present and unfit; None if it cannot be."""
        sql = self.fields[field]
        match field.kind:
            case "number":
                return values.is_unfit_number(sql)
            case "time":
                return f"{sql} is not null and {self.value(field)} is null"
            case "credits":
                credit = f"({values.is_unfit_number('credit.amount')} or credit.amount is null)"
                return f"len(list_filter({sql}, lambda credit: {credit})) > 0"
            case "rates":
                present = values.rate_fields(self.source.kind(field))
                rate = " or ".join(values.is_unfit_number(f"rate.{name}") for name in present)
                return f"len(list_filter({sql}, lambda rate: {rate})) > 0" if present else None
            case _:
                return None


def read(
    connection: duckdb.DuckDBPyConnection, files: Sequence[Path], file_type: str, columns: Columns
) -> Source:
    """Read the files by field name; BillError SCHEMA for a field that cannot be used."""
    listed = "[" + ", ".join(quoted(str(path)) for path in files) + "]"
    if file_type == "parquet":
        sql = f"read_parquet({listed}, union_by_name = true, filename = '{FILE}')"
    else:
        typed = ", ".join(f"{quoted(n)}: {quoted(kind)}" for n, kind in _json_types(columns))
        sql = (
            f"read_json({listed}, format = 'newline_delimited', columns = {{{typed}}},"
            f" filename = '{FILE}', maximum_object_size = {MAX_LINE})"
        )
    try:
        described = connection.sql(f"from {sql}")
    except duckdb.Error as error:
        raise parquet_error(", ".join(path.name for path in files)[:200], error) from error
    kinds = dict(zip(described.columns, described.types, strict=True))
    return Source(
        sql=sql,
        types={name.lower(): kind for name, kind in kinds.items()},
        names={name.lower(): name for name in kinds},
    )


def _json_types(columns: Columns) -> list[tuple[str, str]]:
    """Give every wanted field a type of text leaves: nothing is guessed, numbers keep digits."""
    rates = f"struct({', '.join(f'{name} varchar' for name in values.RATE_FIELDS)})[]"
    leaves = {
        LABELS: "struct(key varchar, value varchar)[]",
        CREDITS: "struct(id varchar, name varchar, full_name varchar, type varchar,"
        " amount varchar)[]",
        RATES: rates,
        MODELS: f"struct({', '.join(f'{name} varchar' for name in values.MODEL_FIELDS)},"
        f" {', '.join(f'{name} struct(tiered_rates {rates})' for name in values.MODEL_PRICES)})[]",
        TAGS: "json",
    }
    top: dict[str, list[str]] = {}
    for field in columns.fields:
        kind = leaves.get(field.kind, "varchar")
        top.setdefault(field.path[0], []).append(
            f'"{field.path[1]}" {kind}' if field.path[1:] else kind
        )
    nested = {field.path[0] for field in columns.fields if field.path[1:]}
    return [
        (name, f"struct({', '.join(kinds)})" if name in nested else kinds[0])
        for name, kinds in top.items()
    ]


def check_schema(source: Source, columns: Columns, where: str) -> None:
    """Raise BillError SCHEMA for a required field that is not there, or of another kind."""
    missing = [f.raw for f in columns.fields if f.is_required and not source.expression(f)]
    if missing:
        raise BillError(
            "SCHEMA",
            where,
            f"columns are missing: {', '.join(missing)}.",
            "Is it this export type?",
        )
    for field in columns.fields:
        kind = source.kind(field)
        if kind is not None and not str(kind).lower().startswith(_spellings(field, kind)):
            said = f"column {field.raw!r} is {str(kind)[:60]}, not {_KINDS[field.kind][0]}."
            raise BillError("SCHEMA", where, said, "Export it with the table's own types.")


def _spellings(field: Field, kind: DuckDBPyType) -> tuple[str, ...]:
    """A list prints as `STRUCT(...)[]`: it is told by its id, and must hold {key, value} or so."""
    if kind.id not in {"list", "map"}:
        return _KINDS[field.kind]
    is_fit = kind.id in _KINDS[field.kind] and (
        kind.id == "map" or values.children(kind)["child"].id == "struct"
    )
    return (str(kind).lower(),) if is_fit else ("\0",)
