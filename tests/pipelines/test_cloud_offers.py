"""Prices of Azure and Google Cloud, from their publishers' words to proposals."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml

from pipelines.pools import Pool
from pipelines.prices import fetch_prices, load_prices, offered_for
from pipelines.providers.contract import BilledUse, BillError
from pipelines.providers.gcp.offers import price_key
from pipelines.recommending import Proposal, Unpriced, proposals
from pipelines.settings import DBT_PROJECT
from tests.pipelines.marts import Marts, published
from warehouse.layout import Layout
from warehouse.uses import Place

DAYS = 4
METER = "0f0f-D4S"
SAVED_AT = datetime(2026, 9, 1, tzinfo=UTC).timestamp()


def retail(**other: Any) -> dict[str, Any]:
    """Return one price of the Azure Retail Prices API, as the API answers it."""
    return {
        "currencyCode": "USD", "tierMinimumUnits": 0.0, "retailPrice": 0.236, "unitPrice": 0.236,
        "armRegionName": "koreacentral", "location": "KR Central",
        "effectiveStartDate": "2026-01-01T00:00:00Z", "meterId": METER, "meterName": "D4s v5",
        "productId": "DZH318Z0CQ34", "skuId": "DZH318Z0CQ34/001N",
        "productName": "Virtual Machines Dsv5 Series", "skuName": "D4s v5",
        "serviceName": "Virtual Machines", "unitOfMeasure": "1 Hour", "type": "Consumption",
        "isPrimaryMeterRegion": True, "armSkuName": "Standard_D4s_v5",
    } | other  # fmt: skip


PLAN = retail(
    savingsPlan=[
        {"unitPrice": 0.118, "retailPrice": 0.118, "term": "1 Year"},
        {"unitPrice": 0.059, "retailPrice": 0.059, "term": "3 Years"},
    ]
)
RESERVED = retail(
    type="Reservation", reservationTerm="1 Year", unitPrice=876.0, retailPrice=876.0
)  # 0.10 an hour
SPOT = retail(meterId="spot", meterName="D4s v5 Spot")


def page(*items: dict[str, Any], link: str | None = None) -> str:
    answer = {"BillingCurrency": "USD", "CustomerEntityId": "Default", "Items": items}
    return json.dumps({**answer, "NextPageLink": link, "Count": len(items)})


def saved(path: Path, text: str) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, "utf-8")
    os.utime(path, (SAVED_AT, SAVED_AT))
    return path


@pytest.fixture
def marts() -> Iterator[Marts]:
    with published("fct_commitment_usage_hourly", "dim_commitments") as empty:
        yield empty


def use_machines(marts: Marts, machines: int, **other: Any) -> None:
    """Bill so many D4s v5 on each of the days, as Azure does: by the day."""
    machine = {
        "provider_name": "Microsoft", "sub_account_id": "s",
        "service_code": "microsoft.compute/virtualmachines", "region_id": "koreacentral",
        "instance_type": "Standard_D4s_v5", "usage_type": "D4s v5", "operation": "Dsv5 Series",
        "pricing_unit": "100 Hours", "sku_price_id": f"AAA-1/{METER}", "hour_count": 24,
        "eligible_programs": "COMPUTE_SAVINGS_PLAN, RESERVATION",
        "pricing_quantity": Decimal(machines * 24) / 100,
    }  # fmt: skip
    for day in range(DAYS):
        cost = Decimal("0.2") * machines * 24
        marts.use(24 * day, str(cost), **(machine | other))


def proposed(marts: Marts, layout: Layout, *companies: str) -> dict[tuple[str, int, str], Proposal]:
    usage = marts.usage()
    rates = offered_for(layout, marts.lake, companies)(usage)
    return {
        (each.pool.program, round(each.recommendation.offer.term_months), source): each
        for each in proposals(usage, rates)
        if isinstance(each, Proposal) and (source := each.recommendation.rate_source)
    }


def whole(proposal: Proposal) -> tuple[Decimal, int | None, int | None]:
    """Return an hour of one, how many it should come to, and how many to buy this week."""
    told = proposal.recommendation
    assert told.offer.machine
    target, tranche = (each.hourly_commitment for each in (told.target, told.tranche))
    price = told.offer.machine.hourly_price(told.offer.term_hours)
    return price, told.offer.count(target), told.offer.count(tranche)


@contextmanager
def answering(pages: dict[str, str]) -> Iterator[str]:
    """Answer pages by their `$skip` on a port of this machine."""

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            skip = parse_qs(urlsplit(self.path).query).get("$skip", ["0"])[0]
            body = pages[skip].replace("HOST", f"http://127.0.0.1:{server.server_port}")
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/api/retail/prices"
    finally:
        server.shutdown()
        server.server_close()


def test_azure_plans_and_reservations_are_sized_by_retail_prices(
    marts: Marts, tmp_path: Path
) -> None:
    use_machines(marts, 10)
    use_machines(marts, 0, usage_type="D4s v5 Windows", sku_price_id="AAA-2/windows")
    path = saved(tmp_path / "pages" / "1.json", page(PLAN, RESERVED, SPOT))
    load_prices(Layout(tmp_path), path.parent, "Microsoft")
    found = proposed(marts, Layout(tmp_path))
    source = "Azure Retail Prices, 2026-09-01"
    assert set(found) == {
        ("COMPUTE_SAVINGS_PLAN", 12, source),
        ("COMPUTE_SAVINGS_PLAN", 36, source),
        ("RESERVATION", 12, source),
    }
    plan = found["COMPUTE_SAVINGS_PLAN", 12, source]
    assert plan.recommendation.target.hourly_commitment == Decimal("1.18")
    assert plan.recommendation.target.monthly_net_savings == Decimal("598.6")
    reserved = found["RESERVATION", 12, source]
    assert reserved.pool == Pool("RESERVATION", Place("koreacentral", "Standard_D4s_v5"))
    assert whole(reserved) == (Decimal("0.1"), 10, 2)
    assert plan.is_daily


def test_pages_of_several_days_are_one_offer_and_the_newer_price_counts(
    marts: Marts, tmp_path: Path
) -> None:
    use_machines(marts, 10)
    use_machines(marts, 10, region_id="japaneast", sku_price_id="AAA-3/japan")
    later = SAVED_AT + 86_400
    dear = [{"unitPrice": 0.15, "retailPrice": 0.15, "term": "1 Year"}]
    for name, item, at in (
        ("seoul", retail(savingsPlan=dear), SAVED_AT),
        ("japan", PLAN | {"meterId": "japan"}, SAVED_AT),
        ("seoul-later", PLAN, later),
    ):
        path = saved(tmp_path / f"{name}.json", page(item))
        os.utime(path, (at, at))
        load_prices(Layout(tmp_path), path, "Microsoft")
    found = proposed(marts, Layout(tmp_path))
    source = "Azure Retail Prices, 2026-09-01 to 2026-09-02"
    told = found["COMPUTE_SAVINGS_PLAN", 12, source].recommendation
    assert (told.target.hourly_commitment, told.unpriced_cost) == (Decimal("2.36"), 0)


def test_the_api_is_read_page_by_page(tmp_path: Path) -> None:
    pages = {"0": page(PLAN, link="HOST/api/retail/prices?$skip=1"), "1": page(RESERVED)}
    with answering(pages) as url:
        assert fetch_prices(Layout(tmp_path), url, "Microsoft").rate_count == 3


def test_an_answer_does_not_send_us_to_another_server(tmp_path: Path) -> None:
    elsewhere = page(PLAN, link="http://169.254.169.254/latest/meta-data")
    with (
        answering({"0": elsewhere}) as url,
        pytest.raises(BillError, match="next page is http://169"),
    ):
        fetch_prices(Layout(tmp_path), url, "Microsoft")


@pytest.mark.parametrize("provider", ["Microsoft", "Google Cloud"])
def test_what_is_no_page_of_prices_is_refused(tmp_path: Path, provider: str) -> None:
    path = saved(tmp_path / "prices.json", '{"error": "403"}')
    with pytest.raises(BillError, match="No page of"):
        load_prices(Layout(tmp_path), path, provider)


def land(marts: Marts, **values: Any) -> None:
    """Land a price beside the bills."""
    [path] = DBT_PROJECT.glob("models/**/int_prices_reported.yml")
    columns = yaml.safe_load(path.read_text("utf-8"))["models"][0]["columns"]
    spelled = ", ".join(f"{each['name']} {each['data_type']}" for each in columns)
    marts.lake.execute("create schema if not exists lake.intermediate")
    marts.lake.execute(
        f"create table if not exists lake.intermediate.int_prices_reported ({spelled})"
    )
    row = {
        "company_id": "c", "billing_period": "2026-09", "billing_account_id": "0123",
        "block_size": 1, "tier_start_quantity": 0, "pricing_currency": "USD",
        "effective_at": "2026-09-01",
    } | values  # fmt: skip
    marts.lake.execute(
        f"insert into lake.intermediate.int_prices_reported ({', '.join(row)})"
        f" values ({', '.join(f'${name}' for name in row)})",
        row,
    )


def sheet(**values: Any) -> dict[str, Any]:
    """Return a savings plan's price for a year, of an Azure price sheet."""
    return {
        "provider": "azure", "sku_price_id": f"SP-9/{METER.upper()}", "price_type": "SavingsPlan",
        "commitment_term": "P1Y", "pricing_unit": "Hours", "block_size": 100,
        "contracted_unit_price": 9,
    } | values  # fmt: skip


