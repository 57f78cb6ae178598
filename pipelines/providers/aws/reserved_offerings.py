"""Which offering an order of reservations is of, and that it costs what was approved.

Source: EC2 API Reference, DescribeReservedInstancesOfferings.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from pipelines.providers.contract import BillError
from pipelines.providers.purchasing import Order, RefusedError

SECONDS_PER_MONTH: Final = 2_628_000
"""Of a term: 31,536,000 seconds a year."""


def offering(client: Any, order: Order) -> dict[str, Any]:
    """Return the one offering of an order, by its id or by its terms. Raises RefusedError."""
    asked = order.details
    which = _by_id(asked) if "offering_id" in asked else _by_terms(order.action_id, asked)
    offers = client.describe_reserved_instances_offerings(**which)["ReservedInstancesOfferings"]
    if len(offers) != 1:
        raise RefusedError(
            "OFFERING", asked.get("offering_id") or asked["instance_type"],
            f"AWS has {len(offers)} offerings of these terms, not one.", "Propose it anew.",
        )  # fmt: skip
    found: dict[str, Any] = offers[0]
    return found


def refuse_dearer(offer: Mapping[str, Any], asked: Mapping[str, str]) -> None:
    """Refuse an offering that costs more than was approved. Raises RefusedError."""
    charges = (Decimal(str(each["Amount"])) for each in offer.get("RecurringCharges", ()))
    prices = {
        "upfront": (Decimal(str(offer["FixedPrice"])), asked.get("fixed_price")),
        "an hour": (sum(charges, Decimal(0)), asked.get("recurring_price")),
    }
    for words, (price, approved) in prices.items():
        if approved is not None and price > Decimal(approved):
            raise RefusedError(
                "PRICE", offer["ReservedInstancesOfferingId"],
                f"it costs {price} {words} now, approved was {approved}.",
                "Wait for the next proposal.",
            )  # fmt: skip


def _by_id(asked: Mapping[str, str]) -> dict[str, Any]:
    return {"ReservedInstancesOfferingIds": [asked["offering_id"]]}


def _by_terms(action_id: str, asked: Mapping[str, str]) -> dict[str, Any]:
    """Ask for a regional offering, sold by AWS."""
    if not (asked.get("platform") and asked.get("tenancy")):
        raise BillError(
            "BY_HAND", asked["instance_type"], "EC2's interface has no name for what runs on it.",
            f"Buy it in the console, then `finhouse actions execute {action_id} --by-hand ID`.",
        )  # fmt: skip
    seconds = int(asked["term_months"]) * SECONDS_PER_MONTH
    return {
        "InstanceType": asked["instance_type"],
        "ProductDescription": asked["platform"],
        "InstanceTenancy": asked["tenancy"],
        "OfferingClass": asked["offering_class"],
        "OfferingType": asked["payment_option"],
        "MinDuration": seconds,
        "MaxDuration": seconds,
        "IncludeMarketplace": False,
        "Filters": [{"Name": "scope", "Values": ["Region"]}],
    }
