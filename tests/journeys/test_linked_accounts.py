"""Accounts that come, move and stay: only the months with their days are computed anew."""

import sqlite3
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tests.journeys.installation import Installation
from tests.providers.aws.deliveries import Bucket, put_cur2
from tests.providers.aws.lines import cur_line
from tests.providers.aws.organization import managed_organization
from warehouse.registry import Source, deliveries

pytestmark = pytest.mark.slow

PAYER, LINKED, TAKEN = "012345678901", "000000000002", "000000000003"
MONTHS = ("2026-08", "2026-09", "2026-10")
COMPANY = "한빛상사 Hanbit"
ORGANIZATION = "register_linked_accounts"


@pytest.fixture(scope="module")
def house(install: Callable[..., Installation], bucket: Bucket) -> Installation:
    """Three months of a payer; another company holds one of its accounts. The lake is encrypted."""
    house = install(FINHOUSE_LAKE_ENCRYPTED="true")
    registry = house.house.registry
    for name in ("Retail", "Stores"):
        registry.organizations.add(name)
    registry.companies.add("Bolt")
    registry.organizations.add("Bolt", company="Bolt")
    registry.accounts.add("aws", TAKEN, "Bolt", company="Bolt")
    for month in MONTHS:
        put_cur2(
            bucket, "daily", month, [cur_line(LINKED, 4.0, month), cur_line(TAKEN, 1.0, month)]
        )
    return house


def connect(house: Installation, bucket: Bucket, **options: str) -> None:
    source = Source("aws", bucket.location, "daily", "cur2", options)
    house.house.registry.connections.add("main", source, company=COMPANY)


def costs(house: Installation) -> dict[tuple[str, str], Decimal]:
    """Who was billed what, by month and organization."""
    return {
        (month, name): cost
        for month, name, cost in house.ask(
            "select billing_period, organization_name, sum(billed_cost) from fct_monthly_costs"
            " inner join dim_organizations using (organization_id, company_id) group by all"
        )
    }


def recomputed(outcomes: list[dict[str, Any]]) -> list[str]:
    return sorted(each["billing_period"] for each in outcomes if each["status"] == "recomputed")


def test_accounts_named_by_bills_join_at_once_and_what_others_hold_stays_unassigned(
    house: Installation, bucket: Bucket, s3_endpoint: str
) -> None:
    options = {"endpoint_url": s3_endpoint, ORGANIZATION: "Retail"}
    connect(house, bucket, **options)
    outcomes = house.refresh()
    assert recomputed(outcomes) == [*MONTHS]
    assert costs(house) == {
        (month, name): Decimal(cost)
        for month in MONTHS
        for name, cost in (("Retail", 4), ("Unassigned", 1))
    }


def test_accounts_named_by_organizations_are_there_before_their_first_bill(
    house: Installation, bucket: Bucket, s3_endpoint: str
) -> None:
    client = managed_organization(s3_endpoint)
    status = client.create_account(Email="x@acme.kr", AccountName="새 계정")["CreateAccountStatus"]
    house.run("account", "discover", "main", "--company", COMPANY)
    held = house.house.registry.accounts.list(company=COMPANY)
    [new] = [each for each in held if each.account_id == status["AccountId"]]
    assert (new.name, new.organization_name) == ("새 계정", "Retail")


def test_a_move_computes_only_the_months_with_moved_days(house: Installation) -> None:
    accounts = house.house.registry.accounts
    accounts.move(LINKED, "Stores", effective=date(2026, 9, 1), company=COMPANY)
    assert recomputed(house.refresh()) == ["2026-09", "2026-10"]
    assert costs(house)["2026-08", "Retail"] == costs(house)["2026-10", "Stores"] == Decimal(4)
    assert recomputed(house.refresh()) == []


def test_disconnecting_stops_collection_and_history_stays_and_still_moves(
    house: Installation, bucket: Bucket
) -> None:
    registry = house.house.registry
    registry.connections.disconnect("main", company=COMPANY)
    put_cur2(bucket, "daily", "2026-11", [cur_line(LINKED, 9.0, "2026-11")])
    before = costs(house)
    registry.accounts.remove(LINKED, effective=date(2026, 10, 1), company=COMPANY)
    assert recomputed(house.refresh()) == ["2026-10"]
    after = costs(house)
    assert after["2026-10", "Unassigned"] == Decimal(5)
    assert {key: cost for key, cost in after.items() if key[0] < "2026-10"} == {
        key: cost for key, cost in before.items() if key[0] < "2026-10"
    }
    [connection] = registry.connections.all()
    known = deliveries.of_connection(registry, connection.connection_id)
    assert {each.billing_period for each in known} == set(MONTHS)


def test_every_partition_of_an_encrypted_lake_has_keys_of_its_own(house: Installation) -> None:
    """So that the deletion of one destroys them, whoever else was loaded in the same batch."""
    with sqlite3.connect(house.house.settings.layout.lake_catalog) as catalog:
        plain, keys, partitions = catalog.execute(
            "with files as (select encryption_key, table_id, partition_id is not null as is_cut,"
            "  (select group_concat(partition_value) from ducklake_file_partition_value as parts"
            "   where parts.data_file_id = files.data_file_id) as cut"
            "  from ducklake_data_file as files)"
            " select count(*) filter (where encryption_key is null),"
            "  count(distinct encryption_key) filter (where is_cut),"
            "  count(distinct encryption_key || table_id || cut) filter (where is_cut) from files"
        ).fetchone()
    assert plain == 0
    assert keys == partitions > len(MONTHS)
