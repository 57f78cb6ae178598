"""A real disk that is full, and one that takes no writes."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pipelines.settings import PROJECT

MOUNTED = 'mount -t tmpfs -o size=8m tmpfs "$1" && shift && exec "$@"'


@pytest.fixture
def disk_of_its_own() -> list[str]:
    """What starts a program that may mount disks, which nobody else sees."""
    if not shutil.which("unshare"):
        pytest.skip("needs unshare (util-linux): a disk of its own for one program")
    start = ["unshare", "--map-root-user", "--mount"]
    if subprocess.run([*start, "true"], capture_output=True, check=False).returncode:
        pytest.skip("needs user namespaces, which this system forbids")
    return [*start, "sh", "-c", MOUNTED, "sh"]


@pytest.mark.fault("F09", "`DISK_FULL`; readers keep the old numbers, and with room it loads")
@pytest.mark.fault("F11", "`READ_ONLY`; nothing is half published")
def test_a_disk_without_room_or_writes_is_named_and_loses_nothing(
    disk_of_its_own: list[str], tmp_path: Path
) -> None:
    used = [sys.executable, "-m", "tests.warehouse.retention.on_small_disk"]
    said = subprocess.run(
        [*disk_of_its_own, str(tmp_path), *used, str(tmp_path)],
        cwd=PROJECT, env=os.environ, capture_output=True, check=False, text=True,
    )  # fmt: skip
    assert said.stdout.splitlines() == [
        "loaded [(30,)]",
        "DISK_FULL [(30,)]",
        "loaded [(50030,)]",
        "READ_ONLY [(50030,)]",
    ], said.stderr
