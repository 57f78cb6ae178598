"""Checks on what readers see. The checks that block a refresh are the models' own tests."""

from collections.abc import Iterator

from dagster import (
    AssetCheckExecutionContext,
    AssetCheckResult,
    AssetCheckSpec,
    MetadataValue,
    asset_check,
    multi_asset_check,
)

from pipelines.assets.gates import as_results, specs
from pipelines.assets.publication import PUBLICATION_KEY
from pipelines.assets.remarks import LEDGER_KEY, as_result, remarks_of_last_load
from pipelines.house import House
from pipelines.providers.contract import utc_now
from pipelines.settings import settings
from quality.freshness import stale_connections
from quality.gates import results
from quality.remarks import CLAIMS


@asset_check(
    asset=PUBLICATION_KEY,
    name="is_fresh",
    description="Every connection delivered within the last day (FINHOUSE_FRESHNESS_HOURS), or "
    "within the hours its option fresh_within_hours allows.",
)
def freshness_check(_context: AssetCheckExecutionContext) -> AssetCheckResult:
    """Fail when a connection has gone quiet. It does not block: old truth beats none."""
    house = House.open(settings())
    stale = stale_connections(house.registry, house.settings.freshness, utc_now())
    return AssetCheckResult(
        passed=not stale,
        metadata={name: MetadataValue.text(said) for name, said in stale.items()},
    )


@multi_asset_check(
    name="remarks",
    specs=[
        AssetCheckSpec(check, asset=LEDGER_KEY, description=claim)
        for check, claim in CLAIMS.items()
    ],
)
def remark_checks(_context: AssetCheckExecutionContext) -> Iterator[AssetCheckResult]:
    """Warn of what deserves a look in the months just loaded; readers see them already."""
    for remark in remarks_of_last_load(House.open(settings())):
        yield as_result(remark)


@multi_asset_check(name="gates", specs=specs())
def gate_checks(_context: AssetCheckExecutionContext) -> Iterator[AssetCheckResult]:
    """Show what the gates examined of the last load; they have refused already what must not be."""
    yield from as_results(results.newest(settings().layout))
