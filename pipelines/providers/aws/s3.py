"""The object store on S3: bounded retries, If-Match on every read, resumed downloads."""

import os
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, HTTPClientError, IncompleteReadError
from urllib3.exceptions import HTTPError

from pipelines.providers.aws.signin import connect, in_words, unreachable
from pipelines.providers.contract import ConnectionConfig
from pipelines.providers.pacing import CHUNK, in_time
from pipelines.providers.store import StoredObject, StoreError, changed, too_large

SEGMENT = 512 << 20
"""Files above it are fetched in ranges, several at once; smaller ones in one stream."""
PARALLEL_SEGMENTS = 4
RESUMES = 5
CUT_OFF = (HTTPClientError, IncompleteReadError, HTTPError, ConnectionError)


class S3Store:
    """The objects under `s3://bucket/prefix`."""

    is_ordered = True

    def __init__(self, config: ConnectionConfig) -> None:
        bucket, _, prefix = config.location.removeprefix("s3://").partition("/")
        self.bucket: str | None = bucket
        self._root = prefix.strip("/") + "/" if prefix.strip("/") else ""
        self._config = config
        self._connected: Any = None

    def folders(self, prefix: str) -> list[str]:
        """Return the names of the folders directly under `prefix`, all pages of them."""
        full, names = self._root + prefix, list[str]()
        token: dict[str, str] = {}
        while True:
            page = self._ask(
                "list_objects_v2", full, Bucket=self.bucket, Prefix=full, Delimiter="/", **token
            )
            names += [p["Prefix"][len(full) : -1] for p in page.get("CommonPrefixes", ())]
            if not page.get("IsTruncated"):
                return sorted(names)
            token = {"ContinuationToken": page["NextContinuationToken"]}

    def stat(self, key: str) -> StoredObject | None:
        """Describe an object; None when there is none."""
        head = self._ask_for(key, "head_object")
        return _stored(key, head) if head else None

    def read(self, key: str, limit: int) -> tuple[StoredObject, bytes] | None:
        """Read a small object whole."""
        answer = self._ask_for(key, "get_object")
        if not answer:
            return None
        if answer["ContentLength"] > limit:
            answer["Body"].close()
            raise too_large(self.address(key), limit)
        try:
            return _stored(key, answer), b"".join(_paced(answer["Body"]))
        except CUT_OFF as error:
            raise unreachable(self.address(key), error) from error

    def download(self, stored: StoredObject, target: Path) -> None:
        """Write exactly this object to `target`, in ranges when it is large."""
        with target.open("wb") as out, ThreadPoolExecutor(PARALLEL_SEGMENTS) as pool:
            out.truncate(stored.bytes)
            starts = range(0, stored.bytes, SEGMENT)
            list(pool.map(lambda start: self._segment(stored, start, out.fileno()), starts))

    def _segment(self, stored: StoredObject, start: int, out: int) -> None:
        """Fetch one range, resuming where the connection broke."""
        end = min(start + SEGMENT, stored.bytes)
        position, resumes = start, 0
        while position < end:
            try:
                for chunk in _paced(self._body(stored, position, end)):
                    os.pwrite(out, chunk[: end - position], position)
                    position += len(chunk)
                break
            except CUT_OFF as error:
                resumes += 1
                if resumes > RESUMES:
                    raise unreachable(self.address(stored.key), error) from error
                time.sleep(min(0.1 * 2**resumes, 5))
            except BotoCoreError as error:  # a checksum that does not match
                raise StoreError("CHECKSUM", self.address(stored.key), str(error)) from error
        if position != end:
            what = f"{position - start:,} bytes came instead of {end - start:,}."
            raise StoreError("SIZE_MISMATCH", self.address(stored.key), what)

    def _body(self, stored: StoredObject, start: int, end: int) -> Any:
        part = {} if end - start == stored.bytes else {"Range": f"bytes={start}-{end - 1}"}
        answer = self._ask_for(stored.key, "get_object", IfMatch=stored.etag, **part)
        if not answer:
            raise changed(self.address(stored.key))
        return answer["Body"]

    def address(self, key: str) -> str:
        """Return the object's `s3://` URI."""
        return f"s3://{self.bucket}/{self._root}{key}"

    def key_of(self, address: str) -> str | None:
        """Return the key of an `s3://` URI under the location."""
        home = self.address("")
        return address[len(home) :] if address.startswith(home) else None

    def own_key(self, key: str, export: str) -> str | None:
        """Cut the location's prefix off a manifest's key; None when it lies elsewhere."""
        home = f"{self._root}{export}/"
        return key[len(self._root) :] if key.startswith(home) else None

    def verify(self) -> None:
        """Raise StoreError when the bucket is missing or may not be listed."""
        home = self.address("")
        self._ask(
            "list_objects_v2", home, Bucket=self.bucket, Prefix=self._root, Delimiter="/", MaxKeys=1
        )

    def _ask_for(self, key: str, operation: str, **arguments: Any) -> Any:
        try:
            return self._ask(
                operation, self.address(key), Bucket=self.bucket, Key=self._root + key, **arguments
            )
        except StoreError as error:
            if error.code == "MISSING":
                return None
            raise

    def _ask(self, operation: str, where: str, **arguments: Any) -> Any:
        """Call S3; sign in again once when the credentials have expired on the way."""
        try:
            return self._translated(operation, where, arguments)
        except StoreError as error:
            if error.code != "CREDENTIALS_EXPIRED":
                raise
        self._connected = None
        return self._translated(operation, where, arguments)

    def _translated(self, operation: str, where: str, arguments: Mapping[str, Any]) -> Any:
        def call() -> Any:
            self._connected = self._connected or connect(self._config)
            return getattr(self._connected, operation)(**arguments)

        return in_words(call, where)


def _paced(body: Any) -> Iterator[bytes]:
    """Yield chunks of a body; end one that takes too long."""
    while True:
        # botocore hands on no way to end a read.
        with in_time(body._raw_stream):  # noqa: SLF001
            chunk: bytes = body.read(CHUNK)
        if not chunk:
            return
        yield chunk


def _stored(key: str, answer: Mapping[str, Any]) -> StoredObject:
    return StoredObject(key, answer["ContentLength"], answer["ETag"], answer["LastModified"])
