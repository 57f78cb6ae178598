"""The sample company through the whole house, against plain DuckDB over its raw bills."""

import importlib
import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from pipelines.assets.savings import run_all
from quality.remarks import remarks
from tests.browser import browser
from tests.journeys.forecasting import NOISY, SAMPLE, coverage
from tests.journeys.installation import FINHOUSE, Installation
from warehouse.registry import deliveries

pytestmark = pytest.mark.slow

NOTEBOOKS = {
    "costs": ("Day by day", "Line by line"),
    "commitments": ("When they end", "Too little"),
    "reconciliation": ("Every invoice ties", "Invoice by invoice"),
    "retention": ("Thing by thing",),
}
"""Notebook -> what stands on its page."""
IS_BILLED = "operation not in ('EKSPod-EC2', 'ECSTask-EC2') or operation is null"
RAW = {
    # Its discounts are in net costs only.
    "cur2-parquet": (
        "coalesce(line_item_net_unblended_cost, line_item_unblended_cost)",
        "line_item_operation",
        "read_parquet({files}, union_by_name = true)",
    ),
    "cur2-csv": (
        "line_item_unblended_cost",
        "line_item_operation",
        "read_csv({files}, all_varchar = true, union_by_name = true)",
    ),
    "cur-new": (
        '"lineItem/UnblendedCost"',
        '"lineItem/Operation"',
        "read_csv({files}, all_varchar = true, union_by_name = true)",
    ),
    "cur-overwrite": (
        '"lineItem/UnblendedCost"',
        '"lineItem/Operation"',
        "read_csv({files}, all_varchar = true, union_by_name = true)",
    ),
    "focus": ("BilledCost", "x_Operation", "read_parquet({files}, union_by_name = true)"),
}


def current_files(bills: Path) -> list[str]:
    """Return the data files that the export's current manifests name, oldest month first."""
    manifests = [
        path
        for path in sorted(bills.rglob("*-Manifest.json"))
        # Legacy CUR keeps a copy in each assembly's folder; the one above it is current.
        if not any(other.parent in path.parent.parents for other in bills.rglob("*-Manifest.json"))
    ]
    names = [
        name
        for path in manifests
        for manifest in [json.loads(path.read_text(encoding="utf-8"))]
        for name in manifest.get("dataFiles") or manifest["reportKeys"]
    ]
    by_name = {path.relative_to(bills).as_posix(): path for path in bills.rglob("*")}
    return [
        str(next(path for known, path in by_name.items() if name.endswith(known))) for name in names
    ]


def raw_total(bills: Path) -> Decimal:
    """Add up an export's current bills straight from their raw cost column."""
    cost, operation, reader = RAW[bills.name]
    source = reader.format(files=current_files(bills))
    [(total,)] = duckdb.sql(
        f"select sum(cast(nullif({cost}::varchar, '') as decimal(38, 12)))"
        f" from (select *, {operation} as operation from {source}) where {IS_BILLED}"
    ).fetchall()
    return Decimal(total)


def azure_total(bills: Path, kind: str = "ActualCost") -> Decimal:
    """Add up the newest run of each month's export of a kind, straight from its raw files."""
    newest: dict[str, tuple[str, list[str]]] = {}
    for path in bills.rglob("manifest.json"):
        said = json.loads(path.read_text(encoding="utf-8"))
        run, names = said["runInfo"], [Path(blob["blobName"]).name for blob in said["blobs"]]
        if said["exportConfig"]["type"] == kind:
            paths = [str(path.with_name(name)) for name in names]
            month = newest.setdefault(run["startDate"], ("", []))
            newest[run["startDate"]] = max(month, (run["submittedTime"], paths))
    files = [path for _, paths in newest.values() for path in paths]
    reader = (
        f"read_csv({files}, all_varchar = true)"
        if files[0].endswith("csv.gz")
        else f"read_parquet({files})"
    )
    [(total,)] = duckdb.sql(
        f"select sum(costInBillingCurrency::decimal(38, 12)) from {reader}"
    ).fetchall()
    return Decimal(total)


def gcp_total(bills: Path) -> Decimal:
    """Add up cost and all credits of the rows that the manifests list."""
    files = [
        str(path.with_name(name))
        for path in bills.rglob("manifest.json")
        for name in json.loads(path.read_text(encoding="utf-8"))["files"]
    ]
    reader = "read_parquet" if files[0].endswith("parquet") else "read_json"
    [(total,)] = duckdb.sql(
        "select sum(cost::decimal(38, 12) + coalesce(list_sum("
        "[credit.amount::decimal(38, 12) for credit in credits]), 0))"
        f" from {reader}({files}, hive_partitioning = false)"
    ).fetchall()
    return Decimal(total)


TOTALS: dict[str, Callable[[Path], Decimal]] = {
    **dict.fromkeys(RAW, raw_total),
    **dict.fromkeys(("azure-ea", "azure-mca"), azure_total),
    **dict.fromkeys(("gcp-detailed", "gcp-legacy"), gcp_total),
}


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """The sample company with its restatements, as `make run` makes it, only smaller."""
    installation = Installation(tmp_path_factory.mktemp("sample"))
    for stage in ("first", "restated"):
        installation.run("sample", "--stage", stage, "--rows", "1500", "--months", "3")
        installation.refresh()
    return installation


