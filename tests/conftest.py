"""What every test gets: its own data folder, no credentials, and no way off this machine."""

import ipaddress
import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from dotenv import dotenv_values
from hypothesis import settings as hypothesis_settings

from pipelines.settings import PROJECT, Settings, settings

# How long an example takes says how busy the machine is, not whether the code is right.
hypothesis_settings.register_profile("house", deadline=None)
hypothesis_settings.load_profile("house")

pytest_plugins = ("tests.fault_table",)

FOREIGN = ("FINHOUSE_", "AWS_", "AZURE_", "GOOGLE_", "DAGSTER_", "DBT_", "PG")
"""Prefixes of variables that would lead a test to somebody's real installation or cloud."""


class OffMachineError(RuntimeError):
    """A test reached for an address beyond loopback."""


def is_local(host: object) -> bool:
    """Tell whether a host is this machine; a name is trusted only if it needs no look-up."""
    text = host.decode() if isinstance(host, bytes) else host
    if text in {None, "", "localhost", "0.0.0.0", "::"}:  # noqa: S104 - compared, not bound
        return True
    try:
        return ipaddress.ip_address(str(text)).is_loopback
    except ValueError:
        return str(text).endswith(".localhost")


def loopback_only(
    original: Callable[..., Any], host_of: Callable[..., object]
) -> Callable[..., Any]:
    """Wrap a socket function so that it refuses every other machine, loudly."""

    def guarded(*args: Any, **options: Any) -> Any:
        host = host_of(*args)
        if not is_local(host):
            raise OffMachineError(
                f"A test tried to reach {host!r}. Tests talk to this machine only: start the "
                "server in the test, or point the client at it."
            )
        return original(*args, **options)

    return guarded


def _peer(sock: socket.socket, address: Any) -> object:
    return address[0] if sock.family in {socket.AF_INET, socket.AF_INET6} else None


@pytest.fixture(scope="session", autouse=True)
def _loopback() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", loopback_only(socket.socket.connect, _peer))
        patch.setattr(socket.socket, "connect_ex", loopback_only(socket.socket.connect_ex, _peer))
        patch.setattr(
            socket, "getaddrinfo", loopback_only(socket.getaddrinfo, lambda host, *_: host)
        )
        yield


@pytest.fixture(scope="session")
def session_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of fixtures that outlive one test."""
    return tmp_path_factory.mktemp("session") / "data"


@pytest.fixture(scope="session", autouse=True)
def _clean_environment(
    session_data: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[None]:
    configured = [name for name in dotenv_values(PROJECT / ".env") if name.startswith("FINHOUSE_")]
    if configured:
        # The programs that tests start would read it and work on the real installation.
        pytest.exit(
            f"Tests do not run beside a .env that sets {configured}. Move it away first.", 1
        )
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith(FOREIGN)]:
            patch.delenv(name)
        patch.setenv("FINHOUSE_DATA_DIR", str(session_data))
        patch.setenv("HOME", str(tmp_path_factory.mktemp("home")))
        # Without it boto3 asks the cloud's metadata address who it is.
        patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        patch.setitem(Settings.model_config, "env_file", None)
        yield


@pytest.fixture(autouse=True)
def _own_data_folder(
    _clean_environment: None,
    session_data: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[None]:
    # A fixture of a whole module may have chosen a folder for all its tests: it keeps it.
    if os.environ.get("FINHOUSE_DATA_DIR") == str(session_data):
        monkeypatch.setenv("FINHOUSE_DATA_DIR", str(tmp_path / "data"))
    settings.cache_clear()
    yield
    settings.cache_clear()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what is slow: begun last, it would keep one worker busy and no other."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


@pytest.fixture(scope="session")
def shared_folder() -> Path:
    """The folder of domain pages, samples and worked cases that lies beside the checkout."""
    folder = PROJECT.parent / "shared"
    if not folder.is_dir():
        pytest.skip("needs the folder `shared` beside the checkout: worked cases and samples")
    return folder
