"""The object store on Azure Blob Storage. Keys are relative to the connection's location."""

from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

from azure.core import MatchConditions
from azure.storage.blob import BlobProperties, ContainerClient

from pipelines.providers.azure.signin import connect, in_words, is_missing_blob
from pipelines.providers.contract import BillError, ConnectionConfig
from pipelines.providers.store import StoredObject, StoreError, too_large

PARALLEL_RANGES = 4
MAY_NOT = "it may not be written."
LET_WRITE = (
    "Grant the role Storage Blob Data Contributor on the container (with a SAS: the permissions"
    " create and write)."
)


class BlobStore(Protocol):
    """The few questions asked of where exports lie: a container or a folder laid out alike."""

    @property
    def is_ordered(self) -> bool:
        """Tell whether objects carry the time the provider wrote them."""

    def folders(self, prefix: str) -> list[str]:
        """Return the names of the folders directly under `prefix` (which ends with `/`)."""

    def objects(self, prefix: str) -> list[StoredObject]:
        """Describe everything below `prefix`, in order of the keys."""

    def read(self, key: str, limit: int) -> tuple[StoredObject, bytes] | None:
        """Read a small object; None when there is none, BillError TOO_LARGE beyond `limit`."""

    def download(self, stored: StoredObject, target: Path) -> None:
        """Write exactly this object to `target`; BillError DELIVERY_CHANGED if it was replaced."""

    def address(self, key: str) -> str:
        """Return what `key_of` turns back into the key."""

    def key_of(self, address: str) -> str | None:
        """Return the key of an address; None when it lies elsewhere."""

    def verify(self) -> None:
        """Raise StoreError when the location cannot be listed."""


class Container:
    """The blobs under `https://<account>.blob.core.windows.net/<container>/<prefix>`."""

    is_ordered = True

    def __init__(self, config: ConnectionConfig) -> None:
        prefix = unquote(urlsplit(config.location).path).strip("/").partition("/")[2]
        self._root = prefix.strip("/") + "/" if prefix.strip("/") else ""
        self._home = config.location.rstrip("/") + "/"
        self._config = config

    @cached_property
    def _client(self) -> ContainerClient:
        return connect(self._config)

    def folders(self, prefix: str) -> list[str]:
        """Return the names of the folders directly under `prefix`, all pages of them."""
        full = self._root + prefix

        def walk() -> list[str]:
            found = self._client.walk_blobs(name_starts_with=full, delimiter="/")
            return sorted(one.name[len(full) : -1] for one in found if one.name.endswith("/"))

        names: list[str] = self._ask(walk, prefix)
        return names

    def objects(self, prefix: str) -> list[StoredObject]:
        """Describe every blob below `prefix`, all pages of them; folders' own entries are none."""

        def walk() -> list[StoredObject]:
            found = self._client.list_blobs(name_starts_with=self._root + prefix)
            return [self._stored(one) for one in found if not _is_folder(one)]

        stored: list[StoredObject] = self._ask(walk, prefix)
        return sorted(stored, key=lambda one: one.key)

    def read(self, key: str, limit: int) -> tuple[StoredObject, bytes] | None:
        """Read a small blob whole."""

        def download() -> tuple[StoredObject, bytes]:
            reader = self._client.get_blob_client(self._root + key).download_blob()
            if reader.size > limit:
                raise too_large(self.address(key), limit)
            return self._stored(reader.properties), reader.readall()

        try:
            found: tuple[StoredObject, bytes] = self._ask(download, key)
        except BillError as error:
            if is_missing_blob(error):
                return None
            raise
        return found

    def download(self, stored: StoredObject, target: Path) -> None:
        """Write exactly this blob to `target`, in ranges when it is large, each resumed."""
        blob = self._client.get_blob_client(self._root + stored.key)

        def download() -> None:
            reader = blob.download_blob(
                etag=stored.etag,
                match_condition=MatchConditions.IfNotModified,
                max_concurrency=PARALLEL_RANGES,
            )
            with target.open("wb") as out:
                reader.readinto(out)

        self._ask(download, stored.key)

    def put(self, source: Path, key: str) -> str:
        """Upload a file, in blocks when it is large; Azure shows it when the last one is in."""

        def upload() -> None:
            with source.open("rb") as file:
                self._client.upload_blob(self._root + key, file, overwrite=True)

        try:
            self._ask(upload, key)
        except StoreError as error:
            if error.code == "ACCESS_DENIED":
                raise StoreError(error.code, self.address(key), MAY_NOT, LET_WRITE) from error
            raise
        return self.address(key)

    def address(self, key: str) -> str:
        """Return the blob's address, without any credential."""
        return self._home + key

    def key_of(self, address: str) -> str | None:
        """Return the key of an address under the location."""
        return address[len(self._home) :] if address.startswith(self._home) else None

    def verify(self) -> None:
        """Raise StoreError when the container is missing or may not be listed."""
        self._ask(
            lambda: next(self._client.list_blobs(self._root, results_per_page=1).by_page(), None),
            "",
        )

    def _stored(self, blob: BlobProperties) -> StoredObject:
        digest = blob.content_settings.content_md5
        return StoredObject(
            key=blob.name[len(self._root) :],
            bytes=blob.size,
            etag=blob.etag,
            modified=blob.last_modified,
            md5=bytes(digest).hex() if digest else None,
        )

    def _ask(self, call: Callable[[], Any], key: str) -> Any:
        return in_words(call, self.address(key))


def _is_folder(blob: BlobProperties) -> bool:
    """Accounts with a hierarchical namespace list their directories as empty blobs."""
    return (blob.metadata or {}).get("hdi_isfolder") == "true"
