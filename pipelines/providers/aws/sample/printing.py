"""Print a bill's view as AWS prints it: which columns, and how Parquet and CSV spell a value."""

from collections.abc import Mapping

import duckdb

from pipelines.providers.aws.sample.company import Export

CUR1_OPTIONAL = (
    "product/",
    "resourceTags/",
    "savingsPlan/",
    "reservation/",
    "discount/",
    "lineItem/Net",
)
"""Groups of columns that a legacy report has only when a line of the month uses them."""
MANUAL_DISCOUNTS = ("discount", "discount_total_discount", "line_item_iam_principal")
"""Absent from CUR 2.0 when INCLUDE_MANUAL_DISCOUNT_COMPATIBILITY is on."""
_TIMES = {"cur1": "%Y-%m-%dT%H:%M:%SZ", "cur2": "%Y-%m-%dT%H:%M:%S.000Z"}


def columns_of(connection: duckdb.DuckDBPyConnection, export: Export) -> dict[str, str]:
    """Return the delivered columns of the built bill and their DuckDB types, in file order."""
    described = connection.execute(f"describe {export.dataset}").fetchall()
    columns = {name: kind for name, kind, *_ in described if name != "part_no"}
    if export.discounts == "rows":
        return {name: kind for name, kind in columns.items() if name not in MANUAL_DISCOUNTS}
    if export.dataset == "cur1":
        unused = _unused(connection, [name for name in columns if name.startswith(CUR1_OPTIONAL)])
        return {name: kind for name, kind in columns.items() if name not in unused}
    return columns


def _unused(connection: duckdb.DuckDBPyConnection, names: list[str]) -> set[str]:
    counts = ", ".join(f'count("{name}")' for name in names)
    counted = connection.execute(f"select {counts} from cur1").fetchone()
    assert counted is not None
    return {name for name, count in zip(names, counted, strict=True) if count == 0}


def select_part(export: Export, columns: Mapping[str, str], part: int) -> str:
    """Return the query of one file's rows, spelled for its format."""
    spell = _parquet if export.file_type == "parquet" else _csv
    printed = ", ".join(
        f'{spell(name, kind, export.dataset)} as "{name}"' for name, kind in columns.items()
    )
    return f"select {printed} from {export.dataset} where part_no = {part}"


def _parquet(name: str, kind: str, _dataset: str) -> str:
    if kind.startswith("DECIMAL"):
        return f'"{name}"::double'
    if kind.startswith("MAP(VARCHAR, DECIMAL"):
        return f'"{name}"::map(varchar, double)'
    return f'"{name}"'


def _csv(name: str, kind: str, dataset: str) -> str:
    if kind == "TIMESTAMP":
        return f"strftime(\"{name}\", '{_TIMES[dataset]}')"
    return f'to_json("{name}")::varchar' if kind.startswith("MAP") else f'"{name}"'


def glue_type(kind: str) -> str:
    """Name a DuckDB type as manifests of Data Exports do."""
    if kind.startswith("MAP"):
        return "map<string,double>" if "DECIMAL" in kind else "map<string,string>"
    if kind.startswith("DECIMAL") or kind in {"DOUBLE", "INTEGER"}:
        return "double"
    return {"TIMESTAMP": "timestamp"}.get(kind, "string")


def legacy_type(kind: str) -> str:
    """Name a DuckDB type as manifests of legacy reports do."""
    names = {"TIMESTAMP": "DateTime", "VARCHAR": "OptionalString"}
    return names.get(kind, "OptionalBigDecimal")
