"""AutoSavings by the clock: the week's recommendations, and what waits for a member's approval."""

from collections.abc import Iterator, Sequence
from typing import Final

import duckdb
from dagster import (
    AssetExecutionContext,
    AssetKey,
    AssetsDefinition,
    MaterializeResult,
    MetadataValue,
    TableColumn,
    TableRecord,
    TableSchema,
    asset,
)

from pipelines.assets.publication import PUBLICATION_KEY
from pipelines.autosavings.fees import run_fees
from pipelines.autosavings.portal import summary
from pipelines.autosavings.weekly import Week, run_week
from pipelines.house import House
from pipelines.prices import offered_for
from pipelines.providers.contract import BillingPeriod, utc_now
from pipelines.settings import settings
from warehouse.registry import deliveries
from warehouse.registry.fees import Fee
from warehouse.registry.recommendations import Kept
from warehouse.scope import Island

SAVINGS: Final = "autosavings"
RECOMMENDATIONS_KEY: Final = AssetKey(["planning", "recommendations"])
FEES_KEY: Final = AssetKey(["planning", "savings_fees"])
TOP: Final = 20
COLUMNS: Final = (
    *("organization", "provider", "pool", "chosen", "term_months", "payment", "account"),
    *("hourly", "now", "saves_a_month", "currency", "of_days", "prices"),
)


def recommendations_asset() -> AssetsDefinition:
    """Build the asset that keeps what to commit to, organization by organization."""

    @asset(
        key=RECOMMENDATIONS_KEY,
        group_name=SAVINGS,
        deps=[PUBLICATION_KEY],
        description="What to commit to under each term and payment, by the published bills, and "
        "the actions proposed. Nothing is bought: each action waits for a member's approval.",
    )
    def recommendations(context: AssetExecutionContext) -> MaterializeResult[None]:
        weeks = list(run_all(House.open(settings())))
        for week in weeks:
            for action in week.actions:
                context.log.info("%s %s", action.action_id, summary(action))
        return MaterializeResult(metadata=told(weeks))

    return recommendations


def fees_asset() -> AssetsDefinition:
    """Build the asset that keeps what managed commitments saved and cost, month by month."""

    @asset(
        key=FEES_KEY,
        group_name=SAVINGS,
        deps=[PUBLICATION_KEY],
        description="The fee of each month: a share of the bill without what approved actions "
        "bought minus the bill with it, losses made good first.",
    )
    def savings_fees() -> MaterializeResult[None]:
        house = House.open(settings())
        found = [fee for fees in fees_of_all(house) for fee in fees]
        due = {
            f"{each.organization_id} {each.billing_period} {each.provider}": MetadataValue.text(
                f"{each.billing_currency} {each.fee:,.2f} of {each.realized_savings:,.2f} saved"
            )
            for each in found
        }
        return MaterializeResult(metadata={"months": MetadataValue.int(len(found)), **due})

    return savings_fees


def fees_of_all(house: House) -> Iterator[Sequence[Fee]]:
    """Compute the fees of every living organization on what readers see."""
    ratio, until = house.settings.savings_fee_ratio, BillingPeriod.parse(f"{utc_now():%Y-%m}")
    for lake, island in _islands(house):
        yield run_fees(house.registry, lake, island, ratio, until)


def run_all(house: House) -> Iterator[Week]:
    """Run the week of every living organization on what readers see."""
    for lake, island in _islands(house):
        offered = offered_for(house.settings.layout, lake, [island.company_id])
        yield run_week(house.registry, lake, island, offered, utc_now())


def _islands(house: House) -> Iterator[tuple[duckdb.DuckDBPyConnection, Island]]:
    published = deliveries.published_snapshot(house.registry)
    if published is None:
        return
    with house.lake.connect(published[0]) as lake:
        for company in house.registry.companies.list():
            for each in house.registry.organizations.list(company.company_id):
                yield lake, Island(company.company_id, each.organization_id)


def told(weeks: Sequence[Week]) -> dict[str, MetadataValue]:
    """Return what the UI shows: the best of what is chosen, and how much waits."""
    rows = [_row(each) for week in weeks for each in week.recommendations]
    rows.sort(key=lambda row: (not row["chosen"], -float(str(row["saves_a_month"]))))
    schema = TableSchema([TableColumn(name) for name in COLUMNS])
    return {
        "organizations": MetadataValue.int(len(weeks)),
        "actions proposed": MetadataValue.int(sum(len(week.actions) for week in weeks)),
        "pools without a price": MetadataValue.int(sum(len(week.unpriced) for week in weeks)),
        "top": MetadataValue.table([TableRecord(row) for row in rows[:TOP]], schema),
        "savings": MetadataValue.md(_bars(rows[:TOP])),
    }


def _row(kept: Kept) -> dict[str, str | int | bool]:
    target, tranche = kept.figures["target"], kept.figures["tranche"]
    values = (
        kept.organization_id, kept.provider, kept.pool, kept.is_chosen, kept.term_months,
        kept.payment_option, kept.purchase_account_id, target["hourly_commitment"],
        tranche["hourly_commitment"], target["monthly_net_savings"], kept.billing_currency,
        kept.figures["days"], kept.rate_source,
    )  # fmt: skip
    return dict(zip(COLUMNS, values, strict=True))


def _bars(rows: Sequence[dict[str, str | int | bool]]) -> str:
    """Draw what the chosen save in a month. Bars compare within a currency only."""
    best: dict[str, float] = {}
    for row in rows:
        saved, currency = float(str(row["saves_a_month"])), str(row["currency"])
        best[currency] = max(best.get(currency, 0.0), saved)
    lines = ["| Pool | Saves a month, net | |", "|---|---|---|"]
    for row in rows:
        saved, currency = float(str(row["saves_a_month"])), str(row["currency"])
        if row["chosen"] and saved > 0:
            bar = "█" * max(1, round(saved / best[currency] * 20))
            lines.append(f"| {row['pool']} | {currency} {saved:,.2f} | {bar} |")
    return "\n".join(lines)
