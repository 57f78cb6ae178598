"""Monthly costs of one organization, in finance's words."""

from datetime import UTC, datetime
from typing import Final

import duckdb

from warehouse.cost_summary import months
from warehouse.extracts.asked import Asked
from warehouse.extracts.report import Column, ExtractError, Kind, Report, Total
from warehouse.scope import Island, Scope

NAME: Final = "monthly-costs"
TITLE: Final = "Monthly costs"
DESCRIPTION: Final = (
    "What an organization spent in a month, by account, service and charge, beside the month before"
)

COLUMNS: Final = (
    Column("Organization", Kind.TEXT, "organization_name", 24),
    Column("Month", Kind.MONTH, "billing_period", 10),
    Column("Provider", Kind.TEXT, "provider_name", 12),
    Column("Account", Kind.TEXT, "sub_account_id", 16),
    Column("Account name", Kind.TEXT, "account_name", 24),
    Column("Service", Kind.TEXT, "service_name", 36),
    Column("Category", Kind.TEXT, "service_category", 26),
    Column("Charge", Kind.TEXT, "charge_category", 12),
    Column("Currency", Kind.TEXT, "billing_currency", 10),
    Column("Billed", Kind.AMOUNT, "billed_cost", 16),
    Column("Effective", Kind.AMOUNT, "effective_cost", 16),
    Column("Contracted", Kind.AMOUNT, "contracted_cost", 16),
    Column("List", Kind.AMOUNT, "list_cost", 16),
    Column("Previous month effective", Kind.AMOUNT, "previous_month_effective_cost", 24),
    Column("Change", Kind.AMOUNT, "effective_cost_change", 16),
    Column("Share", Kind.RATIO, "organization_share_ratio", 9),
)

IN_REPORTING: Final = "Reporting currency"
REPORTING_AMOUNTS: Final = (
    Column("Reporting billed", Kind.AMOUNT, "billed_reporting_cost", 18, IN_REPORTING),
    Column("Reporting effective", Kind.AMOUNT, "effective_reporting_cost", 18, IN_REPORTING),
)
REPORTING_COLUMNS: Final = (
    Column(IN_REPORTING, Kind.TEXT, "reporting_currency", 18),
    Column("Exchange rate", Kind.RATE, "exchange_rate", 16),
    *REPORTING_AMOUNTS,
)
"""Behind the others when the company reports in a currency of its own."""

SORT_WORDS: Final = "Currency, then Effective from high to low"
# The rest is the mart's key: equal costs keep one order from file to file.
SORT: Final = (
    "billing_currency, effective_cost desc, sub_account_id nulls first, provider_name,"
    " service_category, service_name, charge_category"
)


def monthly_costs(
    lake: duckdb.DuckDBPyConnection, island: Island, period: str, published: tuple[int, datetime]
) -> Report:
    """Read one organization's month at the snapshot the connection is attached to.

    `period` is YYYY-MM. Raises ExtractError that lists the months there are when it has no data.
    The report's rows are read from the connection while they are written.
    """
    month = _month(lake, island, period)
    totals = month.totals(COLUMNS, "billing_currency")
    if not totals:
        raise _no_data(lake, island, period)
    name, reporting = month.ask("max(organization_name), max(reporting_currency)").fetchall()[0]
    columns = (*COLUMNS, *REPORTING_COLUMNS) if reporting else COLUMNS
    snapshot_id, published_at = published
    return Report(
        title=TITLE,
        columns=columns,
        rows=month.rows(columns, SORT),
        totals=totals,
        reporting_total=_reporting_total(month) if reporting else None,
        facts={
            "Organization": str(name),
            "Organization id": island.organization_id,
            "Company id": island.company_id,
            "Month": period,
            "Snapshot": str(snapshot_id),
            "Published": f"{published_at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC",
            "Filters": f"Organization is {island.organization_id}, Month is {period}",
            "Sorted by": SORT_WORDS,
        },
        published_at=published_at,
    )


def _month(lake: duckdb.DuckDBPyConnection, island: Island, period: str) -> Asked:
    scope = Scope(frozenset({island}))
    costs, organizations, accounts = (
        scope.relation(mart) for mart in ("fct_monthly_costs", "dim_organizations", "dim_accounts")
    )
    sql = f"""
        select
            costs.*,
            coalesce(organization_name, costs.organization_id) as organization_name,
            coalesce(sub_account_name, registered_name) as account_name
        from {costs.sql} as costs
        left join
            {organizations.sql} as organizations using (organization_id, company_id)
        left join (
            select
                organization_id,
                company_id,
                account_id as sub_account_id,
                max(account_name) as registered_name
            from {accounts.sql}
            group by all
        ) as accounts using (organization_id, company_id, sub_account_id)
        where billing_period = $period
    """
    return Asked(lake, sql, {**costs.values, "period": period})


def _reporting_total(month: Asked) -> Total:
    (total,) = month.totals(REPORTING_AMOUNTS, "reporting_currency")
    return total


def _no_data(lake: duckdb.DuckDBPyConnection, island: Island, period: str) -> ExtractError:
    what = f"The organization {island.organization_id} has no costs in {period}."
    known = months(lake, Scope(frozenset({island})))
    if not known:
        return ExtractError(
            what,
            "It has none in any published month: see `finhouse status`, and `finhouse account"
            " list` for the accounts it holds.",
        )
    return ExtractError(what, f"Months there are: {', '.join(known)}.")
