"""What every source leaves in the ledger keeps FOCUS 1.2, or breaks it for a reviewed reason."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import duckdb
import polars as pl
import pytest

from quality import focus
from quality.remarks import remarks
from tests.journeys.installation import Installation
from tests.providers.aws.deliveries import Folder, put_cur2
from tests.providers.azure import exports as azure
from tests.providers.azure.lines import focus_line
from tests.providers.focus.feeds import put_month
from tests.providers.focus.spec_examples import CONTRADICTIONS, conformant, published, totals
from tests.providers.gcp.rows import usage_row
from tests.providers.gcp.tables import Extracts
from warehouse.registry import deliveries
from warehouse.registry.sources import Source

pytestmark = pytest.mark.slow

LEDGER = "lake.intermediate.int_charges"
UNPRICED = {
    "BillingAccountName": "한빛상사",
    "ChargeDescription": "B1s",
    "ConsumedQuantity": "1",
    "ConsumedUnit": "Hours",
    "ContractedUnitPrice": "0",
    "InvoiceIssuerName": "Microsoft",
    "ListUnitPrice": "0",
    "PricingQuantity": "1",
    "PricingUnit": "Hours",
    "ResourceName": "vm",
    "ResourceType": "Virtual machine",
    "SkuId": "s",
    "SkuMeter": "B1s",
    "SkuPriceId": "p",
    "SubAccountName": "커머스",
}
SAMPLE_BREAKS = {
    "Allowed-ChargeFrequency": 7,
    "Money-CreditIsEffectiveAsBilled": 1,
    "Money-UncoveredIsEffectiveAsBilled": 617,
    "BillingAccountName-C-003-C": 7,
    "BillingAccountType-C-005-C": 1000,
    "CommitmentDiscountQuantity-C-005-C": 4,
    "ConsumedQuantity-C-004-C": 2,
    "ContractedUnitPrice-C-006-C": 5,
    "ContractedUnitPrice-C-009-C": 1,
    "ContractedUnitPrice-C-011-C": 17,
    "ListCost-C-009-C": 25,
    "ListUnitPrice-C-010-C": 25,
    "PricingCategory-C-004-C": 5,
    "PricingCurrency-C-004-M": 1000,
    "PricingCurrencyEffectiveCost-C-003-M": 1000,
    "PricingCurrencyListUnitPrice-C-005-C": 997,
    "RegionName-C-004-C": 7,
    "RegionName-C-005-C": 2,
    "ResourceType-C-004-C": 36,
    "ResourceType-C-005-C": 752,
    "ServiceName-C-005-C": 554,
    "ServiceName-C-008-C": 554,
    "SkuMeter-C-005-C": 1000,
    "SkuPriceId-C-005-C": 5,
    "SubAccountType-C-005-C": 1000,
}
"""Rule -> rows of the public sample: FOCUS 1.0 columns only, some words misspelled, and the
effective cost of most usage is not what was billed, because it was made anonymous."""


@pytest.fixture(scope="module")
def loaded(
    install: Callable[..., Installation],
    tmp_path_factory: pytest.TempPathFactory,
    shared_folder: Path,
) -> Installation:
    """One refresh of the sample company, the golden month, single lines and FOCUS feeds."""
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
    for source in _put_lines(feeds):
        connections.add(source.provider, source)
    for name in ("sample", *CONTRADICTIONS):
        connections.add(name, Source("focus", str(feeds / name), "feed", "focus"))
    arguments = ("--rows", "300", "--months", "1", "--accounts", "2", "--organizations", "2")
    installation.run("sample", *arguments)
    (installation.root / "said").write_text(installation.run("refresh"), "utf-8")
    return installation


def _put_golden(folder: Folder, shared_folder: Path) -> None:
    put_cur2(folder, "daily", "2026-09", shared_folder / "cases" / "aws_golden_month.parquet")


def _put_lines(feeds: Path) -> list[Source]:
    """A FocusCost line whose prices Azure does not know; a resource that has no global name."""
    exports = azure.Folder(feeds / "azure")
    azure.put_run(exports, "daily", "focus", "2026-09", [focus_line("42", 1, **UNPRICED)])
    extracts = Extracts(feeds / "gcp")
    extracts.put("202609", {"a.jsonl": [usage_row(1)]})
    return [
        Source("azure", exports.location, "daily", "focus"),
        Source("gcp", extracts.location, "daily", "detailed"),
    ]


def _put_sample(folder: Folder, shared_folder: Path) -> None:
    path = shared_folder / "samples" / "focus_sample" / "focus_sample.csv"
    rows = pl.read_csv(path, infer_schema=False)
    for (month,), of_month in rows.group_by(pl.col("BillingPeriodStart").str.head(7)):
        put_month(folder, str(month), of_month.to_dicts(), file_type="csv.gz", parts=1)


@pytest.fixture
def lake(loaded: Installation) -> Iterator[duckdb.DuckDBPyConnection]:
    with loaded.lake() as connection:
        yield connection


def charges_of(installation: Installation, name: str) -> str:
    [connection_id] = [
        each.connection_id
        for each in installation.house.registry.connections.living()
        if each.name == name
    ]
    return f"(select * from {LEDGER} where connection_id = '{connection_id}')"


@pytest.fixture(scope="module")
def broken(loaded: Installation) -> dict[str, dict[str, int]]:
    """Source -> rule -> rows, waived or not."""
    found: dict[str, dict[str, int]] = {}
    with loaded.lake() as connection:
        for each in loaded.house.registry.connections.living():
            charges = f"(select * from {LEDGER} where connection_id = '{each.connection_id}')"
            of_source = found.setdefault(f"{each.provider} {each.dataset}", {})
            of_source |= {
                one.rule.rule_id: one.row_count for one in focus.violations(connection, charges)
            }
    return found


@pytest.mark.parametrize(
    "source", ["aws cur1", "aws cur2", "aws focus", "azure cost", "azure focus", "gcp detailed"]
)
def test_a_cloud_keeps_focus_but_for_reviewed_reasons(
    broken: dict[str, dict[str, int]], source: str
) -> None:
    excused = focus.waivers(source)
    assert {rule: rows for rule, rows in broken[source].items() if rule not in excused} == {}


def test_no_waiver_excuses_what_nothing_breaks(broken: dict[str, dict[str, int]]) -> None:
    used = {rule for rules in broken.values() for rule in rules}
    assert {rule for source in broken for rule in focus.waivers(source)} - used == set()


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
    assert found == SAMPLE_BREAKS


def test_a_refresh_says_which_demands_of_focus_were_broken_and_goes_on(
    loaded: Installation, lake: duckdb.DuckDBPyConnection
) -> None:
    """What a source is excused for is not told; what FOCUS only recommends neither."""
    served = deliveries.published_snapshot(loaded.house.registry)
    assert served
    batch = deliveries.published_at(loaded.house.registry, served[1])
    services, broken_rules = remarks(loaded.house.lake, served[0], batch)
    assert services.found == {"abc123": "AWS"}
    untyped = lake.execute(
        f"select count(*) from {LEDGER} where billing_account_id is not null"
        " and billing_account_type is null"
    ).fetchall()
    told = broken_rules.found["BillingAccountType-C-005-C of focus focus"]
    assert [told] == [f"{rows:,} rows" for (rows,) in untyped]
    assert [rule for rule in broken_rules.found if not rule.endswith(" of focus focus")] == []
    said = (loaded.root / "said").read_text("utf-8")
    assert str(services) in said
    assert str(broken_rules) in said


def test_the_view_of_focus_1_4_holds_the_whole_ledger(
    lake: duckdb.DuckDBPyConnection,
) -> None:
    both = [
        lake.execute(
            f"select count(*), sum(billed_cost), sum(effective_cost) from {each}"
        ).fetchall()
        for each in ("lake.marts.fct_focus_charges", LEDGER)
    ]
    assert both[0] == both[1]


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
