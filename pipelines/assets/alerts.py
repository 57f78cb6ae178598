"""Alerts by the clock."""

from typing import Final

from dagster import AssetExecutionContext, AssetKey, AssetsDefinition, MaterializeResult, asset

from pipelines.alerting.sending import tell
from pipelines.assets.publication import PUBLICATION_KEY
from pipelines.house import House
from pipelines.providers.contract import utc_now
from pipelines.settings import settings

ALERTS: Final = "alerts"
ALERTS_KEY: Final = AssetKey([ALERTS, "told"])


def alerts_asset() -> AssetsDefinition:
    """Build the asset that tells subscribers what is new to them."""

    @asset(
        key=ALERTS_KEY,
        deps=[PUBLICATION_KEY],
        group_name=ALERTS,
        description="What subscribers were told: counts, no words.",
    )
    def told(context: AssetExecutionContext) -> MaterializeResult[None]:
        outcomes = tell(House.open(settings()), utc_now())
        for each in outcomes:
            if each.message:
                context.log.warning("%s: %s", each.subscription_id, each.message)
        return MaterializeResult(
            metadata={
                "subscriptions": len(outcomes),
                "told": sum(each.told for each in outcomes),
                "failed": sum(bool(each.message) for each in outcomes),
            }
        )

    return told
