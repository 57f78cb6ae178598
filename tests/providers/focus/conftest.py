"""A folder of feeds, a real S3 on loopback, and the provider that reads them."""

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import boto3
import pytest
from moto.server import ThreadedMotoServer

from pipelines.providers.contract import ConnectionConfig, Provider
from pipelines.providers.registry import provider_for
from tests.providers.aws.deliveries import Bucket, Folder

_NUMBERS = count(1)


@pytest.fixture(scope="session")
def s3_endpoint() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(s3_endpoint: str, monkeypatch: pytest.MonkeyPatch) -> Bucket:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    client = boto3.client("s3", endpoint_url=s3_endpoint)
    name = f"feeds-{next(_NUMBERS)}"
    client.create_bucket(Bucket=name)
    return Bucket(client, name)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    (tmp_path / "feeds").mkdir()
    return Folder(tmp_path / "feeds")


@pytest.fixture
def focus(s3_endpoint: str) -> Callable[..., Provider]:
    """Connect to feeds, as the house does: `focus(folder)`."""

    def connect(bills: Bucket | Folder, **options: str) -> Provider:
        return provider_for(
            ConnectionConfig(
                connection_id="acme-aws",
                provider="focus",
                location=options.pop("location", bills.location),
                export_name="feed",
                dataset="focus",
                options={"endpoint_url": s3_endpoint, **options},
            )
        )

    return connect
