"""The registry's table of extracts that are written and delivered by the clock."""

from typing import Final

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    ForeignKey,
    SmallInteger,
    String,
    Table,
    UniqueConstraint,
)

from warehouse.registry.access_tables import COMPANY
from warehouse.registry.tables import METADATA, UtcDateTime, one_of

RHYTHMS: Final = ("day", "week", "month")

extract_schedules = Table(
    "extract_schedules",
    METADATA,
    Column("schedule_id", String, primary_key=True),
    Column("company_id", ForeignKey(COMPANY), nullable=False),
    # Null: the company's own. No foreign key: `unassigned` is no organization of the table.
    Column("organization_id", String),
    Column("name", String, nullable=False),
    Column("name_key", String, nullable=False),
    Column("extract", String, nullable=False),
    # What is asked of it, in the reader's words: where, sort, columns.
    Column("question", JSON, nullable=False),
    Column("file_format", String, nullable=False),
    Column("bom", Boolean, nullable=False),
    Column("rhythm", String, nullable=False),
    Column("on_day", SmallInteger, nullable=False),
    # 0: the month it is; 1: the one before.
    Column("months_back", SmallInteger, nullable=False),
    Column("destination", String, nullable=False),
    Column("options", JSON, nullable=False),
    Column("secret", String, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("checked_at", UtcDateTime),
    # Of the month, the rows and the columns that were delivered last.
    Column("delivered_digest", String),
    Column("delivered_at", UtcDateTime),
    one_of("rhythm", RHYTHMS),
    UniqueConstraint("company_id", "name_key", name="uq_extract_schedules_name_key"),
)
