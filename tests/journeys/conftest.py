"""Installations and a bucket for journeys."""

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import boto3
import pytest
from moto.server import ThreadedMotoServer

from tests.journeys.installation import Installation
from tests.providers.aws.deliveries import Bucket

_NUMBERS = count(1)


@pytest.fixture(scope="module")
def install(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Installation]:
    """Make an empty installation with one company: `install()`."""

    def make(**settings: str) -> Installation:
        installation = Installation(tmp_path_factory.mktemp("house"), settings)
        installation.house.registry.companies.add("한빛상사 Hanbit", plan="standard")
        return installation

    return make


@pytest.fixture(scope="session")
def s3_endpoint() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(scope="module")
def bucket(s3_endpoint: str) -> Bucket:
    """A real bucket of real objects, behind the real S3 API."""
    client = boto3.client(
        "s3",
        endpoint_url=s3_endpoint,
        region_name="us-east-1",
        aws_access_key_id="testing",
        aws_secret_access_key="testing",
    )
    name = f"journey-{next(_NUMBERS)}"
    client.create_bucket(Bucket=name)
    return Bucket(client, name)


@pytest.fixture(scope="session")
def golden_month(shared_folder: Path) -> Path:
    """The AWS month whose every number is known."""
    return shared_folder / "cases" / "aws_golden_month.parquet"
