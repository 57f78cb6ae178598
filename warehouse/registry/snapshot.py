"""Land the registry as Parquet, so that models join it like any other source."""

import os
import tempfile
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import polars as pl
from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Connection,
    Date,
    Integer,
    RowMapping,
    String,
    select,
    true,
)

from warehouse.registry import tables
from warehouse.registry.database import Database, to_json
from warehouse.registry.holdings import Holdings, read_holdings
from warehouse.registry.reporting import Pair, find_quotes
from warehouse.registry.rights import Holding
from warehouse.registry.savings_tables import (
    commitment_actions,
    commitment_recommendations,
    savings_fee_monthly,
)
from warehouse.registry.suppression import suppressed_organizations, suppressed_spans
from warehouse.registry.tables import UtcDateTime
from warehouse.retention.admission import Span

# Listed, not excluded: a column added to the registry stays inside until it is let out here.
COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "companies": (
        *("company_id", "name", "plan", "created_at", "removed_at", "reporting_currency"),
    ),
    "exchange_rates": ("company_id", "billing_period", "from_currency", "to_currency", "rate"),
    "organizations": ("organization_id", "company_id", "name", "created_at", "removed_at"),
    "connections": (
        *("connection_id", "company_id", "name", "provider", "location", "export_name"),
        *("dataset", "created_at", "disconnected_at"),
    ),
    "cloud_accounts": ("provider", "account_id", "management_account_id", "created_at"),
    "cloud_account_assignments": (
        *("provider", "account_id", "organization_id", "account_name", "valid_from", "valid_to"),
    ),
    "deliveries": tuple(column.name for column in tables.deliveries.c),
    "members": (
        *("member_id", "company_id", "email", "name", "is_owner", "is_external"),
        *("marketing_consent_at", "created_at", "deactivated_at", "removed_at"),
    ),
    "budgets": (
        *("budget_id", "company_id", "organization_id", "name", "recurrence", "budget_cost"),
        *("billing_currency", "sub_account_id", "service_name", "tag_key", "tag_value"),
        *("thresholds", "first_period", "created_at", "removed_at"),
    ),
    "commitment_contracts": (
        *("contract_id", "company_id", "organization_id", "name", "provider"),
        *("billing_account_id", "billing_currency", "commitment_cost", "start_date", "last_date"),
        *("created_at", "removed_at"),
    ),
    "commitment_recommendations": tuple(column.name for column in commitment_recommendations.c),
    # Not what is asked of the cloud, under which token, and what it answered.
    "commitment_actions": tuple(
        column.name
        for column in commitment_actions.c
        if column.name not in {"order", "idempotency_token", "evidence"}
    ),
    "savings_fee_monthly": tuple(column.name for column in savings_fee_monthly.c),
    "utilization_thresholds": ("organization_id", "company_id", "utilization_ratio", "set_at"),
    # Not what changed from what to what: a connection's options would leave the registry so.
    "history": (
        *("history_id", "company_id", "organization_id", "actor", "occurred_at", "event_type"),
        "reason",
    ),
}
GRANTS: Final = {
    "organization_id": pl.String(),
    "company_id": pl.String(),
    "member_id": pl.String(),
    "menu": pl.String(),
    "level": pl.String(),
    "source": pl.String(),
}
"""Columns of `member_grants`: the rights function's answers for every member, of one moment."""
TYPES: Final = (
    (UtcDateTime, pl.Datetime("us")),
    (Date, pl.Date()),
    (Boolean, pl.Boolean()),
    (BigInteger, pl.Int64()),
    (Integer, pl.Int32()),
    (JSON, pl.String()),
    (String, pl.String()),
)


def write_snapshot(registry: Database, folder: Path) -> None:
    """Write `<table>.parquet` for every table the models read, all of one moment.

    Times are UTC without a zone, JSON is text. Secrets and options stay in the registry.
    Each file is replaced whole, so a reader never meets half of one.
    """
    with registry.read() as tx:
        frames = {name: _frame(tx, name) for name in COLUMNS}
        held = read_holdings(tx, true())
        gone, dropped = suppressed_organizations(tx), suppressed_spans(tx)
    frames["suppressed_accounts"] = _suppressed(dropped)
    for name in ("organizations", "cloud_account_assignments"):
        is_left = ~pl.col("organization_id").is_in(sorted(gone))
        frames[name] = frames[name].filter(is_left)
    frames["member_grants"] = _grants(held, frames["members"])
    frames["companies"] = frames["companies"].with_columns(is_active=pl.col("removed_at").is_null())
    frames["cloud_accounts"] = _named(frames["cloud_accounts"], frames["cloud_account_assignments"])
    frames["exchange_rates"] = _quoted(frames["exchange_rates"], frames["companies"])
    folder.mkdir(parents=True, exist_ok=True)
    for name, frame in frames.items():
        _replace(folder / f"{name}.parquet", frame)


