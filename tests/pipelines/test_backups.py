"""A house that was lost comes back as it was, and nothing comes back that had to go."""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import boto3
import pytest
from typer.testing import CliRunner

from pipelines.cli.main import app
from pipelines.house import House
from pipelines.settings import settings
from tests.postgres import fresh_postgres_url, postgres_url
from tests.providers.aws.conftest import s3_endpoint
from tests.published import CONTRACTS, house_in
from warehouse import layout
from warehouse.backups import shelf
from warehouse.backups.creating import KEPT, LEFT_OUT
from warehouse.publication import head
from warehouse.registry import deliveries

pytestmark = pytest.mark.slow

__all__ = ["fresh_postgres_url", "postgres_url", "s3_endpoint"]

MART = "lake.marts.fct_daily_costs"
TOTALS = f"select organization_id, sum(billed_cost) from {MART} group by all order by all"
ODD = Decimal("12345678901234567890.123456789012")


def finhouse(*arguments: str, expect: int = 0) -> str:
    """Give a command to the house of the settings; return what it says."""
    settings.cache_clear()
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == expect, f"{arguments}: {result.output} {result.exception!r}"
    return result.stdout if "--json" in arguments else result.output


def ask(sql: str = TOTALS) -> list[tuple[object, ...]]:
    """Answer a question from what readers see."""
    house = House.open(settings())
    served = deliveries.published_snapshot(house.registry)
    assert served
    with house.lake.connect(served[0]) as connection:
        return connection.execute(sql).fetchall()


def spend(house: House, **costs: str) -> None:
    """Let each organization of these names spend so much in September. One mart is enough."""
    ids = {each.name: each.organization_id for each in house.registry.organizations.list()}
    [company] = house.registry.companies.list()
    keys = ("organization_id", "company_id", "billing_period", "billed_cost")
    columns = (f"{each['name']} {each['data_type']}" for each in CONTRACTS["fct_daily_costs"])
    with house.lake.connect_writer() as lake:
        lake.execute("create schema if not exists lake.marts")
        lake.execute(f"create table if not exists {MART} ({', '.join(columns)})")
        lake.execute(f"delete from {MART}")
        for name, amount in costs.items():
            row = [ids[name], company.company_id, "2026-09", amount]
            lake.execute(f"insert into {MART} ({', '.join(keys)}) values (?, ?, ?, ?)", row)
        deliveries.publish(house.registry, [], head(lake), house.registry.now())


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """Two organizations with costs, a landed file, and a shelf on another disk."""
    with pytest.MonkeyPatch.context() as patch, house_in(tmp_path / "data") as made:
        patch.setenv("FINHOUSE_BACKUP_DIR", str(tmp_path / "다른 disk"))
        made.registry.companies.add("한빛", plan="standard")
        for name in ("Kept", "Sold"):
            made.registry.organizations.add(name)
        spend(made, Kept=str(ODD), Sold="0.000000000001")
        landed = made.settings.layout.delivery("cn-a", "2026-09", "dl-a") / "data" / "bill.csv"
        landed.parent.mkdir(parents=True)
        landed.write_text("비용\n", "utf-8")
        settings.cache_clear()
        yield made


def shelf_of(house: House) -> Path:
    return house.settings.layout.root.with_name("다른 disk")


def test_a_lost_data_folder_comes_back_with_the_same_totals(house: House) -> None:
    before, root = ask(), house.settings.layout.root
    made = json.loads(finhouse("backup", "create", "--json"))
    assert finhouse("backup", "verify", "--json")
    shutil.rmtree(root)
    done = json.loads(finhouse("backup", "restore", "--yes", "--json"))
    assert (done["backup"], done["deleted_again"], done["set_aside"]) == (made["path"], 0, None)
    assert ask() == before
    assert {amount for _, amount in before} == {ODD, Decimal("0.000000000001")}
    again = House.open(settings())
    landed = again.settings.layout.delivery("cn-a", "2026-09", "dl-a") / "data" / "bill.csv"
    assert landed.read_text("utf-8") == "비용\n"
    # The lake is written where it lies now, and readers' files are there.
    spend(again, Kept="1", Sold="2")
    assert {amount for _, amount in ask()} == {Decimal(1), Decimal(2)}
    assert len([*again.settings.layout.serving.rglob("*.duckdb")]) == 3


