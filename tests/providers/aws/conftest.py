"""A real S3 and STS on loopback, and bills in it."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import boto3
import duckdb
import pytest
from moto.server import ThreadedMotoServer

from pipelines.providers.aws.columns import COLUMNS
from pipelines.providers.aws.provider import AwsProvider
from pipelines.providers.contract import BillingPeriod, ConnectionConfig, Delivery, Inspection
from pipelines.providers.inspection import inspect
from tests.providers.aws.deliveries import Bucket, Folder
from tests.providers.aws.inspecting import Inspect
from tests.providers.aws.organization import managed_organization

_NUMBERS = count(1)


@pytest.fixture(scope="session")
def s3_endpoint() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(scope="session")
def organizations(s3_endpoint: str) -> Any:
    return managed_organization(s3_endpoint)


@pytest.fixture(autouse=True)
def _fake_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")


@pytest.fixture
def s3(s3_endpoint: str, _fake_credentials: None) -> Any:
    return boto3.client("s3", endpoint_url=s3_endpoint)


@pytest.fixture
def bucket(s3: Any) -> Bucket:
    name = f"bills-{next(_NUMBERS)}"
    s3.create_bucket(Bucket=name)
    return Bucket(s3, name)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    (tmp_path / "bucket").mkdir()
    return Folder(tmp_path / "bucket")


@pytest.fixture
def aws(s3_endpoint: str) -> Callable[..., AwsProvider]:
    """Connect to bills: `aws(bucket, "cur2")`."""

    def connect(bills: Bucket | Folder, dataset: str, **options: str) -> AwsProvider:
        return AwsProvider(
            ConnectionConfig(
                connection_id="acme-aws",
                provider="aws",
                location=options.pop("location", bills.location),
                export_name=options.pop("export_name", "daily"),
                dataset=dataset,
                secret=options.pop("secret", "chain"),
                options={"endpoint_url": s3_endpoint, **options},
            )
        )

    return connect


@pytest.fixture
def inspected(tmp_path: Path) -> Inspect:
    """Inspect what lies in the folder `data`."""

    def run(dataset: str = "cur2", period: str = "2026-09") -> Inspection:
        folder = tmp_path / "data"
        is_parquet = any(path.suffix == ".parquet" for path in folder.iterdir())
        delivery = Delivery(
            connection_id="acme-aws",
            billing_period=BillingPeriod.parse(period),
            delivery_id="1",
            submitted_at=datetime(2026, 9, 15, tzinfo=UTC),
            dataset=dataset,
            file_type="parquet" if is_parquet else "csv",
            files=(),
        )
        with duckdb.connect(config={"memory_limit": "500MB"}) as connection:
            return inspect(delivery, folder, connection, COLUMNS[dataset])

    return run


@pytest.fixture
def data(tmp_path: Path) -> Path:
    (tmp_path / "data").mkdir()
    return tmp_path / "data"
