"""What was planned, what is expected and what surprised, in finance's words."""

from typing import Final

from warehouse.extracts.extract import Extract
from warehouse.extracts.report import IN_CURRENCY, Column, Kind

BUDGETS: Final = Extract(
    name="budgets",
    title="Budgets",
    description="Where each budget stands: spent, left, expected, thresholds reached",
    relation="rpt_budget_status",
    columns=(
        Column("Budget", Kind.TEXT, "budget", 24),
        Column("Period", Kind.TEXT, "period", 10),
        Column("As of", Kind.DATE, "as_of_date", 11),
        Column("Account", Kind.TEXT, "account", 16),
        Column("Service", Kind.TEXT, "service", 30),
        Column("Tag", Kind.TEXT, "tag", 24),
        Column("State", Kind.TEXT, "state", 22, alarms=("exceeded", "expected to be exceeded")),
        Column(IN_CURRENCY, Kind.TEXT, "currency", 10),
        Column("Amount", Kind.AMOUNT, "amount", 16),
        Column("Spent", Kind.AMOUNT, "spent", 16),
        Column("Remaining", Kind.AMOUNT, "remaining", 16),
        Column("Forecast", Kind.AMOUNT, "forecast", 16),
        Column("Spent share", Kind.RATIO, "spent_share", 12),
        Column("Forecast share", Kind.RATIO, "forecast_share", 14),
        Column("Thresholds reached", Kind.TEXT, "thresholds_reached", 26),
        Column("Other currency", Kind.TEXT, "other_currency", 14, alarms=("yes",)),
    ),
    sort="-period,budget",
    apart="Period",
    is_monthly=False,
)

FORECASTS: Final = Extract(
    name="forecasts",
    title="Forecasts",
    description="What the month at hand will have cost at its end, with its interval",
    relation="fct_cost_forecasts",
    columns=(
        Column("Month", Kind.MONTH, "forecast_period", 10),
        Column("As of", Kind.DATE, "as_of_date", 11),
        Column("Of", Kind.TEXT, "series_kind", 13),
        Column("Account", Kind.TEXT, "sub_account_id", 16),
        Column("Service", Kind.TEXT, "service_name", 30),
        Column(IN_CURRENCY, Kind.TEXT, "billing_currency", 10),
        Column("To date", Kind.AMOUNT, "actual_to_date_cost", 16),
        Column("Forecast", Kind.AMOUNT, "forecast_cost", 16),
        # No amounts: ends of intervals do not add up.
        Column("Lowest", Kind.RATE, "lowest_forecast_cost", 16),
        Column("Highest", Kind.RATE, "highest_forecast_cost", 16),
    ),
    sort="currency,of,-forecast",
    apart="Of",
    is_monthly=False,
)

ANOMALIES: Final = Extract(
    name="anomalies",
    title="Anomalies",
    description="Days of a month on which a service cost another sum than expected, and why",
    relation="fct_cost_anomalies",
    columns=(
        Column("Month", Kind.MONTH, "billing_period", 10),
        Column("Started", Kind.DATE, "started_date", 11),
        Column("Day", Kind.DATE, "charge_date", 11),
        Column("Provider", Kind.TEXT, "provider_name", 12),
        Column("Account", Kind.TEXT, "sub_account_id", 16),
        Column("Service", Kind.TEXT, "service_name", 36),
        Column("Cause", Kind.TEXT, "main_cause", 18),
        Column("Explanation", Kind.TEXT, "explanation", 60),
        Column("Dearer", Kind.TEXT, "if(is_increase, 'yes', 'no')", 8, alarms=("yes",)),
        Column(IN_CURRENCY, Kind.TEXT, "billing_currency", 10),
        Column("Effective", Kind.AMOUNT, "effective_cost", 16),
        Column("Expected", Kind.AMOUNT, "expected_cost", 16),
        Column("Change", Kind.AMOUNT, "changed_cost", 16),
        Column("By quantity", Kind.AMOUNT, "quantity_effect_cost", 16),
        Column("By price", Kind.AMOUNT, "price_effect_cost", 16),
        Column("By coverage", Kind.AMOUNT, "coverage_effect_cost", 16),
        Column("By other", Kind.AMOUNT, "other_effect_cost", 16),
        Column("Change share", Kind.RATIO, "change_ratio", 12),
    ),
    sort="currency,-change",
    chart=("Service", "Change"),
)
