"""A bucket of S3 that the house keeps files in, and gets them back from."""

from pathlib import Path

from pipelines.providers.aws.outbox import S3Outbox
from pipelines.providers.aws.s3 import S3Store
from pipelines.providers.contract import ConnectionConfig


class S3Bucket(S3Outbox):
    """The objects under `s3://bucket/prefix`, to write and to read."""

    def __init__(self, config: ConnectionConfig) -> None:
        super().__init__(config)
        self._store = S3Store(config)

    def is_empty(self) -> bool:
        """Tell whether there is no folder below the prefix."""
        return not self._store.folders("")

    def fetch(self, key: str, target: Path) -> None:
        """Write an object to a file; leave none where there is no object."""
        stored = self._store.stat(key)
        if stored:
            target.parent.mkdir(parents=True, exist_ok=True)
            self._store.download(stored, target)
