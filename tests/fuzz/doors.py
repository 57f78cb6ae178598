"""Every door, by its name: manifests and files of bills, and what people write."""

import json
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

import polars as pl

from pipelines.providers.aws.columns import COLUMNS
from pipelines.providers.contract import BillingPeriod, ConnectionConfig, Delivery
from pipelines.providers.inspection import inspect
from pipelines.providers.registry import provider_for
from tests.fuzz.door import Door, as_csv, as_parquet, connection, shared_folder
from tests.fuzz.people import (
    ECB,
    PAYMENT,
    PEOPLE,
    QUESTIONS,
    RATES,
    YAML,
    asked,
    dropped,
    imported,
    rated,
)
from tests.fuzz.questions import DECISIONS, asked_as_it_is, asked_by_grammar
from tests.fuzz.questions import QUESTIONS as SQL
from tests.providers.aws.deliveries import NOON, put_cur1, put_cur2, zipped
from tests.providers.aws.deliveries import Folder as AwsFolder
from tests.providers.aws.lines import cur_line
from tests.providers.azure.exports import Folder as AzureFolder
from tests.providers.azure.exports import put_run
from tests.providers.azure.lines import focus_line
from tests.providers.focus.feeds import line as feed_line
from tests.providers.focus.feeds import put_month
from tests.providers.folder import Folder
from tests.providers.gcp.rows import usage_row
from tests.providers.gcp.tables import Extracts
from warehouse.unpacking import UnpackLimits, unzip, verify_file

LIMITS = UnpackLimits(floor=1 << 20, ceiling=1 << 22)
LINE = cur_line("012345678901", 1.5)


# --- manifests -----------------------------------------------------------------------------


def manifest(provider: str, dataset: str, put: Callable[[Path], str]) -> Door:
    """Return the door of a month whose manifest is replaced; `put` writes it and tells its key."""
    root = shared_folder()
    file = root / put(root)
    export = "feed" if provider == "focus" else "daily"
    config = ConnectionConfig("con-a", provider, str(root), export, dataset)

    def read(data: bytes, _: Path) -> None:
        file.write_bytes(data)
        for found in provider_for(config).deliveries():
            repr(found).encode()
            found.connection_id.encode()
            if isinstance(found, Delivery):
                "".join([found.delivery_id, *(each.name for each in found.files)]).encode()
            else:
                found.reason.encode()

    return Door(read, (file.read_bytes(),))


def put_gcp(root: Path) -> str:
    """Write a month of extracts."""
    extracts = Extracts(root)
    extracts.put("202609", {"a.jsonl": [usage_row()]})
    return str((extracts.folder("202609") / "manifest.json").relative_to(root))


def put_azure(root: Path) -> str:
    """Write a run of an export."""
    return put_run(AzureFolder(root), "daily", "focus", "2026-09", [focus_line("42", "1.5")])[-1]


# --- files of bills ------------------------------------------------------------------------


def inspected(suffix: str) -> Callable[[bytes, Path], object]:
    """Return the reading of one bill's file, as landing does before anything else."""

    def read(data: bytes, folder: Path) -> None:
        file = folder / f"bill.{suffix}"
        file.write_bytes(data)
        verify_file(file, LIMITS)
        kind = "csv" if suffix.startswith("csv") else suffix
        month = BillingPeriod.parse("2026-09")
        delivery = Delivery("con-a", month, "d", NOON, "cur2", kind, ())
        inspect(delivery, folder, connection(), COLUMNS["cur2"])

    return read


def unpacked(data: bytes, folder: Path) -> None:
    """Unpack a zip as landing does."""
    (folder / "bill.zip").write_bytes(data)
    verify_file(unzip(folder / "bill.zip", LIMITS), LIMITS)


@cache
def doors() -> Mapping[str, Door]:
    """Return every door by its name."""
    plain = as_csv(LINE, cur_line("210987654321", 2.5))
    packed = shared_folder() / "bill.csv.gz"
    pl.DataFrame([LINE]).write_csv(packed, compression="gzip")
    return {
        "aws cur1 manifest": manifest(
            "aws", "cur1", lambda root: put_cur1(AwsFolder(root), "daily", "2026-09", [LINE])[-1]
        ),
        "aws cur2 manifest": manifest(
            "aws", "cur2", lambda root: put_cur2(AwsFolder(root), "daily", "2026-09", [LINE])[-1]
        ),
        "azure manifest": manifest("azure", "focus", put_azure),
        "gcp manifest": manifest("gcp", "detailed", put_gcp),
        "focus manifest": manifest(
            "focus",
            "1.2",
            lambda root: put_month(Folder(root), "2026-09", [feed_line("42", "1.5")])[-1],
        ),
        "csv": Door(inspected("csv"), (plain,)),
        "gzip": Door(inspected("csv.gz"), (packed.read_bytes(),)),
        "parquet": Door(inspected("parquet"), (as_parquet(LINE),)),
        "zip": Door(unpacked, (zipped(plain), zipped(plain, 2))),
        "drop jsonl": Door(dropped("jsonl"), (json.dumps(PAYMENT).encode(),)),
        "drop csv": Door(dropped("csv"), (as_csv(PAYMENT),)),
        "drop parquet": Door(dropped("parquet"), (as_parquet(PAYMENT),)),
        "import csv": Door(
            imported("csv"), (PEOPLE.encode(), f"{PEOPLE}x{'x' * 132_000}".encode())
        ),
        "import yaml": Door(imported("yaml"), (YAML.encode(),)),
        "rates": Door(rated, (RATES, ECB)),
        "question": Door(asked, QUESTIONS),
        "sql": Door(asked_as_it_is, SQL),
        "sql by grammar": Door(asked_by_grammar, DECISIONS),
    }
