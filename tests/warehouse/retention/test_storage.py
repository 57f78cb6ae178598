"""What is left of deleted bytes: in plain and encrypted lakes, in files and on a server."""

import hashlib
import json
import resource
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import psycopg
import pytest

from pipelines.settings import PROJECT
from tests.warehouse.retention.conftest import (
    CHARGES,
    MONTHS,
    NOW,
    TABLES,
    HouseMaker,
    SmallHouse,
    sums_in,
)
from warehouse.lake import LakeError
from warehouse.publication import head
from warehouse.registry import deliveries
from warehouse.retention.certificates import read_chain
from warehouse.retention.engine import STEPS
from warehouse.retention.file_keys import keys_by_file
from warehouse.retention.policy import RetentionError
from warehouse.retention.scan import scan
from warehouse.retention.search import search

pytestmark = pytest.mark.slow

TOMORROW = NOW + timedelta(days=1)
Told = dict[str, Any]


class DiedError(Exception):
    """A run that ended where the test wanted it to."""


def ask_to_delete(house: SmallHouse) -> None:
    """Delete the first organization; one month of the other is due by itself."""
    house.registry.deletions.request(house.organizations[0], company=house.company_id, reason="x")


def deleted(house: SmallHouse, at: datetime = TOMORROW) -> dict[str, Told]:
    """Run retention; return rule -> certificate."""
    written = [json.loads(link.document) for link in house.engine.run(at)]
    return {each["rule"]: each for each in written}


def everything(house: SmallHouse) -> set[str]:
    return {word for each in house.organizations for word in house.words(each)}


def kept(house: SmallHouse) -> set[str]:
    return {word for word in house.words(house.organizations[1]) if MONTHS[1] in word}


def found(house: SmallHouse) -> set[str]:
    return set(search(house.lake, house.registry, house.drops, everything(house)).words)


def files_of(house: SmallHouse, organization_id: str) -> dict[str, str]:
    """Return name -> hash of the files that hold one organization's month that stays."""
    folder = Path(house.lake.data_path)
    with house.lake.connect() as connection:
        paths = {
            path
            for table in TABLES[:2]
            for (path,) in connection.execute(
                f"select distinct filename from lake.{table}"
                f" where organization_id = '{organization_id}' and billing_period = '{MONTHS[1]}'"
            ).fetchall()
        }
    return {
        str(Path(path).relative_to(folder)): hashlib.sha256(Path(path).read_bytes()).hexdigest()
        for path in paths
    }


@pytest.mark.parametrize("encrypted", [False, True])
def test_deletion_touches_its_own_files_and_says_how_deep_it_went(
    small_house: HouseMaker, *, encrypted: bool
) -> None:
    house = small_house(encrypted=encrypted)
    ask_to_delete(house)
    other = files_of(house, house.organizations[1])
    assert found(house) == everything(house)

    told = deleted(house)

    assert found(house) == kept(house)
    assert files_of(house, house.organizations[1]) == other
    assert house.sums() == {
        house.organizations[1]: str(sum(range(CHARGES)) + CHARGES / 10) + "0" * 11
    }
    lake_level = "L3" if encrypted else "L2"
    assert {rule: each["lake_level"] for rule, each in told.items()} == {
        "R1": lake_level,
        "R11": lake_level,
    }
    # Names of an organization stood in the registry, which is plain.
    assert (told["R1"]["level"], told["R11"]["level"]) == (lake_level, "L2")


def test_a_stray_copy_of_a_deleted_file_is_sealed_for_ever(
    small_house: HouseMaker, tmp_path: Path
) -> None:
    house = small_house(encrypted=True)
    stray = tmp_path / "elsewhere"
    shutil.copytree(house.lake.data_path, stray)
    keys = keys_by_file(house.lake.catalog)
    assert set(scan([stray], everything(house), keys=keys).words) == everything(house)
    assert scan([stray], everything(house)).words == {}

    ask_to_delete(house)
    deleted(house)
    left = keys_by_file(house.lake.catalog)
    assert set(scan([stray], everything(house), keys=left).words) == kept(house)
    gone = [path for path in stray.rglob("*.parquet") if path.name not in left]
    assert gone
    with duckdb.connect() as connection:
        for path, key in ((path, key) for path in gone for key in left.values()):
            sealed = f"encryption_config = {{footer_key_value: from_base64('{key}')}}"
            with pytest.raises(duckdb.Error, match="key"):
                connection.execute(f"from read_parquet('{path}', {sealed})")


def test_a_key_that_a_living_file_shares_is_not_destroyed(small_house: HouseMaker) -> None:
    house = small_house(encrypted=True)
    with house.lake.connect_writer() as connection:
        for period in MONTHS:
            house.insert(connection.execute, TABLES[1], house.organizations, [period])
        deliveries.publish(house.registry, [], head(connection), NOW)
    ask_to_delete(house)
    assert {each["lake_level"] for each in deleted(house).values()} == {"L2"}


@pytest.mark.parametrize("encrypted", [False, True])
def test_a_lake_stays_plain_or_encrypted_as_it_was_made(
    small_house: HouseMaker, *, encrypted: bool
) -> None:
    house = small_house(encrypted=encrypted)
    other = replace(house.lake, encrypted=not encrypted)
    with pytest.raises(LakeError, match="FINHOUSE_LAKE_ENCRYPTED"), other.writing():
        raise AssertionError("it was let in")
    with pytest.raises(LakeError, match="stays as it was made"), other.connect_writer():
        raise AssertionError("it was let in")
    with other.connect() as connection:
        assert connection.execute(f"select count(*) from lake.{TABLES[2]}").fetchall() == [
            (4 * CHARGES,)
        ]


