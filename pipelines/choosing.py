"""Which of the proposals to buy: alternatives never add up, and nothing is covered twice."""

from collections.abc import Iterable

from pipelines.pools import Pool
from pipelines.recommending import Proposal


def best_of_pools(made: Iterable[Proposal]) -> list[Proposal]:
    """Return of each pool the proposal that saves most."""
    best: dict[tuple[Pool, str], Proposal] = {}
    for each in made:
        key = each.pool, each.billing_currency
        if key not in best or each.monthly_savings > best[key].monthly_savings:
            best[key] = each
    return list(best.values())


def chosen(made: Iterable[Proposal]) -> list[Proposal]:
    """Return what to buy of the proposals of one provider and currency: these add up.

    No usage is covered twice: whichever saves more, what saves most first or what covers least.
    """
    best = [each for each in best_of_pools(made) if each.monthly_savings > 0]
    by_savings = sorted(best, key=lambda each: -each.monthly_savings)
    narrow_first = sorted(by_savings, key=lambda each: len(each.lines))
    apart = (_apart(by_savings), _apart(narrow_first))
    return max(apart, key=lambda them: sum(each.monthly_savings for each in them))


def _apart(ordered: Iterable[Proposal]) -> list[Proposal]:
    taken: set[int] = set()
    found = []
    for each in ordered:
        if not taken & each.lines:
            taken |= each.lines
            found.append(each)
    return found
