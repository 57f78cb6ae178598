"""The few questions asked of an object store, and their answers from a local folder.

Keys are relative to the connection's location, with forward slashes.
"""

import hashlib
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol, Self

from pipelines.providers.contract import BillError, DeliveredFile, utc_now

FINGERPRINT_BYTES = 64 * 1024


class StoreError(BillError):
    """The store, not the bill, is in the way: nothing else of this connection can be read."""


@dataclass(frozen=True)
class StoredObject:
    """One object as the store knows it."""

    key: str
    bytes: int
    etag: str
    """Changes when the content changes."""
    modified: datetime
    md5: str | None = None
    """Of the content, where the store keeps one and its etag tells only of the writing."""

    @classmethod
    def of(cls, file: DeliveredFile, key: str | None) -> Self:
        """Return a file as it was listed; ValueError for one that this store never listed."""
        if key is None or file.bytes is None or file.etag is None:
            raise ValueError(f"{file.address} was not listed by this provider")
        return cls(key, file.bytes, file.etag, utc_now())


class ObjectStore(Protocol):
    """Where a connection's bills lie."""

    @property
    def bucket(self) -> str | None:
        """The bucket, where there is one."""

    @property
    def is_ordered(self) -> bool:
        """Tell whether objects carry the time the provider wrote them."""

    def folders(self, prefix: str) -> list[str]:
        """Return the names of the folders directly under `prefix` (which ends with `/`)."""

    def stat(self, key: str) -> StoredObject | None:
        """Describe an object; None when there is none."""

    def read(self, key: str, limit: int) -> tuple[StoredObject, bytes] | None:
        """Read a small object; None when there is none, BillError TOO_LARGE beyond `limit`."""

    def download(self, stored: StoredObject, target: Path) -> None:
        """Write exactly this object to `target`; BillError DELIVERY_CHANGED if it was replaced."""

    def address(self, key: str) -> str:
        """Return what `key_of` turns back into the key."""

    def key_of(self, address: str) -> str | None:
        """Return the key of an address; None when it lies elsewhere."""

    def own_key(self, key: str, export: str) -> str | None:
        """Turn a key as a manifest writes it into an own key; None when it lies elsewhere."""

    def verify(self) -> None:
        """Raise StoreError when the location cannot be listed."""


def too_large(where: str, limit: int) -> BillError:
    """Say that an object which should be small is not."""
    return BillError("TOO_LARGE", where, f"it is larger than {limit:,} bytes.")


def changed(where: str) -> BillError:
    """Say that an object is no longer the one that was listed."""
    return BillError(
        "DELIVERY_CHANGED", where, "it was replaced while it was being read.", "Try again later."
    )


@dataclass(frozen=True)
class FolderStore:
    """A folder laid out as the bucket under the connection's prefix."""

    root: Path
    bucket: str | None = None
    is_ordered: bool = False

    def folders(self, prefix: str) -> list[str]:
        """Return the names of the folders directly under `prefix`."""
        folder = self._path(prefix)
        return sorted(p.name for p in folder.iterdir() if p.is_dir()) if folder.is_dir() else []

    def objects(self, prefix: str) -> list[StoredObject]:
        """Describe every file below `prefix`, in order of their keys."""
        folder = self._path(prefix)
        keys = (path.relative_to(self.root).as_posix() for path in sorted(folder.rglob("*")))
        return [stored for key in keys if (stored := self.stat(key))]

    def files(self, prefix: str) -> list[str]:
        """Return the names of the files directly under `prefix`, hidden ones left out."""
        folder = self._path(prefix)
        found = folder.iterdir() if folder.is_dir() else ()
        return sorted(p.name for p in found if p.is_file() and not p.name.startswith("."))

    def stat(self, key: str) -> StoredObject | None:
        """Describe a file. The etag is of its size, head and tail, not of its time.

        The tail holds a gzip's checksum and a Parquet file's footer, so a copy of the same
        bytes keeps its etag and a changed file of the same size does not.
        """
        path = self._path(key)
        if not path.is_file():
            return None
        info = path.stat()
        modified = datetime.fromtimestamp(info.st_mtime, UTC)
        return StoredObject(key, info.st_size, _fingerprint(path), modified)

    def read(self, key: str, limit: int) -> tuple[StoredObject, bytes] | None:
        """Read a small file."""
        stored = self.stat(key)
        if stored is None:
            return None
        if stored.bytes > limit:
            raise too_large(key, limit)
        return stored, self._path(key).read_bytes()

    def download(self, stored: StoredObject, target: Path) -> None:
        """Copy a file and check that the copy is the file that was listed."""
        try:
            shutil.copyfile(self._path(stored.key), target)
        except FileNotFoundError:
            raise changed(stored.key) from None
        if target.stat().st_size != stored.bytes or _fingerprint(target) != stored.etag:
            raise changed(stored.key)

    def address(self, key: str) -> str:
        """Return the file's absolute path."""
        return str(self.root / key)

    def key_of(self, address: str) -> str | None:
        """Return the key of an absolute path under the folder."""
        path = Path(address)
        return path.relative_to(self.root).as_posix() if path.is_relative_to(self.root) else None

    def own_key(self, key: str, export: str) -> str | None:
        """Find the file a manifest means: its key still starts with the bucket's own prefix.

        The prefix is unknown here and may repeat the export's name, so the first tail of the
        key that exists wins; without one, the longest tail is the file that is missing.
        """
        parts = key.split("/")
        tails = ["/".join(parts[i:]) for i, part in enumerate(parts) if part == export]
        present = (tail for tail in tails if self._path(tail).is_file())
        return next(present, tails[0] if tails else None)

    def verify(self) -> None:
        """Raise StoreError when the folder is not there."""
        if not self.root.is_dir():
            raise StoreError(
                "LOCATION_MISSING",
                str(self.root),
                "there is no such folder.",
                "Create it or correct the connection's location.",
            )

    def _path(self, key: str) -> Path:
        path = self.root / key
        if not path.resolve().is_relative_to(self.root.resolve()):
            raise BillError("KEY_OUTSIDE_PREFIX", key, f"it leads out of {self.root}.")
        return path


def _fingerprint(path: Path) -> str:
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(0)
        digest = hashlib.sha256(b"%d:" % size + file.read(FINGERPRINT_BYTES))
        file.seek(max(0, size - FINGERPRINT_BYTES))
        digest.update(file.read(FINGERPRINT_BYTES))
    return digest.hexdigest()[:32]
