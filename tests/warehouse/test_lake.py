"""Readers open the lake at any moment, also after a writer was killed in the middle of one."""

import sqlite3
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from tests.published import lake_in

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
