"""What a load changed for readers, as Dagster shows it. Without dbt: it takes seconds to import."""

from collections.abc import Iterable

from dagster import AssetKey, AssetMaterialization, MetadataValue

from pipelines.house import House
from pipelines.loading import told
from warehouse.registry import deliveries
from warehouse.registry.deliveries import DeliveryRecord

PUBLICATION_KEY = AssetKey(["serving", "publication"])


def published(house: House, batch: Iterable[DeliveryRecord]) -> AssetMaterialization:
    """Tell what readers see now, and what of it is new."""
    served = deliveries.published_snapshot(house.registry)
    return AssetMaterialization(
        PUBLICATION_KEY,
        metadata={
            "snapshot": MetadataValue.int(served[0] if served else 0),
            "deliveries": MetadataValue.text(told(batch)),
            "rows": MetadataValue.int(sum(item.row_count or 0 for item in batch)),
            "billed": MetadataValue.text(_billed(batch)),
        },
    )


def _billed(batch: Iterable[DeliveryRecord]) -> str:
    return "; ".join(
        f"{item.connection_id} {item.billing_period}: {total:,.2f} {currency}"
        for item in batch
        for currency, total in item.control_totals.items()
    )
