"""How often a rest of days costs what the forecast's own SQL said it would, within its interval."""

from collections.abc import Sequence
from datetime import date

import duckdb

from tests.journeys.installation import Installation

MODEL = "compiled/finhouse/models/intermediate/budgets/int_rests_forecast.sql"
INPUT = '"lake"."intermediate"."int_series_costs_summed"'
SAMPLE = """
    select organization_id as series_name, billing_currency, charge_date, effective_cost
    from lake.intermediate.int_costs_summed where not is_monthly
"""
NOISY = """
    select
        'series ' || series as series_name, 'USD' as billing_currency, day::date as charge_date,
        if(isodow(day) > 5, 40, 100)
            * exp(0.25 * sqrt(-2 * ln(1 - random())) * cos(2 * pi() * random())) as effective_cost
    from range(300) as numbers(series),
        unnest(generate_series(date '2026-01-01', date '2026-06-30', interval 1 day)) as days(day)
"""
"""300 series with a weekly rhythm and log-normal noise of a quarter, by Box and Muller."""


def coverage(
    installation: Installation, costs: str, days: Sequence[date], rest_days: Sequence[int]
) -> tuple[int, float]:
    """Forecast a rest of days from each day; return how many had an interval, and who kept it."""
    model = (installation.house.settings.layout.dbt / "target" / MODEL).read_text("utf-8")
    assert INPUT in model
    with installation.lake() as lake:
        lake.execute("select setseed(0.4)")
        lake.execute(f"create temp table truth as {costs}")
        lake.execute(
            """
            create temp table seen as
            select
                'o' as organization_id, 'c' as company_id, 'test' as series_kind,
                concat_ws('/', series_name, day, rest) as series_name, billing_currency,
                charge_date,
                cast(effective_cost as decimal(38, 12)) as effective_cost, false as is_monthly,
                day as as_of_date, day + rest as period_end_date
            from truth, unnest($days) as days(day), unnest($rests) as rests(rest)
            where charge_date <= day
            """,
            {"days": list(days), "rests": list(rest_days)},
        )
        lake.execute(f"create temp table told as {model.replace(INPUT, 'seen')}")
        return _kept(lake)


def _kept(lake: duckdb.DuckDBPyConnection) -> tuple[int, float]:
    found = lake.execute(
        """
        with rests as (
            select
                told.series_name, any_value(told.rest_cost) as rest_cost,
                any_value(told.error_cost) as error_cost, sum(truth.effective_cost) as actual_cost
            from told
            inner join truth
                on split_part(told.series_name, '/', 1) = truth.series_name
                and told.billing_currency = truth.billing_currency
                and truth.charge_date > split_part(told.series_name, '/', 2)::date
                and truth.charge_date <= split_part(told.series_name, '/', 2)::date
                    + split_part(told.series_name, '/', 3)::integer
            where told.error_cost is not null
            group by all
        )
        select count(*), avg((abs(actual_cost - rest_cost) <= error_cost)::integer) from rests
        """
    ).fetchone()
    assert found
    return found[0], found[1]
