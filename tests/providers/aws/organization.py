"""The one AWS organization of a process: moto's servers share what they know."""

from contextlib import suppress
from typing import Any

import boto3


def managed_organization(endpoint: str) -> Any:
    """Return the client of the organization that the server's account manages."""
    client = boto3.client(
        "organizations",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id="testing",
        aws_secret_access_key="testing",
    )
    with suppress(client.exceptions.AlreadyInOrganizationException):
        client.create_organization(FeatureSet="ALL")
    return client
