"""What a connection's location names: a dataset of BigQuery, or a folder of extracts."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Self
from urllib.parse import parse_qs, urlsplit

from pipelines.providers.contract import BillError, BillingPeriod, ConnectionConfig

SCHEME = "bigquery://"
_LOCATION = re.compile(r"bigquery://([a-z0-9.:-]+)/(\w+)/?")
_TABLE = re.compile(r"[\w-]+")


@dataclass(frozen=True)
class TableAddress:
    """One table or view of BigQuery; its parts are safe inside backquotes."""

    project: str
    dataset: str
    table: str

    @classmethod
    def of(cls, config: ConnectionConfig) -> Self:
        """Read a connection's location and export name; BillError LOCATION for others."""
        found = _LOCATION.fullmatch(config.location)
        if not found or not _TABLE.fullmatch(config.export_name):
            raise BillError(
                "LOCATION",
                f"{config.location} {config.export_name}",
                "it names no table of BigQuery.",
                f"Write the location as {SCHEME}project/dataset and the table as the export.",
            )
        return cls(found[1], found[2], config.export_name)

    def __str__(self) -> str:
        return f"{self.project}.{self.dataset}.{self.table}"

    @property
    def uri(self) -> str:
        """The table, as a delivered file's address starts."""
        return f"{SCHEME}{self.project}/{self.dataset}/{self.table}"


@dataclass(frozen=True)
class Slice:
    """The rows of one invoice month that were loaded on one day (UTC)."""

    billing_period: BillingPeriod
    loaded_on: date

    @property
    def query(self) -> str:
        """How a delivered file's address ends."""
        return f"?invoice_month={self.billing_period}&loaded_on={self.loaded_on}"

    @classmethod
    def parse(cls, address: str, table: TableAddress) -> Self:
        """Read an address back; ValueError for one of another table."""
        own, asked = f"{table.uri}?", parse_qs(urlsplit(address).query)
        if not address.startswith(own) or {*asked} != {"invoice_month", "loaded_on"}:
            raise ValueError(f"{address} was not listed by this provider")
        loaded_on = date.fromisoformat(asked["loaded_on"][0])
        return cls(BillingPeriod.parse(asked["invoice_month"][0]), loaded_on)


def period_of(invoice_month: str, where: str) -> BillingPeriod:
    """Read `YYYYMM`; BillError PERIOD_NOT_A_MONTH for anything else."""
    try:
        return BillingPeriod.parse(f"{invoice_month[:4]}-{invoice_month[4:]}")
    except ValueError:
        raise BillError(
            "PERIOD_NOT_A_MONTH", where, f"{invoice_month!r} is no invoice month (YYYYMM)."
        ) from None
