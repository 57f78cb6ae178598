"""What an organization spent, in finance's words: by charge, service, account, tag and resource."""

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
from warehouse.extracts.report import IN_REPORTING, Column, Kind

ACCOUNT_NAME: Final = Column("Account name", Kind.TEXT, "account_name", 24)
CATEGORY: Final = Column("Category", Kind.TEXT, "category", 26)
BILLED: Final = Column("Billed", Kind.AMOUNT, "billed", 16)
EFFECTIVE: Final = Column("Effective", Kind.AMOUNT, "effective", 16)
CONTRACTED: Final = Column("Contracted", Kind.AMOUNT, "contracted", 16)
LIST: Final = Column("List", Kind.AMOUNT, "list", 16)
COMPARED: Final = (
    CURRENCY,
    BILLED,
    EFFECTIVE,
    CONTRACTED,
    LIST,
    Column("Previous month effective", Kind.AMOUNT, "previous_month_effective", 24),
    Column("Change", Kind.AMOUNT, "change", 16),
    Column("Share", Kind.RATIO, "share", 9),
    # There when the company reports in a currency of its own.
    Column(IN_REPORTING, Kind.TEXT, "reporting_currency", 18, is_optional=True),
    Column("Exchange rate", Kind.RATE, "exchange_rate", 16, is_optional=True),
    Column("Reporting billed", Kind.AMOUNT, "reporting_billed", 18, IN_REPORTING, is_optional=True),
    Column(
        "Reporting effective",
        *(Kind.AMOUNT, "reporting_effective", 18, IN_REPORTING),
        is_optional=True,
    ),
)
"""A month's costs beside those of the month before."""
DEAREST_FIRST: Final = "currency,-effective"

MONTHLY: Final = Extract(
    name="monthly-costs",
    title="Monthly costs",
    description="What was spent in a month, by account, service and charge, beside the one before",
    relation="rpt_monthly_costs",
    columns=(
        Column("Organization", Kind.TEXT, "organization", 24),
        *(MONTH, PROVIDER, ACCOUNT, ACCOUNT_NAME, SERVICE, CATEGORY),
        Column("Charge", Kind.TEXT, "charge", 12),
        *COMPARED,
    ),
    sort=DEAREST_FIRST,
    chart=("Service", "Effective"),
)

BY_SERVICE: Final = Extract(
    name="cost-by-service",
    title="Cost by service",
    description="What was spent in a month, by service, beside the month before",
    relation="rpt_monthly_service_costs",
    columns=(MONTH, PROVIDER, SERVICE, CATEGORY, *COMPARED),
    sort=DEAREST_FIRST,
    chart=("Service", "Effective"),
)

BY_ACCOUNT: Final = Extract(
    name="cost-by-account",
    title="Cost by account",
    description="What was spent in a month, by account, beside the month before",
    relation="rpt_monthly_account_costs",
    columns=(MONTH, PROVIDER, ACCOUNT, ACCOUNT_NAME, *COMPARED),
    sort=DEAREST_FIRST,
    chart=("Account", "Effective"),
)

BY_TAG: Final = Extract(
    name="cost-by-tag",
    title="Cost by tag",
    description="What was spent in a month, by tag: each key adds up to all costs of the month",
    relation="rpt_monthly_tag_costs",
    columns=(
        MONTH,
        Column("Key", Kind.TEXT, "key", 20),
        Column("Value", Kind.TEXT, "value", 30),
        *(PROVIDER, ACCOUNT, SERVICE, CURRENCY, BILLED, EFFECTIVE),
        Column("Untagged", Kind.TEXT, "untagged", 10, alarms=("yes",)),
    ),
    sort="currency,key,-effective",
    apart="Key",
)

RESOURCES: Final = Extract(
    name="resources",
    title="Resources",
    description="What each resource cost in a month; charges of no resource are left out",
    relation="rpt_monthly_resource_costs",
    columns=(
        *(MONTH, PROVIDER, ACCOUNT),
        Column("Resource", Kind.TEXT, "resource", 48),
        Column("Name", Kind.TEXT, "name", 24),
        Column("Type", Kind.TEXT, "type", 24),
        *(SERVICE, REGION, MACHINE),
        Column("First seen", Kind.DATE, "first_seen", 11),
        Column("Last seen", Kind.DATE, "last_seen", 11),
        Column("Days", Kind.COUNT, "days", 7),
        *(CURRENCY, BILLED, EFFECTIVE, CONTRACTED, LIST),
    ),
    sort=DEAREST_FIRST,
    chart=("Service", "Effective"),
)
