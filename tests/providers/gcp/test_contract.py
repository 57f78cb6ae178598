# ruff: noqa: D102 - a test's name is its claim
"""The provider contract, for extracts in every format and for a table in BigQuery."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from pipelines.providers.contract import BillError
from pipelines.providers.gcp.provider import GcpProvider
from pipelines.providers.landing import land
from tests.providers.contract_suite import LINES, TOTAL, ProviderCase, ProviderContract
from tests.providers.gcp.rows import focus_row, price_row, subscription_row, usage_row
from tests.providers.gcp.tables import Extracts, Table
from warehouse.layout import Layout

Connect = Callable[..., GcpProvider]
BILLS = {"detailed", "standard", "focus"}
CASES = [
    *(
        (dataset, file_type)
        for dataset in ("detailed", "standard", "focus")
        for file_type in ("parquet", "jsonl", "jsonl.gz")
    ),
    ("pricing", "parquet"),
    ("pricing", "jsonl.gz"),
    ("cud_subscriptions", "parquet"),
    ("cud_subscriptions", "jsonl"),
]


def row_of(dataset: str, account: str, cost: str, period: str) -> dict[str, Any]:
    match dataset:
        case "focus":
            return focus_row(float(cost), period, BillingAccountId=account)
        case "pricing":
            return price_row(float(cost), billing_account_id=account)
        case "cud_subscriptions":
            return subscription_row(float(cost), billing_account_id=account)
        case _:
            return usage_row(float(cost), period.replace("-", ""), billing_account_id=account)


class TestExtracts(ProviderContract):
    """A folder of extracts keeps the contract."""

    @pytest.fixture(params=CASES, ids="-".join)
    def case(
        self, request: pytest.FixtureRequest, extracts: Extracts, gcp: Connect
    ) -> ProviderCase:
        dataset, file_type = request.param

        def deliver(period: str, lines: Sequence[tuple[str, str]], version: int) -> None:
            month = period.replace("-", "")
            rows = [row_of(dataset, account, cost, period) for account, cost in lines]
            files = {f"a.{file_type}": rows[:1], f"b.{file_type}": rows[1:]}
            kept = {name: part for name, part in files.items() if part}
            extracts.put(month, kept, f"2026-10-03T{8 + version:02d}:00:00Z")

        return ProviderCase(
            provider=gcp(extracts, dataset),
            deliver=deliver,
            lose_a_file=(extracts.folder("202609") / f"a.{file_type}").unlink,
            account_column="BillingAccountId" if dataset == "focus" else "billing_account_id",
            totals={"USD": TOTAL} if dataset in BILLS else {},
        )


class TestBigQuery(ProviderContract):
    """A table of BigQuery keeps the contract, partitioned by load time or not."""

    @pytest.fixture(params=[False, True], ids=["plain", "partitioned"])
    def case(self, request: pytest.FixtureRequest, table: Table, gcp: Connect) -> ProviderCase:
        table.create(is_partitioned=request.param)

        def deliver(period: str, lines: Sequence[tuple[str, str]], version: int) -> None:
            month = period.replace("-", "")
            table.empty(month)
            at = f"2026-10-03T{8 + version:02d}:00:00Z"
            table.append(
                [
                    usage_row(float(cost), month, billing_account_id=account, export_time=at)
                    for account, cost in lines
                ]
            )

        return ProviderCase(
            provider=gcp(table),
            deliver=deliver,
            lose_a_file=lambda: table.empty("202609"),
            account_column="billing_account_id",
        )

    def test_a_half_written_delivery_is_left_for_next_time(
        self, case: ProviderCase, layout: Layout
    ) -> None:
        """BigQuery shows loads whole: what can happen is that the rows move between two looks."""
        case.deliver("2026-09", LINES, 1)
        listed = self.only(case)
        case.lose_a_file()
        assert list(case.provider.deliveries()) == []
        with pytest.raises(BillError, match="DELIVERY_CHANGED"):
            land(listed, case.provider, layout)
        case.deliver("2026-09", LINES, 1)
        assert land(self.only(case), case.provider, layout).row_count == len(LINES)
