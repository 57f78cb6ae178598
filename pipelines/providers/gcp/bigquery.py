"""A billing export in BigQuery: an append-only table, read by invoice month and load day.

Prices and CUD metadata are daily snapshots: a month is the last one that was loaded in it.

Rows come as the text of `to_json_string`: one string per row passes the REST API ten times
faster than a row of nested fields (33 k against 3 k rows/s), and keeps every number as BigQuery
writes it. The Storage Read API is twice as fast again, for pyarrow and one more role: refused.
"""

import gzip
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from google.api_core.exceptions import NotFound
from google.cloud import bigquery
from google.cloud.bigquery.retry import DEFAULT_RETRY

from pipelines.providers.contract import (
    BillError,
    BillingPeriod,
    ConnectionConfig,
    DeliveredFile,
    Delivery,
    InFlight,
)
from pipelines.providers.gcp.addresses import Slice, TableAddress, period_of
from pipelines.providers.gcp.columns import COLUMNS
from pipelines.providers.gcp.loads import Loads
from pipelines.providers.gcp.signin import connect, in_words
from pipelines.providers.store import StoreError, changed

RETRY_SECONDS: Final = 120.0
"""How long one question is asked again when BigQuery is busy or away."""
ANSWER_SECONDS: Final = 600.0
PAGE_ROWS: Final = 5_000
"""About 10 MB, the most that BigQuery puts into one answer."""
BYTES_BILLED: Final = 200 * 2**30
"""The most one query may bill unless the option `max_bytes_billed` says otherwise."""
COMPRESSION: Final = 1


@dataclass(frozen=True)
class _Loaded:
    """Rows of one month by the day they were loaded."""

    day: date
    rows: int
    newest: datetime