def test_a_restore_elsewhere_leaves_the_backup_alone(house: House, tmp_path: Path) -> None:
    """A lake that moved is written in its new folder, not where its catalog was made."""
    finhouse("backup", "create")
    before = ask()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FINHOUSE_DATA_DIR", str(tmp_path / "moved"))
        patch.setenv("FINHOUSE_LAKE_DATA", str(tmp_path / "large disk" / "lake"))
        finhouse("backup", "restore", "--yes")
        assert ask() == before
        spend(House.open(settings()), Kept="1", Sold="2")
        assert not [*(tmp_path / "moved" / "lake").rglob("*.parquet")]
    settings.cache_clear()
    assert ask() == before
    finhouse("backup", "verify")


@pytest.fixture(params=["folder", "bucket"])
def lose(request: pytest.FixtureRequest) -> Callable[[House], None]:
    """Put the lake into a folder or a bucket; return what loses all of the house."""
    objects = request.getfixturevalue("bucket").objects if request.param == "bucket" else None

    def lose_all(house: House) -> None:
        shutil.rmtree(house.settings.layout.root)
        if objects:
            objects.delete()

    return lose_all


def test_what_was_deleted_since_does_not_come_back(
    lose: Callable[[House], None], house: House, tmp_path: Path
) -> None:
    finhouse("backup", "create")
    [backup] = shelf.every_backup(shelf_of(house))
    far = shutil.copytree(backup.path, tmp_path / "tape" / backup.path.name)
    ids = {each.name: each.organization_id for each in house.registry.organizations.list()}

    finhouse("organization", "delete", "Sold", "--yes")
    finhouse("retention", "run", "--yes")
    assert shelf.every_backup(shelf_of(house)) == []
    assert ask() == [(ids["Kept"], ODD)]

    lose(house)
    done = json.loads(finhouse("backup", "restore", str(far), "--yes", "--json"))
    assert done["deleted_again"] == 1
    assert ask() == [(ids["Kept"], ODD)]
    again = House.open(settings())
    assert [each.name for each in again.registry.organizations.list()] == ["Kept"]
    assert json.loads(finhouse("retention", "verify", "--json"))["certificates"] == 2
    assert [each["organization_id"] for each in deletions()] == [ids["Sold"]]
    files = {path.stem for path in again.settings.layout.serving.rglob("*.duckdb")}
    assert ids["Sold"] not in files
    assert ids["Kept"] in files


def deletions() -> list[dict[str, str]]:
    listed: list[dict[str, str]] = json.loads(finhouse("organization", "deletions", "--json"))
    return listed


def test_what_was_only_asked_for_is_still_to_go_and_a_hold_still_holds(
    house: House,
) -> None:
    registry = house.registry
    for name, plan in (("Leaving", "standard"), ("Tried", "trial"), ("Stayed", "trial")):
        registry.companies.add(name, plan=plan)
    finhouse("backup", "create")
    registry.companies.change_plan("Stayed", "standard")
    registry.endings.withdraw("Leaving")
    registry.endings.end_trial("Tried")
    registry.holds.add("case 7", organization="Sold", company="한빛")
    finhouse("organization", "delete", "Sold", "--company", "한빛", "--yes")
    finhouse("retention", "run", "--yes")
    shutil.rmtree(house.settings.layout.root)
    finhouse("backup", "restore", "--yes")
    assert len(ask()) == 2
    again = House.open(settings()).registry
    assert {each.kind for each in again.endings.list()} == {"withdrawal", "trial_end"}
    assert {each.name for each in again.companies.list()} == {"한빛", "Tried", "Stayed"}
    plan = json.loads(finhouse("retention", "plan", "--json"))
    assert [(each["rule"], each["blocked_by"]) for each in plan if each["rule"] == "R11"] == [
        ("R11", "legal_hold")
    ]


