"""What every source leaves in the ledger keeps FOCUS 1.2, or breaks it for a reviewed reason."""

import json
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import duckdb
import polars as pl
import pytest

from quality import focus
from tests.journeys.installation import Installation
from tests.providers.aws.deliveries import Folder, put_cur2
from tests.providers.focus.feeds import put_month
from tests.providers.focus.spec_examples import CONTRADICTIONS, conformant, published, totals
from warehouse.registry.sources import Source

pytestmark = pytest.mark.slow

LEDGER = "lake.intermediate.int_charges"


@pytest.fixture(scope="module")
def loaded(
    install: Callable[..., Installation],
    tmp_path_factory: pytest.TempPathFactory,
    shared_folder: Path,
) -> Installation:
    """One refresh of the sample company's AWS bills, the golden month, and FOCUS feeds."""
    installation = install()
    feeds = tmp_path_factory.mktemp("feeds")
    _put_golden(Folder(feeds / "golden"), shared_folder)
    _put_sample(Folder(feeds / "sample"), shared_folder)
    for name in CONTRADICTIONS:
        path = shared_folder / "samples" / "focus_spec_examples" / f"{name}.csv"
        for month, rows in conformant(path).items():
            put_month(Folder(feeds / name), month, rows, parts=1)
    connections = installation.house.registry.connections
    connections.add("golden", Source("aws", str(feeds / "golden"), "daily", "cur2"))
    for name in ("sample", *CONTRADICTIONS):
        connections.add(name, Source("focus", str(feeds / name), "feed", "focus"))
    installation.refresh()
    arguments = ("--rows", "300", "--months", "1", "--accounts", "2", "--organizations", "2")
    installation.run("sample", *arguments)
    installation.refresh()
    return installation


def _put_golden(folder: Folder, shared_folder: Path) -> None:
    put_cur2(folder, "daily", "2026-09", shared_folder / "cases" / "aws_golden_month.parquet")


def _put_sample(folder: Folder, shared_folder: Path) -> None:
    path = shared_folder / "samples" / "focus_sample" / "focus_sample.csv"
    rows = pl.read_csv(path, infer_schema=False)
    for (month,), of_month in rows.group_by(pl.col("BillingPeriodStart").str.head(7)):
        put_month(folder, str(month), of_month.to_dicts(), file_type="csv.gz", parts=1)


@pytest.fixture
def lake(loaded: Installation) -> Iterator[duckdb.DuckDBPyConnection]:
    with loaded.lake() as connection:
        yield connection


def connections_of(installation: Installation, provider: str) -> dict[str, str]:
    return {
        each.connection_id: f"{each.provider} {each.dataset}"
        for each in installation.house.registry.connections.living()
        if each.provider == provider
    }


def charges_of(installation: Installation, name: str) -> str:
    [connection_id] = [
        each.connection_id
        for each in installation.house.registry.connections.living()
        if each.name == name
    ]
    return f"(select * from {LEDGER} where connection_id = '{connection_id}')"


def test_aws_keeps_focus_but_for_reviewed_reasons(
    loaded: Installation, lake: duckdb.DuckDBPyConnection
) -> None:
    sources = connections_of(loaded, "aws")
    assert set(sources.values()) == {"aws cur1", "aws cur2", "aws focus"}
    unexcused = {
        source: focus.unwaived(
            focus.violations(
                lake, f"(select * from {LEDGER} where connection_id = '{connection_id}')"
            ),
            source,
        )
        for connection_id, source in sources.items()
    }
    assert unexcused == dict.fromkeys(unexcused, {})


def test_the_public_sample_has_the_totals_it_is_known_for(
    loaded: Installation, lake: duckdb.DuckDBPyConnection
) -> None:
    found = lake.execute(
        "select provider_name, sum(billed_cost), count(*)"
        f" from {charges_of(loaded, 'sample')} group by all order by all"
    ).fetchall()
    assert found == [
        ("AWS", Decimal("18.0066386184"), 942),
        ("Microsoft", Decimal("1.97651418586"), 51),
        ("Oracle", Decimal("0.53707392473"), 7),
    ]


def test_what_the_public_sample_breaks_is_known(
    loaded: Installation, lake: duckdb.DuckDBPyConnection
) -> None:
    found = focus.unwaived(focus.violations(lake, charges_of(loaded, "sample")), "focus")
    assert found == SAMPLE_BREAKS, json.dumps(found, indent=1)


@pytest.mark.parametrize("name", CONTRADICTIONS)
def test_an_example_of_the_specification_keeps_its_totals(
    loaded: Installation, lake: duckdb.DuckDBPyConnection, shared_folder: Path, name: str
) -> None:
    path = shared_folder / "samples" / "focus_spec_examples" / f"{name}.csv"
    billed = lake.execute(
        f"select sum(billed_cost), sum(effective_cost) from {charges_of(loaded, name)}"
    ).fetchall()
    assert billed == [totals(published(path))]


def test_a_commitment_bought_hourly_is_effective_where_it_is_used(
    loaded: Installation, lake: duckdb.DuckDBPyConnection
) -> None:
    rows = lake.execute(
        "select charge_category, commitment_discount_status, billed_cost, effective_cost from"
        f" {charges_of(loaded, 'commitment_discount_usage_scenario_3')} order by all"
    ).fetchall()
    assert rows == [
        ("Usage", "Unused", Decimal(0), Decimal("0.25")),
        ("Usage", "Used", Decimal(0), Decimal("0.75")),
    ]


SAMPLE_BREAKS: dict[str, int] = {}
"""Rule -> rows. Half of the sample's effective costs were blanked before it was published."""
