"""What to propose: purchases by the week's numbers, and ways out of what loses money.

Every draft says what it is of; what a cloud allows is asked of `planning.actions`.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from decimal import ROUND_DOWN, ROUND_UP, Decimal
from typing import Final

from pipelines.planning.actions import SaleOrKeeping, azure_refundable, return_obstacle
from pipelines.planning.offers import HOURS_PER_MONTH, Figures
from pipelines.planning.reserved import ReservedMachine
from pipelines.pools import STEP
from pipelines.providers.registry import CLOUDS
from pipelines.recommending import Proposal
from warehouse.held_commitments import Held
from warehouse.registry.action_rows import Action, Draft

CENT: Final = Decimal("0.01")
SOON: Final = timedelta(days=30)
PAST: Final = "its last 28 days' use"


def purchase(
    proposal: Proposal, provider_name: str, known_until: datetime, recommendation_id: str
) -> Draft | None:
    """Propose this week's part of a recommendation; None where it is nothing."""
    told, now = proposal.recommendation, proposal.recommendation.tranche
    if now.monthly_net_savings <= 0:
        return None
    hours = ", told by the day" if proposal.is_daily else ""
    place, offer = proposal.pool.place, told.offer
    return Draft(
        "buy",
        CLOUDS[provider_name],
        told.account,
        f"{proposal.pool} {proposal.billing_currency}",
        _words(
            program=proposal.pool.program,
            term_months=str(offer.term_hours // HOURS_PER_MONTH),
            payment_option=proposal.payment_option,
            currency=proposal.billing_currency,
            region_id=place.region_id if place else None,
            instance_family=place.instance_family if place else None,
            **(_machines(offer.machine, proposal, now) if offer.machine else _money(now)),
        ),
        proposal.billing_currency,
        now.hourly_commitment * offer.term_hours,
        now.monthly_net_savings,
        f"{told.days} days' usage to {known_until:%Y-%m-%d}{hours}; {told.rate_source}",
        recommendation_id,
    )


def _money(now: Figures) -> dict[str, str]:
    return {
        "hourly_commitment": f"{now.hourly_commitment:.3f}",
        "upfront": f"{now.upfront.quantize(CENT, ROUND_UP):f}",
    }


def _machines(machine: ReservedMachine, proposal: Proposal, now: Figures) -> dict[str, str]:
    count = proposal.recommendation.offer.count(now.hourly_commitment) or 0
    upfront = (machine.upfront_price * count).quantize(CENT, ROUND_UP)
    use = {"use": proposal.pool.use} if proposal.pool.use else {}
    return {**machine_words(machine, count), **use, "upfront": f"{upfront:f}"}


def machine_words(machine: ReservedMachine, count: int) -> dict[str, str]:
    """Name an offering by its terms and price: its id is looked up when it is bought."""
    return _words(
        count=str(count),
        instance_type=machine.instance_type,
        offering_class=machine.offering_class,
        platform=machine.platform,
        tenancy=machine.tenancy,
        fixed_price=f"{machine.upfront_price.normalize():f}",
        recurring_price=f"{machine.recurring_price.normalize():f}",
    )


def ways_out(held: Held, now: datetime) -> Iterator[Draft]:
    """Propose what a commitment allows: one way at most, the best first."""
    for way in (_return, _resale, _refund, _renewal):
        if draft := way(held, now):
            yield draft
            return


def refunds_within(drafts: list[Draft], done: tuple[Action, ...], now: datetime) -> Iterator[Draft]:
    """Leave out Azure refunds beyond what is left of the year's limit, the smallest first."""
    spent = [
        (each.ended_at.date(), each.committed_cost)
        for each in done
        if each.provider == "azure" and each.kind == "return" and each.ended_at
    ]
    left = azure_refundable(spent, now.date())
    for draft in sorted(drafts, key=lambda each: each.committed_cost):
        if draft.provider == "azure" and draft.kind == "return":
            left -= draft.committed_cost
            if left < 0:
                continue
        yield draft


def _return(held: Held, now: datetime) -> Draft | None:
    """AWS takes a Savings Plan back for 7 days of one month."""
    until = held.returnable_until_at
    if not (held.loses and until and until > now and held.started_at and held.hourly_cost):
        return None
    if return_obstacle(held.hourly_cost, held.started_at, now):
        return None
    return _about(held, "return", {}, held.remaining_cost, -held.monthly_net_savings)


def _resale(held: Held, _now: datetime) -> Draft | None:
    """Sell where keeping is worth less than what comes in: the upfront payment is spent anyway."""
    hourly, needed = held.hourly_cost, held.break_even_utilization
    if not (held.loses and held.is_resellable and hourly and needed and held.term_months):
        return None
    hours = Decimal(held.days_remaining * 24)
    prepaid = held.upfront_cost / (held.term_months * HOURS_PER_MONTH)
    worth = SaleOrKeeping(
        hours, hourly - prepaid, hourly / needed, held.trailing_utilization or Decimal(0)
    )
    price = max(worth.floor_price, prepaid * hours).quantize(CENT, ROUND_DOWN)
    monthly = worth.advantage(price) * HOURS_PER_MONTH / hours if hours else Decimal(0)
    if monthly <= 0 or not held.reserved_count:
        return None
    details = {
        "price": f"{price / held.reserved_count:.2f}",
        "count": str(held.reserved_count),
        "floor_price": f"{worth.floor_price / held.reserved_count:.2f}",
    }
    return _about(held, "resell", details, held.remaining_cost, monthly)


def _refund(held: Held, _now: datetime) -> Draft | None:
    """Azure refunds reservations within a yearly limit; savings plans it does not."""
    is_reservation = held.provider_name == "Microsoft" and held.program is None
    if not (held.loses and is_reservation):
        return None
    return _about(held, "return", {}, held.remaining_cost, -held.monthly_net_savings)


def _renewal(held: Held, now: datetime) -> Draft | None:
    """Queue what pays at the minute it ends, as much of it as is used."""
    is_known = held.program and held.term_months and held.payment_option and held.hourly_cost
    if not is_known or held.monthly_net_savings <= 0 or held.ended_at - now > SOON:
        return None
    used = (held.hourly_cost or Decimal(0)) * (held.trailing_utilization or Decimal(0))
    hourly = used.quantize(STEP, ROUND_DOWN)
    hours = (held.term_months or 0) * HOURS_PER_MONTH
    if not hourly:
        return None
    details = _words(
        program=held.program,
        term_months=str(held.term_months),
        payment_option=held.payment_option,
        hourly_commitment=f"{hourly:.3f}",
        upfront=f"{_upfront(held, hourly * hours):f}",
        instance_family=held.instance_family if held.program == "EC2_INSTANCE_SP" else None,
        start_at=held.ended_at.isoformat(),
    )
    return _about(held, "queue", details, hourly * hours, held.monthly_net_savings)


def _upfront(held: Held, total: Decimal) -> Decimal:
    shares = {"All Upfront": Decimal(1), "Partial Upfront": Decimal("0.5")}
    share = shares.get(held.payment_option or "", Decimal(0))
    return (total * share).quantize(CENT, ROUND_UP)


def _about(
    held: Held, kind: str, details: Mapping[str, str], committed: Decimal, savings: Decimal
) -> Draft:
    return Draft(
        kind,
        CLOUDS[held.provider_name],
        held.owner_account_id,
        held.commitment_id,
        {
            **_words(
                commitment_id=held.commitment_id,
                currency=held.billing_currency,
                region_id=held.region_id,
            ),
            **details,
        },
        held.billing_currency,
        committed,
        savings,
        PAST,
        commitment_id=held.commitment_id,
    )


def _words(**words: str | None) -> dict[str, str]:
    return {name: word for name, word in words.items() if word}
