"""The published files as an asset: one DuckDB file per organization and per company."""

from collections.abc import Iterable
from typing import Final

from dagster import AssetKey, AssetsDefinition, Failure, MaterializeResult, asset

from pipelines.house import House
from pipelines.serving import serve
from pipelines.settings import settings
from warehouse.lake import LakeBusyError
from warehouse.serving.organization_files import Published

FILES_KEY: Final = AssetKey(["serving", "files"])


def files_asset(marts: Iterable[AssetKey]) -> AssetsDefinition:
    """Build the asset of the files, which are cut from these marts once those are published."""

    @asset(
        key=FILES_KEY,
        deps=list(marts),
        group_name="serving",
        pool="lake",
        description="What analysts open: their organization's marts, of one snapshot.",
    )
    def files() -> MaterializeResult[None]:
        try:
            served = serve(House.open(settings()))
        except LakeBusyError as error:
            raise Failure(description=str(error)) from error
        return MaterializeResult(metadata=files_metadata(served) if served else {})

    return files


def files_metadata(served: Published) -> dict[str, int | float]:
    """Tell what was built and what it took."""
    return {
        "snapshot": served.snapshot_id,
        "files built": len(served.built),
        "files kept": served.kept,
        "files removed": served.removed,
        "rows": served.rows,
        "bytes": served.bytes,
        "seconds": round(served.seconds, 3),
    }
