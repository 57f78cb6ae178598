"""A BigQuery on loopback, and billing exports in it and in folders."""

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery

from pipelines.providers.contract import ConnectionConfig
from pipelines.providers.gcp.provider import GcpProvider
from tests.providers.gcp.emulator import emulator
from tests.providers.gcp.tables import Extracts, Table

_NUMBERS = count(1)


@pytest.fixture(scope="session")
def bigquery_endpoint() -> Iterator[str]:
    with emulator() as endpoint:
        yield endpoint


@pytest.fixture(scope="session")
def client(bigquery_endpoint: str) -> bigquery.Client:
    client = bigquery.Client(
        project="acme-billing",
        credentials=AnonymousCredentials(),
        client_options={"api_endpoint": bigquery_endpoint},
    )
    client.create_dataset("billing")
    return client


@pytest.fixture
def table(client: bigquery.Client) -> Table:
    """A table that is not there yet."""
    return Table(client, f"acme-billing.billing.gcp_billing_export_resource_v1_{next(_NUMBERS)}")


@pytest.fixture
def extracts(tmp_path: Path) -> Extracts:
    return Extracts(tmp_path / "extracts")


@pytest.fixture
def gcp(request: pytest.FixtureRequest) -> Callable[..., GcpProvider]:
    """Connect to bills: `gcp(table)`."""

    def connect(bills: Table | Extracts, dataset: str = "detailed", **options: str) -> GcpProvider:
        given = options.pop("endpoint_url", None)
        if isinstance(bills, Table):
            options["endpoint_url"] = given or request.getfixturevalue("bigquery_endpoint")
        return GcpProvider(
            ConnectionConfig(
                connection_id="acme-gcp",
                provider="gcp",
                location=options.pop("location", bills.location),
                export_name=options.pop("export_name", bills.export),
                dataset=dataset,
                secret=options.pop("secret", "chain"),
                options=options,
            )
        )

    return connect
