"""The GCP provider: what one connection's billing export holds, month by month."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Protocol

import duckdb

from pipelines.providers.contract import (
    BillError,
    BillingPeriod,
    ConnectionConfig,
    DeliveredFile,
    Delivery,
    Finding,
    InFlight,
    Inspection,
)
from pipelines.providers.gcp.addresses import SCHEME
from pipelines.providers.gcp.bigquery import BigQueryBills
from pipelines.providers.gcp.checkup import check
from pipelines.providers.gcp.columns import COLUMNS
from pipelines.providers.gcp.extracts import FolderBills
from pipelines.providers.gcp.inspection import inspect


class Bills(Protocol):
    """Where a billing export lies."""

    def deliveries(self, since: BillingPeriod | None = None) -> Iterator[Delivery | InFlight]:
        """Yield the state of every invoice month, oldest first."""

    def current(self, period: BillingPeriod) -> Delivery | None:
        """Return the state of one month now."""

    def fetch(self, file: DeliveredFile, target: Path) -> None:
        """Bring one file."""


@dataclass(frozen=True)
class GcpProvider:
    """What one GCP connection exports; `COLUMNS` lists the datasets.

    The export is append-only, so a delivery of a month is the state of the table for that
    invoice month: nothing new is the same delivery, whatever was asked when. Of prices and CUD
    metadata, which bill nothing, it is the month's last snapshot.
    """

    config: ConnectionConfig

    @cached_property
    def bills(self) -> Bills:
        """The table or folder."""
        if self.config.dataset not in COLUMNS:
            raise BillError(
                "DATASET",
                self.config.export_name,
                f"{self.config.dataset!r} is no dataset of GCP.",
                f"It is one of {', '.join(COLUMNS)}.",
            )
        in_bigquery = self.config.location.startswith(SCHEME)
        return BigQueryBills(self.config) if in_bigquery else FolderBills(self.config)

    def deliveries(self, since: BillingPeriod | None = None) -> Iterator[Delivery | InFlight]:
        """Yield the current delivery of every invoice month, oldest first."""
        yield from self.bills.deliveries(since)

    def is_current(self, delivery: Delivery) -> bool:
        """Tell whether the month still holds exactly these rows."""
        return delivery.is_still(self.bills.current(delivery.billing_period))

    def fetch(self, file: DeliveredFile, target: Path) -> None:
        """Bring one load day's rows, or one extract, whole."""
        self.bills.fetch(file, target)

    def inspect(
        self, delivery: Delivery, folder: Path, connection: duckdb.DuckDBPyConnection
    ) -> Inspection:
        """Read the fetched files in `folder` once; raise BillError naming the unfit one."""
        return inspect(delivery, folder, connection)

    def check(self) -> list[Finding]:
        """Say what is missing for bills to arrive."""
        return check(self.config, lambda: self.bills)
