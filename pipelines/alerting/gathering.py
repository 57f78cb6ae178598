"""Who is to be told what: each subscription's alerts, found with its recipient's own rights."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import duckdb

from pipelines.examining import UNFIT
from pipelines.house import House
from pipelines.providers.contract import utc_now
from pipelines.retention import retention_engine
from quality.freshness import stale_connections
from quality.gates import landed, results
from warehouse.alerts import Alert, find_alerts
from warehouse.registry import deliveries
from warehouse.registry.alerts import KINDS, Subscription
from warehouse.registry.callers import standing_of
from warehouse.registry.deliveries import DeliveryRecord
from warehouse.registry.scopes import scope_of
from warehouse.retention.dates import local_date

CHECK: Final = re.compile(r"(?:[A-Z][A-Z_]+|assert_\w+)(?=:)")
"""What an error's message may begin with that quotes nothing of a bill."""


@dataclass(frozen=True)
class OfCompany:
    """An alert that is a company's and no organization's."""

    company_id: str
    alert: Alert


def of_companies(house: House) -> list[OfCompany]:
    """Find what keeps all companies' houses from running as they should.

    Nothing of an error's own words: several companies' bills are loaded together, and what a
    check says may quote any of them.
    """
    return [*_connections(house), *_deletions(house)]


def alerts_of(
    house: House,
    lake: duckdb.DuckDBPyConnection,
    subscription: Subscription,
    companies: list[OfCompany],
) -> list[Alert]:
    """Find what a subscription's recipient may see now and wants to be told."""
    registry = house.registry.acting_as(subscription.reader)
    found: list[Alert] = []
    for kind in subscription.kinds:
        menu = KINDS[kind]
        if menu is not None:
            scope = scope_of(registry, menu, company=subscription.company_id)
            found += find_alerts(lake, kind, scope)
    with registry.read() as tx:
        is_owner = standing_of(tx, subscription.company_id).is_owner
    found += [
        each.alert
        for each in companies
        if is_owner
        and each.company_id == subscription.company_id
        and each.alert.kind in subscription.kinds
    ]
    wanted = subscription.organization_id
    return [each for each in found if wanted in (None, each.organization_id)]


def _connections(house: House) -> Iterator[OfCompany]:
    registry = house.registry
    stale = stale_connections(registry, house.settings.freshness, utc_now())
    for connection in registry.connections.living():
        name = connection.name
        if said := stale.get(connection.connection_id):
            alert = Alert.of(
                "stale_connection", connection.connection_id, connection=name, said=said
            )
            yield OfCompany(connection.company_id, alert)
        newest = {
            item.billing_period: item
            for item in deliveries.of_connection(registry, connection.connection_id)
        }
        for item in newest.values():
            if item.state in ("refused", "suspect"):
                alert = Alert.of(
                    "failed_check",
                    f"{item.connection_id}/{item.billing_period}/{item.delivery_id}",
                    connection=name,
                    period=item.billing_period,
                    state=item.state,
                    check=_check(house, item),
                )
                yield OfCompany(connection.company_id, alert)


def _check(house: House, item: DeliveryRecord) -> str | None:
    """Name the gates that refused a delivery, or else the check or word that its message begins."""
    found = CHECK.match(item.message)
    word = found[0] if found else None
    # A result that is older than another check's refusal says nothing of it.
    if word != UNFIT:
        return word
    return ", ".join(results.refused_by(house.settings.layout, landed.subject(item))) or word


def _deletions(house: House) -> Iterator[OfCompany]:
    engine = retention_engine(house)
    today = local_date(utc_now(), engine.policy)
    for item in engine.plan(today).items:
        if item.dates.gone_before <= today and not item.blocked_by:
            alert = Alert.of(
                "past_due_deletion", item.key, rule=item.rule, day=item.dates.gone_before
            )
            yield OfCompany(item.company_id, alert)
