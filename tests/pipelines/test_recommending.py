"""From the published usage and published prices to proposals."""

import json
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from pipelines.pools import Pool
from pipelines.prices import list_prices, load_prices, offered_for
from pipelines.providers.contract import BillError
from pipelines.recommending import Proposal, Unpriced, proposals
from tests.pipelines.marts import START, Marts, published
from warehouse.eligible_usage import eligible_usage
from warehouse.layout import Layout
from warehouse.scope import Scope
from warehouse.uses import Place

DAYS = 4
OFFER = """\
"FormatVersion","v1.0"
"Disclaimer","This pricing list is for informational purposes only."
"Publication Date","2026-08-20T19:42:03Z"
"Version","20260820194203"
"OfferCode","AWSComputeSavingsPlan"
"SKU","DiscountedRate","Currency","DiscountedServiceCode","DiscountedUsageType",\
"DiscountedOperation","PurchaseOption","LeaseContractLength","Product Family"
"""


@pytest.fixture
def marts() -> Iterator[Marts]:
    with published("fct_commitment_usage_hourly", "dim_commitments") as empty:
        yield empty


def offer_file(folder: Path, *rows: str) -> Path:
    path = folder / "index.csv"
    path.write_text(OFFER + "".join(f"{row}\n" for row in rows), "utf-8")
    return path


def offered(price: str, payment: str, years: str, family: str = "ComputeSavingsPlans") -> str:
    return (
        f'"S","{price}","USD","AmazonEC2","APN2-BoxUsage:m5.large","RunInstances","{payment}",'
        f'"{years}","{family}"'
    )


def test_each_term_and_payment_of_an_offer_file_is_a_proposal_with_its_source(
    marts: Marts, tmp_path: Path
) -> None:
    for hour in range(DAYS * 24):
        marts.use(hour, "10")
    usage = marts.usage()
    path = offer_file(
        tmp_path, offered("0.072", "No Upfront", "1"), offered("0.05", "All Upfront", "3")
    )
    load_prices(Layout(tmp_path), path)
    rates = offered_for(Layout(tmp_path))(usage)
    found = [each for each in proposals(usage, rates) if isinstance(each, Proposal)]
    told = [each.recommendation for each in found]
    assert [each.pool for each in found] == [Pool("COMPUTE_SP"), Pool("COMPUTE_SP")]
    assert [(each.offer.term_hours, each.target.hourly_commitment) for each in told] == [
        (8760, Decimal("7.2")),
        (26280, Decimal("5")),
    ]
    assert [each.target.monthly_net_savings for each in told] == [2044, 3650]
    assert {each.rate_source for each in told} == {
        "AWS Price List AWSComputeSavingsPlan, 2026-08-20"
    }


def test_an_instance_plan_is_sized_for_each_family_and_region(marts: Marts, tmp_path: Path) -> None:
    for hour in range(DAYS * 24):
        marts.use(hour, "10")
        marts.use(hour, "3", instance_type="c5.large", usage_type="APN2-BoxUsage:c5.large")
    usage = marts.usage()
    path = offer_file(tmp_path, offered("0.06", "No Upfront", "1", "EC2InstanceSavingsPlans"))
    load_prices(Layout(tmp_path), path)
    rates = offered_for(Layout(tmp_path))(usage)
    found = {each.pool: each for each in proposals(usage, rates)}
    sized = found[Pool("EC2_INSTANCE_SP", Place("ap-northeast-2", "m5"))]
    assert isinstance(sized, Proposal)
    assert sized.recommendation.target.hourly_commitment == 6
    assert found[Pool("EC2_INSTANCE_SP", Place("ap-northeast-2", "c5"))] == Unpriced(
        Pool("EC2_INSTANCE_SP", Place("ap-northeast-2", "c5")), "USD", Decimal(2190)
    )


def test_without_a_price_the_terms_held_are_offered_at_the_rates_of_the_bill(
    marts: Marts,
) -> None:
    for hour in range(DAYS * 24):
        marts.use(hour, "10")
        marts.use(
            hour, "5", effective_cost=Decimal("3.5"), is_covered=True, eligible_programs=None,
            commitment_type="ComputeSavingsPlans",
        )  # fmt: skip
    marts.add(
        "dim_commitments", provider_name="AWS", commitment_type="ComputeSavingsPlans",
        term_months=12, payment_option="Partial Upfront",
    )  # fmt: skip
    [compute] = [each for each in proposals(marts.usage()) if each.pool.program == "COMPUTE_SP"]
    assert isinstance(compute, Proposal)
    told = compute.recommendation
    assert told.rate_source == "rates on the bill, 30 days to 2026-09-05"
    assert told.offer.upfront_share == Decimal("0.5")
    assert told.target.hourly_commitment == 7
    assert told.target.coverage_before == pytest.approx(Decimal(1) / 3)


def test_rates_of_several_held_terms_are_a_blend_that_nobody_offers(marts: Marts) -> None:
    for hour in range(DAYS * 24):
        marts.use(hour, "10")
        marts.use(
            hour, "5", effective_cost=Decimal("3"), is_covered=True, eligible_programs=None,
            commitment_type="ComputeSavingsPlans",
        )  # fmt: skip
    for months in (12, 36):
        marts.add(
            "dim_commitments", provider_name="AWS", commitment_type="ComputeSavingsPlans",
            term_months=months, payment_option="No Upfront",
        )  # fmt: skip
    assert Unpriced(Pool("COMPUTE_SP"), "USD", Decimal(7300)) in list(proposals(marts.usage()))


