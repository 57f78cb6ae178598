"""The Dagster code location: assembly only."""

from dagster import AssetSpec, Definitions, definitions

from pipelines.assets.alerts import alerts_asset
from pipelines.assets.extracts import deliveries_asset, extracts_asset
from pipelines.assets.files import files_asset
from pipelines.assets.landing import landing_asset
from pipelines.assets.models import models_asset
from pipelines.assets.postgres import postgres_asset
from pipelines.assets.publication import PUBLICATION_KEY
from pipelines.assets.retention import deletions_asset, due_asset
from pipelines.assets.savings import fees_asset, recommendations_asset
from pipelines.checks import freshness_check, gate_checks, remark_checks
from pipelines.schedules import (
    alert_job,
    daily_refresh,
    daily_retention,
    deliver_job,
    hourly_alerts,
    load_job,
    recommend_job,
    retain_job,
    weekly_recommendations,
)
from pipelines.sensors import due_extracts, landed_deliveries, new_deliveries
from pipelines.settings import settings


@definitions
def defs() -> Definitions:
    """Return the assets, checks, jobs and clocks of the house that the settings name."""
    models = models_asset(settings())
    marts = [key for key in models.keys if key.path[0] == "marts"]
    return Definitions(
        assets=[
            landing_asset(),
            models,
            files_asset(marts),
            due_asset(),
            deletions_asset(),
            *([postgres_asset(models)] if settings().postgres_url else []),
            extracts_asset(),
            deliveries_asset(),
            alerts_asset(),
            recommendations_asset(),
            fees_asset(),
            AssetSpec(
                PUBLICATION_KEY,
                deps=marts,
                group_name="serving",
                description="The snapshot of the lake that readers see.",
            ),
        ],
        asset_checks=[freshness_check, gate_checks, remark_checks],
        jobs=[load_job, retain_job, deliver_job, alert_job, recommend_job],
        schedules=[daily_refresh, daily_retention, hourly_alerts, weekly_recommendations],
        sensors=[new_deliveries, landed_deliveries, due_extracts],
    )
