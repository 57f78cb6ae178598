"""What organizations spent, added up by the words a reader asks for."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

import duckdb

from warehouse.scope import UNASSIGNED, Scope

ORGANIZATION: Final = "organization"
MONTH: Final = "month"

# Organizations are told apart by their ids: two companies may call theirs the same.
KEYS: Final[Mapping[str, tuple[str, ...]]] = {
    MONTH: ("billing_period",),
    ORGANIZATION: ("company_id", "company_name", "organization_id", "organization_name"),
    "account": ("sub_account_id",),
    "service": ("service_name",),
    "category": ("service_category",),
    "charge": ("charge_category",),
    "provider": ("provider_name",),
}
"""Word a reader may group by -> columns it stands for."""

PREVIOUS: Final = "previous_month_effective_cost"


@dataclass(frozen=True)
class Line:
    """Costs of one group in one currency."""

    keys: Mapping[str, str | None]
    """Column -> value, in the order asked for."""
    billing_currency: str
    effective_cost: Decimal
    billed_cost: Decimal
    previous_month_effective_cost: Decimal | None
    """None when the month before is unknown for any of it, or months are added up."""
    effective_cost_change: Decimal | None

    @property
    def is_unassigned(self) -> bool:
        """True for costs of accounts that nobody registered."""
        return self.keys.get("organization_id") == UNASSIGNED


def summarize(
    lake: duckdb.DuckDBPyConnection, scope: Scope, by: Sequence[str], periods: Sequence[str] = ()
) -> Iterator[Line]:
    """Add up monthly costs per group and currency: newest month first, then the dearest.

    `by` names keys of KEYS; no `periods` means every month. Never sums across currencies.
    """
    costs, names = scope.relation("fct_monthly_costs"), scope.relation("dim_organizations")
    columns = [column for word in KEYS if word in by for column in KEYS[word]]
    # A change against an unknown month is unknown: adding up the known ones would understate.
    is_known = f"count({PREVIOUS}) = count(*)" if MONTH in by else "false"
    previous = f"case when {is_known} then sum({PREVIOUS}) end"
    found = lake.execute(
        f"""
        select
            {"".join(f"{column}, " for column in columns)}
            billing_currency,
            sum(effective_cost) as effective,
            sum(billed_cost) as billed,
            {previous} as previous,
            sum(effective_cost) - {previous} as change
        from (
            select
                costs.*,
                coalesce(company_name, costs.company_id) as company_name,
                coalesce(organization_name, costs.organization_id) as organization_name
            from {costs.sql} as costs
            left join {names.sql} as organizations using (organization_id, company_id)
        )
        where $all_periods or list_contains($periods, billing_period)
        group by all
        order by {", ".join([*_order(by), "billing_currency", "effective desc", *columns])}
        """,
        {
            **costs.values,
            **names.values,
            "periods": list(periods),
            "all_periods": not periods,
        },
    )
    return (_line(columns, row) for row in found.fetchall())


def months(lake: duckdb.DuckDBPyConnection, scope: Scope) -> list[str]:
    """Return the months that have costs, oldest first."""
    costs = scope.relation("fct_monthly_costs")
    found = lake.execute(
        f"select distinct billing_period from {costs.sql} order by billing_period",
        dict(costs.values),
    )
    return [month for (month,) in found.fetchall()]


def _order(by: Sequence[str]) -> list[str]:
    by_organization = (
        f"bool_or(organization_id = '{UNASSIGNED}')",
        "company_name",
        "company_id",
        "organization_name",
        "organization_id",
    )
    return [
        *(["billing_period desc"] if MONTH in by else []),
        *(by_organization if ORGANIZATION in by else ()),
    ]


def _line(columns: Sequence[str], row: Sequence[Any]) -> Line:
    return Line(dict(zip(columns, row, strict=False)), *row[len(columns) :])
