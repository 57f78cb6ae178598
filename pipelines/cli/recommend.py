"""`finhouse recommend`: what to commit to, with the sums shown."""

from collections.abc import Sequence
from dataclasses import asdict
from decimal import Decimal
from typing import Annotated, Final, Literal

import typer
from rich.table import Table
from rich.text import Text

from pipelines.choosing import best_of_pools
from pipelines.cli.output import AsJson, InCompany, refuse, show
from pipelines.cli.reading import plain_refusals, print_table, printable, published_lake
from pipelines.mixing import MixedPools, mixes
from pipelines.planning.curve import Limits
from pipelines.planning.offers import Figures, Offer, decimal
from pipelines.planning.sizing import TRANCHE
from pipelines.pools import STEP
from pipelines.prices import offered_for
from pipelines.recommending import Proposal, Unpriced, proposals
from warehouse.eligible_usage import eligible_usage
from warehouse.extracts.money import shown
from warehouse.registry.scopes import scope_of

COLUMNS: Final = {
    "Hourly": "all of it, by the lower of the last 3 and 30 days, what ends soon counted",
    "Now": "this week's part, of what is on demand today",
    "Saves": "a month net, by the last 30 days",
    "Of eligible": "net savings / eligible on-demand cost",
    "ROI": "net savings / cost of the commitment",
    "Coverage": "of the eligible cost, before and after",
    "Used": "share of the commitment",
    "90 days": "the best hourly size by 90 days, never sized on",
}


