"""What a database spills lies where no other looks, and does not outlive its process."""

import subprocess
import sys
from pathlib import Path

import pytest

from pipelines.settings import PROJECT
from warehouse import spilling
from warehouse.layout import Layout

SPILL = """
import sys
from pathlib import Path
import duckdb
from warehouse import spilling
from warehouse.layout import Layout

folder = spilling.for_a_database(Layout(Path(sys.argv[1])))
with duckdb.connect(config={"memory_limit": "40MB", "temp_directory": folder}) as database:
    database.execute("set enable_progress_bar = false")
    words = "select md5(n::varchar) as word from range(1500000) as numbers (n)"
    database.execute(f"create table spilt as {words}")
    print("spilt", flush=True)
    sys.stdin.read()
    print(database.execute("select count(distinct word) from spilt").fetchall(), flush=True)
"""


def spilt(layout: Layout) -> set[Path]:
    return {path.parent for path in layout.spill.rglob("*.tmp")}


@pytest.mark.fault("F07", "Nothing: the next start removes what a killed process spilled")
def test_what_a_killed_process_spilled_goes_and_a_living_one_keeps_its_own(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    both = [
        subprocess.Popen(
            [sys.executable, "-c", SPILL, str(tmp_path)],
            cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        for _ in range(2)
    ]  # fmt: skip
    killed, living = both
    with killed, living:
        for each in both:
            assert each.stdout
            assert each.stdout.readline() == "spilt\n"
        assert len(spilt(layout)) == 2, "two databases in one folder crash"
        killed.kill()
        killed.wait()
        assert len(spilt(layout)) == 2
        spilling.of_this_process(layout)
        assert len(spilt(layout)) == 1
        said, _ = living.communicate("")
    assert said == "[(1500000,)]\n"
    assert spilt(layout) == set()


def test_what_a_killed_dbt_spilled_is_wiped_before_the_next_one(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    layout.models_spill.mkdir(parents=True)
    (layout.models_spill / "duckdb_temp_storage_DEFAULT-0.tmp").write_bytes(b"left")
    spilling.wipe_models(layout)
    assert list(layout.models_spill.iterdir()) == []
