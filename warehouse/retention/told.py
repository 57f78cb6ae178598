"""What the platform told of people and payments: how much there is of whom, and of when."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC
from pathlib import Path
from typing import Final

import duckdb

from warehouse.layout import Layout
from warehouse.retention.certificates import Notary
from warehouse.retention.events import Events, Stock
from warehouse.retention.people import MOMENTS, PERSONAL, naive
from warehouse.retention.policy import RetentionError

WITHHELD: Final = "withheld"
"""Class of a withdrawn company's billing records: a law keeps them longer than everything else."""


@dataclass(frozen=True)
class Platform:
    """Where the platform's events lie, and which data class each dataset has."""

    layout: Layout
    classes: Mapping[str, str]

    def landed(self) -> Iterator[tuple[Path, str]]:
        """Return the folder and the class of each landed dataset.

        Raises RetentionError for one without a class: nobody would know when it goes.
        """
        for folder in sorted(self.layout.landed_platform.glob("*/")):
            if folder.name not in self.classes:
                raise RetentionError(
                    f"UNCLASSIFIED: the platform's dataset {folder.name} has no data class, so no"
                    " rule says when it goes. Give its source a data_class."
                )
            yield folder, self.classes[folder.name]

    def withheld(self, company_id: str) -> Path:
        """Return where a withdrawn company's billing records are kept."""
        return self.layout.withheld / Notary(self.layout.retention).token(company_id)


def know_leavers(connection: duckdb.DuckDBPyConnection, events: Events) -> None:
    """Give a connection the tables of who left: `withdrawn` companies, and `leavers` by address.

    Only their rows have a term, so only theirs are told apart by member and moment.
    """
    connection.execute("create temp table withdrawn (company_id varchar)")
    connection.execute(
        "create temp table leavers (company_id varchar, member_id varchar, email varchar,"
        " since timestamp, until timestamp)"
    )
    gone = [[each.company_id] for each in events.companies if each.withdrawn_at]
    left = [
        [each.company_id, each.member_id, email, naive(each.since), naive(each.until)]
        for each in events.departures
        for email in {*each.emails, each.member_id}
    ]
    if gone:
        connection.executemany("insert into withdrawn values (?)", gone)
    if left:
        connection.executemany("insert into leavers values (?, ?, ?, ?, ?)", left)


def told_in(
    connection: duckdb.DuckDBPyConnection,
    relation: str,
    columns: Collection[str],
    like: Stock,
) -> Iterator[Stock]:
    """Return what a relation has of each company; of who left, by member and moment.

    Its bytes are those of `like`, by share. Moments are quarters of an hour: in every zone
    midnight is one.
    """
    moment = next((f"told.{name}" for name in MOMENTS if name in columns), "null::timestamp")
    email = "told.email" if set(columns) >= PERSONAL else "null::varchar"
    rows = connection.execute(
        f"""
        select
            told.company_id,
            coalesce(leavers.member_id, '') as member_id,
            if(
                coalesce(leavers.company_id, withdrawn.company_id) is null,
                null,
                time_bucket(interval 15 minute, {moment})
            ) as at,
            count(*) as row_count
        from {relation} as told
        left join withdrawn on told.company_id = withdrawn.company_id
        left join leavers
            on told.company_id = leavers.company_id
            and {email} = leavers.email
            and {moment} >= coalesce(leavers.since, '-infinity')
            and {moment} < coalesce(leavers.until, 'infinity')
        group by all
        """
    ).fetchall()
    total = sum(row[3] for row in rows)
    for company_id, member_id, at, count in rows:
        yield replace(
            like,
            company_id=company_id,
            member_id=member_id,
            at=at and at.replace(tzinfo=UTC),
            rows=count,
            bytes=like.bytes * count // total,
        )


def read_told(platform: Platform, events: Events) -> Iterator[Stock]:
    """Return what was landed of the platform's events, and what was withheld of them."""
    with duckdb.connect() as connection:
        know_leavers(connection, events)
        for folder, data_class in platform.landed():
            like, paths = (
                Stock(data_class, f"platform {folder.name}", ""),
                [*folder.glob("*.parquet")],
            )
            yield from _in_files(connection, files(paths), paths, like)
        for (company_id,) in connection.execute("from withdrawn").fetchall():
            for path in sorted(platform.withheld(company_id).glob("*.parquet")):
                like = Stock(WITHHELD, f"withheld {path.stem}", "")
                # It lies there under a token.
                owned = f"(select * replace ('{company_id}' as company_id) from {files([path])})"
                yield from _in_files(connection, owned, [path], like)


def files(paths: Collection[Path]) -> str:
    """Return Parquet files as a relation."""
    listed = ", ".join(f"'{str(path).replace(chr(39), chr(39) * 2)}'" for path in paths)
    return f"read_parquet([{listed}], union_by_name = true, hive_partitioning = false)"


def columns_of(connection: duckdb.DuckDBPyConnection, relation: str) -> frozenset[str]:
    """Return a relation's columns."""
    described = connection.execute(f"describe from {relation}").fetchall()
    return frozenset(name for name, *_ in described)


def _in_files(
    connection: duckdb.DuckDBPyConnection, relation: str, paths: Collection[Path], like: Stock
) -> Iterator[Stock]:
    if paths:
        size = sum(path.stat().st_size for path in paths)
        columns = columns_of(connection, relation)
        yield from told_in(connection, relation, columns, replace(like, bytes=size))
