"""A reader's portion: his rows, whatever he asks, and no way to anybody else's."""

from collections.abc import Callable, Iterator
from typing import Any

import duckdb
import pytest

from tests.published import CONTRACTS, fill, lake_in
from warehouse.lake import Lake
from warehouse.portion import portion
from warehouse.scope import COMPANY_MARTS, MARTS, Scope
from warehouse.serving.isolation import Limits, ask

MINE, THEIRS = "org-mine", "org-theirs"
LIMITS = Limits(memory=1_000_000_000, seconds=60)
Portion = Callable[[str], list[tuple[Any, ...]]]
"""Answers a question from the portion."""


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """A lake whose marts have a row of each of two organizations."""
    lake = lake_in(tmp_path_factory.mktemp("lake"))
    rows = [{"company_id": "co-x", "organization_id": each} for each in (MINE, THEIRS)]
    owned = [{"company_id": "co-x"}, {"company_id": "co-y"}]
    fill(lake, dict.fromkeys(CONTRACTS, rows) | dict.fromkeys(COMPANY_MARTS, owned))
    return lake


@pytest.fixture(scope="module")
def mine(lake: Lake) -> Iterator[Portion]:
    """A portion of costs alone: members are closed, restatements were not asked for."""
    scopes = {
        **dict.fromkeys(MARTS, Scope.organization("co-x", MINE)),
        **dict.fromkeys(COMPANY_MARTS, Scope(companies=frozenset({"co-x"}))),
        "dim_members": Scope(),
    }
    wanted = ("fct_monthly_costs", "dim_members", "fct_invoices")
    with lake.connect() as whole, portion(lake, whole, scopes, wanted) as file:
        yield lambda text: [row for each in ask(file, text, LIMITS) for row in each.rows]
    assert list(lake.layout.spill.rglob("portion-*")) == []


@pytest.mark.parametrize(
    "name", ["fct_monthly_costs", "marts.fct_monthly_costs", "lake.marts.fct_monthly_costs"]
)
def test_a_reader_finds_his_rows_by_the_names_he_knows(mine: Portion, name: str) -> None:
    assert mine(f"select organization_id from {name}") == [(MINE,)]


def test_an_owner_finds_his_companys_invoices(mine: Portion) -> None:
    assert mine("select company_id from fct_invoices") == [("co-x",)]


def test_a_closed_mart_is_there_and_empty(mine: Portion) -> None:
    assert mine("select * from dim_members") == []
    assert {name for (name,) in mine("show tables")} == MARTS | COMPANY_MARTS


@pytest.mark.parametrize(
    "question",
    [
        "select * from read_parquet('{data}/**/*.parquet')",
        "select * from read_blob('{catalog}')",
        "select * from '{catalog}'",
        "select * from glob('{data}/**')",
        "attach 'ducklake:sqlite:{catalog}' as other",
        "attach '{catalog}' as other (type sqlite)",
        "select * from query('from lake.intermediate.int_charges')",
        "select * from portion.marts.fct_monthly_costs",
        "set enable_external_access = true",
        "reset lock_configuration",
        "install httpfs",
        "create table lake.marts.x as select 1",
    ],
)
def test_there_is_no_way_to_what_is_not_in_it(lake: Lake, mine: Portion, question: str) -> None:
    asked = question.format(data=lake.data_path, catalog=lake.layout.lake_catalog)
    with pytest.raises(duckdb.Error):
        mine(asked)
