"""BigQuery on loopback: bqemulator in an environment of its own, kept between test runs."""

import fcntl
import os
import pwd
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
import requests

# Its pins differ from the house's: it lives beside, never in, the house's environment.
PACKAGES = (
    *("bqemulator==1.4.0", "duckdb==1.5.5", "duckdb-extensions==1.5.5"),
    *("duckdb-extension-spatial==1.5.5", "numpy"),
)
CACHE = Path(tempfile.gettempdir()) / f"finhouse-bqemulator-1.4.0-{os.getuid()}"
INSTALL_SECONDS = 300
START_TRIES = 150
UNPACK = "import duckdb_extensions; duckdb_extensions.import_extension('spatial')"


def installed() -> Path:
    """Return the emulator's program, installed once; skip loudly when it cannot be."""
    CACHE.mkdir(exist_ok=True)
    with (CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        ready = CACHE / "ready"
        if not ready.is_file():
            try:
                _install()
            except (subprocess.SubprocessError, OSError) as error:
                said = getattr(error, "stderr", None) or error
                pytest.skip(f"NOT TESTED against BigQuery: bqemulator cannot be installed: {said}")
            ready.touch()
    return CACHE / "venv" / "bin" / "bqemulator"


def _install() -> None:
    # The tests' own home is empty; pip's configuration lies in the user's.
    at_home = os.environ | {"HOME": pwd.getpwuid(os.getuid()).pw_dir}
    python = str(CACHE / "venv" / "bin" / "python")
    for command, environment in (
        ([sys.executable, "-m", "venv", "--clear", str(CACHE / "venv")], at_home),
        ([python, "-m", "pip", "install", "--quiet", *PACKAGES], at_home),
        ([python, "-c", UNPACK], os.environ | {"HOME": str(CACHE)}),
    ):
        subprocess.run(
            command, env=environment, check=True, capture_output=True, text=True,
            timeout=INSTALL_SECONDS,
        )  # fmt: skip


@contextmanager
def emulator() -> Iterator[str]:
    """Start it; yield its endpoint."""
    program = installed()
    rest, grpc = _free_port(), _free_port()
    process = subprocess.Popen(
        [program, "start", "--rest-port", str(rest), "--grpc-port", str(grpc)],
        env=os.environ | {"HOME": str(CACHE)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    endpoint = f"http://127.0.0.1:{rest}"
    try:
        _wait(process, endpoint)
        yield endpoint
    finally:
        process.terminate()
        process.wait(30)


def _wait(process: "subprocess.Popen[bytes]", endpoint: str) -> None:
    """Ask until it answers; waiting on the process tells at once when it has died."""
    for _ in range(START_TRIES):
        with suppress(requests.ConnectionError):
            requests.get(endpoint, timeout=5)
            return
        with suppress(subprocess.TimeoutExpired):
            raise RuntimeError(f"bqemulator ended with {process.wait(0.2)}")
    raise RuntimeError("bqemulator does not answer")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port
