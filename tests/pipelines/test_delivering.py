"""What is due is written, sent whole when it changed, and one failure keeps nobody waiting."""

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import openpyxl
import pytest
from dagster import DagsterInstance, MultiPartitionKey, build_sensor_context, materialize
from typer.testing import CliRunner

from pipelines.assets.extracts import extracts_asset
from pipelines.assets.partitions import know_holders
from pipelines.cli.main import app
from pipelines.delivering import DELIVERED, FAILED, UNCHANGED, Delivered, deliver_due
from pipelines.house import House
from pipelines.sensors import due_extracts
from tests.providers.aws.conftest import s3_endpoint
from tests.providers.azure.azurite import Azurite
from tests.providers.azure.conftest import azurite
from tests.published import cost, house_in, organization, publish
from warehouse.registry.errors import InvalidError
from warehouse.registry.rhythms import Rhythm
from warehouse.registry.schedules import Delivery, ExtractSchedule

pytestmark = pytest.mark.slow

__all__ = ["azurite", "s3_endpoint"]

BEFORE, MONTH = Rhythm("day", 1, 1), "2026-09"


@dataclass
class Room:
    """A house with one organization, its clock, and a folder that finance reads."""

    house: House
    organization_id: str
    company_id: str
    inbox: Path
    clock: list[datetime]

    def publish(self, amount: str) -> None:
        ids = {"company_id": self.company_id, "organization_id": self.organization_id}
        rows = [cost(amount, **ids), cost("-5", **ids, service_name="=1+1")]
        marts = {"fct_monthly_costs": rows, "dim_organizations": [organization("결제", **ids)]}
        publish(self.house, marts)

    def schedule(self, name: str, **other: Any) -> ExtractSchedule:
        return self.house.registry.schedules.add(
            replace(
                ExtractSchedule(
                    *("", self.company_id, self.organization_id, name, "monthly-costs"),
                    *({"where": ["service!=Tax"], "sort": ["-billed"], "columns": []}, "csv", True),
                    *(BEFORE, Delivery(str(self.inbox)), self.clock[0]),
                ),
                **other,
            )
        )

    def deliver(self, days: int = 0) -> dict[str, Delivered]:
        self.clock[0] += timedelta(days=days)
        return {each.name: each for each in deliver_due(self.house)}


@pytest.fixture(scope="module")
def shared_room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    folder = tmp_path_factory.mktemp("room")
    with house_in(folder / "house") as opened:
        clock = [datetime(2026, 10, 5, 7, tzinfo=UTC)]
        registry = replace(opened.registry, now=lambda: clock[0])
        house = House(opened.settings, registry, opened.lake)
        company = registry.companies.add("한빛").company_id
        own = registry.organizations.add("결제 플랫폼").organization_id
        yield Room(house, own, company, folder, clock)


@pytest.fixture
def room(shared_room: Room, tmp_path: Path) -> Iterator[Room]:
    """The house with its first costs and an inbox of its own; schedules of a test end with it."""
    inbox = tmp_path / "받은 파일"
    inbox.mkdir()
    made = replace(shared_room, inbox=inbox)
    made.publish("1000.25")
    yield made
    for each in made.house.registry.schedules.list():
        made.house.registry.schedules.remove(each.schedule_id)


