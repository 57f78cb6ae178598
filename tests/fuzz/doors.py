"""Doors at which the house reads what others wrote: any bytes in, a value or a refusal out.

A refusal is one of the house's own errors, in words that can be printed and stored.
"""

import csv
import io
import json
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from pipelines.cli.importing import read_lines
from pipelines.platform.landing import land_drops
from pipelines.providers.aws.columns import COLUMNS
from pipelines.providers.contract import BillError, BillingPeriod, ConnectionConfig, Delivery
from pipelines.providers.inspection import inspect
from pipelines.providers.registry import provider_for
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
from warehouse.extracts.catalog import EXTRACTS
from warehouse.extracts.extract import find
from warehouse.extracts.question import ask
from warehouse.extracts.report import ExtractError, Kind
from warehouse.registry import RegistryError, open_registry
from warehouse.registry.bulk import apply_lines
from warehouse.registry.rate_files import read_rates
from warehouse.registry.store import Registry
from warehouse.unpacking import LandingError, UnpackLimits, unzip, verify_file

LIMITS = UnpackLimits(floor=1 << 20, ceiling=1 << 22)
REFUSALS = (BillError, LandingError, ExtractError, RegistryError)
LINE = cur_line("012345678901", 1.5)
_KEPT: list[tempfile.TemporaryDirectory[str]] = []


@dataclass(frozen=True)
class Door:
    """What reads bytes, given a folder of its own, and whole examples to start from."""

    read: Callable[[bytes, Path], object]
    seeds: tuple[bytes, ...]

    def __call__(self, data: bytes) -> None:
        """Read the bytes; any other error than a refusal is the caller's to see."""
        with tempfile.TemporaryDirectory() as folder:
            try:
                self.read(data, Path(folder))
            except REFUSALS as error:
                str(error).encode()


def shared_folder() -> Path:
    """Return a folder for what all examples of a door share; it goes with the process."""
    _KEPT.append(tempfile.TemporaryDirectory())
    return Path(_KEPT[-1].name)


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


@cache
def connection() -> duckdb.DuckDBPyConnection:
    """Return a database that reads no more than landing's does."""
    return duckdb.connect(config={"memory_limit": "500MB", "threads": 1})


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


def as_csv(*rows: Mapping[str, Any]) -> bytes:
    """Return rows as a bill's CSV."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, rows[0])
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def as_parquet(*rows: Mapping[str, Any]) -> bytes:
    """Return rows as a bill's Parquet."""
    out = io.BytesIO()
    pl.DataFrame(rows).write_parquet(out)
    return out.getvalue()


def unpacked(data: bytes, folder: Path) -> None:
    """Unpack a zip as landing does."""
    (folder / "bill.zip").write_bytes(data)
    verify_file(unzip(folder / "bill.zip", LIMITS), LIMITS)


# --- what people write ---------------------------------------------------------------------


def dropped(suffix: str) -> Callable[[bytes, Path], object]:
    """Return the landing of a file that the platform dropped."""

    def read(data: bytes, folder: Path) -> None:
        (folder / "drops").mkdir()
        (folder / "drops" / f"payments.{suffix}").write_bytes(data)
        for drop in land_drops(folder / "drops", folder / "landed"):
            drop.message.encode()

    return read


@cache
def registry() -> Registry:
    """Return a registry with one company; what is applied to it is always undone."""
    opened = open_registry(f"sqlite:///{shared_folder()}/registry.sqlite")
    opened.companies.add("한빛")
    opened.members.add("kim@acme.kr")
    return opened


def imported(suffix: str) -> Callable[[bytes, Path], object]:
    """Return the import of a file of organizations, members and accounts."""

    def read(data: bytes, folder: Path) -> None:
        file = folder / f"people.{suffix}"
        file.write_bytes(data)
        apply_lines(registry(), read_lines(file), dry_run=True)

    return read


def rated(data: bytes, folder: Path) -> None:
    """Read a file of exchange rates."""
    (folder / "rates.csv").write_bytes(data)
    read_rates(folder / "rates.csv")


def asked(data: bytes, _: Path) -> None:
    """Read `name|where|sort|columns` asked of an extract; a database must be able to, too."""
    words = data.decode("utf-8", "surrogateescape").split("|")
    name, where, sort, columns = (words + [""] * 3)[:4]
    extract = find(EXTRACTS, name)
    question = ask(extract, [where] if where else [], [sort], [columns])
    typed = ", ".join(f"null::{SQL_TYPES[each.kind]} as {each.sql}" for each in extract.columns)
    for number, condition in enumerate(question.conditions):
        condition.words.encode()
        sql, values = condition.sql(f"w{number}")
        order = ", ".join(each.sql for each in question.order)
        query = f"select 1 from (select {typed}) where {sql} order by {order}"
        connection().execute(query, values).fetchall()


PAYMENT = {
    "event_id": "e1", "occurred_at": "2026-09-15T12:00:00Z", "company_id": "co-a",
    "event_type": "paid", "payment_method": "card", "invoice_id": "i1",
    "billing_currency": "KRW", "payment_amount": "1000.50",
}  # fmt: skip
PEOPLE = "kind,name,email,organization\norganization,소매,,\nmember,,lee@acme.kr,소매\n"
YAML = """
organizations:
- name: 소매
accounts:
- account_id: '012345678901'
  name: 결제
  organization: 소매
"""
RATES = b"month,from,to,rate\n2026-09,USD,KRW,1350.5\n"
ECB = b"Date,USD,JPY\n2026-09-01,1.1,N/A\n2026-09-02,1.2,160.5\n"
QUESTIONS = (
    b'monthly-costs|service=A,"b, c"|-effective,account|account,effective',
    b"monthly-costs|effective>=100",
    b"cost-by-account|month=2026-09",
    b"commitment-utilization|used_share<50%",
    b"commitment-inventory|last_day>2026-09-30|last_day",
    "resources|name~웹".encode(),
)
SQL_TYPES = {
    Kind.TEXT: "varchar", Kind.MONTH: "varchar", Kind.DATE: "date", Kind.TIME: "timestamp",
    Kind.AMOUNT: "decimal(38, 12)", Kind.RATE: "decimal(38, 12)", Kind.RATIO: "double",
    Kind.COUNT: "bigint",
}  # fmt: skip


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
    }