def test_a_price_of_the_account_s_own_goes_before_the_public_one(
    marts: Marts, tmp_path: Path
) -> None:
    use_machines(marts, 10)
    load_prices(Layout(tmp_path), saved(tmp_path / "1.json", page(PLAN)), "Microsoft")
    land(marts, **sheet())
    land(marts, **sheet(company_id="other", contracted_unit_price=1))
    of_term = {"block_size": 1, "contracted_unit_price": 788.4, "effective_at": None}
    land(marts, **sheet(price_type="Reservation", **of_term))
    found = proposed(marts, Layout(tmp_path), "c")
    own, public = "Azure price sheet 0123, 2026-09-01", "Azure Retail Prices, 2026-09-01"
    assert set(found) == {
        ("COMPUTE_SAVINGS_PLAN", 12, own),
        ("COMPUTE_SAVINGS_PLAN", 36, public),
        ("RESERVATION", 12, own),
    }
    told = found["COMPUTE_SAVINGS_PLAN", 12, own].recommendation
    assert told.target.hourly_commitment == Decimal("0.9")
    assert whole(found["RESERVATION", 12, own])[0] == Decimal("0.09")


def test_azure_usage_without_a_price_is_told_with_its_amount(marts: Marts) -> None:
    use_machines(marts, 10)
    assert Unpriced(
        Pool("RESERVATION", Place("koreacentral", "Standard_D4s_v5")), "USD", Decimal(1460)
    ) in list(proposals(marts.usage()))


