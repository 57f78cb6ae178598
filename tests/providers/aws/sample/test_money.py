"""The sample's money behaves as on a real bill."""

from decimal import Decimal

import pytest

from tests.providers.aws.sample.conftest import ask
from tests.providers.sampling import MakeBills

pytestmark = pytest.mark.slow

CUR = ["cur2-parquet", "cur2-csv", "cur-new", "cur-overwrite"]
MONEY = "decimal(38, 10)"
PLANS = "coalesce(savings_plan_savings_plan_a_r_n, '') <> ''"
UPFRONT = """(
    line_item_line_item_type = 'SavingsPlanUpfrontFee'
    or (line_item_line_item_type = 'Fee' and coalesce(reservation_reservation_a_r_n, '') <> '')
)"""


@pytest.mark.parametrize("key", CUR)
def test_amortized_and_trueup_and_upfront_are_unblended_in_every_month(
    bills: MakeBills, key: str
) -> None:
    months = ask(
        bills(key),
        f"""
        select
            sum(case
                when line_item_line_item_type = 'DiscountedUsage'
                then reservation_effective_cost::{MONEY}
                when line_item_line_item_type = 'RIFee'
                then
                    reservation_unused_amortized_upfront_fee_for_billing_period::{MONEY}
                    + reservation_unused_recurring_fee::{MONEY}
                when line_item_line_item_type = 'SavingsPlanCoveredUsage'
                then savings_plan_savings_plan_effective_cost::{MONEY}
                when line_item_line_item_type = 'SavingsPlanRecurringFee'
                then
                    savings_plan_total_commitment_to_date::{MONEY}
                    - savings_plan_used_commitment::{MONEY}
                when line_item_line_item_type = 'SavingsPlanNegation' or {UPFRONT} then 0
                else line_item_unblended_cost::{MONEY}
            end) as amortized,
            -sum(case line_item_line_item_type
                when 'RIFee' then reservation_amortized_upfront_fee_for_billing_period::{MONEY}
                when 'SavingsPlanRecurringFee'
                then savings_plan_amortized_upfront_commitment_for_billing_period::{MONEY}
                else 0
            end) as trueup,
            sum(if({UPFRONT}, line_item_unblended_cost::{MONEY}, 0)) as upfront,
            sum(line_item_unblended_cost::{MONEY}) as unblended
        from bill
        where line_item_operation is null or line_item_operation not like '%-EC2'
        group by bill_billing_period_start_date
        """,
    )
    assert len(months) == 4
    for amortized, trueup, upfront, unblended in months:
        assert amortized + trueup + upfront == unblended > 0


@pytest.mark.parametrize("key", CUR)
def test_negations_cancel_what_their_plan_covered_in_each_hour(bills: MakeBills, key: str) -> None:
    hours = ask(
        bills(key),
        f"""
        select
            sum(line_item_unblended_cost::{MONEY})
                filter (line_item_line_item_type <> 'SavingsPlanRecurringFee'),
            count(*) filter (line_item_line_item_type = 'SavingsPlanNegation'),
            sum(savings_plan_savings_plan_effective_cost::{MONEY}),
            any_value(savings_plan_used_commitment::{MONEY})
        from bill
        where {PLANS} and line_item_line_item_type <> 'SavingsPlanUpfrontFee'
        group by savings_plan_savings_plan_a_r_n, line_item_usage_start_date
        """,
    )
    assert sum(negations for _, negations, *_ in hours) > 0
    for rest, _, effective, used in hours:
        assert (rest or 0, effective or 0) == (0, used)


def test_one_negation_may_cancel_several_covered_rows(bills: MakeBills) -> None:
    [(covered, negations)] = ask(
        bills("cur2-parquet"),
        """
        select
            count(*) filter (line_item_line_item_type = 'SavingsPlanCoveredUsage'),
            count(*) filter (line_item_line_item_type = 'SavingsPlanNegation')
        from bill
        """,
    )
    assert covered > negations > 0


def test_each_kind_of_line_is_there(bills: MakeBills) -> None:
    kinds = ask(bills("cur2-parquet"), "select distinct line_item_line_item_type from bill")
    assert {kind for (kind,) in kinds} == {
        *("Usage", "DiscountedUsage", "RIFee", "Fee", "Credit", "Refund", "Tax"),
        *("SavingsPlanCoveredUsage", "SavingsPlanNegation"),
        *("SavingsPlanRecurringFee", "SavingsPlanUpfrontFee"),
    }
    discounts = ask(
        bills("cur2-csv"),
        """
        select distinct line_item_line_item_type from bill
        where line_item_line_item_type like '%Discount'
        """,
    )
    assert {kind for (kind,) in discounts} == {"EdpDiscount", "PrivateRateDiscount"}


def test_an_all_upfront_reservation_still_has_a_monthly_fee_of_zero(bills: MakeBills) -> None:
    fees = ask(
        bills("cur2-parquet"),
        """
        select
            sum(line_item_unblended_cost),
            sum(reservation_amortized_upfront_fee_for_billing_period)
        from bill
        where line_item_line_item_type = 'RIFee' and pricing_purchase_option = 'All Upfront'
        """,
    )
    assert fees[0][0] == 0 < fees[0][1]


