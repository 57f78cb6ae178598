"""Prices of commitments: published ones, that `finhouse prices load` keeps, and those landed.

A price list that lands with the bills is the account's own, and goes before published prices. Of a
rate the newest publication counts; each keeps which offer it is of, and of which day.
"""

import hashlib
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import duckdb

from pipelines.binding import price_key
from pipelines.planning.reserved import ReservedMachine
from pipelines.providers.contract import BillError, OfferedRate
from pipelines.providers.registry import CLOUDS, OFFERS, PRICE_PAGES, PRICE_WORDS
from warehouse.eligible_usage import EligibleUsage
from warehouse.layout import Layout
from warehouse.reported_prices import reported_prices

RATE: Final = ", ".join(OfferedRate.__dataclass_fields__)
LANDED: Final = RATE.removesuffix(", machine")
"""Price lists that land with bills name no machine."""
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
    """Keep an offer file's rates, or those of a folder of pages. All that were loaded count.

    Raises BillError for a file that is no offer.
    """
    if not (path.is_file() or (path.is_dir() and provider_name in PRICE_WORDS)):
        raise BillError("MISSING", str(path), "there is no such file.", "Name an offer file.")
    offer = OFFERS[provider_name](path)
    folder = layout.prices / CLOUDS[provider_name]
    folder.mkdir(parents=True, exist_ok=True)
    name = _digest(path)[:16]
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


def fetch_prices(layout: Layout, url: str, provider_name: str) -> PriceList:
    """Keep the rates of a public address. Raises BillError where it does not answer prices."""
    if provider_name not in PRICE_PAGES:
        advice = "Download the offer, and name its file."
        raise BillError("UNSUPPORTED", provider_name, "its prices have no public pages.", advice)
    with TemporaryDirectory() as folder:
        PRICE_PAGES[provider_name](url, Path(folder))
        return load_prices(layout, Path(folder), provider_name)


def list_prices(layout: Layout) -> list[PriceList]:
    """Return what was loaded, by provider and source."""
    found = [_told(path) for path in layout.prices.glob("*/*.parquet")]
    return sorted(found, key=lambda each: (each.provider, each.source))


def offered_for(
    layout: Layout,
    lake: duckdb.DuckDBPyConnection | None = None,
    company_ids: Collection[str] = (),
) -> Callable[[EligibleUsage], Sequence[OfferedRate]]:
    """Return what finds the rates of the ways of using that somebody was billed for.

    The companies' own prices come from the lake, all others from what was loaded.
    """

    def offered(usage: EligibleUsage) -> Sequence[OfferedRate]:
        keys = {
            price_key(usage.provider_name, program, line)[1]
            for line in usage.lines
            for program in line.programs
        } - {""}
        published = _published(layout, usage.provider_name, keys)
        words = PRICE_WORDS.get(usage.provider_name)
        if lake is None or words is None:
            return published
        rows = reported_prices(
            lake, CLOUDS[usage.provider_name], company_ids, words.reported, LANDED, keys
        )
        own = [OfferedRate(*row) for row in rows]
        known = {(each.program, each.term_months, each.currency) for each in own}
        return own + [
            each
            for each in published
            if (each.program, each.term_months, each.currency) not in known
        ]

    return offered


def _published(layout: Layout, provider_name: str, keys: Collection[str]) -> list[OfferedRate]:
    files = sorted((layout.prices / CLOUDS[provider_name]).glob("*.parquet"))
    if not files:
        return []
    with _duckdb() as connection:
        rows = connection.execute(
            f"select {RATE} from read_parquet($files)"
            " where list_contains($keys, usage_type)"
            # `source` ends in the day: of a rate that was told twice the newest counts.
            f" qualify row_number() over (partition by {KEY} order by source[-10:] desc) = 1",
            {"files": [str(file) for file in files], "keys": list(keys)},
        ).fetchall()
    return [_rate(*row) for row in rows]


def _rate(*row: Any) -> OfferedRate:
    named = dict(zip(OfferedRate.__dataclass_fields__, row, strict=True))
    machine = named["machine"]
    return OfferedRate(**named | {"machine": ReservedMachine(**machine) if machine else None})


def _digest(path: Path) -> str:
    """Return the digest of a file, or of a folder's pages."""
    digest = hashlib.sha256()
    for each in sorted(path.glob("*.json")) if path.is_dir() else [path]:
        with each.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()


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
