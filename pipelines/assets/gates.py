"""What the gates examined, as asset checks of the ledger and of each mart."""

from collections import defaultdict
from collections.abc import Iterator

from dagster import (
    AssetCheckResult,
    AssetCheckSeverity,
    AssetCheckSpec,
    AssetKey,
    MetadataValue,
)

from pipelines.assets.remarks import LEDGER_KEY
from pipelines.models import mart_contracts
from quality.gates.measures import Verdict
from quality.gates.results import ADVICE, Result, is_landed, sentence

DELIVERIES = "deliveries_are_fit"
MART = "is_fit"


def specs() -> list[AssetCheckSpec]:
    """Return the checks: one for what landed, one per mart."""
    landed = AssetCheckSpec(
        DELIVERIES,
        asset=LEDGER_KEY,
        description="What was loaded has the columns, types, currencies, rows and dates that its"
        " connection had before. What refuses has undone the load already.",
    )
    return [
        landed,
        *(
            AssetCheckSpec(
                MART,
                asset=AssetKey(["marts", mart]),
                description="Columns and types are the contract's, values fit their column.",
            )
            for mart in mart_contracts()
        ),
    ]


def as_results(result: Result | None) -> Iterator[AssetCheckResult]:
    """Yield a verdict per check, with counts, names of columns, and where all of it is kept."""
    by_check: dict[AssetKey, list[Verdict]] = defaultdict(list)
    for verdict in result.verdicts if result else ():
        key = LEDGER_KEY if is_landed(verdict) else AssetKey(["marts", verdict.subject])
        by_check[key].append(verdict)
    for spec in specs():
        verdicts = by_check[spec.asset_key]
        unmet = [each for each in verdicts if not each.passed]
        kept = {"result": MetadataValue.path(result.path)} if result else {}
        yield AssetCheckResult(
            asset_key=spec.asset_key,
            check_name=spec.name,
            passed=not unmet,
            severity=AssetCheckSeverity.ERROR
            if any(each.refuses for each in unmet)
            else AssetCheckSeverity.WARN,
            metadata={
                "demands": len(verdicts),
                "not met": len(unmet),
                "rows checked": max((each.checked for each in verdicts), default=0),
                **{
                    f"{each.demand} {each.subject}": MetadataValue.text(
                        f"{each.failed} of {each.checked}: {sentence(each)}"
                    )
                    for each in unmet
                },
                "what to do": ADVICE,
                **kept,
            },
        )
