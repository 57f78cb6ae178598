"""A check's verdict as an event, for work that Dagster did not start."""

from dagster import AssetCheckEvaluation, AssetCheckResult


def as_event(result: AssetCheckResult) -> AssetCheckEvaluation:
    """Return what the check itself would have recorded."""
    assert result.asset_key is not None
    assert result.check_name is not None
    return AssetCheckEvaluation(
        asset_key=result.asset_key,
        check_name=result.check_name,
        passed=result.passed,
        metadata=result.metadata,
        severity=result.severity,
    )
