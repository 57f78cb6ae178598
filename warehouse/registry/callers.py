"""Who asks the registry, and what follows from it: nothing is seen or changed without a right."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, select

from warehouse.registry.access_tables import members
from warehouse.registry.errors import NotAllowedError
from warehouse.registry.holdings import is_active, read_holdings
from warehouse.registry.rights import OWNER, Level, Standing

OPERATOR: Final = "operator"
CALLER: Final = "registry_caller"
"""Execution option of a transaction. Without it nobody asks, and nobody may do nothing."""


@dataclass(frozen=True)
class Caller:
    """The operator of the installation, or a person as the member he is in each company."""

    name: str = "nobody"
    member_ids: frozenset[str] = frozenset()
    is_operator: bool = False


THE_OPERATOR: Final = Caller(OPERATOR, is_operator=True)


def caller_of(tx: Connection) -> Caller:
    """Return who asks within this transaction."""
    caller: Caller = tx.get_execution_options().get(CALLER, Caller())
    return caller


def own_member_id(tx: Connection, company_id: str) -> str | None:
    """Return which member of the company the caller is, if he still is one."""
    its = (members.c.company_id == company_id) & is_active()
    mine = members.c.member_id.in_(caller_of(tx).member_ids)
    return tx.execute(select(members.c.member_id).where(its & mine)).scalar()


def standing_of(tx: Connection, company_id: str) -> Standing:
    """Return what the caller may do in a company, as its grants stand in this transaction."""
    if caller_of(tx).is_operator:
        return Standing(is_owner=True)
    member_id = own_member_id(tx, company_id)
    return standing_of_member(tx, member_id) if member_id else Standing()


def standing_of_member(
    tx: Connection, member_id: str, *, deactivated_too: bool = False
) -> Standing:
    """Return what a member may do, or could do if he were not deactivated."""
    is_it = members.c.member_id == member_id
    held = read_holdings(tx, is_it, deactivated_too=deactivated_too).get(member_id, {})
    return Standing(any(each.is_owner for each in held.values()), held)


def only_operator(tx: Connection, what: str) -> None:
    """Refuse everybody else: this concerns the installation, not one company."""
    if not caller_of(tx).is_operator:
        raise NotAllowedError(
            f"Only the operator of the installation may {what}.", "Ask whoever runs it."
        )


def require_owner(tx: Connection, company_id: str, what: str) -> None:
    """Refuse everybody but the company's owners and the operator."""
    if not standing_of(tx, company_id).is_owner:
        raise not_allowed(caller_of(tx), f"{what}: that takes an {OWNER} of the company")


def require(tx: Connection, company_id: str, menu: str, level: Level, organization_id: str) -> None:
    """Refuse a caller whose rights in the organization do not reach so far."""
    if not standing_of(tx, company_id).may(menu, level, organization_id):
        raise not_allowed(caller_of(tx), f"{level.name.lower()} {menu} in this organization")


def not_allowed(caller: Caller, what: str) -> NotAllowedError:
    """Say what was refused to whom."""
    return NotAllowedError(
        f"{caller.name} may not {what}.",
        "`finhouse whoami` shows what you may do; an owner or admin can grant more.",
    )
