"""Published prices, kept as they were loaded: `finhouse prices load` brings them, planning reads.

Of a rate the newest publication counts; each keeps which offer it is of, and of which day.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import duckdb

from pipelines.planning.reserved import ReservedMachine
from pipelines.providers.contract import BillError, OfferedRate
from pipelines.providers.registry import CLOUDS, OFFERS
from warehouse.eligible_usage import EligibleUsage
from warehouse.layout import Layout

RATE: Final = ", ".join(OfferedRate.__dataclass_fields__)
KEY: Final = (
    "program, term_months, payment_option, service_code, usage_type, operation, currency,"
    " machine.offering_class"
)
_NOTHING: Final = """
    select null::struct(
        instance_type varchar, offering_class varchar, upfront_price decimal(38, 18),
        recurring_price decimal(38, 18), size_factor decimal(38, 18), platform varchar,
        tenancy varchar
    ) as machine
    where false
"""
"""Plans reserve no machine: their offers leave the column out, what is kept has it."""


@dataclass(frozen=True)
class PriceList:
    """One offer file as it was loaded."""

    provider: str
    source: str
    """The offer, and the day that its publisher put on it."""
    rate_count: int
    loaded_at: datetime


def load_prices(layout: Layout, path: Path, provider_name: str = "AWS") -> PriceList:
    """Keep an offer file's rates. An offer has a file for each region: all of them count.

    Raises BillError for a file that is no offer.
    """
    if not path.is_file():
        raise BillError("MISSING", str(path), "there is no such file.", "Name an offer file.")
    offer = OFFERS[provider_name](path)
    folder = layout.prices / CLOUDS[provider_name]
    folder.mkdir(parents=True, exist_ok=True)
    with path.open("rb") as file:
        name = hashlib.file_digest(file, "sha256").hexdigest()[:16]
    arriving, kept = folder / f".{name}.arriving", folder / f"{name}.parquet"
    with _duckdb() as connection:
        # A file's name cannot be bound here; it is ours, of hexadecimal digits.
        connection.execute(
            f"copy ({_NOTHING} union all by name"
            f" select *, $source as source from {offer.sql} where program is not null)"
            f" to '{_quoted(arriving)}' (format parquet)",
            {**offer.values, "source": offer.source},
        )
    arriving.replace(kept)
    return _told(kept)


def list_prices(layout: Layout) -> list[PriceList]:
    """Return what was loaded, by provider and source."""
    found = [_told(path) for path in layout.prices.glob("*/*.parquet")]
    return sorted(found, key=lambda each: (each.provider, each.source))


def offered_for(layout: Layout) -> Callable[[EligibleUsage], Sequence[OfferedRate]]:
    """Return what finds the rates of the ways of using that somebody was billed for."""

    def offered(usage: EligibleUsage) -> Sequence[OfferedRate]:
        files = sorted((layout.prices / CLOUDS[usage.provider_name]).glob("*.parquet"))
        if not files:
            return []
        usage_types = {line.usage_type for line in usage.lines if line.usage_type}
        with _duckdb() as connection:
            rows = connection.execute(
                f"select {RATE} from read_parquet($files)"
                " where list_contains($usage_types, usage_type)"
                # `source` ends in the day: of a rate that was told twice the newest counts.
                f" qualify row_number() over (partition by {KEY} order by source[-10:] desc) = 1",
                {"files": [str(file) for file in files], "usage_types": list(usage_types)},
            ).fetchall()
        return [_rate(*row) for row in rows]

    return offered


def _rate(*row: Any) -> OfferedRate:
    named = dict(zip(OfferedRate.__dataclass_fields__, row, strict=True))
    machine = named["machine"]
    return OfferedRate(**named | {"machine": ReservedMachine(**machine) if machine else None})


def _told(path: Path) -> PriceList:
    with _duckdb() as connection:
        [(source, count)] = connection.execute(
            "select coalesce(any_value(source), ''), count(*) from read_parquet($path)",
            {"path": str(path)},
        ).fetchall()
    loaded_at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    return PriceList(path.parent.name, source, count, loaded_at)


def _duckdb() -> duckdb.DuckDBPyConnection:
    return duckdb.connect(config={"autoinstall_known_extensions": "false"})


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