def ledger_totals(installation: Installation, column: str = "billed_cost") -> dict[str, Decimal]:
    names = {
        connection.connection_id: Path(connection.location).name
        for connection in installation.house.registry.connections.living()
    }
    totals = installation.ask(
        f"select connection_id, sum({column}) from fct_daily_costs group by all"
    )
    return {names[connection_id]: total for connection_id, total in totals}


@pytest.mark.parametrize("export", TOTALS)
def test_organizations_and_unassigned_add_up_to_the_payers_bill(
    sample: Installation, export: str
) -> None:
    [bills] = (sample.root / "data" / "sample").rglob(export)
    assert ledger_totals(sample)[export] == TOTALS[export](bills)


@pytest.mark.parametrize("export", ["azure-ea", "azure-mca"])
def test_azures_effective_costs_are_its_amortized_export(sample: Installation, export: str) -> None:
    [bills] = (sample.root / "data" / "sample").rglob(export)
    amortized = azure_total(bills, "AmortizedCost")
    assert ledger_totals(sample, "effective_cost")[export] == amortized


def test_used_and_unused_commitments_of_google_are_its_fees(sample: Installation) -> None:
    with sample.lake() as lake:
        pools = lake.execute(
            """
            select
                sum(billed_cost) filter (charge_category = 'Purchase'),
                sum(effective_cost) filter (commitment_discount_status is not null)
            from lake.intermediate.int_charges
            where provider_name = 'Google Cloud' and commitment_discount_id is not null
            group by commitment_discount_id, billing_period
            """
        ).fetchall()
    assert len(pools) >= 6
    for fee, effective in pools:
        assert effective == pytest.approx(fee, abs=Decimal("0.000001"))


def test_what_nobody_registered_on_each_cloud_is_visible_as_unassigned(
    sample: Installation,
) -> None:
    clouds = sample.ask(
        "select count(distinct sub_account_id), count(*) - count(sub_account_id),"
        " sum(billed_cost) > 0 from fct_daily_costs"
        " where organization_id = 'unassigned' group by connection_id"
    )
    assert clouds == 3 * [(1, 0, True)]


def test_every_mart_of_an_organization_adds_up_to_its_daily_costs(sample: Installation) -> None:
    [(daily, monthly, reconciled)] = sample.ask(
        "select (select sum(billed_cost) from fct_daily_costs),"
        " (select sum(billed_cost) from fct_monthly_costs),"
        " (select sum(billed_cost) from fct_monthly_reconciliation)"
    )
    assert daily == monthly == reconciled


def test_nothing_in_its_bills_deserves_a_remark(sample: Installation) -> None:
    served = deliveries.published_snapshot(sample.house.registry)
    assert served
    loaded = deliveries.published_at(sample.house.registry, served[1])
    assert loaded
    assert [str(each) for each in remarks(sample.house.lake, served[0], loaded) if each.found] == []


def test_split_costs_stay_out_of_the_ledger_and_in_their_own_table(sample: Installation) -> None:
    [(pods, cost)] = sample.ask(
        "select count(distinct allocated_resource_id), sum(allocated_cost)"
        " from fct_daily_split_costs"
    )
    assert pods > 0
    assert cost > 0
    with sample.lake() as lake:
        in_ledger = lake.execute(
            "select count(*) from lake.intermediate.int_charges"
            " where x_operation in ('EKSPod-EC2', 'ECSTask-EC2')"
        ).fetchone()
    assert in_ledger == (0,)


def test_the_week_of_every_organization_is_told_from_its_bills(sample: Installation) -> None:
    weeks = list(run_all(sample.house))
    kept = [each for week in weeks for each in week.recommendations]
    assert all(each.rate_source and Decimal(each.figures["days"]) > 0 for each in kept)
    assert any(week.unpriced for week in weeks)
    proposed = [each for week in weeks for each in week.actions]
    assert {each.kind for each in proposed} <= {"buy", "queue", "resell", "return"}
    again = [each for week in run_all(sample.house) for each in week.actions]
    assert {(each.kind, each.subject) for each in again} == {
        (each.kind, each.subject) for each in proposed
    }


def test_a_refund_after_close_is_an_event(sample: Installation) -> None:
    events = sample.ask(
        "select bool_or(billed_cost_change < 0) from fct_restatements where is_after_close"
    )
    assert events == [(True,)]


