"""Checks on what readers see. The checks that block a refresh are the models' own tests."""

from dagster import AssetCheckExecutionContext, AssetCheckResult, MetadataValue, asset_check

from pipelines.assets.models import PUBLICATION_KEY
from pipelines.house import House
from pipelines.providers.contract import utc_now
from pipelines.settings import settings
from quality.freshness import stale_connections


@asset_check(
    asset=PUBLICATION_KEY,
    name="is_fresh",
    description="Every connection delivered within the last day (FINHOUSE_FRESHNESS_HOURS).",
)
def freshness_check(_context: AssetCheckExecutionContext) -> AssetCheckResult:
    """Fail when a connection has gone quiet. It does not block: old truth beats none."""
    house = House.open(settings())
    stale = stale_connections(house.registry, house.settings.freshness, utc_now())
    return AssetCheckResult(
        passed=not stale,
        metadata={name: MetadataValue.text(said) for name, said in stale.items()},
    )
