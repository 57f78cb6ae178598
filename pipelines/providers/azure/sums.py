"""What each file of a delivery adds up to, and what of it is on the bill."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal

from pipelines.providers.azure.columns import ACTUAL, AMORTIZED
from pipelines.providers.contract import BillError

TOLERANCE = Decimal("0.01")
"""Per currency: Azure rounds the two exports apart by less."""


@dataclass(frozen=True)
class FileSum:
    """What one file says in one currency."""

    part: str
    file: str
    currency: str
    rows: int
    cost: Decimal
    payments: int
    paid: Decimal
    covered_cost: Decimal
    rounded_off: Decimal
    """Of what is on the bill."""
    purchases: int
    unused: int


def check_part(one: FileSum) -> None:
    """Refuse exports mixed up: each one's own mark must not stand in the other."""
    mixed = (one.part == ACTUAL and (one.unused or one.covered_cost)) or (
        one.part == AMORTIZED and one.purchases
    )
    if mixed:
        other = "AmortizedCost" if one.part == ACTUAL else "ActualCost"
        raise BillError(
            "DATASET_TYPE",
            one.file,
            f"its rows are those of an export of type {other}.",
            "Correct which export the connection names for which type.",
        )


def bill_rows(one: FileSum) -> int:
    """Count the rows of a file that the bill, or what it tells instead of one, is made of."""
    if one.part == ACTUAL:
        return one.payments
    return one.rows - one.payments if one.part == AMORTIZED else one.rows


def billed(one: FileSum) -> Decimal:
    """What of a file is on the bill; what a commitment covers was billed with the commitment."""
    if one.part == ACTUAL:
        return one.paid
    return one.cost - one.covered_cost - one.paid if one.part == AMORTIZED else one.cost


def totals(sums: Iterable[FileSum], of: Callable[[FileSum], Decimal]) -> dict[str, Decimal]:
    """Add up per currency: never across."""
    found: dict[str, Decimal] = {}
    for one in sums:
        found[one.currency] = found.get(one.currency, Decimal(0)) + of(one)
    return found


def disagreements(sums: list[FileSum]) -> Iterable[str]:
    """Say where the two exports were taken at different times: their bills then differ."""
    actual = totals([one for one in sums if one.part == ACTUAL], lambda one: one.cost)
    for currency, bill in totals(sums, billed).items():
        difference = actual.get(currency, Decimal(0)) - bill
        if abs(difference) > TOLERANCE:
            yield (
                f"the actual and amortized exports disagree by {difference.normalize():f} "
                f"{currency}: they were run at different times or for different scopes"
            )