def test_a_house_that_never_had_a_bill_comes_back_too(tmp_path: Path) -> None:
    with house_in(tmp_path / "data") as house:
        house.registry.companies.add("한빛", plan="standard")
        made = json.loads(finhouse("backup", "create", "--json"))
        kept = shutil.move(made["path"], tmp_path / "kept")
        shutil.rmtree(house.settings.layout.root)
        finhouse("backup", "restore", str(kept), "--yes")
        again = House.open(settings()).registry
        assert [company.name for company in again.companies.list()] == ["한빛"]


def test_a_damaged_backup_restores_nothing(house: House) -> None:
    finhouse("backup", "create")
    [backup] = shelf.every_backup(shelf_of(house))
    [damaged, *_] = sorted((backup.path / "lake").rglob("*.parquet"))
    content = damaged.read_bytes()
    damaged.unlink()
    shutil.rmtree(house.settings.layout.root)
    assert "is missing" in finhouse("backup", "restore", "--yes", expect=1)
    damaged.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    for command in (("verify",), ("restore", "--yes")):
        assert "was changed" in finhouse("backup", *command, expect=1)
    assert not house.settings.layout.root.exists()
    assert sorted(path.name for path in shelf_of(house).parent.iterdir()) == ["다른 disk"]


def test_a_restore_overwrites_nothing(house: House) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("FINHOUSE_BACKUP_DIR")
        assert "lost with it" in finhouse("backup", "create")
        spend(house, Kept="5", Sold="7")
        newer = ask()
        assert "NOT_EMPTY" in finhouse("backup", "restore", "--yes", expect=1)
        working = house.settings.layout.aside("restoring")
        working.mkdir()
        assert "RESTORING" in finhouse("backup", "restore", "--replace", "--yes", expect=1)
        working.rmdir()
        assert ask() == newer
        done = json.loads(finhouse("backup", "restore", "--replace", "--yes", "--json"))
        assert ask() != newer
        assert (Path(done["set_aside"]) / "registry.sqlite").is_file()
        assert len(json.loads(finhouse("backup", "list", "--json"))) == 1


def test_a_backup_waits_for_no_reader_and_no_member_but_for_the_writer(house: House) -> None:
    served = deliveries.published_snapshot(house.registry)
    assert served
    with house.lake.connect(served[0]) as reader, house.registry.read():
        reader.execute("begin")
        assert reader.execute(TOTALS).fetchall()
        finhouse("backup", "create")
    with house.lake.writing():
        assert "Another refresh" in finhouse("backup", "create", expect=1)
    assert len(shelf.every_backup(shelf_of(house))) == 1


def test_a_lake_that_misses_a_file_is_not_backed_up(house: House) -> None:
    [file, *_] = sorted(house.settings.layout.lake_data.rglob("*.parquet"))
    file.unlink()
    assert "LAKE_BROKEN" in finhouse("backup", "create", expect=1)
    assert shelf.every_backup(shelf_of(house)) == []
    assert [*shelf_of(house).glob("*")] == []


def test_the_newest_backup_outlives_its_days(house: House) -> None:
    folder, day = shelf_of(house), timedelta(days=1)
    finhouse("backup", "create")
    [newest] = shelf.every_backup(folder)
    old = shutil.copytree(newest.path, folder / "old")
    shelf.write_manifest(shelf.Backup(old, newest.made_at - day, None, 0, newest.files), old)
    assert shelf.delete_outlived(folder, newest.made_at + day) == 1
    assert [backup.path for backup in shelf.every_backup(folder)] == [newest.path]


