"""Machines as they are reserved: whole, at a price paid upfront, by the hour, or both."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

INFLEXIBLE_FAMILIES: Final = frozenset({"g4ad", "g4dn", "g5", "g5g", "inf1"})
"""No size flexibility: EC2 User Guide, "How Reserved Instance discounts are applied"."""


@dataclass(frozen=True)
class ReservedMachine:
    """What one reservation is for, in the words that it is bought by, and how it is paid."""

    instance_type: str
    offering_class: str
    """Standard or convertible; empty where all are of one class."""
    upfront_price: Decimal
    recurring_price: Decimal
    """Per hour."""
    size_factor: Decimal | None = None
    """Normalization factor; None where platform or tenancy keep one from covering other sizes."""
    platform: str | None = None
    """As the provider's interface takes it; None where it is bought in the console only."""
    tenancy: str | None = None

    @property
    def flexible_size(self) -> Decimal | None:
        """Normalization factor where one covers other sizes of its family too; None where not."""
        family = self.instance_type.rpartition(".")[0]
        return None if family in INFLEXIBLE_FAMILIES else self.size_factor

    def hourly_price(self, term_hours: int) -> Decimal:
        """Return what an hour of it costs, with its part of the upfront price."""
        return self.recurring_price + self.upfront_price / term_hours
