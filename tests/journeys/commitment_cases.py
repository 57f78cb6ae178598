"""The worked cases of commitments, written as the bills they came from.

Each case is an organization with accounts of its own: one delivery of each cloud holds them all.
"""

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from pipelines.settings import DBT_PROJECT
from tests.providers.gcp.rows import credit, usage_row
from warehouse.registry.contracts import Terms

Row = dict[str, Any]
COSTS: Final = ("BilledCost", "EffectiveCost", "ListCost", "ContractedCost")
LINE: Final = {
    "BillingAccountId": "900000000000",
    "BillingPeriodStart": "2026-09-01T00:00:00Z",
    "BillingPeriodEnd": "2026-10-01T00:00:00Z",
    "BillingCurrency": "USD",
    "ChargeCategory": "Usage",
    "ChargePeriodStart": "2026-09-01T00:00:00Z",
    "ChargePeriodEnd": "2026-09-01T01:00:00Z",
    "ProviderName": "AWS",
    "ServiceName": "Amazon Elastic Compute Cloud",
}
ELIGIBLE: Final = {
    "x_ServiceCode": "AmazonEC2",
    "x_UsageType": "BoxUsage",
    "x_Operation": "RunInstances",
}
INELIGIBLE: Final = {"x_ServiceCode": "AmazonEC2", "x_UsageType": "EBS:VolumeUsage.gp3"}
APPLIED: Final[Mapping[str, Mapping[str, Mapping[str, str]]]] = {
    "W01": {
        "c": {
            "r5": "4", "m5": "1", "fargate_vcpu": "400", "fargate_gb": "1600",
            "lambda_gbs": "1500000", "lambda_req": "1",
        }
    },
    "W02": {"c": {"r5": "2.857142857142"}},
    "W03": {"ri": {"r5": "2"}, "c": {"r5": "2", "fargate_vcpu": "400", "fargate_gb": "1600"}},
    "W05": {"z": {"m3": "4"}, "m4ri": {"m4": "2"}, "c4ri": {"c4": "0.5"}},
    "W06": {"r": {"large": "2", "xlarge": "1"}},
    "W10": {"l": {"lin": "1"}, "w": {}},
}  # fmt: skip
"""Published scenario -> commitment -> line -> quantity that AWS says it covers."""
FLEXIBLE: Final = {"id": "D97B-0795-975B", "description": "Flexible CUD"}
SPEND_FEE: Final = "Commitment - dollar based v1: GCE for 1 year"


@dataclass(frozen=True)
class Case:
    """One worked case."""

    number: int
    content: Mapping[str, Any]

    @property
    def name(self) -> str:
        """Its id, which is also its organization."""
        return str(self.content["id"])

    @property
    def account(self) -> str:
        """The account that owns its commitments; like no amount of money, to be found in text."""
        return f"9{self.number:05d}777777"

    @property
    def billing_account(self) -> str:
        """Its billing account, where it is a case of Google's."""
        return f"{self.number:06d}-AAAAAA-BBBBBB"

    @property
    def inputs(self) -> Mapping[str, Any]:
        """What it gives instead of rows."""
        inputs: Mapping[str, Any] = self.content.get("inputs", {})
        return inputs


def aws_rows(case: Case) -> Iterator[Row]:
    """Return a case's rows as AWS's FOCUS export has them."""
    given = case.content.get("rows", [])
    for row in [*given, *(_scenario(case) if case.name in APPLIED else [])]:
        known = ELIGIBLE if row.get("x_Eligible") else INELIGIBLE
        whole = LINE | known | {"SubAccountId": case.account} | row
        if commitment := whole.get("CommitmentDiscountId"):
            # Cases share ids; the account in an id is its owner's.
            whole["CommitmentDiscountId"] = re.sub(r":\d{12}:", f":{case.account}:", commitment)
        yield {name: value for name, value in whole.items() if name != "x_Eligible"}


