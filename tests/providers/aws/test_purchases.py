"""What was approved is bought once, whatever is lost on the way; nothing else is."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from pipelines.autosavings.carrying_out import buyer_of, by_hand, carry_out
from pipelines.providers.aws.permissions import PURCHASE_CALLS
from pipelines.providers.aws.purchases import AwsBuyer, buyer, deed_of
from pipelines.providers.contract import BillError, ConnectionConfig
from pipelines.providers.purchasing import Order, OutcomeUnknownError, RefusedError
from tests.providers.aws.selling import ACCOUNT, Seller, selling
from warehouse.registry import Registry, open_registry
from warehouse.registry.action_rows import Action, Draft
from warehouse.registry.callers import Caller

pytestmark = pytest.mark.slow

ROLE = f"arn:aws:iam::{ACCOUNT}:role/finhouse-buys"
NOW = datetime(2026, 9, 15, 12, 30, tzinfo=UTC)
PLAN = {
    "program": "COMPUTE_SP", "term_months": "12", "payment_option": "Partial Upfront",
    "hourly_commitment": "7.200", "upfront": "31536.00", "currency": "USD",
}  # fmt: skip
DRAFT = Draft(
    "buy", "aws", ACCOUNT, "COMPUTE_SP USD", PLAN, "USD", Decimal("63072"), Decimal("2044"),
    "30 days' usage",
)  # fmt: skip
ORDER = Order("act-abcdefghij", "buy", ACCOUNT, "token-1", PLAN)


@pytest.fixture(scope="module")
def seller() -> Iterator[Seller]:
    with selling() as one:
        yield one


@pytest.fixture(autouse=True)
def _fresh(seller: Seller) -> None:
    seller.asked.clear()
    seller.plans.clear()
    seller.hangs_up, seller.refuses, seller.offer_count = False, 0, 1


@pytest.fixture
def config(seller: Seller, s3_endpoint: str) -> ConnectionConfig:
    options = {
        "purchase_role_arn": f"arn:aws:iam::222222222222:role/other, {ROLE}",
        "sts_endpoint_url": s3_endpoint,
        "savingsplans_endpoint_url": seller.endpoint,
    }
    return ConnectionConfig("con", "aws", "s3://bills", "daily", "cur2", options)


@dataclass
class Approved:
    """A registry with one approved action, and a clock."""

    registry: Registry
    at: list[datetime]

    @property
    def action(self) -> Action:
        """The action as it stands."""
        [found] = self.registry.actions.list()
        return found

    def carry_out(self, buys: AwsBuyer) -> Action:
        """Carry it out."""
        return carry_out(self.registry.actions, self.action.action_id, None, buys)


@pytest.fixture
def approved(tmp_path: Path) -> Approved:
    at = [NOW]
    registry = open_registry(f"sqlite:///{tmp_path}/registry.sqlite", lambda: at[0])
    registry.companies.add("한빛")
    registry.members.add("kim@hanbit.kr")
    registry.organizations.add("결제")
    registry.accounts.add("aws", ACCOUNT, "결제")
    approve(registry, DRAFT)
    return Approved(registry, at)


def approve(registry: Registry, draft: Draft) -> str:
    """Propose an action, let Kim approve it, and return its id."""
    [action] = registry.actions.propose("결제", [draft])
    [owner] = registry.members.list()
    member = registry.acting_as(Caller("kim", frozenset({owner.member_id})))
    return member.actions.approve(action.action_id).action_id


def buys(config: ConnectionConfig) -> AwsBuyer:
    made = buyer(config, ACCOUNT)
    assert made
    return made


def test_an_approved_plan_is_bought_with_its_token_and_its_evidence_is_kept(
    approved: Approved, config: ConnectionConfig, seller: Seller
) -> None:
    done = approved.carry_out(buys(config))
    sent = dict(seller.asked)["CreateSavingsPlan"]
    assert (sent["commitment"], sent["upfrontPaymentAmount"]) == ("7.200", "31536.00")
    assert sent["clientToken"] == done.idempotency_token
    assert (done.state, done.result_id) == (
        "executed", f"arn:aws:savingsplans::{ACCOUNT}:savingsplan/plan-0",
    )  # fmt: skip
    assert "SecretAccessKey" not in str(done.evidence)


def test_a_queued_plan_is_kept_with_the_time_it_starts(
    approved: Approved, config: ConnectionConfig
) -> None:
    registry = approved.registry
    registry.actions.reject(approved.action.action_id)
    order = PLAN | {"start_at": "2026-10-01T00:00:00+00:00"}
    queued = replace(DRAFT, kind="queue", subject="arn:old", order=order)
    done = carry_out(registry.actions, approve(registry, queued), None, buys(config))
    assert done.state == "executed"
    assert done.evidence[0]["request"]["purchaseTime"] == "2026-10-01 00:00:00+00:00"


def test_a_plan_that_was_not_paid_is_not_bought(
    approved: Approved, config: ConnectionConfig, seller: Seller
) -> None:
    seller.hangs_up = True
    with pytest.raises(OutcomeUnknownError):
        approved.carry_out(buys(config))
    [plan] = seller.plans.values()
    plan["state"] = "payment-failed"
    assert approved.carry_out(buys(config)).state == "failed"


def test_a_plan_whose_answer_was_lost_is_found_and_not_bought_again(
    approved: Approved, config: ConnectionConfig, seller: Seller
) -> None:
    seller.hangs_up = True
    with pytest.raises(OutcomeUnknownError, match="did not answer"):
        approved.carry_out(buys(config))
    assert approved.action.state == "approved"
    assert [each["outcome"] for each in approved.action.evidence] == ["unknown"]
    seller.hangs_up = False
    done = approved.carry_out(buys(config))
    assert done.state == "executed"
    assert [name for name, _ in seller.asked].count("CreateSavingsPlan") == 1


def test_who_died_before_asking_asks_under_the_same_token(
    approved: Approved, config: ConnectionConfig, seller: Seller
) -> None:
    token = approved.registry.actions.begin(approved.action.action_id).idempotency_token
    assert approved.carry_out(buys(config)).state == "executed"
    assert list(seller.plans) == [token]


def test_a_refusal_ends_the_action_and_a_broken_cloud_does_not(
    approved: Approved, config: ConnectionConfig, seller: Seller
) -> None:
    seller.refuses = 500
    with pytest.raises(OutcomeUnknownError):
        approved.carry_out(buys(config))
    seller.refuses = 400
    # What is refused now may have been bought then, and not be listed yet.
    with pytest.raises(OutcomeUnknownError, match="not listed yet"):
        approved.carry_out(buys(config))
    approved.at[0] += timedelta(hours=1)
    done = approved.carry_out(buys(config))
    assert (done.state, done.result_id) == ("failed", None)


def test_terms_that_aws_offers_no_more_are_refused_before_anything_is_sent(
    config: ConnectionConfig, seller: Seller
) -> None:
    seller.offer_count = 0
    with pytest.raises(RefusedError, match="0 offerings"):
        buys(config).execute(ORDER)
    assert "CreateSavingsPlan" not in dict(seller.asked)


def test_a_rehearsal_tells_the_request_and_sends_nothing(
    config: ConnectionConfig, seller: Seller
) -> None:
    told = buys(config).rehearse(replace(ORDER, kind="queue", details=PLAN | {
        "start_at": "2026-10-01T00:00:00+00:00"}))  # fmt: skip
    assert told["request"]["purchaseTime"] == datetime(2026, 10, 1, tzinfo=UTC)
    assert seller.plans == {}


def test_a_connection_that_may_only_read_says_how_it_is_done_by_hand(
    approved: Approved, config: ConnectionConfig
) -> None:
    reading = replace(config, options={})
    with pytest.raises(BillError, match=r"NO_PURCHASES.*Savings Plans > Purchase.*7\.200"):
        buyer_of(approved.action, [reading])
    done = by_hand(approved.registry.actions, approved.action.action_id, None, "arn:by-hand")
    assert (done.state, done.result_id) == ("executed", "arn:by-hand")


# Reserved Instances: no server here speaks them, so botocore checks requests and answers.

RESERVATION = {
    "program": "EC2_RI", "offering_id": "off-1", "count": "2", "fixed_price": "100.0",
    "region_id": "ap-northeast-2",
}  # fmt: skip
OFFER = {
    "ReservedInstancesOfferingId": "off-1", "FixedPrice": 100.0, "InstanceType": "m5.large",
    "Duration": 31536000, "OfferingType": "All Upfront", "OfferingClass": "standard",
    "ProductDescription": "Linux/UNIX",
}  # fmt: skip
OWN = f"arn:aws:ec2:ap-northeast-2:{ACCOUNT}:reserved-instances/ri-1"


@pytest.fixture
def ec2() -> Iterator[Stubber]:
    client = boto3.client("ec2", region_name="ap-northeast-2")
    with Stubber(client) as stub:
        yield stub
        stub.assert_no_pending_responses()


def of_stub(stub: Stubber, config: ConnectionConfig) -> AwsBuyer:
    return AwsBuyer(config, ACCOUNT, ROLE, lambda *_: stub.client)


def order(kind: str, **details: str) -> Order:
    return Order(
        "act-abcdefghij", kind, ACCOUNT, "token-1",
        {"commitment_id": OWN, "region_id": "ap-northeast-2", "currency": "USD"} | details,
    )  # fmt: skip


def offers(stub: Stubber, price: float = 100.0) -> None:
    stub.add_response(
        "describe_reserved_instances_offerings",
        {"ReservedInstancesOfferings": [OFFER | {"FixedPrice": price}]},
        {"ReservedInstancesOfferingIds": ["off-1"]},
    )


def holds(stub: Stubber, *reservations: dict[str, Any]) -> None:
    stub.add_response(
        "describe_reserved_instances", {"ReservedInstances": [dict(each) for each in reservations]}
    )


def reserved(**changed: object) -> dict[str, Any]:
    same = {key: OFFER[key] for key in OFFER if key != "ReservedInstancesOfferingId"}
    return same | {"ReservedInstancesId": "ri-1", "InstanceCount": 2, "Start": NOW} | changed


def test_a_reservation_that_costs_more_than_approved_is_not_bought(
    ec2: Stubber, config: ConnectionConfig
) -> None:
    offers(ec2, 101.0)
    with pytest.raises(RefusedError, match=r"costs 101\.0 upfront now, approved was 100\.0"):
        of_stub(ec2, config).execute(Order("act-a", "buy", ACCOUNT, "t", RESERVATION))


def test_a_reservation_whose_answer_was_lost_is_looked_up_by_its_terms_and_never_sent_again(
    approved: Approved, ec2: Stubber, config: ConnectionConfig
) -> None:
    registry = approved.registry
    registry.actions.reject(approved.action.action_id)
    draft = Draft("buy", "aws", ACCOUNT, "EC2_RI", RESERVATION, "USD", Decimal(200), Decimal(9), "")
    bought = approve(registry, draft)
    registry.actions.begin(bought)

    def again() -> Action:
        return carry_out(registry.actions, bought, None, of_stub(ec2, config))

    other = reserved(Start=NOW - timedelta(days=1))
    offers(ec2)
    holds(ec2, other)
    with pytest.raises(OutcomeUnknownError, match="not listed yet"):
        again()
    offers(ec2)
    holds(ec2, other, reserved(), reserved(ReservedInstancesId="ri-2"))
    with pytest.raises(OutcomeUnknownError, match="2 reservations look like it"):
        again()
    approved.at[0] = NOW + timedelta(hours=2)
    offers(ec2)
    holds(ec2, other)
    assert again().state == "failed"


TERMS = {
    "program": "EC2_RI", "instance_type": "m5.large", "platform": "Linux/UNIX",
    "tenancy": "default", "offering_class": "standard", "payment_option": "All Upfront",
    "term_months": "12", "count": "2", "fixed_price": "100", "recurring_price": "0.01",
    "region_id": "ap-northeast-2",
}  # fmt: skip


def test_an_offering_is_found_by_its_terms_and_refused_when_its_hours_cost_more(
    ec2: Stubber, config: ConnectionConfig
) -> None:
    asked = Order("act-abcdefghij", "buy", ACCOUNT, "token-1", TERMS)
    ec2.add_response(
        "describe_reserved_instances_offerings",
        {"ReservedInstancesOfferings": [{**OFFER, "RecurringCharges": [{"Amount": 0.02}]}]},
        {"InstanceType": "m5.large", "ProductDescription": "Linux/UNIX",
         "InstanceTenancy": "default", "OfferingClass": "standard", "OfferingType": "All Upfront",
         "MinDuration": 31536000, "MaxDuration": 31536000, "IncludeMarketplace": False,
         "Filters": [{"Name": "scope", "Values": ["Region"]}]},
    )  # fmt: skip
    with pytest.raises(RefusedError, match=r"it costs 0\.02 an hour now, approved was 0\.01"):
        of_stub(ec2, config).execute(asked)


def test_an_exchange_asks_for_the_offering_of_the_approved_terms(
    ec2: Stubber, config: ConnectionConfig
) -> None:
    terms = {**TERMS, "commitment_id": OWN, "max_true_up": "10"}
    ec2.add_response(
        "describe_reserved_instances_offerings", {"ReservedInstancesOfferings": [OFFER]}
    )
    ec2.add_response(
        "get_reserved_instances_exchange_quote",
        {"IsValidExchange": False, "ValidationFailureReason": "too little"},
        {"ReservedInstanceIds": ["ri-1"],
         "TargetConfigurations": [{"OfferingId": "off-1", "InstanceCount": 2}]},
    )  # fmt: skip
    with pytest.raises(RefusedError, match="too little"):
        of_stub(ec2, config).execute(Order("act-abcdefghij", "exchange", ACCOUNT, "t", terms))


def test_what_aws_sells_in_its_console_only_is_not_refused_but_done_by_hand(
    ec2: Stubber, config: ConnectionConfig
) -> None:
    database = Order("act-abcdefghij", "buy", ACCOUNT, "t", {**TERMS, "program": "RDS_RI"})
    unnamed = {name: word for name, word in TERMS.items() if name != "platform"}
    for asked in (database, Order("act-abcdefghij", "buy", ACCOUNT, "t", unnamed)):
        with pytest.raises(BillError, match="--by-hand ID") as said:
            of_stub(ec2, config).execute(asked)
        assert not isinstance(said.value, RefusedError)


def test_an_exchange_is_accepted_at_no_more_than_the_approved_true_up(
    ec2: Stubber, config: ConnectionConfig
) -> None:
    asked = order("exchange", offering_id="off-1", count="3", max_true_up="10")
    ec2.add_response(
        "get_reserved_instances_exchange_quote",
        {"IsValidExchange": True, "PaymentDue": "10.01", "CurrencyCode": "USD"},
        {"ReservedInstanceIds": ["ri-1"],
         "TargetConfigurations": [{"OfferingId": "off-1", "InstanceCount": 3}]},
    )  # fmt: skip
    with pytest.raises(RefusedError, match=r"the true-up is 10\.01 now"):
        of_stub(ec2, config).execute(asked)


def test_an_exchange_whose_answer_was_lost_is_told_by_the_old_reservation(
    ec2: Stubber, config: ConnectionConfig
) -> None:
    asked = order("exchange", offering_id="off-1", count="3", max_true_up="10")
    holds(ec2, reserved(State="active", End=NOW + timedelta(days=90)))
    assert of_stub(ec2, config).find(asked, NOW) is None
    holds(ec2, reserved(State="retired", End=NOW))
    assert of_stub(ec2, config).find(asked, NOW)
    holds(ec2)
    with pytest.raises(OutcomeUnknownError, match="--by-hand"):
        of_stub(ec2, config).find(asked, NOW)


def test_a_listing_carries_its_token_and_falls_month_by_month(
    ec2: Stubber, config: ConnectionConfig
) -> None:
    end = datetime.now(UTC) + timedelta(days=75)
    holds(ec2, reserved(State="active", Scope="Availability Zone", End=end))
    ec2.add_response(
        "create_reserved_instances_listing",
        {"ReservedInstancesListings": [{"ReservedInstancesListingId": "l-1"}]},
        {"ReservedInstancesId": "ri-1", "InstanceCount": 2, "ClientToken": "token-1",
         "PriceSchedules": [
             {"Term": 2, "Price": 60.0, "CurrencyCode": "USD"},
             {"Term": 1, "Price": 30.0, "CurrencyCode": "USD"}]},
    )  # fmt: skip
    sold = of_stub(ec2, config).execute(order("resell", count="2", price="60.00"))
    assert sold.result_id == "l-1"


def test_a_rehearsed_listing_tells_whether_the_seller_is_known(
    ec2: Stubber, config: ConnectionConfig
) -> None:
    end = datetime.now(UTC) + timedelta(days=75)
    holds(ec2, reserved(State="active", Scope="Availability Zone", End=end))
    listing = {"ReservedInstancesListingId": "l-0"}
    ec2.add_response(
        "describe_reserved_instances_listings", {"ReservedInstancesListings": [listing]}
    )
    told = of_stub(ec2, config).rehearse(order("resell", count="2", price="60.00"))
    assert told["has_listed_before"] is True


def test_a_regional_reservation_must_become_zonal_first(
    ec2: Stubber, config: ConnectionConfig
) -> None:
    holds(ec2, reserved(State="active", Scope="Region", End=NOW))
    with pytest.raises(RefusedError, match="change its scope in the console"):
        of_stub(ec2, config).execute(order("resell", count="2", price="60.00"))


def test_a_modification_is_found_by_its_token(ec2: Stubber, config: ConnectionConfig) -> None:
    ec2.add_response(
        "describe_reserved_instances_modifications",
        {"ReservedInstancesModifications": [{"ReservedInstancesModificationId": "m-1"}]},
        {"Filters": [{"Name": "client-token", "Values": ["token-1"]}]},
    )
    found = of_stub(ec2, config).find(order("modify", count="2"), NOW)
    assert found
    assert found.result_id == "m-1"


def test_every_order_needs_no_more_than_the_purchase_role_allows() -> None:
    kinds = ("buy", "queue", "return", "exchange", "modify", "resell")
    deeds = {deed_of(order(kind, program=each)).operation for kind in kinds for each in (
        "COMPUTE_SP", "EC2_RI")}  # fmt: skip
    assert deeds <= PURCHASE_CALLS.keys()
