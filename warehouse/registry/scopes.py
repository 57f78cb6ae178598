"""What a caller may see of the published marts: rights become the organization cut."""

from collections.abc import Iterable

from sqlalchemy import Connection

from warehouse.registry.callers import (
    caller_of,
    not_allowed,
    require,
    require_owner,
    standing_of,
)
from warehouse.registry.changing import Company, find_company
from warehouse.registry.database import Database
from warehouse.registry.organizations import find_organization
from warehouse.registry.rights import Level
from warehouse.registry.store import Registry
from warehouse.registry.words import name_key
from warehouse.scope import UNASSIGNED, Island, Scope


def island_of(registry: Database, organization: str, company: str | None, menu: str) -> Island:
    """Find an organization by id or exact name, a removed one by id, or `unassigned`.

    Raises RegistryError in words when there is none, more than one company to look in, or the
    caller may not view the menu there.
    """
    with registry.read() as tx:
        owner = find_company(tx, company, removed=True)
        place = _place(tx, owner, organization)
        require(tx, owner.company_id, menu, Level.VIEW, place)
    return Island(owner.company_id, place)


def company_of(registry: Database, company: str | None, what: str) -> str:
    """Find a company, a removed one by id, for what is the company's own.

    Raises RegistryError for everybody but its owners and the operator.
    """
    with registry.read() as tx:
        owner = find_company(tx, company, removed=True)
        require_owner(tx, owner.company_id, what)
    return owner.company_id


def open_menus(
    registry: Database, organization: str, company: str | None, menus: Iterable[str]
) -> tuple[Island, frozenset[str]]:
    """Find an organization, and which of these menus the caller may view there.

    Raises RegistryError in words when there is none; the same for one that he may not know of.
    """
    with registry.read() as tx:
        owner = find_company(tx, company, removed=True)
        place = _place(tx, owner, organization)
        standing = standing_of(tx, owner.company_id)
        found = frozenset(menu for menu in menus if standing.may(menu, Level.VIEW, place))
        if not found:
            raise not_allowed(caller_of(tx), f"view {' or '.join(sorted(menus))} there")
    return Island(owner.company_id, place), found


def scope_of(
    registry: Registry, menu: str, organization: str | None = None, company: str | None = None
) -> Scope:
    """Return the cut for a menu: what was asked for, as far as the caller may view it.

    The operator who names nothing sees everything; anybody else sees the organizations that his
    rights name, and none of them is no row.
    """
    if organization is not None:
        return Scope(frozenset({island_of(registry, organization, company, menu)}))
    if company is None and registry.caller.is_operator:
        return Scope.everything()
    if company is None:
        owners = [each.company_id for each in registry.companies.list()]
    else:
        with registry.read() as tx:
            owners = [find_company(tx, company, removed=True).company_id]
    return Scope(frozenset(each for owner in owners for each in _islands(registry, menu, owner)))


def owned_by(registry: Registry) -> Scope:
    """Return the cut for what is a company's and no organization's: its owners see it."""
    if registry.caller.is_operator:
        return Scope.everything()
    companies = [each.company_id for each in registry.companies.list()]
    with registry.read() as tx:
        owned = frozenset(each for each in companies if standing_of(tx, each).is_owner)
    return Scope(companies=owned)


def _islands(registry: Registry, menu: str, company_id: str) -> list[Island]:
    removed_too = registry.caller.is_operator
    found = registry.organizations.list(company_id, removed=removed_too)
    ids = [*(each.organization_id for each in found), UNASSIGNED]
    with registry.read() as tx:
        standing = standing_of(tx, company_id)
    return [Island(company_id, each) for each in ids if standing.may(menu, Level.VIEW, each)]


def _place(tx: Connection, owner: Company, organization: str) -> str:
    if name_key(organization) == UNASSIGNED:
        return UNASSIGNED
    removed_too = caller_of(tx).is_operator
    return find_organization(tx, owner, organization, removed=removed_too).organization_id
