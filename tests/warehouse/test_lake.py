"""Readers open the lake at any moment, also after a writer was killed in the middle of one."""

import shutil
import signal
import sqlite3
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest

from tests.published import lake_in
from warehouse import publication
from warehouse.lake import HELD, LakeBusyError

HALF_A_COMMIT = """
import os, sqlite3, sys
catalog = sqlite3.connect(sys.argv[1], isolation_level=None)
catalog.execute("pragma cache_size = 1")
catalog.execute("begin immediate")
catalog.execute("create table half as with recursive n(i) as"
                " (select 1 union all select i + 1 from n where i < 20000)"
                " select i, hex(randomblob(40)) as filler from n")
os.kill(os.getpid(), 9)
"""
PARENT = """
import os, subprocess, sys
from pathlib import Path
from tests.published import lake_in
from warehouse.lake import HELD
with lake_in(Path(sys.argv[1])).writing():
    child = ["-c", "print('writes', flush=True); input()"]
    subprocess.Popen([sys.executable, *child], pass_fds=tuple(HELD))
    os.kill(os.getpid(), 9)
"""


@pytest.mark.fault("H02", "Nothing: the half-written commit is rolled back")
def test_readers_open_a_catalog_whose_writer_was_killed_in_a_commit(tmp_path: Path) -> None:
    lake = lake_in(tmp_path)
    with lake.connect_writer() as writer:
        writer.execute("create table lake.main.kept as select 1 as one")
    catalog = lake.layout.lake_catalog
    subprocess.run([sys.executable, "-c", HALF_A_COMMIT, str(catalog)], check=False)
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        sqlite3.connect(f"file:{catalog}?mode=ro", uri=True).execute("select * from sqlite_master")
    with lake.connect() as reader:
        assert reader.execute("select one from lake.main.kept").fetchall() == [(1,)]
        with pytest.raises(duckdb.Error, match="half"):
            reader.execute("select * from __ducklake_metadata_lake.half")


def test_the_lock_of_a_killed_writer_lasts_as_long_as_what_it_started(tmp_path: Path) -> None:
    """dbt outlives a refresh that is killed alone, and goes on writing."""
    lake = lake_in(tmp_path)
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as parent:
        assert parent.stdin
        assert parent.stdout
        assert parent.stdout.readline() == "writes\n"
        assert parent.wait() == -signal.SIGKILL
        with pytest.raises(LakeBusyError), lake.writing():
            pass
        parent.stdin.write("\n")
        parent.stdin.close()
        # The end of what it says is the end of the child.
        assert parent.stdout.read() == ""
    with lake.writing():
        assert HELD
    assert not HELD


def test_files_that_a_killed_writer_left_are_swept_and_no_others(tmp_path: Path) -> None:
    lake = lake_in(tmp_path)
    with lake.connect_writer() as writer:
        writer.execute("create table lake.main.kept as select 1 as one")
    [known] = lake.layout.lake_data.rglob("*.parquet")
    orphan = known.with_name("ducklake-orphan.parquet")
    shutil.copy(known, orphan)
    with lake.connect() as reader:
        snapshot_id = publication.head(reader)
    publication.tidy(lake, snapshot_id, timedelta(hours=1))
    assert orphan.exists()
    publication.tidy(lake, snapshot_id, timedelta(0))
    assert [*lake.layout.lake_data.rglob("*.parquet")] == [known]
