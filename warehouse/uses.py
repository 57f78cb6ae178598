"""Ways of using, as the bills tell them apart: on demand, and covered by commitments."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Self

Use = tuple[str | None, ...]


@dataclass(frozen=True)
class Place:
    """Where machines run and of which family they are: what some commitments are bound to."""

    region_id: str | None
    instance_family: str | None

    @classmethod
    def of(cls, region_id: str | None, instance_type: str | None) -> Self:
        """Return the place of a machine type, e.g. m5 of m5.large."""
        return cls(region_id, (instance_type or "").rpartition(".")[0] or None)


@dataclass(frozen=True)
class Line:
    """A way of using at one price, in one account."""

    programs: frozenset[str]
    """That may cover it, in the words of `commitment_eligibility`."""
    unit_price: Decimal | None
    """On-demand equivalent of one unit, also where the bill prices `100 Hours`; None where it has
    no quantity."""
    sub_account_id: str | None
    service_code: str | None
    region_id: str | None
    instance_type: str | None
    usage_type: str | None
    operation: str | None
    pricing_unit: str | None
    sku_id: str | None = None
    sku_price_id: str | None = None

    @property
    def use(self) -> Use:
        """The way of using, whoever used it."""
        return _use(self)

    @property
    def place(self) -> Place:
        """Where it runs."""
        return Place.of(self.region_id, self.instance_type)


@dataclass(frozen=True)
class Covered:
    """A way of using that commitments of one kind covered in the last days, in all accounts."""

    program: str | None
    """None for a kind that no program is called by, such as reservations."""
    service_code: str | None
    region_id: str | None
    instance_type: str | None
    usage_type: str | None
    operation: str | None
    effective_cost: Decimal
    ode_cost: Decimal
    lasting_ode_cost: Decimal
    """By commitments that do not end soon."""

    @property
    def use(self) -> Use:
        """The way of using."""
        return _use(self)

    @property
    def ratio(self) -> float | None:
        """What it cost as a share of its on-demand cost."""
        is_priced = self.ode_cost > 0 and self.effective_cost > 0
        return float(self.effective_cost / self.ode_cost) if is_priced else None

    @property
    def place(self) -> Place:
        """Where it ran."""
        return Place.of(self.region_id, self.instance_type)


def _use(each: Line | Covered) -> Use:
    return (
        each.service_code, each.region_id, each.instance_type, each.usage_type, each.operation,
    )  # fmt: skip