def _suppressed(dropped: list[tuple[str, Span]]) -> pl.DataFrame:
    """Days of accounts whose rows are dropped wherever they arrive."""
    text, day = pl.String(), pl.Date()
    names = {"company_id": text, "provider": text, "account_id": text, "valid_from": day}
    rows = [(company_id, *vars(span).values()) for company_id, span in dropped]
    return pl.DataFrame(rows, schema={**names, "valid_to": day}, orient="row")


def _frame(tx: Connection, name: str) -> pl.DataFrame:
    table = tables.METADATA.tables[name]
    columns = [table.c[column] for column in COLUMNS[name]]
    rows = tx.execute(select(*columns).order_by(*table.primary_key)).mappings().all()
    schema = {column.name: _type(column) for column in columns}
    return pl.DataFrame([_plain(row, columns) for row in rows], schema=schema, orient="row")


def _named(accounts: pl.DataFrame, assignments: pl.DataFrame) -> pl.DataFrame:
    """Give each account the name its last holder uses; leave out what nobody ever held."""
    key = ["provider", "account_id"]
    last = assignments.sort("valid_from").group_by(key, maintain_order=True).last()
    names = last.select(*key, pl.col("account_name").alias("name"))
    return accounts.join(names, on=key, how="inner", maintain_order="left")


def _quoted(rates: pl.DataFrame, companies: pl.DataFrame) -> pl.DataFrame:
    """Give each company every rate to its reporting currency, the derived ones too."""
    given: dict[str, dict[Pair, Decimal]] = {}
    for company_id, *pair, rate in rates.rows():
        given.setdefault(company_id, {})[Pair(*pair)] = Decimal(rate)
    currencies = dict(companies.select("company_id", "reporting_currency").rows())
    quoted = [
        (company_id, *pair, f"{quote.rate:f}")
        for company_id, pairs in given.items()
        for pair, quote in find_quotes(pairs, currencies[company_id]).items()
    ]
    return pl.DataFrame(quoted, schema=rates.schema, orient="row")


def _grants(held: Holdings, members: pl.DataFrame) -> pl.DataFrame:
    """Spell out every right, menu by menu.

    Thousands of members hold the same: each combination is resolved once and joined.
    """
    numbers: dict[Holding, int] = {}
    rows = [
        (organization_id, member_id, numbers.setdefault(holding, len(numbers)))
        for member_id, of_member in held.items()
        for organization_id, holding in of_member.items()
    ]
    spelled = [
        (number, menu, level, holding.source(menu))
        for holding, number in numbers.items()
        for menu, level in holding.rights.words.items()
    ]
    held_by = {"organization_id": pl.String(), "member_id": pl.String(), "holding": pl.Int32()}
    menus = {"holding": pl.Int32(), **{name: GRANTS[name] for name in ("menu", "level", "source")}}
    return (
        pl.DataFrame(rows, schema=held_by, orient="row")
        .join(pl.DataFrame(spelled, schema=menus, orient="row"), on="holding")
        .join(members.select("member_id", "company_id"), on="member_id")
        .select(*GRANTS)
        .sort("company_id", "organization_id", "member_id", "menu")
    )


def _type(column: Column[Any]) -> pl.DataType:
    return next(frame for kind, frame in TYPES if isinstance(column.type, kind))


def _plain(row: RowMapping, columns: list[Column[Any]]) -> tuple[Any, ...]:
    return tuple(
        to_json(row[column.name])
        if isinstance(column.type, JSON)
        else _without_zone(row[column.name])
        for column in columns
    )


def _without_zone(value: object) -> object:
    return value.replace(tzinfo=None) if isinstance(value, datetime) else value


def _replace(path: Path, frame: pl.DataFrame) -> None:
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            frame.write_parquet(file)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