def sku(sku_id: str, description: str, nanos: int, **category: str) -> dict[str, Any]:
    """Return a SKU of the Cloud Billing Catalog, as services.skus.list answers it."""
    price = {"currencyCode": "USD", "units": "0", "nanos": nanos}
    return {
        "name": f"services/6F81-5844-456A/skus/{sku_id}", "skuId": sku_id,
        "description": description,
        "category": {
            "serviceDisplayName": "Compute Engine", "resourceFamily": "Compute",
            "usageType": "OnDemand",
        } | category,
        "serviceRegions": ["asia-northeast3"],
        "pricingInfo": [
            {
                "effectiveTime": "2026-09-02T08:00:00Z",
                "pricingExpression": {
                    "usageUnit": "h",
                    "tieredRates": [{"startUsageAmount": 0, "unitPrice": price}],
                },
            }
        ],
    }  # fmt: skip


CATALOG = json.dumps(
    {
        "skus": [
            sku("AAAA-0001", "N2 Instance Core running in Seoul", 40_000_000),
            sku(
                "BBBB-0001", "Commitment v1: N2 Cpu in Seoul for 1 Year", 25_000_000,
                usageType="Commit1Yr",
            ),
            sku(
                "BBBB-0003", "Commitment v1: N2 Cpu in Tokyo for 1 Year", 10_000_000,
                usageType="Commit1Yr",
            ),
        ],
        "nextPageToken": "",
    }
)  # fmt: skip


