"""When the rows of a table were loaded, and for which month, in the table's own SQL."""

from dataclasses import dataclass
from datetime import UTC, datetime

from google.cloud import bigquery

from pipelines.providers.gcp.columns import Bill

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Loads:
    """The loads of one table; `bill` is None where each of them is a snapshot."""

    table: bigquery.Table
    bill: Bill | None

    @property
    def are_told(self) -> bool:
        """Tell whether the table says when a row was loaded."""
        return self._is_partitioned_by_load or self._exported is not None

    @property
    def day(self) -> str:
        """The partition where the table has one, so that a day's query bills a day's bytes."""
        if self._is_partitioned_by_load:
            return "date(_PARTITIONTIME)"
        if self._exported:
            return f"date({self._exported})"
        # A snapshot's table that says nothing of its loads holds one: the last one written.
        return f"date '{EPOCH if self.bill else self._modified:%Y-%m-%d}'"

    @property
    def month(self) -> str:
        """The month of a row as YYYYMM: of its invoice, or of the load of its snapshot."""
        return self.bill.month_sql if self.bill else f"format_date('%Y%m', {self.day})"

    @property
    def newest(self) -> str:
        """When the newest of some rows was loaded."""
        if self._exported:
            return f"max({self._exported})"
        if self.bill:
            return "timestamp(max(BillingPeriodEnd))"
        if self._is_partitioned_by_load:
            return "max(_PARTITIONTIME)"
        return f"timestamp '{self._modified:%Y-%m-%d %H:%M:%S}+00'"

    @property
    def _is_partitioned_by_load(self) -> bool:
        partitioning = self.table.time_partitioning
        return partitioning is not None and partitioning.field is None

    @property
    def _exported(self) -> str | None:
        """When a row was loaded; a view may not have it."""
        names = {field.name.lower(): field.name for field in self.table.schema}
        return next((names[n] for n in ("export_time", "x_exporttime") if n in names), None)

    @property
    def _modified(self) -> datetime:
        return self.table.modified or EPOCH
