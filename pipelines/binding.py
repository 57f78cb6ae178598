"""What a commitment is bound to, and which price is a use's: by the words of each provider."""

from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import Final

from pipelines.providers.contract import BilledUse, OfferedRate
from pipelines.providers.registry import PRICE_WORDS
from warehouse.eligible_usage import EligibleUsage
from warehouse.uses import Covered, Line, Place

Key = tuple[str, str, str]
"""Service, usage type and operation: what published prices are found by."""
RESERVED: Final = frozenset(
    {"EC2_RI", "RDS_RI", "ELASTICACHE_RI", "MEMORYDB_RI", "OPENSEARCH_RI", "REDSHIFT_RI"}
)
"""AWS's reservations: several of them, standard and convertible, may cover one line."""
FAMILY_BOUND: Final = RESERVED | {"EC2_INSTANCE_SP"}
WHOLE: Final = frozenset({"RESERVATION", "RESOURCE_CUD"})
"""Commitments to machines, cores or GiB: whole ones."""
BOUND: Final = WHOLE | {"SPEND_CUD"}
"""Commitments that their provider binds to a region, and to a machine or a service."""


def place_of(usage: EligibleUsage, program: str, use: Line | Covered) -> Place | None:
    """Return what a commitment of the program would be bound to; None for nothing."""
    if program in FAMILY_BOUND:
        return use.place
    if program in BOUND and (words := PRICE_WORDS.get(usage.provider_name)):
        return Place(use.region_id, words.bound_to(program, _billed(use)))
    return None


def key_of(each: Line | OfferedRate) -> Key:
    """Return the key that a line's words, or a price's, spell."""
    return each.service_code or "", each.usage_type or "", each.operation or ""


def price_key(provider_name: str, program: str, line: Line) -> Key:
    """Return what a line's price goes by: in AWS's prices that is the line's own words."""
    words = PRICE_WORDS.get(provider_name)
    return words.key(program, _billed(line)) if words else key_of(line)


def prices_of(
    usage: EligibleUsage,
    program: str,
    place: Place | None,
    prices: Mapping[Key, Decimal],
) -> list[Decimal | None]:
    """Return each line's price under a commitment to a place; None where it covers none of it."""
    return [
        prices.get(price_key(usage.provider_name, program, line))
        if place_of(usage, program, line) == place
        else None
        for line in usage.lines
    ]


def span(days: Collection[str]) -> str:
    """Say of which days prices are: the first and the last."""
    return " to ".join(dict.fromkeys((min(days), max(days))))


def _billed(use: Line | Covered) -> BilledUse:
    said = use.service_code, use.instance_type, use.usage_type, use.operation
    return (
        BilledUse(*said, use.sku_id, use.sku_price_id)
        if isinstance(use, Line)
        else BilledUse(*said)
    )
