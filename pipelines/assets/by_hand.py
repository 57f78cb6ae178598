"""A refresh by hand, told to Dagster: the UI shows the same assets, whoever set them in motion."""

import contextlib
import io
from collections.abc import Callable, Iterable

from dagster import (
    AssetCheckEvaluation,
    AssetMaterialization,
    AssetsDefinition,
    DagsterEventType,
    DagsterInstance,
    materialize,
)

from pipelines.assets.landing import DELIVERIES_KEY, WHOLE, outcome_metadata, whole
from pipelines.assets.partitions import know_connections, partition_key
from pipelines.collecting import LANDED, Outcome


def report_landing(instance: DagsterInstance, outcomes: Iterable[Outcome]) -> None:
    """Record what landed as materializations of its partitions, and the check's verdict."""
    outcomes = list(outcomes)
    know_connections(instance, sorted({outcome.connection_id for outcome in outcomes}))
    for outcome in outcomes:
        if outcome.status == LANDED:
            instance.report_runless_asset_event(
                AssetMaterialization(
                    DELIVERIES_KEY,
                    partition=partition_key(outcome.connection_id, outcome.billing_period),
                    metadata=outcome_metadata(outcome),
                )
            )
    verdict = whole(outcomes)
    instance.report_runless_asset_event(
        AssetCheckEvaluation(
            asset_key=DELIVERIES_KEY,
            check_name=WHOLE.name,
            passed=verdict.passed,
            metadata=verdict.metadata,
            severity=verdict.severity,
        )
    )


def load(
    instance: DagsterInstance, models: AssetsDefinition, on_line: Callable[[str], None]
) -> str | None:
    """Run the models once, here; return None, or why the run failed and was undone."""
    with contextlib.redirect_stdout(_Lines(on_line)):
        result = materialize(
            [models],
            instance=instance,
            raise_on_error=False,
            run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
        )
    if result.success:
        return None
    failed = result.filter_events(lambda event: event.event_type == DagsterEventType.STEP_FAILURE)
    data = failed[0].step_failure_data
    error = data.user_failure_data.description if data.user_failure_data else None
    return error or (data.error.message if data.error else "the run failed")


class _Lines(io.TextIOBase):
    """A stdout that hands on what dbt says, line by line."""

    def __init__(self, on_line: Callable[[str], None]) -> None:
        self._on_line = on_line

    def write(self, text: str) -> int:
        for line in text.splitlines():
            self._on_line(line)
        return len(text)
