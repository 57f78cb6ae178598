"""What a deletion would take: named before anybody confirms it."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Annotated, Final

import typer

from pipelines.house import House
from pipelines.models import data_classes
from warehouse.retention.facts import read_stocks
from warehouse.retention.items import Item

LOSSES: Final = ("data_class", "datasets", "months", "rows", "bytes")
ITEMS: Final = (
    *("rule", "company_id", "organization_id", "billing_period", "member_id", "rows", "bytes"),
    *("not_before", "scheduled_on", "gone_before", "is_due", "blocked_by"),
)
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say what would be lost.")]


def losses_of(
    house: House, company_id: str, organization_id: str | None = None
) -> list[dict[str, object]]:
    """Return what there is of a company or of one organization of it, by data class."""
    stocks = read_stocks(house.registry, house.lake, data_classes(), house.settings.layout)
    by_class = defaultdict(list)
    for stock in stocks:
        if stock.company_id == company_id and organization_id in {None, stock.organization_id}:
            by_class[stock.data_class].append(stock)
    return [
        {
            "data_class": data_class,
            "datasets": ", ".join(sorted({each.dataset for each in its})),
            "months": len({each.billing_period for each in its} - {""}),
            "rows": sum(each.rows for each in its),
            "bytes": sum(each.bytes for each in its),
        }
        for data_class, its in sorted(by_class.items())
    ]


def told(losses: Sequence[dict[str, object]]) -> str:
    """Say it in a sentence."""
    parts = [f"{each['rows']:,} rows of {each['data_class']}" for each in losses]
    return ", ".join(parts) or "nothing that is loaded"


def item_row(item: Item, as_of: date) -> dict[str, object]:
    """Return what a list says of one thing that has a date."""
    dates = item.dates
    return {
        **{name: getattr(item, name) for name in ITEMS[:7]},
        "datasets": list(item.datasets),
        "not_before": dates.not_before,
        "scheduled_on": dates.scheduled_on,
        "gone_before": dates.gone_before,
        "conflict": dates.conflict,
        "is_due": item.is_due(as_of),
        "blocked_by": item.blocked_by,
    }


def named(items: Iterable[Item]) -> str:
    """Say in a sentence what goes with some items."""
    parts = "; ".join(
        f"{item.key}: {item.rows:,} rows in {', '.join(item.datasets) or 'the registry'}"
        for item in items
    )
    return f"What will be lost: {parts or 'nothing'}."
