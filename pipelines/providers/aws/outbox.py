"""Deliver to S3: an object appears when all of it has arrived, however large it is."""

from functools import cached_property
from pathlib import Path
from typing import Any

from pipelines.providers.aws.signin import connect, in_words
from pipelines.providers.contract import ConnectionConfig


class S3Outbox:
    """The objects under `s3://bucket/prefix`, signed in as a connection is."""

    def __init__(self, config: ConnectionConfig) -> None:
        self._bucket, _, prefix = config.location.removeprefix("s3://").partition("/")
        self._root = prefix.strip("/") + "/" if prefix.strip("/") else ""
        self._config = config

    @cached_property
    def _client(self) -> Any:
        return connect(self._config)

    def put(self, source: Path, key: str) -> str:
        """Upload a file, in parts when it is large; S3 shows it at the last one."""
        full = self._root + key
        address = f"s3://{self._bucket}/{full}"

        def call() -> Any:
            with source.open("rb") as file:
                self._client.upload_fileobj(file, self._bucket, full)

        in_words(call, address)
        return address