def test_a_run_that_dies_at_every_step_still_proves_that_the_keys_are_gone(
    small_house: HouseMaker,
) -> None:
    house = small_house(encrypted=True)
    ask_to_delete(house)

    for last in STEPS[:-1]:

        def die(step: str, last: str = last) -> None:
            if step == last:
                raise DiedError

        with pytest.raises(DiedError):
            replace(house.engine, on_step=die).run(TOMORROW)
    house.engine.run(TOMORROW)

    assert found(house) == kept(house)
    with house.registry.read() as tx:
        told = [json.loads(link.document) for link in read_chain(tx)]
    assert sorted((each["rule"], each["lake_level"]) for each in told) == [
        ("R1", "L3"),
        ("R11", "L3"),
    ]


def test_a_reader_of_an_older_snapshot_loses_it_and_stops_nobody(small_house: HouseMaker) -> None:
    house = small_house()
    snapshot = deliveries.published_snapshot(house.registry)
    assert snapshot
    ask_to_delete(house)
    with house.lake.connect(snapshot[0]) as reader:
        count = f"select count(*), max(charge_id) from lake.{TABLES[0]}"
        assert reader.execute(count).fetchall()[0][0] == 4 * CHARGES
        deleted(house)
        with pytest.raises(duckdb.Error):
            reader.execute(count).fetchall()
    assert found(house) == kept(house)


READER = f"""
import sys
from pathlib import Path
from tests.published import lake_in
with lake_in(Path(sys.argv[1])).connect() as reader:
    reader.execute("begin")
    reader.execute("from lake.{TABLES[0]}").fetchall()
    print("reading", flush=True)
    sys.stdin.read()
"""


@pytest.mark.fault(
    "F99", "`UNFINISHED` while a reader holds a transaction open; no certificate until he is gone"
)
def test_a_reader_in_a_transaction_makes_the_run_wait_for_the_next(
    small_house: HouseMaker, tmp_path: Path
) -> None:
    house = small_house()
    before = house.sums()
    ask_to_delete(house)
    with subprocess.Popen(
        [sys.executable, "-c", READER, str(tmp_path)],
        cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as reader:  # fmt: skip
        assert reader.stdout
        assert reader.stdout.readline() == "reading\n"
        with pytest.raises(RetentionError, match="UNFINISHED"):
            house.engine.run(TOMORROW)
        reader.communicate("")
    assert house.sums() == before
    deleted(house)
    assert found(house) == kept(house)


@contextmanager
def no_file_grows() -> Iterator[None]:
    """Every write fails, as on a disk that is full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.fault("F10", "`UNFINISHED`, or `DISK_FULL` before it starts; the next run goes on")
def test_a_disk_that_fills_up_while_files_are_written_anew_loses_nothing(
    small_house: HouseMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = small_house()
    before = house.sums()
    ask_to_delete(house)
    stack = ExitStack()

    def fill_up(step: str) -> None:
        if step == "rows":
            stack.enter_context(no_file_grows())

    with stack, pytest.raises(RetentionError, match="UNFINISHED"):
        replace(house.engine, on_step=fill_up).run(TOMORROW)
    snapshot = deliveries.published_snapshot(house.registry)
    assert snapshot
    with house.lake.connect(snapshot[0]) as reader:
        assert sums_in(reader) == before

    with monkeypatch.context() as patch:
        usage = shutil.disk_usage(house.lake.data_path)
        patch.setattr(shutil, "disk_usage", lambda _path: usage._replace(free=0))
        with pytest.raises(RetentionError, match="DISK_FULL"):
            house.engine.run(TOMORROW)
    assert {each["level"] for each in deleted(house).values()} == {"L2"}
    assert found(house) == kept(house)


def bytes_of(server: str) -> bytes:
    """Return every byte of the server's tables, as they lie on its disk."""
    folder = Path(server.partition("host=")[2]) / "data" / "base"
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_a_server_forgets_what_its_tables_held_and_what_its_planner_sampled(
    small_house: HouseMaker, fresh_postgres_url: str
) -> None:
    house = small_house(fresh_postgres_url)
    members = house.registry.members
    members.add("owner@example.com", "Owner")
    members.add("canary-카나리@example.com", "Canary", organization="B사")
    house.registry.membership.remove("canary-카나리@example.com")
    ask_to_delete(house)
    address = fresh_postgres_url.replace("+psycopg", "")
    with psycopg.connect(address, autocommit=True) as server:
        server.execute("analyze")
        server.execute("checkpoint")
        before = bytes_of(fresh_postgres_url)
        deepest = {word for word in everything(house) if word.encode() in before}
        assert deepest - kept(house), "the catalog holds the least and greatest of each file"
        assert "canary-카나리".encode() in before

        told = deleted(house, NOW + timedelta(days=120))

        # Of the lake a server holds the extremes; of a member and an organization the names.
        assert {rule: each["level"] for rule, each in told.items()} == {
            "R1": "L2",
            "R7": "L1",
            "R11": "L1",
        }
        assert all(each["in_write_ahead_log"] for each in told.values())
        sampled = "select count(*) from pg_stats where tablename = 'retention_items'"
        assert server.execute(sampled).fetchone() == (0,)
        server.execute("checkpoint")
        after = bytes_of(fresh_postgres_url)
        assert {word for word in deepest - kept(house) if word.encode() in after} == set()
        assert "canary-카나리".encode() not in after
    assert found(house) == kept(house)
