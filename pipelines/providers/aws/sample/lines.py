"""Build one delivery of one payer's bill as SQL views in DuckDB.

All rows come from the statements in `sql/`, in their numbered order; Python only sets the
variables they read. Chance is `hash(seed, what)`, never `random()`: the same spec gives the same
bill, whatever the number of threads.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb

from pipelines.providers.aws.sample.company import (
    SPIKING_EXPORT,
    SPIKING_WORKLOAD,
    Account,
    Export,
)
from pipelines.providers.aws.sample.spec import BillState, SampleSpec, midnight
from pipelines.providers.contract import BillingPeriod

HOME = Path(__file__).resolve().parent
STATEMENTS = sorted((HOME / "sql").glob("*.sql"))
EDP_RATE = 0.10
SPIKE_DAYS = (11, 15)
"""The first day of the spike and the first day after it."""


def build_bill(
    connection: duckdb.DuckDBPyConnection,
    spec: SampleSpec,
    export: Export,
    accounts: list[Account],
    state: BillState,
) -> None:
    """Leave the bill in the views `line_items`, `cur2`, `cur1` and `focus`."""
    for name, value in _variables(spec, export, accounts, state).items():
        connection.execute(f"set variable {name} = ?", [value])
    connection.execute(
        "create or replace temp table accounts "
        "(account_no integer, account_id varchar, account_name varchar, workload varchar)"
    )
    connection.executemany(
        "insert into accounts values (?, ?, ?, ?)",
        [(each.account_no, each.account_id, each.name, each.workload) for each in accounts],
    )
    for statement in STATEMENTS:
        connection.execute(statement.read_text("utf-8"))


def _variables(
    spec: SampleSpec, export: Export, accounts: list[Account], state: BillState
) -> Mapping[str, object]:
    discounted = state.period >= _months_before(spec.until, export.discount_from_months_ago)
    rate = EDP_RATE if export.discounts != "none" and discounted else 0.0
    spike = spec.periods[-2:][0]  # the newest month that is complete
    first_day, after = SPIKE_DAYS
    return {
        "seed": spec.seed,
        "data": str(HOME / "data"),
        "export": export.key,
        "rows": spec.rows,
        "parts": spec.files_per_delivery,
        "payer_id": accounts[0].account_id,
        "payer_name": accounts[0].name,
        "invoicing_entity": export.invoicing_entity,
        "invoice_id": int(accounts[0].account_id[-6:]) * 1000 + state.period.start.month * 10,
        "period_start": _naive(state.period),
        "period_end": _naive(state.period.next),
        "first_start": _naive(spec.periods[0]),
        "until_start": _naive(spec.until),
        "hours": state.hours,
        "is_final": state.is_final,
        "is_last": state.period == spec.until,
        "has_late_refund": state.has_late_refund,
        "edp_rate": rate,
        "has_net_costs": rate > 0 and "net" in export.discounts,
        "has_discount_rows": rate > 0 and "rows" in export.discounts,
        "has_spike": export == SPIKING_EXPORT
        and any(each.workload == SPIKING_WORKLOAD for each in accounts),
        "spike_start": _naive(spike) + timedelta(days=first_day - 1),
        "spike_end": _naive(spike) + timedelta(days=after - 1),
    }


def _months_before(period: BillingPeriod, months: int) -> BillingPeriod:
    index = period.start.year * 12 + period.start.month - 1 - months
    return BillingPeriod.parse(f"{index // 12:04d}-{index % 12 + 1:02d}")


def _naive(period: BillingPeriod) -> datetime:
    # Bills carry UTC without a zone, as DuckDB's TIMESTAMP does.
    return midnight(period).astimezone(UTC).replace(tzinfo=None)
