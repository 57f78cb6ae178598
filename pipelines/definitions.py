"""The Dagster code location: assembly only."""

from dagster import AssetSpec, Definitions

from pipelines.assets.landing import landing_asset
from pipelines.assets.models import PUBLICATION_KEY, models_asset
from pipelines.assets.retention import deletions_asset, due_asset
from pipelines.assets.savings import fees_asset, recommendations_asset
from pipelines.checks import freshness_check, remark_checks
from pipelines.schedules import (
    daily_refresh,
    daily_retention,
    load_job,
    recommend_job,
    retain_job,
    weekly_recommendations,
)
from pipelines.sensors import landed_deliveries, new_deliveries
from pipelines.settings import settings

models = models_asset(settings())

defs = Definitions(
    assets=[
        landing_asset(),
        models,
        due_asset(),
        deletions_asset(),
        recommendations_asset(),
        fees_asset(),
        AssetSpec(
            PUBLICATION_KEY,
            deps=[key for key in models.keys if key.path[0] == "marts"],
            group_name="serving",
            description="The snapshot of the lake that readers see.",
        ),
    ],
    asset_checks=[freshness_check, remark_checks],
    jobs=[load_job, recommend_job, retain_job],
    schedules=[daily_refresh, daily_retention, weekly_recommendations],
    sensors=[new_deliveries, landed_deliveries],
)
