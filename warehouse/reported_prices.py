"""Prices that landed with the bills: an account's own, of the newest list that it sent."""

from collections.abc import Collection
from typing import Any, Final

import duckdb

_PRICES: Final = "lake.intermediate.int_prices_reported"


def reported_prices(
    lake: duckdb.DuckDBPyConnection,
    provider: str,
    company_ids: Collection[str],
    rates_sql: str,
    columns: str,
    keys: Collection[str],
) -> list[tuple[Any, ...]]:
    """Return the companies' rates of some ways of using, each source with its day.

    `rates_sql` makes rates of a relation `prices`. Before a first refresh there are none. A price
    without a day is of its month's first.
    """
    lake.execute("select 1 from duckdb_tables() where table_name = 'int_prices_reported'")
    if not lake.fetchall():
        return []
    return lake.execute(
        f"""
        with
            prices as (
                select
                    * replace (
                        coalesce(effective_at, strptime(billing_period, '%Y-%m')) as effective_at
                    )
                from {_PRICES}
                where provider = $provider and list_contains($companies, company_id)
                qualify
                    billing_period
                    = max(billing_period) over (partition by company_id, billing_account_id)
            ),
            rates as (
                select
                    * exclude (source, effective_at),
                    source
                    || strftime(max(effective_at) over (partition by source), ', %Y-%m-%d')
                        as source
                from ({rates_sql})
            )
        select {columns}
        from rates
        where list_contains($keys, usage_type)
        -- A meter that several products share has a price of each: the dearest is never too good.
        qualify
            row_number() over (
                partition by program, term_months, usage_type, currency, source
                order by unit_price desc
            )
            = 1
        """,
        {"provider": provider, "companies": list(company_ids), "keys": list(keys)},
    ).fetchall()
