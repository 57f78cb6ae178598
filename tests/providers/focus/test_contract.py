# ruff: noqa: D102 - a test's name is its claim
"""The provider contract, for every file type of a FOCUS feed, in a folder and in a bucket."""

from collections.abc import Callable, Sequence

import pytest

from pipelines.providers.contract import Provider
from tests.providers.aws.deliveries import Bucket, Folder
from tests.providers.contract_suite import ProviderCase, ProviderContract
from tests.providers.focus.feeds import line, put_month

CASES = [("folder", "csv"), ("folder", "csv.gz"), ("folder", "parquet"), ("bucket", "csv.gz")]


class TestFocus(ProviderContract):
    """A FOCUS feed keeps the contract."""

    @pytest.fixture(params=CASES, ids="-".join)
    def case(self, request: pytest.FixtureRequest, focus: Callable[..., Provider]) -> ProviderCase:
        store, file_type = request.param
        bills: Folder | Bucket = request.getfixturevalue(store)
        written: list[str] = []

        def deliver(period: str, lines: Sequence[tuple[str, str]], version: int) -> None:
            rows = [
                line(account, float(cost) if file_type == "parquet" else cost, period)
                for account, cost in lines
            ]
            written[:] = put_month(bills, period, rows, version=version, file_type=file_type)

        return ProviderCase(
            provider=focus(bills),
            deliver=deliver,
            lose_a_file=lambda: bills.remove(written[0]),
            account_column="SubAccountId",
        )
