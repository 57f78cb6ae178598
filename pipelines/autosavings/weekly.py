"""The week of an organization: what to commit to, kept with its sums, and what to do about it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Final

import duckdb

from pipelines.autosavings.drafts import purchase, refunds_within, ways_out
from pipelines.autosavings.exchanges import exchanges
from pipelines.choosing import chosen
from pipelines.planning.offers import Figures
from pipelines.providers.contract import OfferedRate
from pipelines.recommending import Proposal, Unpriced, proposals
from warehouse.eligible_usage import EligibleUsage, eligible_usage
from warehouse.held_commitments import held_commitments
from warehouse.registry.action_rows import Action, Draft, read_executed
from warehouse.registry.recommendations import Kept, Recommended
from warehouse.registry.store import Registry
from warehouse.scope import Island, Scope

Offered = Callable[[EligibleUsage], Sequence[OfferedRate]]
"""The published prices of what a provider billed."""
REASON: Final = "weekly run"


@dataclass(frozen=True)
class Week:
    """What one run told of an organization."""

    organization_id: str
    recommendations: tuple[Kept, ...]
    unpriced: tuple[Unpriced, ...]
    """Pools without a price: their cost is told, not guessed."""
    actions: tuple[Action, ...]


@dataclass(frozen=True)
class _Found:
    usage: EligibleUsage
    offered: Sequence[OfferedRate]
    made: Sequence[Proposal]
    unpriced: Sequence[Unpriced]


def run_week(
    registry: Registry,
    lake: duckdb.DuckDBPyConnection,
    island: Island,
    offered: Offered,
    now: datetime,
) -> Week:
    """Keep the day's recommendations of an organization, and propose actions by them."""
    scope = Scope(frozenset({island}))
    company_id, organization_id = island.company_id, island.organization_id
    found = [_found(usage, offered) for usage in eligible_usage(lake, scope)]
    kept = registry.recommendations.keep(
        organization_id,
        now.date(),
        [each for one in found for each in _recommended(one)],
        company=company_id,
        reason=REASON,
    )
    held = held_commitments(lake, scope)
    drafts = [draft for each in held for draft in ways_out(each, now)]
    for one in found:
        exchanged = [*exchanges(one.usage, one.offered, held, now)]
        taken = frozenset(line for each in exchanged for line in each.lines)
        drafts += [each.draft for each in exchanged]
        drafts += _purchases(one, kept, taken)
    with registry.read() as tx:
        done = read_executed(tx, organization_id)
    actions = registry.actions.propose(
        organization_id, [*refunds_within(drafts, done, now)], company=company_id, reason=REASON
    )
    unpriced = tuple(each for one in found for each in one.unpriced)
    return Week(organization_id, kept, unpriced, actions)


def _found(usage: EligibleUsage, offered: Offered) -> _Found:
    rates = offered(usage)
    made = list(proposals(usage, rates))
    return _Found(
        usage,
        rates,
        [each for each in made if isinstance(each, Proposal)],
        [each for each in made if isinstance(each, Unpriced)],
    )


def _recommended(found: _Found) -> Iterator[Recommended]:
    usage, to_buy = found.usage, chosen(found.made)
    for each in found.made:
        told, place = each.recommendation, each.pool.place
        yield Recommended(
            usage.known_until.replace(tzinfo=UTC),
            usage.provider_name,
            each.billing_currency,
            str(each.pool),
            each in to_buy,
            each.pool.program,
            place.region_id if place else None,
            place.instance_family if place else None,
            round(told.offer.term_months),
            each.payment_option,
            told.account,
            told.rate_source,
            figures_of(each),
            each.sentence("en"),
            each.sentence("ko"),
        )


def figures_of(proposal: Proposal) -> Mapping[str, Any]:
    """Return every figure of a proposal in words that JSON holds, money as text."""
    told = proposal.recommendation
    return {
        "days": told.days,
        "shown_days": told.shown_days,
        "unpriced_cost": f"{told.unpriced_cost:f}",
        "is_daily": proposal.is_daily,
        **{name: _plain(getattr(told, name)) for name in ("target", "tranche", "shown")},
    }


def _plain(told: Figures) -> dict[str, Any]:
    def plain(value: Any) -> Any:
        if isinstance(value, dict):
            return {str(key): plain(each) for key, each in value.items()}
        return None if value is None else f"{value:f}"

    return {str(name): plain(value) for name, value in asdict(told).items()}


def _purchases(one: _Found, kept: Sequence[Kept], taken: frozenset[int]) -> Iterator[Draft]:
    """Yield this week's part of what is chosen; the others are alternatives to it.

    Usage that an exchange would cover waits: next week's bills tell what is left.
    """
    ids = {_key_of(each): each.recommendation_id for each in kept}
    for each in chosen(one.made):
        key = (
            one.usage.provider_name, each.billing_currency, str(each.pool),
            round(each.recommendation.offer.term_months), each.payment_option,
        )  # fmt: skip
        draft = purchase(each, one.usage.provider_name, one.usage.known_until, ids[key])
        if draft and not taken & each.lines:
            yield draft


def _key_of(kept: Kept) -> tuple[str, str, str, int, str]:
    return (
        kept.provider, kept.billing_currency, kept.pool, kept.term_months, kept.payment_option,
    )  # fmt: skip