@pytest.fixture
def bucket(s3_endpoint: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A bucket named `lake`, empty, that the settings put the lake's files in."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    # DuckDB writes the bucket's name before the host's, and every name under localhost is one.
    port = s3_endpoint.rpartition(":")[2]
    monkeypatch.setenv("DUCKDB_S3_ENDPOINT", f"localhost:{port}")
    monkeypatch.setenv("DUCKDB_S3_USE_SSL", "false")
    monkeypatch.setenv("FINHOUSE_LAKE_DATA", "s3://lake/집/data")
    made = boto3.resource("s3", "us-east-1", endpoint_url=s3_endpoint).create_bucket(Bucket="lake")
    yield made
    made.objects.delete()
    made.delete()


def test_a_lake_in_a_bucket_comes_back_to_it_or_into_a_folder(
    bucket: Any, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Rows that were deleted leave a file of their own.
    with house.lake.connect_writer() as lake:
        lake.execute(f"delete from {MART} where billed_cost < 1")
        deliveries.publish(house.registry, [], head(lake), house.registry.now())
    before, objects = ask(), {each.key: each.size for each in bucket.objects.all()}
    assert before
    finhouse("backup", "create")
    [backup] = shelf.every_backup(shelf_of(house))
    copied = {each.name: each.bytes for each in backup.files if each.name.endswith(".parquet")}
    assert {key.replace("집", "lake"): size for key, size in objects.items()} == copied
    finhouse("backup", "verify")

    shutil.rmtree(house.settings.layout.root)
    assert "NOT_EMPTY: s3://lake" in finhouse("backup", "restore", "--yes", expect=1)
    bucket.objects.delete()
    finhouse("backup", "restore", "--yes")
    assert ask() == before
    assert {each.key: each.size for each in bucket.objects.all()} == objects
    again = House.open(settings())
    assert not again.settings.layout.lake_data.exists()
    spend(again, Kept="1", Sold="2")
    assert {amount for _, amount in ask()} == {Decimal(1), Decimal(2)}

    bucket.objects.delete()
    monkeypatch.delenv("FINHOUSE_LAKE_DATA")
    finhouse("backup", "restore", "--replace", "--yes")
    assert ask() == before


def test_a_lake_whose_objects_were_touched_is_not_backed_up(
    bucket: Any, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = sorted(bucket.objects.all(), key=lambda each: each.key)
    body = first.get()["Body"].read()
    first.put(Body=body + b"more")
    assert Path(first.key).name in finhouse("backup", "create", expect=1)
    first.put(Body=body)
    second.delete()
    assert Path(second.key).name in finhouse("backup", "create", expect=1)
    assert shelf.every_backup(shelf_of(house)) == []
    monkeypatch.setenv("FINHOUSE_LAKE_DATA", "gs://lake/data")
    assert "OTHER_BUCKET" in finhouse("backup", "create", expect=1)


def test_databases_on_a_server_come_back_from_their_dumps(
    tmp_path: Path, fresh_postgres_url: str
) -> None:
    server = fresh_postgres_url.partition("host=")[2]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FINHOUSE_REGISTRY_URL", fresh_postgres_url)
        patch.setenv(
            "FINHOUSE_LAKE_CATALOG", f"postgres:dbname=postgres user=finhouse host={server}"
        )
        patch.setenv("FINHOUSE_BACKUP_DIR", str(tmp_path / "shelf"))
        with house_in(tmp_path / "data") as house:
            house.registry.companies.add("한빛", plan="standard")
            house.registry.organizations.add("Kept")
            spend(house, Kept=str(ODD))
            before = ask()
            finhouse("backup", "create")
            shutil.rmtree(house.settings.layout.root)
            assert "NOT_EMPTY" in finhouse("backup", "restore", "--yes", expect=1)
            with house.registry.engine.begin() as connection:
                connection.exec_driver_sql("drop schema public cascade")
                connection.exec_driver_sql("create schema public")
            finhouse("backup", "restore", "--yes")
            assert ask() == before
            spend(House.open(settings()), Kept="1")
            assert [amount for _, amount in ask()] == [Decimal(1)]
            patch.setenv("PATH", os.devnull)
            assert "NO_PG_DUMP" in finhouse("backup", "create", expect=1)


def test_every_place_of_the_data_folder_is_backed_up_or_left_out_on_purpose() -> None:
    within = {"arriving", "quarantine", "registry_snapshot", "plan", "applied_assignments"}
    within |= {"landed_platform", "building", "built_files", "digests", "models_spill"}
    copied = {"registry", "lake_catalog", "lake_data", *KEPT}
    assert copied | {*LEFT_OUT} | within == layout.DATA_CLASSES.keys()
    root = layout.Layout(Path("data"))
    parents = {root.landing, root.serving, root.dbt}
    assert {
        next(p for p in getattr(root, name).parents if p in parents) for name in within
    } == parents
