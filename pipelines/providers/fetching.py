"""Fetch the files of a delivery: each whole, again if the way was at fault, and verified."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from pipelines.providers.contract import BillError, DeliveredFile, Delivery, Provider
from warehouse.unpacking import FileFacts, LandingError, unzip, verify_file

TRIES = 3
TRANSIENT = {"UNREACHABLE", "SIZE_MISMATCH", "CHECKSUM"}
"""Codes after which the same file is worth another try."""
PARALLEL_FILES = 4
"""Files fetched and verified at once: the network and the hashing wait for each other."""

OnFile = Callable[[DeliveredFile, FileFacts], None]


def fetch_all(
    delivery: Delivery, provider: Provider, data: Path, on_file: OnFile | None
) -> list[FileFacts]:
    """Fetch every file into a folder; raise BillError naming the one that is not whole.

    A file whose text is not UTF-8 is told of when all others are there: its lines are counted
    among those of the delivery.
    """
    undecodable: list[BillError] = []

    def fetch(file: DeliveredFile) -> FileFacts | None:
        try:
            facts = _fetch_one(file, provider, data / file.name)
        except BillError as error:
            if error.code != "ENCODING":
                raise
            undecodable.append(error)
            return None
        if on_file:
            on_file(file, facts)
        return facts

    with ThreadPoolExecutor(PARALLEL_FILES) as pool:
        fetched = list(pool.map(fetch, delivery.files))
    if undecodable:
        raise undecodable[0]
    return [facts for facts in fetched if facts]


def _fetch_one(file: DeliveredFile, provider: Provider, target: Path) -> FileFacts:
    """Fetch a file, again if the way was at fault; then prove that it is whole."""
    for left in reversed(range(TRIES)):
        try:
            _fetch_whole(file, provider, target)
            break
        except BillError as error:
            target.unlink(missing_ok=True)
            if error.code not in TRANSIENT or not left:
                raise
    try:
        return verify_file(unzip(target) if target.suffix == ".zip" else target)
    except LandingError as error:
        raise BillError(
            error.code,
            file.address,
            error.what,
            "The month stays as it was; the next delivery replaces it.",
        ) from error


def _fetch_whole(file: DeliveredFile, provider: Provider, target: Path) -> None:
    provider.fetch(file, target)
    size = target.stat().st_size
    if file.bytes is not None and size != file.bytes:
        what = f"{size:,} of {file.bytes:,} bytes came."
        raise BillError("SIZE_MISMATCH", file.address, what)
