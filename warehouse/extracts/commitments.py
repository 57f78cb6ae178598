"""Commitments of one organization, in finance's words: inventory, utilization, coverage."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import duckdb

from warehouse.extracts.asked import Asked
from warehouse.extracts.report import Column, ExtractError, Kind, Report
from warehouse.scope import Island, Scope


@dataclass(frozen=True)
class Extract:
    """One extract of commitments: the view it shows, and how."""

    name: str
    title: str
    description: str
    view: str
    columns: tuple[Column, ...]
    sort: str
    sort_words: str
    is_monthly: bool = True


INVENTORY: Final = Extract(
    name="commitment-inventory",
    title="Commitment inventory",
    description="Every commitment an organization holds: its term, what is left, how it is used",
    view="rpt_commitment_inventory",
    columns=(
        Column("As of", Kind.TEXT, "as_of_date::varchar", 11),
        Column("Provider", Kind.TEXT, "provider", 12),
        Column("Account", Kind.TEXT, "account", 16),
        Column("Commitment", Kind.TEXT, "commitment", 48),
        Column("Name", Kind.TEXT, "name", 20),
        Column("Type", Kind.TEXT, "type", 22),
        Column("Service", Kind.TEXT, "service", 30),
        Column("Region", Kind.TEXT, "region", 16),
        Column("Machine", Kind.TEXT, "machine", 16),
        Column("Covers", Kind.TEXT, "covers", 24),
        Column("Class", Kind.TEXT, "class", 12),
        Column("Payment", Kind.TEXT, "payment", 16),
        Column("Months", Kind.COUNT, "months", 8),
        Column("Quantity", Kind.COUNT, "quantity", 9),
        Column("Start", Kind.TEXT, "start_date::varchar", 11),
        Column("Last day", Kind.TEXT, "last_date::varchar", 11),
        Column("Days left", Kind.COUNT, "days_remaining", 10),
        Column("Expiry", Kind.TEXT, "expiry", 10),
        Column("Expires soon", Kind.TEXT, "expires_soon", 12),
        Column("State", Kind.TEXT, "state", 9),
        Column("Currency", Kind.TEXT, "currency", 10),
        Column("Hourly", Kind.AMOUNT, "hourly", 12),
        Column("Upfront", Kind.AMOUNT, "upfront", 14),
        Column("Used", Kind.AMOUNT, "used", 14),
        Column("Unused", Kind.AMOUNT, "unused", 14),
        Column("Remaining", Kind.AMOUNT, "remaining", 14),
        Column("Expected waste", Kind.AMOUNT, "expected_waste", 14),
        Column("Monthly savings", Kind.AMOUNT, "monthly_savings", 15),
        Column("Monthly increase at expiry", Kind.AMOUNT, "monthly_increase_at_expiry", 25),
        Column("Used share", Kind.RATIO, "used_share", 11),
        Column("Last 28 days", Kind.RATIO, "used_share_28_days", 12),
        Column("Expected share", Kind.RATIO, "expected_used_share", 14),
        Column("Break-even", Kind.RATIO, "break_even_share", 11),
        Column("Below threshold", Kind.TEXT, "below_threshold", 15),
        Column("Risk", Kind.TEXT, "risk", 10),
        Column("Reason", Kind.TEXT, "reason", 60),
        Column("Resellable", Kind.TEXT, "resellable", 10),
        Column("Returnable until", Kind.TEXT, "returnable_until::varchar", 16),
    ),
    sort="last_date nulls last, commitment, currency",
    sort_words="Last day, the next to end first",
    is_monthly=False,
)

UTILIZATION: Final = Extract(
    name="commitment-utilization",
    title="Commitment utilization",
    description="How much of each commitment was used in a month, and what it saved",
    view="rpt_commitment_utilization",
    columns=(
        Column("Month", Kind.MONTH, "month", 10),
        Column("Provider", Kind.TEXT, "provider", 12),
        Column("Account", Kind.TEXT, "account", 16),
        Column("Commitment", Kind.TEXT, "commitment", 48),
        Column("Name", Kind.TEXT, "name", 20),
        Column("Type", Kind.TEXT, "type", 22),
        Column("Service", Kind.TEXT, "service", 30),
        Column("Region", Kind.TEXT, "region", 16),
        Column("Currency", Kind.TEXT, "currency", 10),
        Column("Committed", Kind.AMOUNT, "committed", 14),
        Column("Used", Kind.AMOUNT, "used", 14),
        Column("Unused", Kind.AMOUNT, "unused", 14),
        Column("On-demand equivalent", Kind.AMOUNT, "on_demand_equivalent", 20),
        Column("Net savings", Kind.AMOUNT, "net_savings", 14),
        Column("Used share", Kind.RATIO, "used_share", 11),
        Column("Lowest hour", Kind.RATIO, "lowest_hour", 12),
        Column("Highest hour", Kind.RATIO, "highest_hour", 12),
        Column("Savings rate", Kind.RATIO, "savings_rate", 12),
        Column("Final", Kind.TEXT, "final", 7),
    ),
    sort="currency, unused desc, commitment",
    sort_words="Currency, then Unused from high to low",
)

COVERAGE: Final = Extract(
    name="commitment-coverage",
    title="Commitment coverage",
    description="How much of the usage that commitments may cover they covered in a month",
    view="rpt_commitment_coverage",
    columns=(
        Column("Month", Kind.MONTH, "month", 10),
        Column("Provider", Kind.TEXT, "provider", 12),
        Column("Account", Kind.TEXT, "account", 16),
        Column("Service", Kind.TEXT, "service", 36),
        Column("Region", Kind.TEXT, "region", 16),
        Column("Machine", Kind.TEXT, "machine", 16),
        Column("Currency", Kind.TEXT, "currency", 10),
        Column("Eligible", Kind.AMOUNT, "eligible", 14),
        Column("By reservations", Kind.AMOUNT, "covered_by_reservations", 15),
        Column("By savings plans", Kind.AMOUNT, "covered_by_savings_plans", 16),
        Column("By committed use", Kind.AMOUNT, "covered_by_committed_use", 16),
        Column("Commitment cost", Kind.AMOUNT, "commitment_cost", 15),
        Column("On demand", Kind.AMOUNT, "on_demand", 14),
        Column("Unused", Kind.AMOUNT, "unused", 14),
        Column("Saving if converted", Kind.AMOUNT, "saving_if_converted", 18),
        Column("Covered share", Kind.RATIO, "covered_share", 13),
        Column("Covered hours", Kind.RATIO, "covered_hours_share", 13),
        Column("Covered units", Kind.RATIO, "covered_units_share", 13),
        Column("Commitment ratio", Kind.RATIO, "commitment_ratio", 16),
        Column("Over-committed", Kind.TEXT, "over_committed", 14),
        Column("Open to", Kind.TEXT, "open_to_programs", 40),
    ),
    sort=(
        "currency, on_demand desc, eligible desc, account nulls first, provider, service, region,"
        " machine"
    ),
    sort_words="Currency, then On demand from high to low",
)

EXTRACTS: Final[Mapping[str, Extract]] = {
    extract.name: extract for extract in (INVENTORY, UTILIZATION, COVERAGE)
}


def commitments(
    lake: duckdb.DuckDBPyConnection,
    extract: Extract,
    island: Island,
    period: str | None,
    published: tuple[int, datetime],
) -> Report:
    """Read one organization's commitments at the snapshot the connection is attached to.

    `period` is YYYY-MM for the monthly ones. Raises ExtractError when there is nothing to show.
    The report's rows are read from the connection while they are written.
    """
    relation = Scope(frozenset({island})).relation(extract.view)
    asked = Asked(lake, f"select * from {relation.sql} as told", relation.values)
    if extract.is_monthly:
        asked = Asked(
            lake, f"{asked.sql} where month = $period", {**asked.values, "period": str(period)}
        )
    totals = asked.totals(extract.columns, "currency")
    if not totals:
        raise ExtractError(
            f"The organization {island.organization_id} has nothing to show in {extract.name}"
            f"{f' of {period}' if extract.is_monthly else ''}.",
            "See `finhouse status` for the months that are loaded.",
        )
    snapshot_id, published_at = published
    month = {"Month": str(period)} if extract.is_monthly else {}
    filters = "".join(f", {name} is {value}" for name, value in month.items())
    return Report(
        title=extract.title,
        columns=extract.columns,
        rows=asked.rows(extract.columns, extract.sort),
        totals=totals,
        facts={
            "Organization id": island.organization_id,
            "Company id": island.company_id,
            **month,
            "Snapshot": str(snapshot_id),
            "Published": f"{published_at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC",
            "Filters": f"Organization is {island.organization_id}{filters}",
            "Sorted by": extract.sort_words,
        },
        published_at=published_at,
    )
