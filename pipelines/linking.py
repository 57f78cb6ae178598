"""Linked accounts: registered as the cloud names them, or else as bills do."""

from collections.abc import Iterable, Sequence
from typing import Final

from pipelines.house import House
from pipelines.providers.contract import BillError, ConnectionConfig, ManagesAccounts
from pipelines.providers.registry import provider_for
from warehouse.registry import deliveries
from warehouse.registry.errors import InvalidError, RegistryError
from warehouse.registry.linked_accounts import (
    REGISTERED,
    LinkedAccount,
    SeenAccount,
    link_accounts,
)
from warehouse.registry.sources import Connection

OPTION: Final = "register_linked_accounts"
"""A connection's option: the organization, by id or name, that new linked accounts join."""
BILLS_KNOW: Final = {"ACCESS_DENIED", "NO_ORGANIZATION"}


def link_new_accounts(
    house: House, configs: Iterable[ConnectionConfig]
) -> tuple[list[LinkedAccount], list[str]]:
    """Register what appeared at the connections that ask for it; return that, and what failed.

    A failure holds nothing back: the bills load, the new accounts stay unassigned until then.
    """
    registered, failures = list[LinkedAccount](), list[str]()
    for config in configs:
        if OPTION not in config.options:
            continue
        try:
            found = discover(house, config)
        except (BillError, RegistryError) as error:
            failures.append(f"Linked accounts of {config.connection_id}: {error}")
            continue
        registered += [account for account in found if account.status == REGISTERED]
    return registered, failures


def discover(
    house: House, config: ConnectionConfig, organization: str | None = None, reason: str = ""
) -> tuple[LinkedAccount, ...]:
    """Register the accounts a connection bills for, and say what became of each.

    They join the organization given, else the connection's option, else the management account's.
    """
    provider = provider_for(config)
    if not isinstance(provider, ManagesAccounts):
        raise InvalidError(
            f"Accounts of {config.provider} have no management account.",
            "Register them one by one: `finhouse account add`.",
        )
    connection = house.registry.connections.by_id(config.connection_id)
    seen = _seen(house, config, provider)
    target = organization or config.options.get(OPTION) or _holder(house, connection, seen)
    return link_accounts(
        house.registry,
        config.provider,
        seen,
        target,
        company=connection.company_id,
        reason=reason or f"linked to {connection.name}",
    )


def _seen(house: House, config: ConnectionConfig, provider: ManagesAccounts) -> list[SeenAccount]:
    billed = _billed(house, config)
    try:
        listed = provider.linked_accounts()
    except BillError as error:
        if error.code not in BILLS_KNOW:
            raise
        listed = None
    if listed is None:
        return billed
    used = {account.account_id: account.first_used for account in billed}
    return [
        SeenAccount(account_id, name, listed.management_account_id, used.get(account_id))
        for account_id, name in listed.names.items()
    ]


def _billed(house: House, config: ConnectionConfig) -> list[SeenAccount]:
    """Return the accounts in the published bills, each under its newest name and payer."""
    served = deliveries.published_snapshot(house.registry)
    if served is None:
        return []
    with house.lake.connect(served[0]) as connection:
        rows = connection.execute(
            "select sub_account_id, coalesce(max_by(sub_account_name, billing_period), ''),"
            " max_by(billing_account_id, billing_period), min(first_seen_date)"
            " from lake.intermediate.int_accounts_seen where connection_id = $connection_id"
            " group by sub_account_id order by sub_account_id",
            {"connection_id": config.connection_id},
        ).fetchall()
    return [SeenAccount(*row) for row in rows]


def _holder(house: House, connection: Connection, seen: Sequence[SeenAccount]) -> str:
    managers = {account.management_account_id for account in seen}
    holders = {
        account.organization_id
        for account in house.registry.accounts.list(company=connection.company_id)
        if account.provider == connection.provider and account.account_id in managers
    }
    if len(holders) != 1:
        raise InvalidError(
            f"Nobody says which organization the linked accounts of {connection.name!r} join.",
            "Give --organization, or register the management account first.",
        )
    return holders.pop()
