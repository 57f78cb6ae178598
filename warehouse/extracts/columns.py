"""Columns that extracts share: finance reads the same title, kind and width everywhere."""

from dataclasses import replace
from typing import Final

from warehouse.extracts.report import IN_CURRENCY, Column, Kind

MONTH: Final = Column("Month", Kind.MONTH, "month", 10)
PROVIDER: Final = Column("Provider", Kind.TEXT, "provider", 12)
ACCOUNT: Final = Column("Account", Kind.TEXT, "account", 16)
SERVICE: Final = Column("Service", Kind.TEXT, "service", 36)
REGION: Final = Column("Region", Kind.TEXT, "region", 16)
MACHINE: Final = Column("Machine", Kind.TEXT, "machine", 16)
CURRENCY: Final = Column(IN_CURRENCY, Kind.TEXT, "currency", 10)


def shown_by(column: Column, sql: str) -> Column:
    """Return the column over a mart, which calls it otherwise than the reports."""
    return replace(column, sql=sql)
