"""The FOCUS project's own example files, and what in them contradicts FOCUS.

They are published as illustrations: without a payer or a currency, with a spreadsheet's dates and
money. `conformant` writes each as a feed would have to, and changes no amount. What it had to
change is told by `CONTRADICTIONS`, file by file.
"""

import csv
import re
from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

Row = dict[str, str]
COSTS = ("BilledCost", "EffectiveCost", "ListCost", "ContractedCost")
_SPREADSHEET_DATE = re.compile(r"(\d{1,2})/(\d{1,2})/(\d\d)")
_HOUR = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d):00:00Z")

NO_PAYER = "no BillingAccountId, BillingCurrency, ServiceName, ContractedCost or ListCost"
DATES = "dates as 5/1/25 instead of 2025-05-01T00:00:00Z"
MONEY = "money as $1,000.00 with a blank behind it"
CATEGORY = "ServiceCategory Database, which is Databases; ServiceSubcategory No-SQL DB"
HOUR_30 = "a ChargePeriodEnd at hour 30, and hourly charges that end a month later"
SKU = "SkuPriceid for SkuPriceId"
CONTRADICTIONS: Mapping[str, tuple[str, ...]] = {
    "commitment_discount_purchase_scenario_1": (NO_PAYER,),
    "commitment_discount_purchase_scenario_2": (NO_PAYER, HOUR_30),
    "commitment_discount_purchase_scenario_3": (NO_PAYER, HOUR_30),
    "commitment_discount_usage_scenario_1": (NO_PAYER,),
    "commitment_discount_usage_scenario_2": (NO_PAYER,),
    "commitment_discount_usage_scenario_3": (NO_PAYER,),
    "commitment_discount_usage_scenario_4": (NO_PAYER,),
    "one_hundred_percent_utilization_with_commitment_discount_flexibility_with_1_resource": (
        NO_PAYER,
        SKU,
        "0.333 x 3.00 is 0.999, not the ListCost of 3.00",
    ),
    "one_hundred_percent_utilization_with_commitment_discount_flexibility_with_2_resources": (
        NO_PAYER,
        SKU,
    ),
    "one_hundred_percent_utilization_without_commitment_discount_flexibility": (NO_PAYER, SKU),
    "zero_percent_utilization_without_commitment_discount_flexibility": (
        NO_PAYER,
        SKU,
        "an Unused row with a consumed quantity and a machine as its resource",
    ),
    "saas_spend_agreements_a1": (DATES, CATEGORY),
    "saas_spend_agreements_a2": (DATES, CATEGORY),
    "saas_spend_agreements_b1": (DATES, CATEGORY),
    "saas_spend_agreements_b2": (DATES, CATEGORY),
    "simple_saas_agreements_a1": (DATES, MONEY),
    "simple_saas_agreements_a2": (DATES, MONEY),
    "simple_saas_agreements_a3": (DATES, MONEY),
    "simple_saas_agreements_b": (DATES, MONEY),
    "simple_saas_agreements_c": (DATES, MONEY),
    "virtual_currency_pricing_model_a1": (DATES,),
    "virtual_currency_pricing_model_a2": (DATES,),
    "virtual_currency_pricing_model_b1": (DATES,),
    "virtual_currency_pricing_model_b2": (DATES,),
    "virtual_currency_pricing_model_b3": (DATES,),
    "virtual_currency_pricing_model_c": (DATES,),
}


def published(path: Path) -> list[Row]:
    """Read an example as it is, without its blank lines."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [row for row in csv.DictReader(file) if any(row.values())]


def totals(rows: list[Row]) -> tuple[Decimal, ...]:
    """Add up billed and effective cost as they are printed."""
    return tuple(
        sum((Decimal(_money(row[cost])) for row in rows), Decimal(0)) for cost in COSTS[:2]
    )


def conformant(path: Path) -> Mapping[str, list[Row]]:
    """Return the example's rows by month, as a feed would write them."""
    months: dict[str, list[Row]] = defaultdict(list)
    for row in published(path):
        whole = {name: _value(name, value) for name, value in row.items()}
        # Several share one: under several connections that would be one bill, counted twice.
        whole["BillingAccountId"] = path.stem
        whole.setdefault("BillingCurrency", "USD")
        months[whole["BillingPeriodStart"][:7]].append(whole)
    return months


def _value(name: str, value: str) -> str:
    if name.endswith(("PeriodStart", "PeriodEnd")):
        return _instant(value)
    return _money(value) if name.endswith(("Cost", "UnitPrice")) else value


def _money(value: str) -> str:
    return value.replace("$", "").replace(",", "").strip()


def _instant(value: str) -> str:
    if found := _SPREADSHEET_DATE.fullmatch(value):
        month, day, year = map(int, found.groups())
        return f"20{year}-{month:02}-{day:02}T00:00:00Z"
    found = _HOUR.fullmatch(value)
    assert found, value
    day = datetime.fromisoformat(found[1]).replace(tzinfo=UTC)
    return f"{day + timedelta(hours=int(found[2])):%Y-%m-%dT%H:%M:%SZ}"