def test_an_extract_ties_to_the_mart(sample: Installation, tmp_path: Path) -> None:
    [(organization_id, period, total)] = sample.ask(
        "select organization_id, billing_period, sum(billed_cost) from fct_monthly_costs"
        " where organization_id != 'unassigned' group by all order by all limit 1"
    )
    told = json.loads(
        sample.run(
            *(
                "extract",
                "run",
                "monthly-costs",
                "--organization",
                organization_id,
                "--period",
                period,
            ),
            *("--format", "csv", "--output", str(tmp_path / "월별비용.csv"), "--json"),
        )
    )
    written = duckdb.sql(
        f"select sum(Billed::decimal(38, 12)) from read_csv('{tmp_path}/월별비용.csv',"
        " header = true, all_varchar = true)"
    ).fetchall()
    assert written == [(total,)]
    assert told["path"].endswith("월별비용.csv")


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_notebook_draws_the_sample_company(sample: Installation, name: str) -> None:
    serving = sample.root / "data" / "serving"
    for file in (next(serving.glob("*.duckdb")), next(serving.glob("*/org-*.duckdb"))):
        notebook = importlib.import_module(f"notebooks.{name}")
        shown, _ = notebook.app.run(defs={"file": str(file), "planned": None})
        assert "read-only" in " ".join(str(each.text) for each in shown if each is not None)


def test_what_the_dashboards_add_up_is_the_mart(sample: Installation) -> None:
    notebook = importlib.import_module("notebooks.costs")
    file = next((sample.root / "data" / "serving").glob("*.duckdb"))
    _, made = notebook.app.run(defs={"file": str(file)})
    asked = sample.ask("select sum(effective_cost) from fct_monthly_costs")
    assert made["months"]["cost"].sum() == asked[0][0]


@contextmanager
def opened(
    sample: Installation, *arguments: str, says: str, **settings: str
) -> Iterator[tuple[str, str]]:
    """Start a command that serves pages; yield what it says of its address, and where."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    log = sample.root / f"{arguments[0]}.log"
    with log.open("w") as file:
        server = subprocess.Popen(
            [FINHOUSE, *arguments, "--port", port],
            env=sample.environment | {"FINHOUSE_OPERATOR": "1"} | settings,
            stdout=file,
            stderr=file,
            start_new_session=True,
        )
    try:
        for _ in range(1200):
            if says in log.read_text() or server.poll() is not None:
                break
            time.sleep(0.1)
        assert says in log.read_text(), log.read_text()
        yield f"http://127.0.0.1:{port}", log.read_text()
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait()


def test_dashboards_are_drawn_in_a_browser_for_who_has_the_key(sample: Installation) -> None:
    with (
        browser() as page,
        opened(sample, "dashboards", says="access_token=") as (address, said),
    ):
        key = said.partition("access_token=")[2].split()[0]
        page.open(f"{address}/?file=costs.py")
        assert "Day by day" not in page.seen()
        page.open(f"{address}/?file=/etc/passwd&access_token={key}")
        assert "root:" not in page.seen()
        assert any("404" in each for each in page.complaints())
        for name, words in NOTEBOOKS.items():
            page.open(f"{address}/?file={name}.py&access_token={key}")
            page.wait_for(*words, "[chart]")
            assert page.complaints() == []


def test_dagster_shows_the_way_of_a_row_in_a_browser(sample: Installation) -> None:
    with browser() as page, opened(sample, "ui", says="Serving dagster-webserver") as (address, _):
        page.open(f"{address}/asset-groups")
        page.wait_for("landing", "staging", "marts", "serving", seconds=120)


def test_repeating_everything_changes_nothing(sample: Installation) -> None:
    before = sample.ask(
        "select count(*), sum(billed_cost), sum(effective_cost) from fct_daily_costs"
    )
    sample.run("sample", "--stage", "restated", "--rows", "1500", "--months", "3")
    assert {outcome["status"] for outcome in sample.refresh()} == {"unchanged"}
    sample.refresh("--replay")
    after = sample.ask(
        "select count(*), sum(billed_cost), sum(effective_cost) from fct_daily_costs"
    )
    assert after == before


def test_the_stories_of_the_sample_are_its_anomalies(sample: Installation) -> None:
    found = sample.ask(
        "select distinct service_name, min(charge_date), main_cause from fct_cost_anomalies"
        " where service_name in ('Amazon CloudWatch', 'BigQuery') and is_increase"
        " group by anomaly_id, service_name, main_cause"
    )
    assert {(name, day.day, cause) for name, day, cause in found} >= {
        ("Amazon CloudWatch", 11, "quantity")
    }
    [(anomalies, series)] = sample.ask(
        "select (select count(distinct anomaly_id) from fct_cost_anomalies), count(*) from ("
        " select distinct sub_account_id, service_name from fct_daily_costs)"
    )
    assert anomalies < series / 10


def test_forecasts_hold_what_they_promise(sample: Installation) -> None:
    """Nominal 80 %: of noise 80 % within 5; of the sample's quiet weeks more, never fewer."""
    june = [date(2026, 6, day) for day in (1, 4, 10)]
    count, kept = coverage(sample, NOISY, june, (7, 14, 20))
    assert count == 300 * 3 * 3
    assert 0.75 <= kept <= 0.85
    [(newest,)] = sample.ask("select max(as_of_date) from fct_cost_forecasts")
    days = [newest - timedelta(days=number) for number in range(7, 19)]
    count, kept = coverage(sample, SAMPLE, days, (3, 7))
    assert count > 100
    assert kept >= 0.8
