"""Commitments of one organization, in finance's words: inventory, utilization, coverage."""

from typing import Final

from warehouse.extracts.columns import (
    ACCOUNT,
    CURRENCY,
    MACHINE,
    MONTH,
    PROVIDER,
    REGION,
    SERVICE,
)
from warehouse.extracts.extract import Extract
from warehouse.extracts.report import Column, Kind

COMMITMENT: Final = Column("Commitment", Kind.TEXT, "commitment", 48)
NAME: Final = Column("Name", Kind.TEXT, "name", 20)
TYPE: Final = Column("Type", Kind.TEXT, "type", 22)
USED: Final = Column("Used", Kind.AMOUNT, "used", 14)
UNUSED: Final = Column("Unused", Kind.AMOUNT, "unused", 14)
USED_SHARE: Final = Column("Used share", Kind.RATIO, "used_share", 11)
BELOW_THRESHOLD: Final = Column(
    "Below threshold", Kind.TEXT, "below_threshold", 15, alarms=("yes",)
)

INVENTORY: Final = Extract(
    name="commitment-inventory",
    title="Commitment inventory",
    description="Every commitment an organization holds: its term, what is left, how it is used",
    relation="rpt_commitment_inventory",
    columns=(
        Column("As of", Kind.DATE, "as_of_date", 11),
        *(PROVIDER, ACCOUNT, COMMITMENT, NAME, TYPE, SERVICE, REGION, MACHINE),
        Column("Covers", Kind.TEXT, "covers", 24),
        Column("Class", Kind.TEXT, "class", 12),
        Column("Payment", Kind.TEXT, "payment", 16),
        Column("Months", Kind.COUNT, "months", 8),
        Column("Quantity", Kind.COUNT, "quantity", 9),
        Column("Start", Kind.DATE, "start_date", 11),
        Column("Last day", Kind.DATE, "last_date", 11),
        Column("Days left", Kind.COUNT, "days_remaining", 10),
        Column("Expiry", Kind.TEXT, "expiry", 10),
        Column("Expires soon", Kind.TEXT, "expires_soon", 12, alarms=("yes",)),
        Column("State", Kind.TEXT, "state", 9),
        CURRENCY,
        Column("Hourly", Kind.AMOUNT, "hourly", 12),
        Column("Upfront", Kind.AMOUNT, "upfront", 14),
        *(USED, UNUSED),
        Column("Remaining", Kind.AMOUNT, "remaining", 14),
        Column("Expected waste", Kind.AMOUNT, "expected_waste", 14),
        Column("Monthly savings", Kind.AMOUNT, "monthly_savings", 15),
        Column("Monthly increase at expiry", Kind.AMOUNT, "monthly_increase_at_expiry", 25),
        USED_SHARE,
        Column("Last 28 days", Kind.RATIO, "used_share_28_days", 12),
        Column("Expected share", Kind.RATIO, "expected_used_share", 14),
        Column("Break-even", Kind.RATIO, "break_even_share", 11),
        BELOW_THRESHOLD,
        Column("Risk", Kind.TEXT, "risk", 10, alarms=("CRITICAL", "HIGH")),
        Column("Reason", Kind.TEXT, "reason", 60),
        Column("Resellable", Kind.TEXT, "resellable", 10),
        Column("Returnable until", Kind.DATE, "returnable_until", 16),
    ),
    sort="last_day",
    chart=("Service", "Remaining"),
    is_monthly=False,
)

UTILIZATION: Final = Extract(
    name="commitment-utilization",
    title="Commitment utilization",
    description="How much of each commitment was used in a month, and what it saved",
    relation="rpt_commitment_utilization",
    columns=(
        *(MONTH, PROVIDER, ACCOUNT, COMMITMENT, NAME, TYPE, SERVICE, REGION, CURRENCY),
        Column("Committed", Kind.AMOUNT, "committed", 14),
        *(USED, UNUSED),
        Column("On-demand equivalent", Kind.AMOUNT, "on_demand_equivalent", 20),
        Column("Net savings", Kind.AMOUNT, "net_savings", 14),
        USED_SHARE,
        Column("Lowest hour", Kind.RATIO, "lowest_hour", 12),
        Column("Highest hour", Kind.RATIO, "highest_hour", 12),
        Column("Savings rate", Kind.RATIO, "savings_rate", 12),
        BELOW_THRESHOLD,
        Column("Final", Kind.TEXT, "final", 7),
    ),
    sort="currency,-unused",
    chart=("Commitment", "Unused"),
)

COVERAGE: Final = Extract(
    name="commitment-coverage",
    title="Commitment coverage",
    description="How much of the usage that commitments may cover they covered in a month",
    relation="rpt_commitment_coverage",
    columns=(
        *(MONTH, PROVIDER, ACCOUNT, SERVICE, REGION, MACHINE, CURRENCY),
        Column("Eligible", Kind.AMOUNT, "eligible", 14),
        Column("By reservations", Kind.AMOUNT, "covered_by_reservations", 15),
        Column("By savings plans", Kind.AMOUNT, "covered_by_savings_plans", 16),
        Column("By committed use", Kind.AMOUNT, "covered_by_committed_use", 16),
        Column("Commitment cost", Kind.AMOUNT, "commitment_cost", 15),
        Column("On demand", Kind.AMOUNT, "on_demand", 14),
        UNUSED,
        Column("Saving if converted", Kind.AMOUNT, "saving_if_converted", 18),
        Column("Covered share", Kind.RATIO, "covered_share", 13),
        Column("Covered hours", Kind.RATIO, "covered_hours_share", 13),
        Column("Covered units", Kind.RATIO, "covered_units_share", 13),
        Column("Commitment ratio", Kind.RATIO, "commitment_ratio", 16),
        Column("Over-committed", Kind.TEXT, "over_committed", 14, alarms=("yes",)),
        Column("Open to", Kind.TEXT, "open_to_programs", 40),
    ),
    sort="currency,-on_demand",
    chart=("Service", "On demand"),
)