def cover(marts: Marts, commitment_id: str | None) -> None:
    """Cover ten an hour by a commitment, beside ten that are on demand."""
    for hour in range(DAYS * 24):
        marts.use(hour, "10")
        marts.use(
            hour, "10", effective_cost=Decimal("7"), is_covered=True, commitment_id=commitment_id,
            commitment_type="ComputeSavingsPlans",
        )  # fmt: skip


def sized_with_an_end(marts: Marts, folder: Path, days: int, known_as: str | None = "p") -> Any:
    """Return what to buy when what covers half ends so many days after the last one known."""
    cover(marts, known_as)
    marts.add(
        "dim_commitments", provider_name="AWS", commitment_id="p",
        ended_at=START + timedelta(days=DAYS + days),
    )  # fmt: skip
    usage = marts.usage()
    load_prices(Layout(folder), offer_file(folder, offered("0.07", "No Upfront", "1")))
    rates = offered_for(Layout(folder))(usage)
    [found] = [each for each in proposals(usage, rates) if isinstance(each, Proposal)]
    return found.recommendation


def test_what_a_plan_that_ends_soon_covers_is_sized_and_not_yet_bought(
    marts: Marts, tmp_path: Path
) -> None:
    told = sized_with_an_end(marts, tmp_path, days=30)
    assert (told.target.hourly_commitment, told.tranche.hourly_commitment) == (14, Decimal("1.75"))
    assert (told.target.coverage_before, told.tranche.coverage_before) == (0, Decimal("0.5"))


def test_what_a_plan_covered_that_is_over_is_on_demand_again(marts: Marts, tmp_path: Path) -> None:
    told = sized_with_an_end(marts, tmp_path, days=-1)
    assert (told.target.hourly_commitment, told.tranche.hourly_commitment) == (14, Decimal("3.5"))
    assert told.tranche.coverage_before == 0


@pytest.mark.parametrize(("days", "known_as"), [(31, "p"), (1, None)])
def test_what_outlives_the_month_and_what_others_cover_is_left_alone(
    marts: Marts, tmp_path: Path, days: int, known_as: str | None
) -> None:
    told = sized_with_an_end(marts, tmp_path, days, known_as)
    assert (told.target.hourly_commitment, told.target.coverage_before) == (7, Decimal("0.5"))


def test_a_day_still_being_billed_is_no_fall(marts: Marts) -> None:
    for hour in range(DAYS * 24 + 6):
        marts.use(hour, "10")
    assert marts.usage().hours == DAYS * 24


def test_a_day_without_hours_is_spread_over_them(marts: Marts) -> None:
    for day in range(DAYS):
        marts.use(24 * day, "240", hour_count=24)
    usage = marts.usage()
    assert usage.hours == DAYS * 24
    assert sorted(usage.columns["hour"]) == list(range(DAYS * 24))
    assert set(usage.columns["cost"]) == {10.0}


def test_another_organization_s_usage_is_not_read(marts: Marts) -> None:
    for hour in range(24):
        marts.use(hour, "10", organization_id="other")
    assert eligible_usage(marts.lake, Scope.organization("c", "o")) == []


def test_the_json_of_an_offer_says_the_same_and_the_newest_day_counts(
    marts: Marts, tmp_path: Path
) -> None:
    for hour in range(24):
        marts.use(hour, "10")
    usage = marts.usage()
    load_prices(Layout(tmp_path), offer_file(tmp_path, offered("0.08", "No Upfront", "1")))
    path = tmp_path / "index.json"
    rate = {
        "discountedUsageType": "APN2-BoxUsage:m5.large", "discountedOperation": "RunInstances",
        "discountedServiceCode": "AmazonEC2",
        "discountedRate": {"price": "0.07", "currency": "USD"},
    }  # fmt: skip
    offer = {
        "publicationDate": "2026-09-01T00:00:00Z",
        "products": [
            {
                "sku": "S",
                "productFamily": "ComputeSavingsPlans",
                "attributes": {"purchaseOption": "No Upfront"},
            }
        ],
        "terms": {
            "savingsPlan": [
                {
                    "sku": "S",
                    "leaseContractLength": {"duration": 1, "unit": "year"},
                    "rates": [rate],
                }
            ]
        },
    }
    path.write_text(json.dumps(offer), "utf-8")
    load_prices(Layout(tmp_path), path)
    found = {each.source: each for each in offered_for(Layout(tmp_path))(usage)}
    assert [each.rate_count for each in list_prices(Layout(tmp_path))] == [1, 1]
    assert [(source[-10:], each.unit_price) for source, each in found.items()] == [
        ("2026-09-01", Decimal("0.07"))
    ]


def test_a_file_that_is_no_offer_says_what_to_fetch(tmp_path: Path) -> None:
    path = tmp_path / "prices.csv"
    path.write_text("a,b\n", "utf-8")
    with pytest.raises(BillError, match="Price List"):
        load_prices(Layout(tmp_path), path)