def files(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.*"))


@pytest.mark.fault("F47", "Whoever gets the file gets it again, once its rows changed")
def test_a_file_is_sent_with_what_it_is_and_again_only_when_its_rows_changed(room: Room) -> None:
    room.schedule("월간 비용")
    assert room.deliver()["월간 비용"].status == DELIVERED
    home = f"{room.organization_id}/{MONTH}/월간 비용"
    assert files(room.inbox) == [f"{home}.about.json", f"{home}.csv"]
    about = json.loads((room.inbox / f"{home}.about.json").read_text("utf-8"))
    assert about["Filters"].endswith("Month is 2026-09, Service is not Tax")
    assert about["totals"][0]["Effective"] == "995.25"
    assert room.deliver() == {}

    room.publish("1000.25")
    assert room.deliver(days=1)["월간 비용"].status == UNCHANGED
    room.publish("2000.25")
    assert room.deliver() == {}
    assert room.deliver(days=1)["월간 비용"].status == DELIVERED
    with (room.inbox / f"{home}.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["Service"], row["Billed"]) for row in rows] == [
        ("Amazon EC2", "2000.25"),
        ("'=1+1", "-5"),
    ]


def test_what_fails_or_has_no_rows_stays_due_and_keeps_nobody_waiting(
    room: Room, tmp_path: Path
) -> None:
    room.schedule("a", delivery=Delivery(str(tmp_path / "not mounted")))
    room.schedule("b", rhythm=Rhythm("day", 1, 7))
    room.schedule("c")
    assert [(each.name, each.status) for each in room.deliver().values()] == [
        ("a", FAILED),
        ("b", FAILED),
        ("c", DELIVERED),
    ]
    again = room.deliver()
    assert set(again) == {"a", "b"}
    assert "no such folder" in again["a"].message
    assert "Months there are: 2026-09" in again["b"].message
    (tmp_path / "not mounted").mkdir()
    assert room.deliver()["a"].status == DELIVERED


def test_a_bucket_gets_the_workbook_and_one_that_is_missing_is_told(
    room: Room, s3_endpoint: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    client = boto3.client("s3", endpoint_url=s3_endpoint, region_name="us-east-1")
    client.create_bucket(Bucket="acme-finance")
    options = {"endpoint_url": s3_endpoint, "region": "us-east-1"}
    for name, bucket in (("to finance", "acme-finance/비용"), ("nowhere", "acme-nothing")):
        room.schedule(name, file_format="xlsx", delivery=Delivery(f"s3://{bucket}", options))
    told = room.deliver()
    assert (told["nowhere"].status, "no such bucket" in told["nowhere"].message) == (FAILED, True)
    key = f"비용/{room.organization_id}/{MONTH}/to finance.xlsx"
    assert told["to finance"].message == f"s3://acme-finance/{key}"
    client.download_file("acme-finance", key, str(tmp_path / "got.xlsx"))
    sheet = openpyxl.load_workbook(tmp_path / "got.xlsx")["Monthly costs"]
    assert [sheet["J2"].value, sheet["J3"].value] == [1000.25, -5]


def test_a_container_gets_the_file_and_a_key_that_may_not_write_is_told(
    room: Room, azurite: Azurite, monkeypatch: pytest.MonkeyPatch
) -> None:
    container = azurite.service.create_container("finance")
    place = "https://acme.blob.core.windows.net/finance"
    options = {"endpoint_url": azurite.endpoint}
    for name, may_write in (("WRITER", True), ("READER", False)):
        monkeypatch.setenv(name, azurite.sas(write=may_write))
        room.schedule(name, delivery=Delivery(f"{place}/비용", options, f"env:{name}"))
    told = room.deliver()
    assert (told["READER"].status, "create and write" in told["READER"].message) == (FAILED, True)
    key = f"비용/{room.organization_id}/{MONTH}/WRITER.csv"
    assert f"{place}/{key}" in told["WRITER"].message
    first = container.download_blob(key).readall().decode("utf-8-sig")
    assert "1000.25" in first

    room.publish("2000.25")
    assert room.deliver(days=1)["WRITER"].status == DELIVERED
    assert b"2000.25" in container.download_blob(key).readall()


@pytest.mark.parametrize("place", ["acme.blob.core.windows.net/finance?sig=a", "acme.com/finance"])
def test_a_key_in_the_address_or_no_store_of_azures_is_no_destination(
    room: Room, place: str
) -> None:
    with pytest.raises(InvalidError, match=r"no destination|carries a credential"):
        room.schedule("leaky", delivery=Delivery(f"https://{place}"))


def test_the_file_is_kept_in_the_house_where_retention_finds_it(room: Room) -> None:
    room.schedule("kept")
    room.deliver()
    folder = room.house.settings.layout.extracts / room.organization_id / MONTH
    assert {"kept.about.json", "kept.csv"} <= set(files(folder))


@pytest.mark.filterwarnings("default")  # Dagster calls a part of itself beta.
def test_every_extract_of_a_month_is_one_partition(room: Room) -> None:
    with DagsterInstance.ephemeral() as instance:
        know_holders(instance, [room.organization_id])
        key = MultiPartitionKey({"holder": room.organization_id, "month": MONTH})
        result = materialize([extracts_asset()], instance=instance, partition_key=key)
    [made] = result.asset_materializations_for_node("finance__files")
    said = {name.split()[-1]: str(value.value) for name, value in made.metadata.items()}
    assert Path(said["monthly-costs"]).is_file()
    assert "has nothing in restatements" in said["restatements"]


def test_the_sensor_asks_once_an_hour_and_knows_the_partitions(room: Room) -> None:
    with DagsterInstance.ephemeral() as instance:
        context = build_sensor_context(instance=instance)
        assert not hasattr(due_extracts(context), "run_key")
        room.schedule("due")
        asked = due_extracts(context)
        assert asked.run_key == due_extracts(context).run_key  # type: ignore[union-attr]
        known = instance.get_dynamic_partitions("holders")
    assert set(known) == {room.organization_id, f"unassigned-{room.company_id}"}


def test_by_hand_a_schedule_is_added_delivered_listed_and_removed(
    room: Room,
) -> None:
    def run(*words: str) -> Any:
        done = CliRunner().invoke(app, ["extract", *words])
        return (done.exit_code, done.stdout, done.stderr)

    add = (
        "schedule",
        "add",
        "by hand",
        "--extract",
        "monthly-costs",
        "--organization",
        "결제 플랫폼",
    )
    code, _, said = run(*add, "--to", str(room.house.settings.layout.extracts))
    assert (code, "is in the data folder" in said) == (1, True)
    code, _, said = run(*add, "--to", str(room.inbox), "--where", "cost>1")
    assert (code, "has no column" in said) == (1, True)
    code, out, said = run(*add, "--to", str(room.inbox), "--every", "month", "--on", "5", "--json")
    assert (code, json.loads(out)["when"]) == (0, "month on 5"), said
    code, out, _ = run("deliver", "--json")
    assert (code, json.loads(out)[0]["status"]) == (1, FAILED)
    assert json.loads(run("schedule", "list", "--json")[1])[0]["name"] == "by hand"
    assert run("schedule", "remove", "by hand", "--yes")[0] == 0
    assert json.loads(run("schedule", "list", "--json")[1]) == []