def use_cores(marts: Marts, cores: int) -> None:
    for hour in range(DAYS * 24):
        marts.use(
            hour, str(Decimal("0.04") * cores), provider_name="Google Cloud",
            service_code="Compute Engine", region_id="asia-northeast3", instance_type=None,
            usage_type="N2 Instance Core running in Seoul", operation=None, pricing_unit="hour",
            sku_id="AAAA-0001", pricing_quantity=Decimal(cores),
            eligible_programs="FLEXIBLE_CUD, RESOURCE_CUD",
        )  # fmt: skip


def test_google_s_commitments_are_sized_by_the_catalog(marts: Marts, tmp_path: Path) -> None:
    use_cores(marts, 100)
    load_prices(Layout(tmp_path), saved(tmp_path / "skus.json", CATALOG), "Google Cloud")
    found = proposed(marts, Layout(tmp_path))
    source = "Google Cloud catalog, spend discounts of 2026-11-22, 2026-09-02"
    assert {key[:2] for key in found} == {
        ("FLEXIBLE_CUD", 12), ("FLEXIBLE_CUD", 36), ("RESOURCE_CUD", 12),
    }  # fmt: skip
    flexible = found["FLEXIBLE_CUD", 12, source].recommendation.target
    assert flexible.hourly_commitment == Decimal("2.88")
    cores = found["RESOURCE_CUD", 12, source]
    assert str(cores.pool) == "RESOURCE_CUD asia-northeast3 N2 Cpu"
    assert whole(cores)[:2] == (Decimal("0.025"), 100)
    assert not cores.is_daily


@pytest.mark.parametrize(
    ("used", "resource"),
    [
        ("N1 Predefined Instance Core running in Seoul", "Cpu in Seoul"),
        ("Custom Instance Ram running in Seoul", "Ram in Seoul"),
        ("N2D AMD Custom Instance Core running in Seoul", "N2D AMD Cpu in Seoul"),
        ("Compute optimized Core running in Seoul", "Compute optimized Cpu in Seoul"),
        ("Network Internet Data Transfer Out from Seoul", ""),
    ],
)
def test_a_resource_is_called_what_its_commitment_calls_it(used: str, resource: str) -> None:
    use = BilledUse("Compute Engine", None, used, None)
    assert price_key("RESOURCE_CUD", use) == ("", resource, "")


def test_the_pricing_export_s_own_prices_go_before_the_catalog(
    marts: Marts, tmp_path: Path
) -> None:
    use_cores(marts, 100)
    load_prices(Layout(tmp_path), saved(tmp_path / "skus.json", CATALOG), "Google Cloud")
    of_account = {"provider": "gcp", "billing_account_id": "01A2B3"}
    land(
        marts, **of_account, sku_id="AAAA-0001", price_type="FlexibleCommitment",
        sku_description="N2 Instance Core running in Seoul", commitment_term="P1Y",
        contracted_unit_price=0.02,
    )  # fmt: skip
    land(
        marts, **of_account, sku_id="BBBB-0001", price_type="Commitment",
        sku_description="Commitment v1: N2 Cpu in Seoul for 3 Years", contracted_unit_price=0.015,
    )  # fmt: skip
    found = proposed(marts, Layout(tmp_path), "c")
    own = "Google Cloud pricing export 01A2B3, 2026-09-01"
    catalog = "Google Cloud catalog, spend discounts of 2026-11-22, 2026-09-02"
    assert set(found) == {
        ("FLEXIBLE_CUD", 12, own),
        ("FLEXIBLE_CUD", 36, catalog),
        ("RESOURCE_CUD", 12, catalog),
        ("RESOURCE_CUD", 36, own),
    }
    flexible = found["FLEXIBLE_CUD", 12, own].recommendation.target
    assert flexible.hourly_commitment == 2
