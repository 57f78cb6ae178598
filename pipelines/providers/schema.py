"""Are the columns there that no bill of a dataset lacks, and of types that can be read."""

from collections.abc import Mapping

from pipelines.providers.columns import Columns, snake
from pipelines.providers.contract import BillError

_NUMERIC = (
    "DOUBLE",
    "FLOAT",
    "DECIMAL",
    "BIGINT",
    "INTEGER",
    "HUGEINT",
    "SMALLINT",
    "TINYINT",
    "UBIGINT",
    "UINTEGER",
)
_TIME = ("TIMESTAMP", "DATE", "VARCHAR")


def check_schema(name: str, present: Mapping[str, str], columns: Columns) -> None:
    """Raise BillError SCHEMA for a column of a file that is missing or of another type."""
    kinds = {snake(raw): (raw, kind) for raw, kind in present.items()}
    missing = sorted(columns.required - kinds.keys())
    if missing:
        raise BillError(
            "SCHEMA", name, f"columns are missing: {', '.join(missing)}.", "Is it this export type?"
        )
    for column, (raw, kind) in kinds.items():
        expected = _expected(column, columns)
        if expected and not kind.startswith(expected):
            raise BillError("SCHEMA", name, f"column {raw!r} is {kind}, not {expected[0]}.")


def _expected(column: str, columns: Columns) -> tuple[str, ...]:
    if columns.money.fullmatch(column):
        return (*_NUMERIC, "VARCHAR")
    if column in columns.times or column == columns.period:
        return _TIME
    is_text = column in columns.text | columns.optional_text or column == columns.currency
    return ("VARCHAR",) if is_text else ()
