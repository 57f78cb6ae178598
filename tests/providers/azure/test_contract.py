# ruff: noqa: D102 - a test's name is its claim
"""The provider contract, for every dataset, layout and file type Azure delivers, on both stores."""

from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest

from pipelines.providers.azure.provider import AzureProvider
from tests.providers.azure.exports import NOON, Container, Folder, put_run
from tests.providers.azure.lines import (
    detail_line,
    ea_line,
    focus_line,
    mca_line,
    mca_price_line,
    old_line,
    price_line,
    transaction_line,
)
from tests.providers.contract_suite import TOTAL, ProviderCase, ProviderContract

LINES = {
    "ea": ea_line,
    "mca": mca_line,
    "ea2023": old_line,
    "focus": focus_line,
    "details": detail_line,
    "transactions": transaction_line,
    "ea_prices": price_line,
    "mca_prices": mca_price_line,
}
REPORTED = {
    "details": ("reservation_details", "ReservationOrderId"),
    "transactions": ("reservation_transactions", "PurchasingSubscriptionGuid"),
    "ea_prices": ("price_sheet", "EnrollmentNumber"),
    "mca_prices": ("price_sheet", "BillingProfileId"),
}
"""Exports that bill nothing: dataset and a column of ids."""
MANIFESTED = [
    (columns, mode, file_type)
    for columns in ("ea", "mca", "focus")
    for mode in ("create_new", "overwrite")
    for file_type in ("csv", "csv.gz", "parquet")
]
OLD = [("ea2023", "old", "csv"), ("ea2023", "old", "csv.gz"), ("mca", "old", "csv")]
OTHERS = [("ea", "dates_first", "parquet"), ("ea", "create_new", "zip")]
BESIDE = [
    ("details", "create_new", "csv.gz"),
    ("transactions", "overwrite", "csv"),
    ("ea_prices", "create_new", "csv"),
    ("mca_prices", "create_new", "parquet"),
]
CASES = [*MANIFESTED, *OLD, *OTHERS, *BESIDE]
ON_AZURE = [MANIFESTED[0], MANIFESTED[5], MANIFESTED[7], MANIFESTED[14], OTHERS[0]]
"""The store does not look into files: one case for each layout is enough there. Without manifests
two runs within a second are one to it: its clock ticks in seconds."""
PARAMETERS = [("folder", *case) for case in CASES] + [("container", *case) for case in ON_AZURE]


class TestAzure(ProviderContract):
    """Azure keeps the contract."""

    @pytest.fixture(params=PARAMETERS, ids="-".join)
    def case(
        self, request: pytest.FixtureRequest, azure: Callable[..., AzureProvider]
    ) -> ProviderCase:
        store, columns, mode, file_type = request.param
        exports: Folder | Container = request.getfixturevalue(store)
        bill = ("focus", "SubAccountId") if columns == "focus" else ("cost", "SubscriptionId")
        dataset, account_column = REPORTED.get(columns, bill)
        written: list[str] = []

        def deliver(period: str, lines: Sequence[tuple[str, str]], version: int) -> None:
            rows = [LINES[columns](account, cost, period) for account, cost in lines]
            at = NOON + timedelta(hours=version)
            parts = [("daily", "actual"), ("amortized", "amortized")]
            written.clear()
            for export, part in parts if dataset == "cost" else [("daily", dataset)]:
                written.extend(
                    put_run(
                        exports, export, part, period, rows,
                        mode=mode, file_type=file_type, submitted_at=at,
                    )
                )  # fmt: skip

        return ProviderCase(
            provider=azure(exports, dataset),
            deliver=deliver,
            lose_a_file=lambda: exports.remove(written[0]),
            account_column=account_column,
            totals={} if columns in REPORTED else {"USD": TOTAL},
        )
