# ruff: noqa: D102 - a test's name is its claim
"""The provider contract, for every dataset, layout and file type AWS delivers, on both stores."""

from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest

from pipelines.providers.aws.provider import AwsProvider
from tests.providers.aws.deliveries import NOON, Bucket, Folder, legacy_name, put_cur1, put_export
from tests.providers.aws.lines import cur_line, focus_line
from tests.providers.contract_suite import ProviderCase, ProviderContract

pytestmark = pytest.mark.slow

CASES = [
    ("cur1", "create_new", "csv.gz"),
    ("cur1", "overwrite", "csv.gz"),
    ("cur1", "create_new", "zip"),
    ("cur1", "overwrite", "zip"),
    ("cur1", "create_new", "parquet"),
    ("cur1", "athena", "parquet"),
    ("cur2", "overwrite", "parquet"),
    ("cur2", "overwrite", "csv.gz"),
    ("cur2", "create_new", "parquet"),
    ("cur2", "create_new", "csv.gz"),
    ("focus", "overwrite", "parquet"),
    ("focus", "overwrite", "csv.gz"),
    ("focus", "create_new", "parquet"),
    ("focus", "create_new", "csv.gz"),
]


ON_S3 = [CASES[0], CASES[3], CASES[5], CASES[6], CASES[9], CASES[10]]
"""The store does not look into files: one case for each layout is enough there."""
PARAMETERS = [("folder", *case) for case in CASES] + [("bucket", *case) for case in ON_S3]


def account_column(dataset: str, file_type: str) -> str:
    if dataset == "focus":
        return "SubAccountId"
    name = "line_item_usage_account_id"
    return legacy_name(name) if dataset == "cur1" and file_type != "parquet" else name


class TestAws(ProviderContract):
    """AWS keeps the contract."""

    @pytest.fixture(params=PARAMETERS, ids="-".join)
    def case(self, request: pytest.FixtureRequest, aws: Callable[..., AwsProvider]) -> ProviderCase:
        store, dataset, mode, file_type = request.param
        bills: Folder | Bucket = request.getfixturevalue(store)
        line, put = (focus_line if dataset == "focus" else cur_line), put_export
        if dataset == "cur1":
            put = put_cur1
        written: list[str] = []

        def deliver(period: str, lines: Sequence[tuple[str, str]], version: int) -> None:
            rows = [
                line(account, float(cost) if file_type == "parquet" else cost, period)
                for account, cost in lines
            ]
            at = NOON + timedelta(hours=version)
            written[:] = put(
                bills, "daily", period, rows, mode=mode, file_type=file_type, submitted_at=at
            )

        return ProviderCase(
            provider=aws(bills, dataset),
            deliver=deliver,
            lose_a_file=lambda: bills.remove(written[0]),
            account_column=account_column(dataset, file_type),
        )