def eligibility_row(account: str, item: str, codes: Mapping[str, str]) -> Row:
    """Return an uncovered use of something, at one dollar."""
    kind = "Dynamic" if item == "spot" else "Standard"
    return (
        LINE
        | dict.fromkeys(COSTS, "1")
        | {"SubAccountId": account, "PricingCategory": kind, "ServiceName": codes["x_ServiceCode"]}
        | codes
    )


def drawing_row(case: Case) -> Row:
    """Return what a draw-down contract was drawn by, on a bill of its own."""
    return (
        LINE
        | dict.fromkeys(COSTS, case.inputs["consumed_to_date"])
        | {"SubAccountId": case.account, "BillingAccountId": case.account}
    )


def contract_terms(case: Case) -> Terms:
    """Return a contract of which the bills' first day is the last elapsed one."""
    inputs = case.inputs
    start = date(2026, 9, 1) - timedelta(days=inputs["elapsed_days"] - 1)
    last = start + timedelta(days=inputs["term_days"] - 1)
    return Terms(inputs["commitment_total"], "USD", start, last)


def shared_rows(owner: str, user: str) -> Iterator[Row]:
    """Return an hour of a plan that one account bought and two use."""
    plan = {
        "CommitmentDiscountId": f"arn:aws:savingsplans::{owner}:savingsplan/shared",
        "CommitmentDiscountType": "Savings Plan",
        "CommitmentDiscountCategory": "Spend",
        "CommitmentDiscountUnit": "USD",
        "PricingCategory": "Committed",
        "BilledCost": "0",
    }
    for account, status, cost, on_demand in (
        (user, "Used", "6", "9"),
        (owner, "Used", "3", "4"),
        (owner, "Unused", "1", "0"),
    ):
        yield (
            LINE
            | ELIGIBLE
            | plan
            | {
                "SubAccountId": account,
                "CommitmentDiscountStatus": status,
                "CommitmentDiscountQuantity": cost,
                "EffectiveCost": cost,
                "ListCost": on_demand,
                "ContractedCost": on_demand,
            }
        )


def steady_rows(account: str, days: int) -> Iterator[Row]:
    """Return a machine that runs on demand for whole days, at one dollar an hour."""
    start = datetime(2026, 9, 1, tzinfo=UTC)
    for hour in range(days * 24):
        at = [f"{start + timedelta(hours=each):%Y-%m-%dT%H:%M:%SZ}" for each in (hour, hour + 1)]
        yield (
            LINE
            | ELIGIBLE
            | dict.fromkeys(COSTS, "1")
            | {"ChargePeriodStart": at[0], "ChargePeriodEnd": at[1], "PricingQuantity": "1"}
            | {"SubAccountId": account, "PricingCategory": "Standard"}
        )


def _scenario(case: Case) -> Iterator[Row]:
    lines = {line["id"]: line for line in case.inputs["lines"]}
    rest = {name: Decimal(line["qty"]) for name, line in lines.items()}
    for commitment, covered in APPLIED[case.name].items():
        offer = _offer(case, commitment)
        for name, text in covered.items():
            rest[name] -= Decimal(text)
            yield offer.used(lines[name], Decimal(text))
        yield offer.unused()
    for name, quantity in rest.items():
        cost = str(quantity * Decimal(lines[name]["od"]))
        if quantity:
            yield dict.fromkeys(COSTS, cost) | {"PricingCategory": "Standard", "x_Eligible": True}


def _offer(case: Case, commitment: str) -> "Offer":
    for plan in case.inputs.get("sps", []):
        if plan["id"] == commitment:
            return Offer(commitment, Decimal(plan["commit"]))
    [found] = [each for each in case.inputs["ris"] if each["id"] == commitment]
    size = _factor(found["itype"])
    price = Decimal(found["eff"]) / size
    return Offer(commitment, found["count"] * Decimal(found["eff"]), price)


