"""Azurite, Azure's own emulator of Blob Storage, started on loopback for the tests."""

import base64
import fcntl
import os
import secrets
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from azure.core.exceptions import AzureError
from azure.storage.blob import (
    AccountSasPermissions,
    BlobServiceClient,
    LinearRetry,
    ResourceTypes,
    generate_account_sas,
)

CACHE = Path(tempfile.gettempdir()) / "finhouse-azurite"
"""Outside the checkout, kept between runs. AZURITE_CACHE names another."""
ACCOUNT = "finhouse"


@dataclass(frozen=True)
class Azurite:
    """A running emulator."""

    endpoint: str
    key: str
    certificate: Path | None = None
    """What it shows over https, where it also takes tokens."""

    @property
    def service(self) -> BlobServiceClient:
        """A client that may do everything."""
        trusted = str(self.certificate) if self.certificate else True
        # The client's own backoff begins at 15 seconds.
        patient = LinearRetry(backoff=1, random_jitter_range=0, retry_total=60, retry_connect=60)
        return BlobServiceClient(
            self.endpoint, credential=self.key, retry_policy=patient, connection_verify=trusted
        )

    def sas(
        self,
        *,
        read: bool = True,
        list_: bool = True,
        write: bool = False,
        expires_in: timedelta = timedelta(hours=1),
    ) -> str:
        """Sign a token as an administrator hands it out."""
        now = datetime.now(UTC)
        return generate_account_sas(
            account_name=ACCOUNT,
            account_key=self.key,
            resource_types=ResourceTypes(service=True, container=True, object=True),
            permission=AccountSasPermissions(read=read, list=list_, create=write, write=write),
            start=now - timedelta(days=2),
            expiry=now + expires_in,
        )


def program() -> str:
    """Find azurite-blob, installing it into the cache when npm is there; skip loudly if not."""
    cache = Path(os.environ.get("AZURITE_CACHE", CACHE))
    cache.mkdir(parents=True, exist_ok=True)
    # Test processes start together: one installs, the others wait and find it.
    with (cache / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return _installed(cache)


def _installed(cache: Path) -> str:
    own = cache / "node_modules" / ".bin" / "azurite-blob"
    found = shutil.which("azurite-blob") or (str(own) if own.is_file() else None)
    npm = shutil.which("npm")
    if found is None and npm is not None:
        command = [npm, "install", "--prefix", str(cache), "--no-audit", "--no-fund", "azurite@3"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            pytest.skip(f"Azurite cannot be installed by npm: {done.stderr.strip()[-300:]}")
        found = str(own)
    if found is None:
        pytest.skip("needs Azurite: install Node.js with npm, or put azurite-blob on the PATH")
    return found


@contextmanager
def running(log: Path, certificate: Path | None = None) -> Iterator[Azurite]:
    """Start the emulator in memory on a free port; end it afterwards.

    With a certificate (and its key in the same file) it speaks https and takes tokens.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    key = base64.b64encode(secrets.token_bytes(64)).decode()
    command = [
        program(), "--inMemoryPersistence", "--skipApiVersionCheck", "--loose", "--silent",
        "--disableTelemetry", "--blobHost", "127.0.0.1", "--blobPort", str(port),
    ]  # fmt: skip
    if certificate:
        command += ["--oauth", "basic", "--cert", str(certificate), "--key", str(certificate)]
    environment = {**os.environ, "AZURITE_ACCOUNTS": f"{ACCOUNT}:{key}"}
    with log.open("wb") as out:
        process = subprocess.Popen(command, env=environment, stdout=out, stderr=out)
        scheme = "https" if certificate else "http"
        azurite = Azurite(f"{scheme}://127.0.0.1:{port}/{ACCOUNT}", key, certificate)
        try:
            _wait_for(azurite, log)
            yield azurite
        finally:
            process.terminate()
            process.wait(10)


def _wait_for(azurite: Azurite, log: Path) -> None:
    try:
        azurite.service.get_account_information()
    except AzureError:
        pytest.fail(f"Azurite did not start: {log.read_text(encoding='utf-8')[-500:]}")
