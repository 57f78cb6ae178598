"""What a published file holds: which tables, what they are called, whose rows."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import duckdb

from warehouse.layout import Holder, Layout
from warehouse.scope import COMPANY_MARTS, MENU_OF, REPORTS

FILE_MENUS: Final = frozenset({"costs", "resources", "commitments"})
"""What anybody who may open a file sees of it. Who did what, and who may, is in no file."""
FILE_MARTS: Final = frozenset(mart for mart, menu in MENU_OF.items() if menu in FILE_MENUS)
OF_ORGANIZATION: Final = FILE_MARTS | REPORTS
OF_COMPANY: Final = OF_ORGANIZATION | COMPANY_MARTS
ABOUT: Final = "_about"
SCHEMA: Final = "marts"
"""As in the lake: a question reads the same there and here."""


@dataclass(frozen=True)
class Description:
    """What a table and its columns mean."""

    table: str
    columns: Mapping[str, str]


ABOUT_DESCRIBED: Final = Description(
    "One row: what this file is and how fresh it is. Everything in the file is of one snapshot.",
    {
        "company_id": "Company whose data it is.",
        "organization_id": "Organization whose data it is; null in a company's file.",
        "snapshot_id": "Snapshot of the lake it was cut from; later ones hold the same rows.",
        "published_at": "When that snapshot was published, UTC.",
        "billing_currencies": "Currencies of the costs. Never sum across them.",
        "reporting_currency": "Currency of the reporting costs; null when the company has none.",
        "freshness": "For each connection that bills it: newest month, and when its delivery was"
        " submitted, UTC, as of the snapshot.",
        "row_counts": "Rows of every table.",
    },
)
ABOUT_COLUMNS: Final = (
    "company_id varchar, organization_id varchar, snapshot_id bigint, published_at timestamp,"
    " billing_currencies varchar[], reporting_currency varchar,"
    " freshness struct(connection_id varchar, provider varchar, billing_period varchar,"
    " submitted_at timestamp)[], row_counts map(varchar, bigint)"
)


def tables_of(holder: Holder) -> frozenset[str]:
    """Return the tables that a holder's file may have."""
    return OF_ORGANIZATION if holder.organization_id else OF_COMPANY


def file_of(layout: Layout, holder: Holder) -> Path:
    """Return where a holder's file lies."""
    if holder.organization_id:
        return layout.organization_file(holder.company_id, holder.organization_id)
    return layout.company_file(holder.company_id)


def published_tables(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Return what may be in a file of the marts that a snapshot has: an older one lacks some."""
    found = connection.execute(
        "select table_name from information_schema.tables"
        " where table_catalog = 'lake' and table_schema = 'marts'"
    ).fetchall()
    return sorted(OF_COMPANY & {name for (name,) in found})


def digest(value: object) -> str:
    """Return a hash of what JSON can tell."""
    return hashlib.sha256(json.dumps(value).encode()).hexdigest()


def quoted(text: Path | str) -> str:
    """Spell text for statements that bind nothing: attach, copy and comment."""
    return "'" + str(text).replace("'", "''") + "'"