def test_a_machine_may_be_covered_for_part_of_an_hour(bills: MakeBills) -> None:
    [(split,)] = ask(
        bills("cur2-parquet"),
        """
        select count(*) from (
            select line_item_resource_id, line_item_usage_start_date
            from bill
            where line_item_usage_type like '%BoxUsage%'
                and line_item_line_item_type
                in ('Usage', 'DiscountedUsage', 'SavingsPlanCoveredUsage')
            group by all
            having count(*) = 2 and abs(sum(line_item_usage_amount) - 1) < 0.00000002
        )
        """,
    )
    assert split > 0


def test_a_reservation_was_forgotten(bills: MakeBills) -> None:
    unused = ask(
        bills("cur2-parquet"),
        """
        select distinct product_instance_type, reservation_reservation_a_r_n not in (
            select reservation_reservation_a_r_n from bill
            where line_item_line_item_type = 'DiscountedUsage'
        )
        from bill
        where line_item_line_item_type = 'RIFee'
            and reservation_unused_quantity::double = reservation_total_reserved_units::double
        """,
    )
    assert unused == [("db.r5.2xlarge", True)]


def test_debug_logging_costs_many_times_the_usual_day_for_four_days(bills: MakeBills) -> None:
    days = ask(
        bills("cur2-parquet"),
        """
        select line_item_usage_start_date::date::varchar, sum(line_item_unblended_cost) as cost
        from bill
        where line_item_product_code = 'AmazonCloudWatch' and line_item_line_item_type = 'Usage'
            and line_item_usage_account_name like '%data-lake'
        group by 1
        qualify cost > 10 * median(cost) over ()
        order by all
        """,
    )
    assert [day for day, _ in days] == ["2026-08-11", "2026-08-12", "2026-08-13", "2026-08-14"]


def test_a_team_tags_nothing_while_others_do(bills: MakeBills) -> None:
    tagged = ask(
        bills("cur2-parquet"),
        """
        select
            count(team) filter (account like '%staging'),
            count(distinct resource) filter (account like '%staging'),
            count(distinct team),
            count(*) filter (team = '결제')
        from (
            select
                resource_tags['user_team'] as team,
                line_item_usage_account_name as account,
                line_item_resource_id as resource
            from bill
        )
        """,
    )
    assert tagged[0][0] == 0
    assert min(tagged[0][1:]) > 0


def test_discounts_in_rows_are_the_net_columns_difference(bills: MakeBills) -> None:
    months = ask(
        bills("cur-new"),
        f"""
        select
            sum(line_item_unblended_cost::{MONEY}),
            sum(line_item_net_unblended_cost::{MONEY}),
            count(*) filter (line_item_line_item_type = 'EdpDiscount')
        from bill
        group by bill_billing_period_start_date
        order by bill_billing_period_start_date
        """,
    )
    before, *entitled = months
    assert before[1:] == (None, 0)
    assert len(entitled) == 3
    for gross, net, discounts in entitled:
        assert gross == net
        assert discounts > 0


def test_a_net_bill_pays_ten_percent_less_for_what_is_discounted(bills: MakeBills) -> None:
    [(gross, net, discount)] = ask(
        bills("cur2-parquet"),
        f"""
        select
            sum(line_item_unblended_cost::{MONEY}),
            sum(line_item_net_unblended_cost::{MONEY}),
            sum(map_values(discount)[1]::{MONEY})
        from bill
        where line_item_line_item_type = 'SavingsPlanRecurringFee'
        """,
    )
    assert net == gross * Decimal("0.9")
    assert discount == net - gross


def test_containers_shares_add_up_to_their_machine_and_cost_nothing_themselves(
    bills: MakeBills,
) -> None:
    days = ask(
        bills("cur2-parquet"),
        f"""
        select
            sum(split_line_item_split_cost::{MONEY} + split_line_item_unused_cost::{MONEY}),
            sum(line_item_unblended_cost) filter (split_line_item_parent_resource_id is null),
            sum(line_item_unblended_cost) filter (line_item_operation = 'EKSPod-EC2')
        from bill
        where coalesce(split_line_item_parent_resource_id, line_item_resource_id) in (
            select split_line_item_parent_resource_id from bill
        )
        group by line_item_usage_start_date
        """,
    )
    assert len(days) > 28
    for shares, machine, own in days:
        assert float(shares) == pytest.approx(machine)
        assert own == 0


def test_focus_rows_of_a_commitment_add_up_to_what_was_bought_for_the_hour(
    bills: MakeBills,
) -> None:
    commitments = ask(
        bills("focus"),
        f"""
        select
            commitment_discount_type,
            sum(effective_cost::{MONEY}) filter (charge_category = 'Usage'),
            sum(billed_cost::{MONEY}) filter (charge_category = 'Purchase'),
            sum(billed_cost::{MONEY}) filter (charge_category = 'Usage'),
            count(*) filter (commitment_discount_status = 'Unused')
        from bill
        where commitment_discount_id is not null
        group by commitment_discount_id, commitment_discount_type
        """,
    )
    assert len(commitments) == 3
    for _, effective, paid, billed_usage, unused in commitments:
        assert effective == paid > 0
        assert billed_usage == 0
        assert unused > 0


def test_focus_costs_are_price_times_quantity(bills: MakeBills) -> None:
    [(wrong, priced)] = ask(
        bills("focus"),
        """
        select
            count(*) filter (
                abs(list_unit_price * pricing_quantity - list_cost) > 1e-9
                or abs(contracted_unit_price * pricing_quantity - contracted_cost) > 1e-9
            ),
            count(list_unit_price)
        from bill
        """,
    )
    assert (wrong, priced > 0) == (0, True)
