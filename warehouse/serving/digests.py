"""What readers are served, told by digests: whose month of which mart changed.

One pass over the marts serves every door, and reads only the months whose state is not the one of
the last pass. A digest is made of the rows themselves, so whatever changed is found however it came
about: a restated month, a deletion, a new model.
"""

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import duckdb

from warehouse.extracts.report import replacing
from warehouse.scope import Island
from warehouse.serving.contents import SCHEMA
from warehouse.serving.states import WHOLE, States


@dataclass(frozen=True, order=True)
class Slice:
    """What one organization has of a mart in one month; an empty month is all of it."""

    mart: str
    island: Island
    billing_period: str


@dataclass(frozen=True)
class Digest:
    """How many rows a slice has, and a sum over the hashes of them."""

    row_count: int
    value: str


Digests = Mapping[Slice, Digest]
Row = tuple[str, str, str, int, str]
"""Company, organization, month, rows, digest."""


class Month(NamedTuple):
    """The state of a mart's month, and what was found in it."""

    state: str
    rows: list[Row]


def read_digests(
    lake: duckdb.DuckDBPyConnection, snapshot_id: int, marts: Iterable[str], noted: Path
) -> dict[Slice, Digest]:
    """Return the digest of every slice of the snapshot that the lake shows.

    What is found is noted for the next door and the next publication.
    """
    known, states = _read(noted), States(lake, snapshot_id)
    found = {mart: _of_mart(lake, mart, states.of(mart), known.get(mart, {})) for mart in marts}
    _write(noted, found)
    return {
        Slice(mart, Island(company_id, organization_id), period): Digest(count, value)
        for mart, months in found.items()
        for _, rows in months.values()
        for company_id, organization_id, period, count, value in rows
    }


def keys_of(columns: Collection[str]) -> tuple[str, str]:
    """Return how a row of `mart` tells its organization and its month, if it has them."""
    organization = "mart.organization_id" if "organization_id" in columns else "''"
    return organization, "mart.billing_period" if "billing_period" in columns else "''"


def _of_mart(
    lake: duckdb.DuckDBPyConnection,
    mart: str,
    states: Mapping[str, str],
    known: Mapping[str, Month],
) -> dict[str, Month]:
    kept = {month: its for month, its in known.items() if states.get(month) == its[0]}
    stale = {month: Month(states[month], []) for month in sorted(states.keys() - kept.keys())}
    if stale:
        is_whole = WHOLE in stale
        for row in _hash(lake, mart, None if is_whole else list(stale)):
            stale[WHOLE if is_whole else row[2]].rows.append(row)
    return kept | stale


def _hash(lake: duckdb.DuckDBPyConnection, mart: str, months: list[str] | None) -> list[Row]:
    """Read the rows of these months, or all, by column and in parallel."""
    relation = f"lake.{SCHEMA}.{mart}"
    columns = {name for name, *_ in lake.execute(f"describe {relation}").fetchall()}
    organization, period = keys_of(columns)
    its = "" if months is None else " and mart.billing_period in (select unnest($months))"
    return lake.execute(
        f"select company_id, {organization}, {period}, count(*), sum(hash(mart))::varchar"
        f" from {relation} as mart where company_id is not null{its} group by all",
        {} if months is None else {"months": months},
    ).fetchall()


def _read(noted: Path) -> dict[str, dict[str, Month]]:
    try:
        told = json.loads(noted.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return {
        mart: {month: Month(state, rows) for month, (state, rows) in months.items()}
        for mart, months in told.items()
    }


def _write(noted: Path, found: Mapping[str, Mapping[str, Month]]) -> None:
    noted.parent.mkdir(parents=True, exist_ok=True)
    with replacing(noted) as arriving:
        arriving.write_text(json.dumps(found), "utf-8")
