"""The fee of a month: a share of what approved actions saved, by two bills computed alike.

Managed is what an executed action bought. Where the marts leave something open, the customer has
the better of it: an unmanaged plan is taken to cover at the lowest ratio that was observed, and
what a managed plan saves other organizations is not counted.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

import duckdb
import numpy as np

from pipelines.planning.application import Line, Machine
from pipelines.planning.counterfactual import PlanInForce, bill
from pipelines.planning.fees import MonthlyFee, savings_fee
from pipelines.planning.offers import decimal
from pipelines.planning.usage import Usage
from pipelines.providers.contract import BillingPeriod
from pipelines.providers.registry import CLOUDS
from warehouse.managed_usage import HeldPlan, UsedMonth, used_months
from warehouse.registry.action_rows import Action, read_executed
from warehouse.registry.fees import Fee
from warehouse.registry.store import Registry
from warehouse.scope import Island, Scope
from warehouse.uses import Place


@dataclass(frozen=True)
class Bills:
    """A month with and without what is managed."""

    provider: str
    billing_currency: str
    without_managed: Decimal
    with_managed: Decimal
    is_final: bool


def run_fees(
    registry: Registry,
    lake: duckdb.DuckDBPyConnection,
    island: Island,
    fee_ratio: Decimal,
    until: BillingPeriod,
) -> tuple[Fee, ...]:
    """Keep the fee of every month since the first executed action, and return all there are."""
    with registry.read() as tx:
        done = read_executed(tx, island.organization_id)
    scope = Scope(frozenset({island}))
    carried: dict[tuple[str, str], Decimal] = {}
    for period in _months(done, until):
        kept = registry.fees.list(island.organization_id, company=island.company_id)
        final = {
            (each.provider, each.billing_currency): each
            for each in kept
            if each.is_final and each.billing_period == str(period)
        }
        carried |= {key: each.loss_carry_out for key, each in final.items()}
        for month in bills(lake, scope, str(period), _managed(done)):
            key = month.provider, month.billing_currency
            if key not in final:
                fee = savings_fee(
                    cost_without_managed=month.without_managed,
                    cost_with_managed=month.with_managed,
                    fee_ratio=fee_ratio,
                    loss_carry_in=carried.get(key, Decimal(0)),
                    true_ups=_true_ups(done, key, str(period)),
                )
                registry.fees.keep(_fee(island, str(period), month, fee))
                carried[key] = fee.loss_carry_out
    return registry.fees.list(island.organization_id, company=island.company_id)


def bills(
    lake: duckdb.DuckDBPyConnection, scope: Scope, billing_period: str, managed: Collection[str]
) -> Iterator[Bills]:
    """Yield both bills of each provider and currency that has managed plans in the month."""
    for month in used_months(lake, scope, billing_period):
        if not any(plan.commitment_id in managed for plan in month.plans):
            continue
        lines = [_line(number, month) for number in range(len(month.lines))]
        usage = Usage(
            month.columns["hour"].astype(np.int64),
            month.columns["line"].astype(np.int64),
            month.columns["cost"].astype(np.float64),
            month.hours,
        )
        plans = [_plan(each, month.hours) for each in month.plans]
        unmanaged = [each for each in plans if each.commitment_id not in managed]
        yield Bills(
            CLOUDS[month.provider_name],
            month.billing_currency,
            decimal(bill(lines, usage, unmanaged)),
            decimal(bill(lines, usage, plans)),
            all(each.is_final for each in month.plans),
        )


def _months(done: Sequence[Action], until: BillingPeriod) -> Iterator[BillingPeriod]:
    ended = [each.ended_at for each in done if each.ended_at]
    period = BillingPeriod.parse(f"{min(ended):%Y-%m}") if ended else until.next
    while period <= until:
        yield period
        period = period.next


def _managed(done: Sequence[Action]) -> frozenset[str]:
    return frozenset(
        each.result_id for each in done if each.kind in {"buy", "queue"} and each.result_id
    )


def _line(number: int, month: UsedMonth) -> Line:
    """A unit of a line is a unit of money on demand."""
    used = month.lines[number]
    return Line(str(number), used.account_id, 1.0, used.ratios, _machine(used.place))


def _plan(held: HeldPlan, hours: int) -> PlanInForce:
    hourly = np.zeros(hours)
    np.add.at(hourly, held.hours["hour"].astype(np.int64), held.hours["cost"])
    return PlanInForce(
        held.commitment_id, held.account_id, held.program, hourly, _machine(held.place)
    )


def _machine(place: Place) -> Machine | None:
    if place.instance_family is None:
        return None
    return Machine(place.instance_family, 0.0, place.region_id or "")


def _true_ups(done: Sequence[Action], key: tuple[str, str], period: str) -> list[Decimal]:
    """What exchanges of the month cost on top, at the most that was approved."""
    return [
        Decimal(each.order["max_true_up"])
        for each in done
        if each.kind == "exchange"
        and (each.provider, each.billing_currency) == key
        and f"{each.ended_at:%Y-%m}" == period
    ]


def _fee(island: Island, period: str, month: Bills, fee: MonthlyFee) -> Fee:
    return Fee(
        company_id=island.company_id,
        organization_id=island.organization_id,
        provider=month.provider,
        billing_currency=month.billing_currency,
        billing_period=period,
        cost_without_managed=fee.cost_without_managed,
        cost_with_managed=fee.cost_with_managed,
        resale_gain=fee.resale_gain,
        true_up=fee.true_up,
        realized_savings=fee.realized_savings,
        loss_carry_in=fee.loss_carry_in,
        loss_carry_out=fee.loss_carry_out,
        fee_ratio=fee.fee_ratio,
        fee=fee.fee,
        is_final=month.is_final,
    )
