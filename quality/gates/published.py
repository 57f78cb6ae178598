"""Measures of the marts before readers see them: one query each over the months just loaded."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from typing import Final

import duckdb

from quality.gates.measures import Measure
from quality.gates.suites import UNFIT, currencies

SERVED: Final = "served"
"""The name under which the caller attached what readers see now; absent before the first load."""
_BY: Final = "billing_period"
Contract = Mapping[str, str]
"""Column -> type, as a model's yml promises."""
Loaded = Mapping[str, Collection[tuple[str, str]]]
"""What a load wrote anew: `connection_id` or `company_id`, as a mart has it -> id and month."""


def measures(
    connection: duckdb.DuckDBPyConnection,
    contracts: Mapping[str, Contract],
    loaded: Loaded,
) -> Iterator[Measure]:
    """Measure every mart that has a contract; rows only of loaded months where a mart knows months.

    Of a view its columns alone: its rows are computed from tables, each time somebody asks.
    """
    # In one transaction the lake's catalog is read once, not for each question.
    connection.execute("begin")
    present, types = _columns(connection, "lake"), _spelled(connection, contracts)
    tables, served = _tables(connection, "lake"), _tables(connection, SERVED)
    before = _columns(connection, SERVED)
    months = {month for keys in loaded.values() for _, month in keys}
    for mart, contract in contracts.items():
        kinds = present.get(mart, {})
        added = kinds.keys() - before[mart].keys() if mart in served else set()
        unfilled = added if added and _lacks(connection, mart, kinds, added, loaded) else set()
        counted: Mapping[str, int] = {}
        if mart in tables:
            rows, counted = _rows(connection, mart, kinds, months, is_served=mart in served)
            yield rows
        for column in sorted(kinds.keys() | contract.keys()):
            values = {
                "kind": kinds.get(column),
                "contracted": types[contract[column]] if column in contract else None,
                "unfit_count": counted.get(column, 0),
                "unfilled_count": int(column in unfilled),
            }
            yield Measure("published_columns", mart, column, values)
    connection.execute("rollback")


def _columns(
    connection: duckdb.DuckDBPyConnection, database: str
) -> Mapping[str, Mapping[str, str]]:
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for mart, column, kind in connection.execute(
        "select table_name, column_name, data_type from duckdb_columns()"
        " where database_name = $database and schema_name = 'marts'",
        {"database": database},
    ).fetchall():
        found[mart][column] = kind
    return found


def _lacks(
    connection: duckdb.DuckDBPyConnection,
    mart: str,
    kinds: Mapping[str, str],
    added: Collection[str],
    loaded: Loaded,
) -> bool:
    """Tell whether a mart has rows that this load did not write, and that lack what is new."""
    if _BY not in kinds:
        return False
    owner = next(column for column in loaded if column in kinds)
    values = ", ".join(f'"{column}"::varchar' for column in sorted(added))
    [(found,)] = connection.execute(
        f"select exists(from lake.marts.{mart} where coalesce({values}) is null"
        f" and not list_contains($keys, {owner} || ' ' || {_BY}))",
        {"keys": [" ".join(key) for key in sorted(loaded[owner])]},
    ).fetchall()
    return bool(found)


def _tables(connection: duckdb.DuckDBPyConnection, database: str) -> frozenset[str]:
    rows = connection.execute(
        "select table_name from duckdb_tables()"
        " where database_name = $database and schema_name = 'marts'",
        {"database": database},
    ).fetchall()
    return frozenset(name for (name,) in rows)


def _spelled(
    connection: duckdb.DuckDBPyConnection, contracts: Mapping[str, Contract]
) -> Mapping[str, str]:
    """Spell the types of contracts as DuckDB does."""
    types = sorted({each for contract in contracts.values() for each in contract.values()})
    described = connection.execute(
        f"describe select {', '.join(f'null::{each}' for each in types)}"
    ).fetchall()
    return {each: row[1] for each, row in zip(types, described, strict=True)}


def _rows(
    connection: duckdb.DuckDBPyConnection,
    mart: str,
    kinds: Mapping[str, str],
    months: Collection[str],
    *,
    is_served: bool,
) -> tuple[Measure, Mapping[str, int]]:
    where = "billing_period in (select unnest($months))" if _BY in kinds else "true"
    values = {"months": sorted(months)} if _BY in kinds else {}
    count, unfit = _counted(connection, f"lake.marts.{mart}", kinds, where, values)
    before = (
        _counted(connection, f"{SERVED}.marts.{mart}", {}, where, values)[0] if is_served else 0
    )
    ratio = count / before if before else None
    return Measure("published_tables", mart, "", {"row_count": count, "row_ratio": ratio}), unfit


def _counted(
    connection: duckdb.DuckDBPyConnection,
    relation: str,
    kinds: Mapping[str, str],
    where: str,
    values: Mapping[str, object],
) -> tuple[int, Mapping[str, int]]:
    """Count rows, and of each column the values that its name forbids."""
    conditions = {column: _unfit(column, kind) for column, kind in kinds.items()}
    asked = {column: condition for column, condition in conditions.items() if condition}
    counts = "".join(f", count(*) filter ({condition})" for condition in asked.values())
    [(row_count, *unfit)] = connection.execute(
        f"select count(*){counts} from {relation} where {where}", values
    ).fetchall()
    return row_count, dict(zip(asked, unfit, strict=True))


def _unfit(column: str, kind: str) -> str:
    """Return the condition of values that a column's name, or its type, forbids."""
    words = {"column": f'"{column}"', "currencies": ", ".join(f"'{each}'" for each in currencies())}
    found = next(
        (text for pattern, text in UNFIT.items() if re.fullmatch(pattern, column)),
        "not isfinite({column})" if kind in {"DOUBLE", "FLOAT"} else "",
    )
    return found.format(**words)
