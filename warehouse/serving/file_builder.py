"""Cutting the lake into files: each mart once by company and organization, then file by file."""

import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import duckdb

from warehouse.layout import Holder, Layout
from warehouse.registry.deliveries import DeliveryRecord
from warehouse.scope import COMPANY_MARTS
from warehouse.serving.contents import (
    ABOUT,
    ABOUT_COLUMNS,
    ABOUT_DESCRIBED,
    SCHEMA,
    Description,
    file_of,
    quoted,
    tables_of,
)

TELL: Final = f"""
    insert into made.{SCHEMA}.{ABOUT}
    select
        $company,
        nullif($organization, ''),
        $snapshot,
        $published,
        (select list(distinct billing_currency order by billing_currency)
            from made.{SCHEMA}.fct_daily_costs),
        (select max(reporting_currency) from made.{SCHEMA}.fct_daily_costs),
        (select list({{
                'connection_id': connection_id,
                'provider': provider,
                'billing_period': billing_period,
                'submitted_at': submitted_at
            }} order by connection_id)
            from delivered
            where connection_id in (select connection_id from made.{SCHEMA}.fct_daily_costs)),
        map($tables, $counts)
"""


@dataclass(frozen=True)
class FileBuilder:
    """Builds files of one snapshot of the lake, which its connection has attached as `lake`."""

    connection: duckdb.DuckDBPyConnection
    layout: Layout
    snapshot_id: int
    published_at: datetime
    tables: list[str]
    descriptions: Mapping[str, Description]

    def build(self, holders: list[Holder], delivered: Iterable[DeliveryRecord]) -> int:
        """Build the files of these holders, each put in its place whole; return their rows."""
        self._cut(sorted({holder.company_id for holder in holders}))
        self._note_freshness(delivered)
        of_company, of_organization = self._templates()
        rows = sum(
            self._build_one(holder, of_organization if holder.organization_id else of_company)
            for holder in holders
        )
        shutil.rmtree(self.layout.building)
        return rows

    def _cut(self, companies: list[str]) -> None:
        for table in self.tables:
            folder = self.layout.building / table
            folder.mkdir(parents=True)
            keys = "company_id" if table in COMPANY_MARTS else "company_id, organization_id"
            self.connection.execute(
                f"copy (select * from lake.marts.{table}"
                f" where company_id in (select unnest($companies))) to {quoted(folder)}"
                f" (format parquet, partition_by ({keys}), write_partition_columns true)",
                {"companies": companies},
            )

    def _note_freshness(self, delivered: Iterable[DeliveryRecord]) -> None:
        """Keep the newest served month of every connection: the deliveries come oldest first."""
        self.connection.execute(
            "create temp table delivered (connection_id varchar primary key, provider varchar,"
            " billing_period varchar, submitted_at timestamp)"
        )
        for item in delivered:
            if item.state == "published":
                self.connection.execute(
                    "insert or replace into delivered values (?, ?, ?, ?)",
                    [
                        item.connection_id,
                        item.provider,
                        item.billing_period,
                        _utc(item.submitted_at),
                    ],
                )

    def _templates(self) -> tuple[Path, Path]:
        """Make an empty file of each kind with all comments: to spell them per file is slower."""
        of_company = self.layout.building / "company.duckdb"
        with self._made(of_company):
            self.connection.execute(f"create schema made.{SCHEMA}")
            for table in self.tables:
                self.connection.execute(
                    f"create table made.{SCHEMA}.{table} as from lake.marts.{table} limit 0"
                )
                self._comment(table, self.descriptions[table])
            self.connection.execute(f"create table made.{SCHEMA}.{ABOUT} ({ABOUT_COLUMNS})")
            self._comment(ABOUT, ABOUT_DESCRIBED)
        of_organization = of_company.with_name("organization.duckdb")
        shutil.copyfile(of_company, of_organization)
        with self._made(of_organization):
            for table in COMPANY_MARTS.intersection(self.tables):
                self.connection.execute(f"drop table made.{SCHEMA}.{table}")
        return of_company, of_organization

    def _tables_of(self, holder: Holder) -> list[str]:
        return [table for table in self.tables if table in tables_of(holder)]

    def _comment(self, table: str, described: Description) -> None:
        name = f"made.{SCHEMA}.{table}"
        self.connection.execute(f"comment on table {name} is {quoted(described.table)}")
        for column, *_ in self.connection.execute(f"describe {name}").fetchall():
            # What a newer release dropped may still be in the lake, and nobody describes it.
            said = quoted(described.columns.get(column, ""))
            self.connection.execute(f'comment on column {name}."{column}" is {said}')

    def _build_one(self, holder: Holder, template: Path) -> int:
        target, arriving = file_of(self.layout, holder), template.with_name("arriving.duckdb")
        shutil.copyfile(template, arriving)
        with self._made(arriving):
            counts = {table: self._insert(holder, table) for table in self._tables_of(holder)}
            self._tell(holder, counts)
        # Whoever opened it for writing would lock every reader out.
        arriving.chmod(arriving.stat().st_mode & ~0o222)
        target.parent.mkdir(parents=True, exist_ok=True)
        arriving.replace(target)
        return sum(counts.values())

    def _insert(self, holder: Holder, table: str) -> int:
        folder = self.layout.building / table / f"company_id={holder.company_id}"
        if holder.organization_id:
            folder /= f"organization_id={holder.organization_id}"
        if not folder.is_dir():
            return 0
        [(count,)] = self.connection.execute(
            f"insert into made.{SCHEMA}.{table} by name"
            " select * from read_parquet($files, hive_partitioning = false)",
            {"files": str(folder / "**" / "*.parquet")},
        ).fetchall()
        return int(count)

    def _tell(self, holder: Holder, counts: Mapping[str, int]) -> None:
        self.connection.execute(
            TELL,
            {
                "company": holder.company_id,
                "organization": holder.organization_id,
                "snapshot": self.snapshot_id,
                "published": _utc(self.published_at),
                "tables": list(counts),
                "counts": list(counts.values()),
            },
        )

    @contextmanager
    def _made(self, path: Path) -> Iterator[None]:
        """Write a file as `made`, in one transaction: each one waits for the disk."""
        self.connection.execute(f"attach {quoted(path)} as made")
        self.connection.execute("begin")
        yield
        self.connection.execute("commit")
        self.connection.execute("checkpoint made")
        self.connection.execute("detach made")


def _utc(at: datetime) -> datetime:
    """Return an instant as DuckDB's timestamp has it: in UTC, without saying so."""
    return at.astimezone(UTC).replace(tzinfo=None)
