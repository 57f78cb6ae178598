"""The same refresh by the clock: sensor, partitions, checks and runs of Dagster itself."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from dagster import (
    AssetCheckSeverity,
    DagsterInstance,
    SkipReason,
    build_schedule_context,
    build_sensor_context,
)

from pipelines.assets.files import FILES_KEY
from pipelines.assets.instance import open_instance
from pipelines.assets.landing import DELIVERIES_KEY, WHOLE
from pipelines.assets.partitions import partition_key
from pipelines.assets.publication import PUBLICATION_KEY
from pipelines.assets.retention import DELETIONS_KEY
from pipelines.definitions import defs as code_location
from pipelines.settings import settings
from quality.remarks import SERVICES
from tests.journeys.installation import Installation
from tests.providers.aws.deliveries import NOON, Folder, put_cur2
from tests.providers.aws.lines import cur_line

pytestmark = [
    pytest.mark.slow,
    # Dagster's packages warn of each other: dagster-dbt uses what Dagster calls deprecated or beta.
    pytest.mark.filterwarnings("default"),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    return Folder(tmp_path_factory.mktemp("bucket"))


@pytest.fixture(scope="module")
def house(install: Callable[..., Installation], folder: Folder) -> Iterator[Installation]:
    """A house with one delivery announced, in this process's settings."""
    installation = install()
    installation.connect("main", folder.location, "cur2")
    put_cur2(folder, "daily", "2026-09", [cur_line("2", 10.0, line_item_product_code="AWS신규")])
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FINHOUSE_DATA_DIR", str(installation.root / "data"))
        settings.cache_clear()
        yield installation
    settings.cache_clear()


@pytest.fixture(scope="module")
def instance(house: Installation) -> Iterator[DagsterInstance]:
    with open_instance(house.house.settings) as opened:
        yield opened


@pytest.fixture(scope="module")
def defs(instance: DagsterInstance) -> Any:
    return code_location()


def connection_id(house: Installation) -> str:
    return house.house.registry.connections.get("main").connection_id


def run(defs: Any, job: str, instance: DagsterInstance, **options: Any) -> Any:
    return defs.resolve_job_def(job).execute_in_process(
        instance=instance, raise_on_error=False, **options
    )


def test_the_sensor_asks_for_what_is_new_and_the_jobs_load_it(
    house: Installation, instance: DagsterInstance, defs: Any
) -> None:
    sensor = defs.resolve_sensor_def("new_deliveries")
    [request] = list(sensor(build_sensor_context(instance=instance)))
    assert request.partition_key == partition_key(connection_id(house), "2026-09")

    assert run(defs, "land", instance, partition_key=request.partition_key).success
    waiting = defs.resolve_sensor_def("landed_deliveries")(build_sensor_context(instance=instance))
    assert waiting.run_key
    loaded = run(defs, "load", instance)
    assert loaded.success
    [unknown] = [
        check for check in loaded.get_asset_check_evaluations() if check.check_name == SERVICES
    ]
    assert (unknown.passed, unknown.severity) == (False, AssetCheckSeverity.WARN)
    assert list(unknown.metadata) == ["AWS신규"]

    assert house.ask("select sum(billed_cost) from fct_daily_costs") == [(10,)]
    event = instance.get_latest_materialization_event(PUBLICATION_KEY)
    assert event
    metadata = event.asset_materialization.metadata  # type: ignore[union-attr]
    assert metadata["rows"].value == 1
    assert "10.00 USD" in str(metadata["billed"].value)
    event = instance.get_latest_materialization_event(FILES_KEY)
    assert event
    built = event.asset_materialization.metadata  # type: ignore[union-attr]
    # The company's file and that of its unassigned account.
    assert (built["snapshot"].value, built["files built"].value) == (metadata["snapshot"].value, 2)
    assert not list(sensor(build_sensor_context(instance=instance)))


def test_every_mart_is_an_asset_with_the_models_own_tests_as_checks(defs: Any) -> None:
    graph = defs.resolve_asset_graph()
    marts = {key.path[1] for key in graph.get_all_asset_keys() if key.path[0] == "marts"}
    models = Path(__file__).parents[2] / "dbt_project" / "models"
    rooms = ("marts", "extracts")
    assert marts == {path.stem for room in rooms for path in (models / room).rglob("*.sql")}
    assert len(graph.asset_check_keys) > len(marts)
    loaded = defs.resolve_job_def("load").asset_layer.selected_asset_keys
    assert marts == {key.path[1] for key in loaded if key.path[0] == "marts"}
    assert not [key for key in loaded if key.path[0] in {"finance", "retention"}]


def test_t09_a_delivery_in_flight_fails_the_blocking_check(
    house: Installation, instance: DagsterInstance, defs: Any, folder: Folder
) -> None:
    rows = [cur_line("2", 12.0)]
    keys = put_cur2(folder, "daily", "2026-09", rows, submitted_at=NOON.replace(day=20))
    folder.remove(keys[1])
    key = partition_key(connection_id(house), "2026-09")
    result = run(defs, "land", instance, partition_key=key)
    [check] = result.get_asset_check_evaluations()
    assert (check.check_name, check.passed, check.blocking) == (WHOLE.name, False, True)
    [told] = check.metadata.values()
    assert keys[1] in str(told.value)
    assert house.ask("select sum(billed_cost) from fct_daily_costs") == [(10,)]


def test_what_the_platform_drops_asks_for_a_load(
    house: Installation, instance: DagsterInstance, defs: Any
) -> None:
    sensor = defs.resolve_sensor_def("landed_deliveries")
    idle = sensor(build_sensor_context(instance=instance))
    assert isinstance(idle, SkipReason)
    drops = house.house.settings.drops
    drops.mkdir()
    (drops / "logins-1.jsonl").write_text("", "utf-8")
    asked = sensor(build_sensor_context(instance=instance))
    assert asked.run_key.startswith("due/")


def test_the_daily_schedule_lands_the_open_month_and_the_one_before(
    house: Installation, instance: DagsterInstance, defs: Any
) -> None:
    schedule = defs.resolve_schedule_def("daily_refresh")
    morning = NOON.replace(month=10, day=1, hour=6)
    context = build_schedule_context(
        instance=instance,
        scheduled_execution_time=morning,
        repository_def=defs.get_repository_def(),
    )
    requests = schedule.evaluate_tick(context).run_requests
    assert [request.partition_key for request in requests] == [
        partition_key(connection_id(house), month) for month in ("2026-10", "2026-09")
    ]
    assert DELIVERIES_KEY in defs.resolve_asset_graph().get_all_asset_keys()


def test_retention_by_the_clock_deletes_and_certifies_and_forgets_old_runs(
    house: Installation, instance: DagsterInstance, defs: Any
) -> None:
    registry = house.house.registry
    registry.organizations.add("Sold")
    registry.deletions.request("Sold")
    old = {each.run_id for each in instance.get_runs()}

    result = run(defs, "retain", instance)
    assert result.success
    [check] = result.get_asset_check_evaluations()
    assert (check.passed, check.blocking) == (True, True)
    event = instance.get_latest_materialization_event(DELETIONS_KEY)
    assert event
    assert event.asset_materialization.metadata["certificates"].value == 1  # type: ignore[union-attr]
    assert old
    assert not old & {each.run_id for each in instance.get_runs()}
    assert house.ask("select sum(billed_cost) from fct_daily_costs") == [(10,)]
    schedule = defs.resolve_schedule_def("daily_retention")
    assert schedule.job_name == "retain"
