"""The tests' own walls hold: no other machine, no foreign data, no foreign home."""

import os
import pwd
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from pipelines.settings import PROJECT, settings
from tests.conftest import OffMachineError


@pytest.mark.parametrize("host", ["192.0.2.1", "2001:db8::1", "bills.example"])
def test_a_test_cannot_reach_another_machine(host: str) -> None:
    with pytest.raises(OffMachineError, match=host):
        socket.create_connection((host, 443), timeout=0.1)


def test_a_test_reaches_its_own_server() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_connection(("localhost", server.getsockname()[1]), timeout=5) as client,
    ):
        assert client.getpeername() == server.getsockname()


def test_a_test_writes_to_a_data_folder_of_its_own(tmp_path: Path) -> None:
    assert settings().layout.root.is_relative_to(tmp_path.resolve())
    assert not settings().layout.root.is_relative_to(PROJECT)


def test_a_test_has_a_home_of_its_own() -> None:
    assert Path.home() != Path(pwd.getpwuid(os.getuid()).pw_dir)


def test_a_program_started_by_a_test_inherits_its_walls(tmp_path: Path) -> None:
    asked = "from pipelines.settings import settings; print(settings().data_dir)"
    answer = subprocess.run(
        [sys.executable, "-c", asked], capture_output=True, text=True, check=True, cwd=PROJECT
    )
    assert Path(answer.stdout.strip()).is_relative_to(tmp_path)
