"""Draw-down contracts and thresholds: what no bill tells of commitments."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from warehouse.registry import Registry
from warehouse.registry.contracts import Terms
from warehouse.registry.errors import InvalidError, NotFoundError
from warehouse.registry.snapshot import write_snapshot

YEAR = Terms("100000", "usd", date(2026, 1, 1), date(2026, 12, 31))


@pytest.fixture
def house(registry: Registry) -> Registry:
    """A company with one organization."""
    registry.companies.add("한빛")
    registry.organizations.add("본사")
    return registry


def test_a_contract_reaches_the_models_until_it_is_removed(house: Registry, tmp_path: Path) -> None:
    added = house.contracts.add("MACC 약정", YEAR, organization="본사", provider="azure")
    assert house.contracts.list() == (added,)
    assert (added.commitment_cost, added.billing_currency) == (Decimal(100000), "USD")
    house.contracts.remove("macc 약정", reason="wrong year")
    assert house.contracts.list() == ()
    write_snapshot(house, tmp_path)
    [row] = pl.read_parquet(tmp_path / "commitment_contracts.parquet").to_dicts()
    assert (row["commitment_cost"], row["last_date"]) == ("100000", date(2026, 12, 31))
    assert row["removed_at"] is not None
    events = [event.event_type for event in house.organizations.history("본사")]
    assert events[:2] == ["contract_removed", "contract_added"]


@pytest.mark.parametrize("amount", ["0", "-5", "1e5", "1,000", "NaN", "10.001", ""])
def test_a_contract_is_over_a_plain_amount_of_money(house: Registry, amount: str) -> None:
    terms = Terms(amount, "USD", YEAR.start_date, YEAR.last_date)
    with pytest.raises(InvalidError, match="no amount of money"):
        house.contracts.add("EDP", terms, organization="본사", provider="aws")


def test_a_contract_ends_after_it_begins(house: Registry) -> None:
    terms = Terms("1", "USD", YEAR.last_date, YEAR.start_date)
    with pytest.raises(InvalidError, match="ends before it begins"):
        house.contracts.add("EDP", terms, organization="본사", provider="aws")


def test_of_two_contracts_of_a_name_the_id_says_which(house: Registry) -> None:
    first = house.contracts.add("EDP", YEAR, organization="본사", provider="aws")
    house.contracts.add("edp", YEAR, organization="본사", provider="aws")
    with pytest.raises(NotFoundError, match="2 contracts are called 'EDP'"):
        house.contracts.remove("EDP")
    assert house.contracts.remove(first.contract_id).contract_id == first.contract_id


def test_a_threshold_is_the_organizations_until_it_takes_the_houses_again(
    house: Registry, tmp_path: Path
) -> None:
    assert house.thresholds.get("본사") is None
    house.thresholds.set("본사", "70%")
    house.thresholds.set("본사", "0.625")
    assert house.thresholds.get("본사") == Decimal("0.625")
    write_snapshot(house, tmp_path)
    stored = pl.read_parquet(tmp_path / "utilization_thresholds.parquet")
    assert stored["utilization_ratio"].to_list() == ["0.625"]
    house.thresholds.set("본사", None)
    assert house.thresholds.get("본사") is None


@pytest.mark.parametrize("text", ["0", "101%", "1.5", "half", "-5%", ""])
def test_a_threshold_is_a_share(house: Registry, text: str) -> None:
    with pytest.raises(InvalidError, match="no share of a commitment"):
        house.thresholds.set("본사", text)
