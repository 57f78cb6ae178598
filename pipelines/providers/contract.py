"""What the house asks of a provider: list deliveries, fetch them whole, describe them."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Protocol, Self, runtime_checkable

import duckdb

from pipelines.planning.reserved import ReservedMachine


@dataclass(frozen=True)
class UnreadableRows:
    """Rows at fault, for landing to keep aside while the reader that found them is open."""

    sql: str
    """Yields file, line, reason and content."""
    row_count: int
    """All rows that were looked at, readable or not."""


class BillError(Exception):
    """A delivery that may not enter the ledger, in words for the person who must act.

    `code` is a stable upper-case word (`GZIP_CRC`, `MANIFEST_INCOMPLETE`, `SCHEMA` ...);
    `where` names the file or manifest. The words travel to logs: they quote no value of a bill.
    `rows` are the ones at fault, where single rows are.
    """

    def __init__(
        self,
        code: str,
        where: str,
        what: str,
        advice: str = "",
        rows: UnreadableRows | None = None,
    ) -> None:
        super().__init__(f"{code}: {where}: {what}" + (f" {advice}" if advice else ""))
        self.code, self.where, self.what, self.advice = code, where, what, advice
        self.rows = rows

    def with_rows(self, rows: UnreadableRows | None) -> Self:
        """Return the same refusal, with the rows at fault."""
        return type(self)(self.code, self.where, self.what, self.advice, rows)


@dataclass(frozen=True, order=True)
class BillingPeriod:
    """One calendar month, UTC, as the provider bills it."""

    start: date

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `YYYY-MM`; raise ValueError for anything else, such as month 13."""
        if len(text) != len("YYYY-MM") or text[4] != "-":
            raise ValueError(f"{text!r} is not a month: write it as YYYY-MM, for example 2026-09")
        return cls(date(int(text[:4]), int(text[5:]), 1))

    @property
    def end(self) -> date:
        """First day of the next month (exclusive)."""
        return date(self.start.year + self.start.month // 12, self.start.month % 12 + 1, 1)

    @property
    def next(self) -> Self:
        """The month after."""
        return type(self)(self.end)

    def __str__(self) -> str:
        return f"{self.start:%Y-%m}"


@dataclass(frozen=True)
class DeliveredFile:
    """One data file of a delivery, at the provider's."""

    address: str
    """Where the provider keeps it: an `s3://` URI or an absolute path."""
    name: str
    """Its file name in landing: no folders, unique in the delivery."""
    bytes: int | None = None
    etag: str | None = None
    rows: int | None = None
    """Rows the provider says it holds, where it says so."""


@dataclass(frozen=True)
class Delivery:
    """One complete delivery of one billing period, as the manifest announces it."""

    connection_id: str
    billing_period: BillingPeriod
    delivery_id: str
    """Stable and safe as a folder name; the same bytes delivered twice keep it."""
    submitted_at: datetime
    """When the provider wrote it (UTC). The greatest wins, whatever order they arrive in."""
    dataset: str
    """Which staging models read it, such as AWS's `cur2` or Azure's `price_sheet`."""
    file_type: str
    """`parquet` or `csv`."""
    files: tuple[DeliveredFile, ...]

    def is_still(self, now: object) -> bool:
        """Tell whether what is listed of the period now is exactly this delivery."""
        return isinstance(now, Delivery) and (now.delivery_id, now.files) == (
            self.delivery_id,
            self.files,
        )


@dataclass(frozen=True)
class InFlight:
    """A manifest whose files are not all there yet: left for next time, and said."""

    connection_id: str
    billing_period: BillingPeriod | None
    reason: str


@dataclass(frozen=True)
class Inspection:
    """What a fetched delivery holds, found by reading it once before it may enter the ledger."""

    row_count: int
    columns: Mapping[str, str]
    """Raw column name -> DuckDB type, in file order. All VARCHAR for CSV."""
    control_totals: Mapping[str, Decimal]
    """Billing currency -> the bill's own total, straight from the raw column. None for a dataset
    that bills nothing, such as a price sheet: a charge from it would fail the refresh."""
    has_net_costs: bool = False
    """The bill's net columns carry discounts that its gross columns lack."""
    warnings: tuple[str, ...] = ()
    rows_sql: str | None = None
    """Of CSV: the relation that reads it strictly, for landing to keep its rows as Parquet."""


@dataclass(frozen=True)
class Finding:
    """One line of `finhouse connection check`."""

    ok: bool
    subject: str
    message: str
    advice: str = ""


@dataclass(frozen=True)
class ConnectionConfig:
    """A connection as its provider sees it. Secrets are references, never values."""

    connection_id: str
    provider: str
    location: str
    """`s3://bucket/prefix`, `https://<account>.blob.core.windows.net/container/prefix`, or a
    folder of the same layout."""
    export_name: str
    dataset: str
    options: Mapping[str, str] = field(default_factory=dict)
    """Provider-specific: for AWS `role_arn`, `external_id`, `region`, `endpoint_url`; for Azure
    `amortized_export`, `tenant_id`, `client_id`, `endpoint_url`."""
    secret: str = "chain"  # noqa: S105 - a reference, never the secret
    """`chain` (the cloud's own), `env:NAME` or `file:PATH`."""


@dataclass(frozen=True)
class LinkedAccounts:
    """The accounts that one management account pays for, itself among them."""

    management_account_id: str
    names: Mapping[str, str]
    """Account id -> name."""


@dataclass(frozen=True)
class OfferedRate:
    """What a provider asks for a way of using under a commitment of one term and payment."""

    program: str
    """In the words of `commitment_eligibility`."""
    term_months: int
    payment_option: str
    """No Upfront, Partial Upfront or All Upfront."""
    service_code: str
    usage_type: str
    """The way of using. Azure's prices name its meter here and Google's its SKU, or the resource:
    then service and operation are empty."""
    operation: str
    unit_price: Decimal
    """Of one unit; what is reserved as a whole, of its hour."""
    currency: str
    source: str
    """The file and the day that its publisher put on it."""
    machine: ReservedMachine | None = None
    """Of reservations: what one is for. `unit_price` is then an hour of it, upfront share too."""


@dataclass(frozen=True)
class BilledUse:
    """How a bill calls a way of using, and the price that it names."""

    service_code: str | None
    instance_type: str | None
    usage_type: str | None
    operation: str | None
    sku_id: str | None = None
    sku_price_id: str | None = None


@dataclass(frozen=True)
class PriceWords:
    """How a provider's prices and the uses on its bills find each other."""

    key: Callable[[str, BilledUse], tuple[str, str, str]]
    """Program and use -> service, way of using and operation of its price."""
    bound_to: Callable[[str, BilledUse], str | None]
    """Program and use -> what a commitment is bound to besides its region; None for nothing."""
    reported: str
    """SQL of the columns of `OfferedRate` and `effective_at`, from landed prices in `prices`."""


@dataclass(frozen=True)
class OfferFile:
    """Published prices as a relation with the columns of `OfferedRate`, its source left out.

    `machine` may be left out too, where nothing is reserved.
    """

    sql: str
    values: Mapping[str, str | list[str]]
    source: str
    """What its publisher calls it, a comma and the day on it."""


@runtime_checkable
class ManagesAccounts(Protocol):
    """A provider whose management account brings its linked accounts along."""

    def linked_accounts(self) -> LinkedAccounts | None:
        """Ask the cloud for them; None where only the bills can tell, as in a folder.

        Raises BillError, ACCESS_DENIED when the permission to ask is missing.
        """


class Provider(Protocol):
    """One cloud's bills. An instance serves one connection."""

    def deliveries(self, since: BillingPeriod | None = None) -> Iterator[Delivery | InFlight]:
        """Yield the current delivery of every period, oldest period first.

        Raises BillError for a manifest that cannot be trusted.
        """

    def fetch(self, file: DeliveredFile, target: Path) -> None:
        """Download one file whole to `target`, or raise BillError. May be retried."""

    def is_current(self, delivery: Delivery) -> bool:
        """Tell whether the provider still announces exactly this delivery.

        Asked after the last file is fetched: files of two deliveries must never mix.
        """

    def inspect(
        self, delivery: Delivery, folder: Path, connection: duckdb.DuckDBPyConnection
    ) -> Inspection:
        """Read the fetched files in `folder` once; raise BillError naming the unfit one."""

    def check(self) -> list[Finding]:
        """Say what is missing for bills to arrive, in words a person can act on."""


def utc_now() -> datetime:
    """Return the current instant, aware, UTC."""
    return datetime.now(UTC)
