"""The snapshot: every table the models need, typed also when empty, and no secrets."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from tests.warehouse.registry.conftest import Clock
from warehouse.registry import Registry, Source
from warehouse.registry.deliveries import DeliveryRecord, record
from warehouse.registry.snapshot import COLUMNS, write_snapshot

NOON = datetime(2026, 9, 15, 12, 30, tzinfo=UTC)
SCHEMAS = {
    "suppressed_accounts": {
        "company_id": pl.String,
        "provider": pl.String,
        "account_id": pl.String,
        "valid_from": pl.Date,
        "valid_to": pl.Date,
    },
    "members": {
        "member_id": pl.String,
        "company_id": pl.String,
        "email": pl.String,
        "name": pl.String,
        "is_owner": pl.Boolean,
        "is_external": pl.Boolean,
        "marketing_consent_at": pl.Datetime("us"),
        "created_at": pl.Datetime("us"),
        "deactivated_at": pl.Datetime("us"),
        "removed_at": pl.Datetime("us"),
    },
    "member_grants": {
        "organization_id": pl.String,
        "company_id": pl.String,
        "member_id": pl.String,
        "menu": pl.String,
        "level": pl.String,
        "source": pl.String,
    },
    "history": {
        "history_id": pl.Int64,
        "company_id": pl.String,
        "organization_id": pl.String,
        "actor": pl.String,
        "occurred_at": pl.Datetime("us"),
        "event_type": pl.String,
        "reason": pl.String,
    },
    "companies": {
        "company_id": pl.String,
        "name": pl.String,
        "plan": pl.String,
        "created_at": pl.Datetime("us"),
        "removed_at": pl.Datetime("us"),
        "reporting_currency": pl.String,
        "is_active": pl.Boolean,
    },
    "exchange_rates": {
        "company_id": pl.String,
        "billing_period": pl.String,
        "from_currency": pl.String,
        "to_currency": pl.String,
        "rate": pl.String,
    },
    "organizations": {
        "organization_id": pl.String,
        "company_id": pl.String,
        "name": pl.String,
        "created_at": pl.Datetime("us"),
        "removed_at": pl.Datetime("us"),
    },
    "connections": {
        "connection_id": pl.String,
        "company_id": pl.String,
        "name": pl.String,
        "provider": pl.String,
        "location": pl.String,
        "export_name": pl.String,
        "dataset": pl.String,
        "created_at": pl.Datetime("us"),
        "disconnected_at": pl.Datetime("us"),
    },
    "budgets": {
        **dict.fromkeys(
            (
                *("budget_id", "company_id", "organization_id", "name", "recurrence"),
                *("budget_cost", "billing_currency", "sub_account_id", "service_name"),
                *("tag_key", "tag_value", "thresholds", "first_period"),
            ),
            pl.String,
        ),
        "created_at": pl.Datetime("us"),
        "removed_at": pl.Datetime("us"),
    },
    "commitment_contracts": {
        **dict.fromkeys(
            (
                *("contract_id", "company_id", "organization_id", "name", "provider"),
                *("billing_account_id", "billing_currency", "commitment_cost"),
            ),
            pl.String,
        ),
        "start_date": pl.Date,
        "last_date": pl.Date,
        "created_at": pl.Datetime("us"),
        "removed_at": pl.Datetime("us"),
    },
    "commitment_recommendations": {
        **dict.fromkeys(("recommendation_id", "company_id", "organization_id"), pl.String),
        "run_date": pl.Date,
        "known_until": pl.Datetime("us"),
        **dict.fromkeys(("provider", "billing_currency", "pool"), pl.String),
        "is_chosen": pl.Boolean,
        **dict.fromkeys(("program", "region_id", "instance_family"), pl.String),
        "term_months": pl.Int32,
        **dict.fromkeys(
            (
                *("payment_option", "purchase_account_id", "rate_source", "figures"),
                *("reason_en", "reason_ko"),
            ),
            pl.String,
        ),
    },
    "commitment_actions": {
        **dict.fromkeys(
            (
                *("action_id", "company_id", "organization_id", "kind", "state", "provider"),
                *("account_id", "subject", "recommendation_id", "commitment_id"),
                *("billing_currency", "committed_cost", "expected_monthly_savings", "base"),
            ),
            pl.String,
        ),
        "proposed_at": pl.Datetime("us"),
        "proposed_by": pl.String,
        "expires_at": pl.Datetime("us"),
        "decided_at": pl.Datetime("us"),
        "decided_by": pl.String,
        "attempted_at": pl.Datetime("us"),
        "ended_at": pl.Datetime("us"),
        "result_id": pl.String,
    },
    "savings_fee_monthly": {
        **dict.fromkeys(
            (
                *("organization_id", "provider", "billing_currency", "billing_period"),
                *("company_id", "cost_without_managed", "cost_with_managed", "resale_gain"),
                *("true_up", "realized_savings", "loss_carry_in", "loss_carry_out"),
                *("fee_ratio", "fee"),
            ),
            pl.String,
        ),
        "is_final": pl.Boolean,
    },
    "utilization_thresholds": {
        "organization_id": pl.String,
        "company_id": pl.String,
        "utilization_ratio": pl.String,
        "set_at": pl.Datetime("us"),
    },
    "cloud_accounts": {
        "provider": pl.String,
        "account_id": pl.String,
        "management_account_id": pl.String,
        "created_at": pl.Datetime("us"),
        "name": pl.String,
    },
    "cloud_account_assignments": {
        "provider": pl.String,
        "account_id": pl.String,
        "organization_id": pl.String,
        "account_name": pl.String,
        "valid_from": pl.Date,
        "valid_to": pl.Date,
    },
    "deliveries": {
        "connection_id": pl.String,
        "billing_period": pl.String,
        "delivery_id": pl.String,
        "dataset": pl.String,
        "file_type": pl.String,
        "submitted_at": pl.Datetime("us"),
        "file_count": pl.Int32,
        "bytes": pl.Int64,
        "sha256": pl.String,
        "row_count": pl.Int64,
        "control_totals": pl.String,
        "columns": pl.String,
        "has_net_costs": pl.Boolean,
        "warnings": pl.String,
        "state": pl.String,
        "message": pl.String,
        "landed_at": pl.Datetime("us"),
        "published_at": pl.Datetime("us"),
        "dropped_at": pl.Datetime("us"),
    },
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the snapshot is landed; it is not there yet."""
    return tmp_path / "landing" / "snapshot"


