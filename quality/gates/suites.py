"""What is demanded of landed datasets and published marts. Suites of Great Expectations, as code.

They ask small tables of measures, one row per column, currency, delivery or mart: counts and
names, never a bill's values. So they cost the same for a thousand rows and for ten million, and a
kept result holds nothing personal. What inspection refuses while landing (a required column, an
unreadable number, another month, a manifest's row count) is not asked again.
"""

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Final

LANDED: Final = "landed"
PUBLISHED: Final = "published"


@dataclass(frozen=True)
class Demand:
    """One expectation of a suite, and what a person is told when it is not met."""

    name: str
    expectation: str
    """Its class in `great_expectations.expectations`."""
    arguments: Mapping[str, object]
    says: str
    refuses: bool = False
    """The load is undone. Otherwise it is only told."""


@cache
def currencies() -> tuple[str, ...]:
    """Return the codes of ISO 4217."""
    path = Path(__file__).parents[1] / "focus_currencies.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return tuple(row["currency"] for row in csv.DictReader(file))


def _present(name: str, column: str, says: str, *, refuses: bool = False) -> Demand:
    return Demand(name, "ExpectColumnValuesToNotBeNull", {"column": column}, says, refuses)


def _same(name: str, first: str, second: str, says: str) -> Demand:
    arguments = {
        "column_A": first,
        "column_B": second,
        "ignore_row_if": "either_value_is_missing",
    }
    return Demand(name, "ExpectColumnPairValuesToBeEqual", arguments, says, refuses=True)


def _between(
    name: str,
    column: str,
    says: str,
    *,
    least: float | None = None,
    most: float | None = None,
    refuses: bool = False,
) -> Demand:
    arguments = {"column": column, "min_value": least, "max_value": most}
    return Demand(name, "ExpectColumnValuesToBeBetween", arguments, says, refuses)


SUITES: Final[Mapping[str, tuple[Demand, ...]]] = MappingProxyType(
    {
        "landed_columns": (
            _present(
                "no_column_is_gone", "kind", "columns are gone that it had before", refuses=True
            ),
            _same("no_column_is_retyped", "kind", "kind_before", "columns changed their type"),
            _present("no_column_is_new", "kind_before", "columns are new"),
        ),
        "landed_currencies": (
            Demand(
                "every_currency_exists",
                "ExpectColumnValuesToBeInSet",
                {"column": "currency", "value_set": list(currencies())},
                "it bills in what is no currency of ISO 4217",
                refuses=True,
            ),
            _present("no_currency_is_new", "currency_before", "it bills in a new currency"),
        ),
        "landed_deliveries": (
            _between(
                "it_keeps_most_rows", "row_ratio", "it lost more than half its rows", least=0.5
            ),
            _between(
                "it_keeps_most_cost", "cost_ratio", "it lost more than half its cost", least=0.5
            ),
            _between("it_is_not_of_tomorrow", "days_ahead", "it is dated in the future", most=1),
            _between(
                "its_charges_are_new", "days_behind", "its newest charge is over 3 days old", most=3
            ),
            _between(
                "its_charges_are_of_its_month",
                "strayed_count",
                "it has charges more than two months away from its month",
                most=0,
            ),
        ),
        "published_columns": (
            _present("no_column_is_missing", "kind", "columns of the contract lack", refuses=True),
            _same(
                "no_column_is_retyped", "kind", "contracted", "columns break their contract's type"
            ),
            _present("no_column_is_unknown", "contracted", "columns stand in no contract"),
            _between(
                "every_month_has_every_column",
                "unfilled_count",
                "columns are new, and empty in rows that were not loaded now; `finhouse"
                " refresh --replay` fills them",
                most=0,
            ),
            _between(
                "values_fit_their_column",
                "unfit_count",
                "columns hold what their name forbids",
                most=0,
                refuses=True,
            ),
        ),
        "published_tables": (
            _between(
                "it_keeps_most_rows", "row_ratio", "more than half its rows are gone", least=0.5
            ),
        ),
    }
)
"""Suite -> its demands. The suite's name begins with the door it stands at."""

_TAGS: Final = r"resource_?tags?_.*|tags?_.*|cost_?category_.*|x_.*"
MAY_GO: Final[Mapping[str, re.Pattern[str]]] = MappingProxyType(
    {
        # Legacy reports have a column only while something of the month fills it.
        "aws cur1": re.compile(
            rf"{_TAGS}|(product|reservation|savings_?plan|discount|split_?line_?item)_.*"
            r"|line_?item_net.*|pricing_(lease|offering|purchase).*"
        ),
    }
)
"""Provider and dataset -> the columns that may come and go, whatever their spelling."""
MAY_ALWAYS_GO: Final = re.compile(_TAGS)
"""The same for every other dataset: keys of tags, and what a vendor adds of his own."""

UNFIT: Final[Mapping[str, str]] = MappingProxyType(
    {
        r"organization_id|company_id": "{column} is null",
        r"billing_period": r"not regexp_full_match({column}, '\d{{4}}-(0[1-9]|1[0-2])')",
        r"(billing|reporting)_currency": "{column} not in ({currencies})",
        r".*_count": "{column} < 0",
        r".*_ratio": "not isfinite({column}::double)",
    }
)
"""Pattern of a mart's column -> condition of the values that its name forbids."""
