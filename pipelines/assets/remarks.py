"""What was remarked of a load, as asset checks of the ledger that warn and never block."""

from collections.abc import Iterable, Iterator

from dagster import (
    AssetCheckEvaluation,
    AssetCheckResult,
    AssetCheckSeverity,
    AssetKey,
    MetadataValue,
)

from pipelines.assets.evaluations import as_event
from pipelines.house import House
from quality.remarks import Remark, remarks
from warehouse.registry import deliveries

LEDGER_KEY = AssetKey(["intermediate", "int_charges"])


def remarks_of_last_load(house: House) -> tuple[Remark, ...]:
    """Look at what readers see since the last load; before the first there is nothing to say."""
    served = deliveries.published_snapshot(house.registry)
    loaded = deliveries.published_at(house.registry, served[1]) if served else []
    return remarks(house.lake, served[0] if served else None, loaded)


def as_result(remark: Remark) -> AssetCheckResult:
    """Warn, with everything that was found."""
    return AssetCheckResult(
        check_name=remark.check,
        asset_key=LEDGER_KEY,
        passed=not remark.found,
        severity=AssetCheckSeverity.WARN,
        metadata={what: MetadataValue.text(of_it) for what, of_it in remark.found.items()},
    )


def as_events(found: Iterable[Remark]) -> Iterator[AssetCheckEvaluation]:
    """Tell Dagster of a load by hand what its own check would have told."""
    for remark in found:
        yield as_event(as_result(remark))
