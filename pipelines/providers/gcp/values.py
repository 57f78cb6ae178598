"""How landing spells a raw value in SQL, whatever types its file gives it."""

from duckdb.sqltypes import DuckDBPyType

from pipelines.providers.decimals import decimal, rounded_off

CREDIT_FIELDS = ("id", "name", "full_name", "type")
CREDIT_TYPE = (
    "struct(id varchar, name varchar, full_name varchar, type varchar, amount decimal(38, 12))[]"
)
LABEL_TYPE = "struct(key varchar, value varchar)[]"
RATE_FIELDS = (
    *("pricing_unit_quantity", "start_usage_amount", "usd_amount", "account_currency_amount"),
)
# A day of 12 TB is 1e18 byte-seconds already; a ledger column ends at 1e26.
NUMBER_LIMIT = 1e22
MODEL_FIELDS = ("consumption_model_id", "consumption_model_display_name")
MODEL_PRICES = ("list_price", "billing_account_price")
RATE_TYPE = f"struct({', '.join(f'{name} decimal(38, 12)' for name in RATE_FIELDS)})[]"
MODEL_TYPE = (
    f"struct({', '.join(f'{name} varchar' for name in MODEL_FIELDS)},"
    f" {', '.join(f'{name} {RATE_TYPE}' for name in MODEL_PRICES)})[]"
)


def children(kind: DuckDBPyType) -> dict[str, DuckDBPyType]:
    """Return the fields of a struct, or what a list or map is of."""
    return {name: child for name, child in kind.children if isinstance(child, DuckDBPyType)}


def is_unfit_number(sql: str) -> str:
    """Tell a value that is present and no finite number; NaN counts as the greatest."""
    number = f"coalesce(abs(try_cast({sql} as double)) < {NUMBER_LIMIT}, false)"
    return f"({sql} is not null and not {number})"


def instant(sql: str, kind: DuckDBPyType) -> str:
    """Spell an instant, UTC, whatever the session's time zone; null when it is none."""
    if kind.id == "varchar":
        sql = f"try_cast({sql} as timestamptz)"
    return f"make_timestamp(epoch_us({sql}))"


def labels(sql: str, kind: DuckDBPyType) -> str:
    """Keep labels as a list of {key, value}, also those that came as a map."""
    entries = f"map_entries({sql})" if kind.id == "map" else sql
    return (
        f"list_transform({entries}, lambda label:"
        " {'key': label.key::varchar, 'value': label.value::varchar})"
    )


def credits_(sql: str, kind: DuckDBPyType) -> str:
    """Keep each credit's words and its amount as a decimal."""
    present = children(children(kind)["child"])
    words = ", ".join(
        f"'{name}': {f'credit.{name}::varchar' if name in present else 'null::varchar'}"
        for name in CREDIT_FIELDS
    )
    amount = decimal("credit.amount", is_text=_kind_of_amount(kind) == "VARCHAR")
    return f"list_transform({sql}, lambda credit: {{{words}, 'amount': {amount}}})"


def credits_rounded_off(sql: str, kind: DuckDBPyType) -> str:
    """Spell what is left off of the amounts of a row's credits."""
    residual = rounded_off("credit.amount", _kind_of_amount(kind))
    return f"coalesce(list_sum(list_transform({sql}, lambda credit: {residual})), 0)"


def _kind_of_amount(kind: DuckDBPyType) -> str:
    return str(children(children(kind)["child"]).get("amount"))


def rates(sql: str, kind: DuckDBPyType) -> str:
    """Keep the numbers of each tier as decimals."""
    present = rate_fields(kind)
    numbers = ", ".join(
        f"'{name}': {f'try_cast(rate.{name} as decimal(38, 12))' if name in present else 'null'}"
        for name in RATE_FIELDS
    )
    return f"list_transform({sql}, lambda rate: {{{numbers}}})"


def rate_fields(kind: DuckDBPyType | None) -> list[str]:
    """Return which numbers the tiers of a price have."""
    present = children(children(kind)["child"]) if kind else {}
    return [name for name in RATE_FIELDS if name in present]


def models(sql: str, kind: DuckDBPyType) -> str:
    """Keep the tiers of each consumption model's prices, under its name."""
    present = children(children(kind)["child"])
    words = [
        f"'{name}': {f'model.{name}::varchar' if name in present else 'null::varchar'}"
        for name in MODEL_FIELDS
    ]
    for name in MODEL_PRICES:
        tiers = children(present[name]).get("tiered_rates") if name in present else None
        spelled = rates(f"model.{name}.tiered_rates", tiers) if tiers else f"null::{RATE_TYPE}"
        words.append(f"'{name}': {spelled}")
    return f"list_transform({sql}, lambda model: {{{', '.join(words)}}})"
