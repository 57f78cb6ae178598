"""The view of FOCUS 1.4 against the published list of its columns."""

import csv
from pathlib import Path

from pipelines.providers.columns import snake
from tests.published import CONTRACTS

HOUSE = {"organization_id", "company_id", "connection_id", "billing_period"}
NOT_IN_A_LEDGER_OF_1_2 = {
    "allocated_method_details",
    "allocated_method_id",
    "allocated_resource_id",
    "allocated_resource_name",
    "allocated_tags",
    "commitment_program_eligibility_details",
    "contract_applied",
    "invoice_detail_id",
}


def test_the_view_has_every_column_of_focus_1_4_that_the_ledger_knows(shared_folder: Path) -> None:
    path = shared_folder / "domain" / "focus_columns.csv"
    with path.open(encoding="utf-8", newline="") as file:
        published = {snake(row["column"]) for row in csv.DictReader(file) if row["in_1_4"] == "yes"}
    view = {column["name"] for column in CONTRACTS["fct_focus_charges"]}
    assert view - HOUSE == published - NOT_IN_A_LEDGER_OF_1_2


def test_what_focus_1_4_removed_is_not_in_the_view() -> None:
    view = {column["name"] for column in CONTRACTS["fct_focus_charges"]}
    assert view & {"provider_name", "publisher_name"} == set()
    assert {"host_provider_name", "service_provider_name"} <= view