class Offer:
    """An hour of a commitment, being used."""

    def __init__(self, name: str, hourly: Decimal, unit_price: Decimal | None = None) -> None:
        """Commit to an hour; reservations have a price per normalized unit."""
        self.left, self.unit_price = hourly, unit_price
        kind = ("Savings Plan", "Spend") if unit_price is None else ("Reserved Instance", "Usage")
        self.words: Row = {
            "CommitmentDiscountId": f"arn:aws:any:us-east-1:111111111111:{name}",
            "CommitmentDiscountType": kind[0],
            "CommitmentDiscountCategory": kind[1],
            "CommitmentDiscountUnit": "USD" if unit_price is None else "Normalized Hours",
            "PricingCategory": "Committed",
            "BilledCost": "0",
        }

    def used(self, line: Row, quantity: Decimal) -> Row:
        """Return what the bill says of a use."""
        if self.unit_price is None:
            cost = units = quantity * Decimal(line["csp"])
        else:
            units = quantity * _factor(line["itype"])
            cost = units * self.unit_price
        self.left -= cost
        on_demand = str(quantity * Decimal(line["od"]))
        return self.words | {
            "CommitmentDiscountStatus": "Used",
            "CommitmentDiscountQuantity": f"{units:f}",
            "EffectiveCost": f"{cost:f}",
            "ListCost": on_demand,
            "ContractedCost": on_demand,
        }

    def unused(self) -> Row:
        """Return what nobody used."""
        units = self.left if self.unit_price is None else self.left / self.unit_price
        return self.words | {
            "CommitmentDiscountStatus": "Unused",
            "CommitmentDiscountQuantity": f"{units:f}",
            "EffectiveCost": f"{self.left:f}",
            "ListCost": "0",
            "ContractedCost": "0",
        }


def _factor(instance_type: str) -> Decimal:
    path = DBT_PROJECT / "seeds" / "instance_size_factors.csv"
    with path.open(encoding="utf-8", newline="") as file:
        factors = {
            row["size"]: Decimal(row["normalization_factor"]) for row in csv.DictReader(file)
        }
    return factors[instance_type.rsplit(".", 1)[1]]


def gcp_rows(case: Case) -> Iterator[Row]:
    """Return a case's rows as Google's detailed export has them."""
    inputs = case.inputs
    units = inputs.get("fee_pricing_units", ["1"] * len(inputs["fee_cost"]))
    offsets = inputs.get("fee_utilization_offset", ["0"] * len(inputs["fee_cost"]))
    for cost, unit, offset in zip(inputs["fee_cost"], units, offsets, strict=True):
        offset_credits = [credit("FEE_UTILIZATION_OFFSET", float(offset))] if float(offset) else []
        named = {"id": SPEND_FEE, "description": SPEND_FEE}
        usage = {
            "amount": 1.0, "unit": "seconds", "pricing_unit": "unit",
            "amount_in_pricing_units": float(unit),
        }  # fmt: skip
        yield _google(case, cost, sku=named, project=None, credits=offset_credits, usage=usage)
    for used in inputs.get("cud_usage", []):
        units = Decimal(used["usage_pricing_units"])
        default = float(units * Decimal(used["effective_price_default"]))
        priced = {"cost_at_list": default, "cost_at_effective_price_default": default}
        yield _google(case, used["cost"], consumption_model=FLEXIBLE, **priced)
    for cost in inputs.get("default_usage_cost", []):
        yield _google(case, cost)
    rate = float(inputs.get("currency_conversion_rate", "1"))
    for amount in inputs.get("credits", []):
        covered = [credit("COMMITTED_USAGE_DISCOUNT_DOLLAR_BASE", float(amount))]
        cost = str(-Decimal(amount))
        yield _google(case, cost, credits=covered, currency_conversion_rate=rate)


def _google(case: Case, cost: str, **other: Any) -> Row:
    place = {"project": {"id": f"case-{case.number}", "number": "1", "name": case.name}}
    return usage_row(float(cost), billing_account_id=case.billing_account, **(place | other))