def fill(registry: Registry) -> None:
    registry.companies.add("한빛")
    registry.organizations.add("A")
    source = Source("aws", "s3://b/p", "daily", "cur2", {"external_id": "shh"}, "env:BILLS_KEY")
    connection = registry.connections.add("Main", source)
    registry.accounts.add("aws", "000000000007", "A", name="연구소")
    record(
        registry,
        DeliveryRecord(
            connection_id=connection.connection_id,
            billing_period="2026-09",
            delivery_id="d1",
            dataset="cur2",
            file_type="parquet",
            submitted_at=NOON,
            file_count=1,
            bytes=5_000_000_000,
            sha256="0",
            row_count=5_000_000_000,
            control_totals={"USD": Decimal("2173.320000000001")},
            columns={"나": "VARCHAR"},
            has_net_costs=True,
            warnings=("late",),
            state="landed",
            message="",
            landed_at=NOON,
        ),
    )


@pytest.mark.parametrize("is_filled", [False, True])
def test_every_table_has_its_types_also_when_empty(
    registry: Registry, folder: Path, is_filled: bool
) -> None:
    if is_filled:
        fill(registry)
    write_snapshot(registry, folder)
    schemas = {path.stem: dict(pl.read_parquet_schema(path)) for path in folder.iterdir()}
    assert schemas == SCHEMAS
    assert schemas.keys() == COLUMNS.keys() | {"member_grants", "suppressed_accounts"}


