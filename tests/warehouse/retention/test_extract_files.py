"""Files of finance go with whom they are of, what is unassigned and a company's own included."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from tests.published import house_in
from warehouse.layout import Holder, Layout
from warehouse.retention.dates import Dates
from warehouse.retention.facts import read_stocks
from warehouse.retention.places import delete_files
from warehouse.retention.plan import Item
from warehouse.scope import UNASSIGNED

NOW = datetime(2026, 10, 4, tzinfo=UTC)
DAY = date(2026, 10, 4)


def put(layout: Layout, holder: Holder, month: str) -> Path:
    path = layout.extract(holder, month, "월간 비용.xlsx")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("costs", "utf-8")
    return path


@pytest.mark.parametrize(
    ("whose", "month", "left"),
    [
        ("organization", "", {"unassigned", "company", "next door"}),
        ("unassigned", "2026-09", {"organization", "company", "next door"}),
        ("company", "", {"next door"}),
        ("company", "2026-08", {"organization", "unassigned", "company", "next door"}),
    ],
)
def test_what_is_deleted_are_the_holders_own_files(
    tmp_path: Path, whose: str, month: str, left: set[str]
) -> None:
    with house_in(tmp_path) as house:
        registry, layout = house.registry, house.settings.layout
        mine = registry.companies.add("한빛").company_id
        own = registry.organizations.add("A", company=mine).organization_id
        other = registry.companies.add("Dot").company_id
        holders = {
            "organization": Holder(mine, own),
            "unassigned": Holder(mine, UNASSIGNED),
            "company": Holder(mine),
            "next door": Holder(other, UNASSIGNED),
        }
        files = {name: put(layout, holder, "2026-09") for name, holder in holders.items()}
        stocks = read_stocks(registry, house.lake, {}, layout)
        assert {(each.company_id, each.organization_id) for each in stocks} == {
            (holder.company_id, holder.organization_id or "") for holder in holders.values()
        }
        item = Item(
            *("key", "R1", mine, Dates(DAY, DAY, DAY), frozenset({"extract"})),
            organization_id=holders[whose].organization_id or "",
            billing_period=month,
        )
        delete_files(registry, layout, [item], NOW)
        assert {name for name, path in files.items() if path.exists()} == left