def recommend(
    organization: Annotated[str, typer.Option(help="Id or exact name, or `unassigned`.")],
    company: InCompany = None,
    max_upfront: Annotated[
        float | None, typer.Option(min=0, help="Most to pay upfront for one purchase.")
    ] = None,
    max_commitment: Annotated[
        float | None, typer.Option(min=0, help="Most to commit to per hour in one purchase.")
    ] = None,
    min_utilization: Annotated[
        float | None, typer.Option(min=0, max=1, help="Least share of it to be used, 0 to 1.")
    ] = None,
    share: Annotated[
        float, typer.Option(min=0, max=1, help="Part of what is missing to buy now.")
    ] = float(TRANCHE),
    language: Annotated[Literal["en", "ko"], typer.Option(help="Of the sentences.")] = "en",
    *,
    mix: Annotated[
        bool, typer.Option("--mix", help="Size pools that share usage together, too.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show what to commit to under each term and payment, and the usage that has no price.

    Rows of one pool, and pools that share usage, are alternatives: never add them up. Nothing is
    bought.

    Example: finhouse recommend --organization Payments --language ko
    """
    limits = Limits(
        _decimal(min_utilization), _decimal(max_commitment), _decimal(max_upfront), STEP
    )
    with plain_refusals(), published_lake() as lake:
        scope = scope_of(lake.house.registry, "recommendations", organization, company)
        companies = [island.company_id for island in scope.islands]
        offered = offered_for(lake.house.settings.layout, lake.connection, companies)
        used = [(usage, offered(usage)) for usage in eligible_usage(lake.connection, scope)]
        found = [
            each
            for usage, rates in used
            for each in proposals(usage, rates, limits=limits, share=Decimal(str(share)))
        ]
        mixed = [each for usage, rates in used if mix for each in mixes(usage, rates)]
    if not found:
        refuse("Nothing here could be covered: no eligible usage is billed on demand.")
    if as_json:
        told = {"recommendations": [_plain(each, language) for each in found]}
        show(told | ({"mixes": [*map(_plain_mix, mixed)]} if mix else {}), as_json=True)
        return
    _tell(found, language)
    for each in mixed:
        typer.echo(printable(_mixed(each)))


def _decimal(value: float | None) -> Decimal | None:
    return None if value is None else Decimal(str(value))


def _tell(found: Sequence[Proposal | Unpriced], language: Literal["en", "ko"]) -> None:
    made = [each for each in found if isinstance(each, Proposal)]
    table = Table("Pool", "Term", "Paid upfront", "Account", "Prices", *COLUMNS, title="Proposals")
    for each in made:
        table.add_row(*(Text(printable(word)) for word in _row(each)))
    if made:
        print_table(table)
        for name, base in COLUMNS.items():
            typer.echo(f"  {name}: {base}.")
        typer.echo(
            "  Rows of one pool, and pools that share usage, are alternatives: never add them up.\n"
        )
    for best in best_of_pools(made):
        typer.echo(f"{best.pool}: {printable(best.sentence(language))}\n")
    # Offers of one pool may leave out different usage: each amount is told with its prices.
    for line in dict.fromkeys(filter(None, map(_left_out, found))):
        typer.echo(line)


def _mixed(found: MixedPools) -> str:
    """Say a mix in a sentence; its gap is what any other mix could be better by, at most."""
    sizes = [
        f"{pool} {size:.3f}{_counted(offer, decimal(size))}"
        for pool, offer, size in zip(found.pools, found.offers, found.mix.sizes, strict=True)
        if size
    ]
    saved = shown(Decimal(str(found.monthly_savings)), found.billing_currency)
    return (
        f"Mix, {found.term_months} months, {found.payment_option}:"
        f" {', '.join(sizes) or 'nothing'} an hour saves {found.billing_currency} {saved} a month"
        f" on the last {found.days} days' usage, at most {found.mix.gap or 0:.2%} of its on-demand"
        f" cost from the best there is. Prices: {found.rate_source}."
    )


def _plain_mix(found: MixedPools) -> dict[str, object]:
    return {
        "billing_currency": found.billing_currency,
        "term_months": found.term_months,
        "payment_option": found.payment_option,
        "days": found.days,
        "rate_source": found.rate_source,
        "hourly_commitments": {
            str(pool): f"{size:.3f}"
            for pool, size in zip(found.pools, found.mix.sizes, strict=True)
        },
        "counts": {
            str(pool): count
            for pool, count in zip(found.pools, found.counts, strict=True)
            if count is not None
        },
        "monthly_net_savings": f"{found.monthly_savings:.2f}",
        "gap_ratio": None if found.mix.gap is None else f"{found.mix.gap:.6f}",
    }


def _left_out(found: Proposal | Unpriced) -> str | None:
    """Say how much usage has no price, if any."""
    if isinstance(found, Unpriced):
        missing, where = found.monthly_cost, "no price is known"
    else:
        told = found.recommendation
        missing, where = told.unpriced_cost, f"{told.rate_source} has no price"
    if not missing:
        return None
    amount = f"{found.billing_currency} {shown(missing, found.billing_currency)}"
    return (
        f"{found.pool}: {where} for {amount} a month of eligible usage; it is left out."
        " `finhouse prices load` brings offer files."
    )


def _row(proposal: Proposal) -> list[str]:
    told, currency = proposal.recommendation, proposal.billing_currency
    target = told.target
    return [
        str(proposal.pool),
        f"{told.offer.term_months:.0f} months",
        f"{currency} {shown(target.upfront, currency)}",
        told.account,
        told.rate_source,
        *(
            f"{each.hourly_commitment:.3f}{_counted(told.offer, each.hourly_commitment)}"
            for each in (target, told.tranche)
        ),
        f"{currency} {shown(target.monthly_net_savings, currency)}",
        _percent(target.savings_of_eligible),
        _percent(target.roi),
        f"{_percent(target.coverage_before)} -> {_percent(target.coverage_after)}",
        _percent(target.expected_utilization),
        f"{told.shown.hourly_commitment:.3f}",
    ]


def _counted(offer: Offer, hourly: Decimal) -> str:
    return f" ({offer.count(hourly)} x {offer.machine.instance_type})" if offer.machine else ""


def _percent(ratio: Decimal | None) -> str:
    return "" if ratio is None else f"{ratio:.1%}"


def _plain(found: Proposal | Unpriced, language: Literal["en", "ko"]) -> dict[str, object]:
    """Return everything that is known of it, and the sentence of this week's part."""
    pool = {"pool": str(found.pool), "billing_currency": found.billing_currency}
    if isinstance(found, Unpriced):
        return {**pool, "unpriced_monthly_cost": found.monthly_cost}
    told = found.recommendation
    return {
        **pool,
        "payment_option": found.payment_option,
        **asdict(told),
        **{name: _figures(getattr(told, name)) for name in ("target", "tranche", "shown")},
        "sentence": found.sentence(language),
        "is_daily": found.is_daily,
    }


def _figures(told: Figures) -> dict[str, object]:
    scenarios = {f"{share:f}": saved for share, saved in told.scenario_savings.items()}
    return asdict(told) | {"scenario_savings": scenarios}
