"""The documentation's questions can be asked, of the marts as their contracts spell them."""

import re
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines.assets.gates import DELIVERIES, MART
from pipelines.assets.landing import WHOLE
from pipelines.assets.postgres import SERVED
from pipelines.assets.retention import GONE
from pipelines.checks import freshness_check
from pipelines.settings import PROJECT
from quality.gates.suites import SUITES
from quality.remarks import CLAIMS

PAGES = [PROJECT / "README.md", *sorted((PROJECT / "docs").glob("*.md"))]
QUERIES = [
    pytest.param(query, id=f"{page.name}-{number}")
    for page in PAGES
    for number, query in enumerate(
        re.findall(r"^```sql\n(.*?)^```", page.read_text("utf-8"), re.MULTILINE | re.DOTALL), 1
    )
]


@pytest.mark.parametrize("query", QUERIES)
def test_a_query_of_the_documentation_fits_the_marts(
    query: str, mart_properties: dict[str, dict[str, Any]]
) -> None:
    with duckdb.connect() as lake:
        lake.execute("create schema marts")
        for mart, model in mart_properties.items():
            columns = ", ".join(f"{each['name']} {each['data_type']}" for each in model["columns"])
            lake.execute(f"create table marts.{mart} ({columns})")
        assert lake.execute(query).description


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_link_of_the_documentation_leads_to_a_file(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text("utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_the_analysts_page_lists_every_mart(mart_properties: dict[str, dict[str, Any]]) -> None:
    text = (PROJECT / "docs" / "analysts.md").read_text("utf-8")
    assert set(re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE)) - {
        "billed_cost",
        "effective_cost",
        "contracted_cost",
        "list_cost",
    } == set(mart_properties)


def test_the_operators_page_tells_every_check_of_dagster() -> None:
    told = set(re.findall(r"`(\w+)`", (PROJECT / "docs" / "operators.md").read_text("utf-8")))
    of_models = {path.stem for path in (PROJECT / "dbt_project" / "tests").glob("assert_*.sql")}
    of_assets = {
        DELIVERIES, MART, WHOLE.name, SERVED.name, GONE.name, *CLAIMS,
        *(key.name for key in freshness_check.check_keys),
    }  # fmt: skip
    of_gates = {demand.name for suite in SUITES.values() for demand in suite}
    assert (of_models | of_assets | of_gates) - told == set()
