"""What PostgreSQL serves, as an asset: it follows the publication, and never holds it up."""

from collections.abc import Iterator
from typing import Final

from dagster import (
    AssetCheckResult,
    AssetCheckSpec,
    AssetKey,
    AssetsDefinition,
    AssetSpec,
    MaterializeResult,
    MetadataValue,
    multi_asset,
)

from pipelines.house import House
from pipelines.postgres import postgres_door
from pipelines.settings import settings
from warehouse.serving.postgres.server import PostgresError

POSTGRES_KEY: Final = AssetKey(["serving", "postgres"])
SERVED: Final = AssetCheckSpec(
    "postgres_serves_the_publication",
    asset=POSTGRES_KEY,
    description="PostgreSQL serves the snapshot that readers of the lake see.",
)


def postgres_asset(models: AssetsDefinition) -> AssetsDefinition:
    """Build the asset that brings what changed of the marts into PostgreSQL."""

    @multi_asset(
        specs=[
            AssetSpec(
                POSTGRES_KEY,
                deps=[key for key in models.keys if key.path[0] in {"marts", "extracts"}],
                group_name="serving",
                description="The marts in PostgreSQL, cut to each member by row-level security.",
                skippable=True,
            )
        ],
        check_specs=[SERVED],
        name="postgres",
    )
    def postgres() -> Iterator[MaterializeResult[None] | AssetCheckResult]:
        house = House.open(settings())
        try:
            loaded = postgres_door(house).sync()
        except PostgresError as error:
            yield _verdict(str(error))
            return
        told = vars(loaded) if loaded else {}
        yield MaterializeResult(
            asset_key=POSTGRES_KEY,
            metadata={name: MetadataValue.int(value) for name, value in told.items()},
        )
        yield _verdict("")

    return postgres


def _verdict(why_not: str) -> AssetCheckResult:
    return AssetCheckResult(
        check_name=SERVED.name,
        asset_key=POSTGRES_KEY,
        passed=not why_not,
        metadata={"why not": MetadataValue.text(why_not)} if why_not else {},
    )