def test_leading_zeros_times_and_amounts_arrive_unharmed(registry: Registry, folder: Path) -> None:
    fill(registry)
    write_snapshot(registry, folder)
    account = pl.read_parquet(folder / "cloud_accounts.parquet").row(0, named=True)
    assert (account["account_id"], account["name"]) == ("000000000007", "연구소")
    assert account["created_at"] == NOON.replace(tzinfo=None)
    delivery = pl.read_parquet(folder / "deliveries.parquet").row(0, named=True)
    assert delivery["row_count"] == 5_000_000_000
    assert delivery["control_totals"] == '{"USD": "2173.320000000001"}'
    assert delivery["columns"] == '{"나": "VARCHAR"}'


def test_a_snapshot_tells_neither_secrets_nor_options(registry: Registry, folder: Path) -> None:
    fill(registry)
    write_snapshot(registry, folder)
    told = "".join(pl.read_parquet(path).write_json() for path in folder.iterdir())
    assert "한빛" in told
    assert "shh" not in told
    assert "BILLS_KEY" not in told


def test_a_later_snapshot_replaces_the_first_and_leaves_no_other_file(
    registry: Registry, folder: Path
) -> None:
    write_snapshot(registry, folder)
    fill(registry)
    write_snapshot(registry, folder)
    assert pl.read_parquet(folder / "companies.parquet").height == 1
    assert {path.name for path in folder.iterdir()} == {f"{name}.parquet" for name in SCHEMAS}


def test_a_past_holder_is_not_told_the_name_a_later_one_gives(
    registry: Registry, folder: Path, clock: Clock
) -> None:
    fill(registry)
    registry.accounts.remove("연구소")
    clock.pass_days(1)
    registry.organizations.add("B")
    registry.accounts.add("aws", "000000000007", "B", name="new")
    write_snapshot(registry, folder)
    periods = pl.read_parquet(folder / "cloud_account_assignments.parquet")
    assert periods.select("account_name", "valid_from", "valid_to").rows() == [
        ("연구소", date(1970, 1, 1), date(2026, 9, 15)),
        ("new", date(2026, 9, 16), None),
    ]
    assert pl.read_parquet(folder / "cloud_accounts.parquet")["name"].to_list() == ["new"]


def test_an_account_that_never_was_held_is_no_registered_account(
    registry: Registry, folder: Path
) -> None:
    fill(registry)
    registry.accounts.remove("연구소", effective=date(1970, 1, 1))
    write_snapshot(registry, folder)
    assert pl.read_parquet(folder / "cloud_accounts.parquet").height == 0


def test_every_right_is_spelled_out_with_the_way_it_came(registry: Registry, folder: Path) -> None:
    registry.companies.add("Acme")
    for name in ("A", "B"):
        registry.organizations.add(name)
    registry.members.add("kim@example.com")
    registry.members.add("lee@example.com", organization="A", role="member")
    registry.roles.add("Finance", {"costs": "edit", "billing": "view"})
    registry.groups.add("Money", "Finance", ["A", "B"])
    registry.groups.join("Money", "lee@example.com")
    write_snapshot(registry, folder)
    emails = pl.read_parquet(folder / "members.parquet").select("member_id", "email")
    places = pl.read_parquet(folder / "organizations.parquet").select("organization_id", "name")
    told = (
        pl.read_parquet(folder / "member_grants.parquet")
        .join(emails, on="member_id")
        .join(places, on="organization_id", how="left")
        .select("email", "name", "menu", "level", "source")
    )
    lees = told.filter(pl.col("email") == "lee@example.com").select(
        "name", "menu", "level", "source"
    )
    assert set(lees.rows()) == {
        ("A", "costs", "edit", "group"),
        ("A", "resources", "view", "direct"),
        ("A", "billing", "view", "group"),
        ("B", "costs", "edit", "group"),
        ("B", "billing", "view", "group"),
    }
    kims = told.filter(pl.col("email") == "kim@example.com")
    assert kims.height == 3 * 9
    assert set(kims["source"]) == {"owner"}
    assert set(kims["name"]) == {"A", "B", None}