@dataclass(frozen=True)
class BigQueryBills:
    """The bills of one table."""

    config: ConnectionConfig

    @cached_property
    def table(self) -> TableAddress:
        """The table's address."""
        return TableAddress.of(self.config)

    @cached_property
    def client(self) -> bigquery.Client:
        """The signed-in client."""
        with in_words(self.table):
            return connect(self.config, self.table)

    @cached_property
    def described(self) -> bigquery.Table:
        """The table's own description: columns, partitioning, region."""
        with in_words(self.table):
            try:
                return self.client.get_table(str(self.table), retry=_retry())
            except NotFound:
                # Which of the two is missing only the dataset's own answer tells.
                self.client.get_dataset(f"{self.table.project}.{self.table.dataset}")
                raise

    def deliveries(self, since: BillingPeriod | None = None) -> Iterator[Delivery | InFlight]:
        """Yield the state of every invoice month, oldest first; a BillError comes last."""
        unfit: list[BillError] = []
        for month, loaded in sorted(self._loaded(since).items()):
            try:
                period = period_of(month, str(self.table))
            except BillError as error:
                unfit.append(error)
                continue
            if since is None or period >= since:
                yield self._delivery(period, loaded)
        if unfit:
            raise unfit[0]

    def current(self, period: BillingPeriod) -> Delivery | None:
        """Return the state of one month now."""
        found = self._loaded(period).get(f"{period.start:%Y%m}")
        return self._delivery(period, found) if found else None

    def fetch(self, file: DeliveredFile, target: Path) -> None:
        """Write one load day's rows as gzipped JSON lines, page by page."""
        wanted = Slice.parse(file.address, self.table)
        rows = self._ask(
            f"select to_json_string(t) as line from `{self.table}` as t"
            f" where {self._loads.month} = @invoice_month and {self._loads.day} = @loaded_on",
            invoice_month=f"{wanted.billing_period.start:%Y%m}",
            loaded_on=wanted.loaded_on,
        )
        written = 0
        with in_words(file.address), gzip.GzipFile(target, "wb", COMPRESSION, mtime=0) as lines:
            for page in rows.pages:
                text = "".join(f"{row[0]}\n" for row in page)
                written += text.count("\n")
                lines.write(text.encode())
        if written != (rows.total_rows or 0):
            what = f"{written:,} of {rows.total_rows:,} rows came."
            raise StoreError("SIZE_MISMATCH", file.address, what)
        if file.etag != str(written):
            raise changed(file.address)

    @cached_property
    def _loads(self) -> Loads:
        return Loads(self.described, COLUMNS[self.config.dataset].bill)

    def _loaded(self, since: BillingPeriod | None) -> Mapping[str, list[_Loaded]]:
        first = self._first_month(since)
        bounds = f"where {self._loads.day} >= @first_day" if first else ""
        rows = self._ask(
            f"select {self._loads.month} as invoice_month, {self._loads.day} as loaded_on,"
            f" count(*) as row_count, {self._loads.newest} as newest from `{self.table}`"
            f" {bounds} group by 1, 2 order by 1, 2",
            **({"first_day": first} if first else {}),
        )
        found: dict[str, list[_Loaded]] = {}
        with in_words(self.table):
            for month, day, count, at in rows:
                found.setdefault(str(month), []).append(_Loaded(day, count, _aware(at)))
        return found if self._loads.bill else {month: days[-1:] for month, days in found.items()}

    def _first_month(self, since: BillingPeriod | None) -> date | None:
        """Rows of a month are loaded from its first day on; a day is spared for time zones."""
        option = self.config.options.get("first_month")
        try:
            asked = [since, BillingPeriod.parse(option) if option else None]
        except ValueError as error:
            raise BillError("OPTION", "first_month", f"{error}.") from None
        first = max((period for period in asked if period), default=None)
        if first is None or not self._loads.are_told:
            return None
        return first.start - timedelta(days=1)

    def _delivery(self, period: BillingPeriod, loaded: list[_Loaded]) -> Delivery:
        newest = max(part.newest for part in loaded)
        rows = sum(part.rows for part in loaded)
        # Load days are left out: a table that was copied whole is no other bill.
        digest = hashlib.sha256(f"{self.table}|{rows}|{newest.isoformat()}".encode()).hexdigest()
        return Delivery(
            connection_id=self.config.connection_id,
            billing_period=period,
            delivery_id=f"{newest:%Y%m%dT%H%M%S}-{digest[:16]}",
            submitted_at=newest,
            dataset=self.config.dataset,
            file_type="jsonl",
            files=tuple(
                DeliveredFile(
                    f"{self.table.uri}{Slice(period, part.day).query}",
                    f"{part.day}.jsonl.gz",
                    etag=str(part.rows),
                )
                for part in loaded
            ),
        )

    def _ask(self, sql: str, **given: str | date) -> Any:
        """Run a query that may bill no more than the cap; say so before it runs."""
        kinds = {name: "DATE" if isinstance(v, date) else "STRING" for name, v in given.items()}
        bound = [bigquery.ScalarQueryParameter(n, kinds[n], v) for n, v in given.items()]
        cap = self._cap()
        with in_words(self.table):
            trial = bigquery.QueryJobConfig(
                query_parameters=bound, dry_run=True, use_query_cache=False
            )
            estimate = self._query(sql, trial).total_bytes_processed or 0
            if estimate > cap:
                raise StoreError(
                    "BYTES_BILLED_LIMIT", str(self.table),
                    f"a query would read {estimate:,} bytes, more than the {cap:,} it may bill.",
                    "Raise the connection's option max_bytes_billed, or set first_month.",
                )  # fmt: skip
            job = self._query(
                sql, bigquery.QueryJobConfig(query_parameters=bound, maximum_bytes_billed=cap)
            )
            return job.result(page_size=PAGE_ROWS, retry=_retry(), timeout=ANSWER_SECONDS)

    def _query(self, sql: str, job_config: bigquery.QueryJobConfig) -> bigquery.QueryJob:
        return self.client.query(
            sql,
            job_config=job_config,
            location=self.described.location,
            retry=_retry(),
            job_retry=None,
            timeout=ANSWER_SECONDS,
        )

    def _cap(self) -> int:
        given = self.config.options.get("max_bytes_billed", str(BYTES_BILLED))
        if not given.isdigit():
            advice = "Write the bytes as a whole number, for example 1000000000."
            raise BillError("OPTION", "max_bytes_billed", f"{given!r} is no number.", advice)
        return int(given)


def _retry() -> Any:
    return DEFAULT_RETRY.with_timeout(RETRY_SECONDS)


def _aware(at: datetime) -> datetime:
    return at if at.tzinfo else at.replace(tzinfo=UTC)
