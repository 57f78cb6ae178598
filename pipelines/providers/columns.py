"""What landing looks at in a bill: which columns must be there, and what they must hold."""

import re
from dataclasses import dataclass

_HUMP = re.compile(r"(?<!^)(?<!_)([A-Z])")


def snake(raw: str) -> str:
    """Spell a raw column as Athena does: `savingsPlan/SavingsPlanARN` -> `..._a_r_n`.

    Legacy CSV, Athena Parquet, CUR 2.0 and FOCUS agree in this spelling.
    """
    return _HUMP.sub(r"_\1", re.sub("[/: ]", "_", raw)).lower()


@dataclass(frozen=True)
class Columns:
    """The columns of a dataset that landing looks at, all in `snake` spelling."""

    cost: str
    """Its sum is the bill's own total."""
    currency: str
    period: str
    text: frozenset[str]
    """Required and text: a number would have lost an account's leading zeros."""
    times: frozenset[str]
    money: re.Pattern[str]
    """Costs, rates and quantities, wherever they are present."""
    operation: str | None = None
    split_operations: tuple[str, ...] = ()
    """Operations whose rows repeat a cost and are no part of the bill's total."""
    line_type: str | None = None
    net_cost: str | None = None
    more: frozenset[str] = frozenset()
    """Required too, of any type."""
    optional_text: frozenset[str] = frozenset()
    """Text where present."""
    instants: frozenset[str] = frozenset()
    """Where they are text, they are ISO 8601 in UTC; those in `times` are never null."""
    json: frozenset[str] = frozenset()
    """Where they are text, they are JSON objects."""
    nulls: tuple[str, ...] = ()
    """Words that mean null in a CSV, beside the empty field."""

    @property
    def required(self) -> frozenset[str]:
        """What no bill of this dataset lacks."""
        return self.text | self.times | self.more | {self.cost, self.currency, self.period}
