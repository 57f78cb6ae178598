"""Measures of the marts before readers see them: one query each over the months just loaded."""

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Final

import duckdb

from quality.gates.measures import Measure
from quality.gates.suites import UNFIT, currencies

SERVED: Final = "served"
"""The name under which the caller attached what readers see now; absent before the first load."""
Contract = Mapping[str, str]
"""Column -> type, as a model's yml promises."""


def measures(
    connection: duckdb.DuckDBPyConnection,
    contracts: Mapping[str, Contract],
    months: Collection[str],
) -> Iterator[Measure]:
    """Measure every mart that has a contract; rows only of `months` where a mart knows months."""
    for mart, contract in contracts.items():
        yield from _mart(connection, mart, contract, months)


def _mart(
    connection: duckdb.DuckDBPyConnection, mart: str, contract: Contract, months: Collection[str]
) -> Iterator[Measure]:
    kinds, promised = _present(connection, mart), _promised(connection, contract)
    conditions = {column: _unfit(column, kind) for column, kind in kinds.items()}
    asked = {column: condition for column, condition in conditions.items() if condition}
    counts = "".join(f", count(*) filter ({condition})" for condition in asked.values())
    where = "billing_period in (select unnest($months))" if "billing_period" in kinds else "true"
    values = {"months": sorted(months)} if "billing_period" in kinds else {}
    [(row_count, *unfit)] = (
        connection.execute(
            f"select count(*){counts} from lake.marts.{mart} where {where}", values
        ).fetchall()
        if kinds
        else [(0,)]
    )
    counted = dict(zip(asked, unfit, strict=True))
    for column in sorted(kinds.keys() | promised.keys()):
        yield Measure(
            "published_columns",
            mart,
            column,
            {
                "kind": kinds.get(column),
                "contracted": promised.get(column),
                "unfit_count": counted.get(column, 0),
            },
        )
    before = _rows_before(connection, mart, where, values)
    ratio = row_count / before if before else None
    yield Measure("published_tables", mart, "", {"row_count": row_count, "row_ratio": ratio})


def _present(connection: duckdb.DuckDBPyConnection, mart: str) -> dict[str, str]:
    """Return the columns of a mart, a table or a view; none when it is not there."""
    try:
        return _described(connection, f"lake.marts.{mart}")
    except duckdb.CatalogException:
        return {}


def _described(connection: duckdb.DuckDBPyConnection, relation: str) -> dict[str, str]:
    rows = connection.execute(f"describe {relation}").fetchall()
    return {row[0]: row[1] for row in rows}


def _promised(connection: duckdb.DuckDBPyConnection, contract: Contract) -> dict[str, str]:
    """Spell a contract's types as DuckDB does."""
    columns = ", ".join(f'null::{type_} as "{name}"' for name, type_ in contract.items())
    return _described(connection, f"select {columns}")


def _unfit(column: str, kind: str) -> str:
    """Return the condition of values that a column's name, or its type, forbids."""
    words = {"column": f'"{column}"', "currencies": ", ".join(f"'{each}'" for each in currencies())}
    found = next(
        (text for pattern, text in UNFIT.items() if re.fullmatch(pattern, column)),
        "not isfinite({column})" if kind in {"DOUBLE", "FLOAT"} else "",
    )
    return found.format(**words)


def _rows_before(
    connection: duckdb.DuckDBPyConnection, mart: str, where: str, values: Mapping[str, object]
) -> int:
    """Count the same rows as readers see them; of a view there is no earlier state."""
    [(is_table,)] = connection.execute(
        "select count(*) from duckdb_tables() where database_name = $served"
        " and schema_name = 'marts' and table_name = $mart",
        {"served": SERVED, "mart": mart},
    ).fetchall()
    if not is_table:
        return 0
    [(count,)] = connection.execute(
        f"select count(*) from {SERVED}.marts.{mart} where {where}", values
    ).fetchall()
    return int(count)
