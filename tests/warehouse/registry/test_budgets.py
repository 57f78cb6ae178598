"""Budgets: what an organization means to spend, of what, and when it is to be told."""

from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from warehouse.registry import Registry
from warehouse.registry.budgets import Part
from warehouse.registry.errors import InvalidError, NotFoundError
from warehouse.registry.snapshot import write_snapshot


@pytest.fixture
def house(registry: Registry) -> Registry:
    """A company with one organization."""
    registry.companies.add("한빛")
    registry.organizations.add("본사")
    return registry


def test_a_budget_reaches_the_models_until_it_is_removed(house: Registry, tmp_path: Path) -> None:
    part = Part(sub_account_id="012345678901", service_name="Amazon EC2", tag="team=결제=서울")
    added = house.budgets.add("결제팀", "5000.50", "usd", organization="본사", part=part)
    assert house.budgets.list() == (added,)
    assert (added.tag_key, added.tag_value, added.first_period) == ("team", "결제=서울", "2026-09")
    changed = house.budgets.set("결제팀", amount="6000", thresholds=["forecast:110%", "90", "90%"])
    assert changed.budget_cost == Decimal(6000)
    house.budgets.remove(added.budget_id)
    assert house.budgets.list() == ()
    write_snapshot(house, tmp_path)
    [row] = pl.read_parquet(tmp_path / "budgets.parquet").to_dicts()
    assert (row["budget_cost"], row["sub_account_id"]) == ("6000", "012345678901")
    assert row["thresholds"] == '["actual:90", "forecast:110"]'
    assert row["removed_at"] is not None
    events = house.organizations.history("본사")
    assert [event.event_type for event in events][:3] == [
        *("budget_removed", "budget_changed", "budget_added")
    ]


@pytest.mark.parametrize(
    ("thresholds", "why"),
    [
        ([], "needs a threshold"),
        *((["80%", wrong], "no threshold") for wrong in ("0", "-1", "all", "billed:80", "")),
    ],
)
def test_a_threshold_is_a_percentage_of_actual_or_forecast(
    house: Registry, thresholds: list[str], why: str
) -> None:
    with pytest.raises(InvalidError, match=why):
        house.budgets.add("B", "1", "USD", organization="본사", thresholds=thresholds)


@pytest.mark.parametrize("tag", ["team", "=x", "team=", ""])
def test_a_tag_is_a_key_and_a_value(house: Registry, tag: str) -> None:
    with pytest.raises(InvalidError, match="is no tag"):
        house.budgets.add("B", "1", "USD", organization="본사", part=Part(tag=tag))


def test_a_budget_is_a_months_or_a_years(house: Registry) -> None:
    with pytest.raises(InvalidError, match="no recurrence"):
        house.budgets.add("B", "1", "USD", organization="본사", recurrence="week")


def test_of_two_budgets_of_a_name_the_id_says_which(house: Registry) -> None:
    first = house.budgets.add("B", "1", "USD", organization="본사")
    house.budgets.add("b", "2", "USD", organization="본사", recurrence="year")
    with pytest.raises(NotFoundError, match="2 budgets are called 'B'"):
        house.budgets.set("B", amount="3")
    assert house.budgets.set(first.budget_id, amount="3").budget_cost == Decimal(3)
