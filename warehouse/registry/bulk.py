"""Many changes as one: every line of a file is applied, or none and every bad line is named."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy import Connection, select

from warehouse.registry.access_tables import member_roles
from warehouse.registry.changing import Company, find_company
from warehouse.registry.errors import (
    ImportRefusedError,
    InvalidError,
    NotFoundError,
    RegistryError,
)
from warehouse.registry.history import Event, last_history_id, read_since
from warehouse.registry.organizations import find_organization
from warehouse.registry.people import Member, find_member
from warehouse.registry.rights import MEMBER
from warehouse.registry.store import Registry
from warehouse.registry.templates import find_role, given_role
from warehouse.registry.words import clean_text

FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "organization": ("name",),
    "member": ("email", "name", "organization", "role", "owner", "external"),
    "account": ("account_id", "name", "organization", "provider", "valid_from"),
}
"""What a line of each kind may say, the indispensable first. In the order they are applied."""

LONGEST: Final = 2_000
"""Of any value. Names have their own, shorter limit."""

YES: Final = ("yes", "true", "1")
NO: Final = ("", "no", "false", "0")


@dataclass(frozen=True)
class Line:
    """One thing a file asks for, and where it stands there. Empty values are left out."""

    number: int
    kind: str
    values: Mapping[str, str]


class _UndoneError(Exception):
    """Ends a transaction that was only to be looked at."""


def apply_lines(
    registry: Registry,
    lines: Sequence[Line],
    *,
    company: str | None = None,
    reason: str = "",
    dry_run: bool = False,
) -> tuple[Event, ...]:
    """Bring about what the lines ask for, in one transaction; return its history, oldest first.

    What is so already is left alone, so a file may be applied again. A dry run does everything
    and undoes it. Raises ImportRefusedError that names every bad line; nothing is kept then.
    """
    problems: dict[int, str] = {}
    events: tuple[Event, ...] = ()
    try:
        with registry.write() as tx:
            owner = find_company(tx, company, lock=True)
            before = last_history_id(tx)
            joined = registry.within(tx)
            for line in sorted(lines, key=_turn):
                try:
                    _apply(joined, tx, owner, line, reason)
                except RegistryError as error:
                    problems[line.number] = str(error)
            events = read_since(tx, owner.company_id, before)
            _undo_if(bool(problems) or dry_run)
    except _UndoneError:
        if problems:
            raise ImportRefusedError(problems) from None
    return events


def _undo_if(wanted: bool) -> None:
    if wanted:
        raise _UndoneError


def _turn(line: Line) -> tuple[int, bool]:
    """Organizations before what is in them, owners before those who need one."""
    kinds = [*FIELDS]
    return (kinds.index(line.kind) if line.kind in kinds else 0, "owner" not in line.values)


def _apply(registry: Registry, tx: Connection, company: Company, line: Line, reason: str) -> None:
    if line.kind not in FIELDS:
        raise InvalidError(f"{line.kind!r} is no kind of line.", f"Kinds: {', '.join(FIELDS)}.")
    known = FIELDS[line.kind]
    for name, value in line.values.items():
        clean_text(value, name, LONGEST)
        if name not in known:
            raise InvalidError(f"The {line.kind} has no {name!r}.", f"It has: {', '.join(known)}.")
    if known[0] not in line.values:
        raise InvalidError(f"The {line.kind} has no {known[0]}.", "It cannot be left out.")
    act = {"organization": _organization, "member": _member, "account": _account}[line.kind]
    act(registry, tx, company, line.values, reason)


def _organization(
    registry: Registry, tx: Connection, company: Company, values: Mapping[str, str], reason: str
) -> None:
    try:
        find_organization(tx, company, values["name"])
    except NotFoundError:
        registry.organizations.add(values["name"], company=company.company_id, reason=reason)


def _member(
    registry: Registry, tx: Connection, company: Company, values: Mapping[str, str], reason: str
) -> None:
    is_owner, is_external = _flag(values, "owner"), _flag(values, "external")
    organization, role = values.get("organization"), values.get("role", MEMBER)
    if is_owner == (organization is not None):
        raise InvalidError("A member has one of owner and organization.", "Leave the other empty.")
    try:
        found = find_member(tx, company, values["email"])
    except NotFoundError:
        registry.members.add(
            values["email"],
            values.get("name", ""),
            organization=organization,
            role=role,
            is_external=is_external,
            company=company.company_id,
            reason=reason,
        )
        return
    if found.is_external != is_external or found.is_owner != is_owner:
        raise InvalidError(
            f"{found.email} is there, but not as the same kind of member.",
            "Ownership is handed over by `finhouse member hand-over`; who comes from outside "
            "stays outside until he is removed and invited anew.",
        )
    if organization is not None and not _has_role(tx, company, found, organization, role):
        registry.members.grant(
            found.member_id, organization, role, company=company.company_id, reason=reason
        )


def _has_role(
    tx: Connection, company: Company, member: Member, organization: str, role: str
) -> bool:
    place = find_organization(tx, company, organization).organization_id
    is_it = (member_roles.c.member_id == member.member_id) & (
        member_roles.c.organization_id == place
    )
    row = tx.execute(select(member_roles).where(is_it)).mappings().first()
    wanted = find_role(tx, company.company_id, role, place)
    return row is not None and given_role(tx, row).word == wanted.word


def _account(
    registry: Registry, tx: Connection, company: Company, values: Mapping[str, str], reason: str
) -> None:
    organization, provider = values.get("organization"), values.get("provider", "aws")
    if organization is None:
        raise InvalidError("The account has no organization.", "It cannot be left out.")
    target = find_organization(tx, company, organization).organization_id
    start = _day(values)
    common = {"company": company.company_id, "reason": reason}
    held = [
        account
        for account in registry.accounts.list(company=company.company_id)
        if (account.provider, account.account_id) == (provider, values["account_id"])
        and account.valid_to is None
    ]
    if not held:
        registry.accounts.add(
            provider,
            values["account_id"],
            target,
            name=values.get("name"),
            valid_from=start,
            **common,
        )
    elif held[0].organization_id != target:
        registry.accounts.move(
            held[0].account_id, target, effective=start, provider=provider, **common
        )


def _flag(values: Mapping[str, str], name: str) -> bool:
    word = values.get(name, "").casefold()
    if word not in (*YES, *NO):
        raise InvalidError(f"{name} is {values[name]!r}.", "Write yes or no.")
    return word in YES


def _day(values: Mapping[str, str]) -> date | None:
    try:
        return date.fromisoformat(values["valid_from"]) if "valid_from" in values else None
    except ValueError:
        raise InvalidError(f"{values['valid_from']!r} is not a day.", "Write YYYY-MM-DD.") from None
