"""Who may do what, told as one table: every role, every action, here and next door."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from warehouse.registry import Registry, RegistryError, Source, open_registry
from warehouse.registry.action_rows import Draft
from warehouse.registry.callers import Caller
from warehouse.registry.contracts import Terms
from warehouse.registry.errors import NotAllowedError, NotFoundError
from warehouse.registry.rights import BUILT_IN, EVERYTHING, MENUS, Holding, Rights
from warehouse.registry.scopes import scope_of
from warehouse.scope import Island

Act = Callable[[Registry, str], object]

HERE, THERE = "Here", "There"
ACCOUNTS = {HERE: "111111111111", THERE: "222222222222"}
CALLERS = (
    *("operator", "owner", "admin", "grouped", "auditor", "member", "external", "idle"),
    *("off", "stranger"),
)
"""Each has his role in `Here` only; `external` is an admin from outside, `idle` has no role, `off`
is an owner who was deactivated, `stranger` owns another company."""

OWNERS = "operator owner"
ADMINS = f"{OWNERS} admin grouped"
READERS = f"{ADMINS} auditor member external"
INSIDERS = f"{READERS} idle"
CONTROL = f"{ADMINS} auditor external"
NOBODY_ELSE = "owner admin grouped auditor member external idle"


def sees(menu: str) -> Act:
    def act(registry: Registry, place: str) -> object:
        company = registry.companies.get("Acme").company_id
        organization = registry.organizations.get(place, company="Acme")
        if (
            Island(company, organization.organization_id)
            not in scope_of(registry, menu, company="Acme").islands
        ):
            raise NotAllowedError("not in the scope")
        return scope_of(registry, menu, place, "Acme")

    return act


def something(found: object) -> None:
    if not found:
        raise NotFoundError("nothing is seen")


def source(number: int) -> Source:
    return Source("aws", f"s3://bills/{number}", "daily", "cur2")


def bought_in(account: str) -> Draft:
    money = Decimal(1)
    return Draft("buy", "aws", account, "COMPUTE_SP USD", {}, "USD", money, money, "30 days")


TERMS = Terms("100000", "USD", date(2026, 1, 1), date(2026, 12, 31))

# Action -> who may do it in his own organization, who in the one next door; None: it is not about
# one of them.
TABLE: dict[str, tuple[Act, str, str | None]] = {
    "find the organization": (
        lambda r, o: r.organizations.get(o, company="Acme"), READERS, OWNERS),
    "read costs": (sees("costs"), READERS, OWNERS),
    "read resources": (sees("resources"), f"{ADMINS} member external", OWNERS),
    "read commitments": (sees("commitments"), OWNERS, OWNERS),
    "read budgets": (sees("budgets"), OWNERS, OWNERS),
    "read invoices": (sees("billing"), OWNERS, OWNERS),
    "read who is a member": (sees("members"), CONTROL, OWNERS),
    "read the history": (
        lambda r, o: r.organizations.history(o, company="Acme"), CONTROL, OWNERS),
    "list its members": (
        lambda r, o: something(
            [m for m in r.members.list("Acme", organization=o) if m.name == "both"]),
        CONTROL, OWNERS),
    "list its accounts": (
        lambda r, o: something(r.accounts.list(company="Acme", organization=o)),
        f"{ADMINS} external", OWNERS),
    "rename it": (lambda r, o: r.organizations.rename(o, "New", company="Acme"), ADMINS, OWNERS),
    "register an account": (
        lambda r, o: r.accounts.add("aws", "3" * 12, o, company="Acme"), ADMINS, OWNERS),
    "rename an account": (
        lambda r, o: r.accounts.rename(ACCOUNTS[o], "New", company="Acme"), ADMINS, OWNERS),
    "take an account out": (
        lambda r, o: r.accounts.remove(ACCOUNTS[o], company="Acme"), ADMINS, OWNERS),
    "move an account away": (
        lambda r, o: r.accounts.move(ACCOUNTS[o], "Third", company="Acme"), OWNERS, OWNERS),
    "register a contract": (
        lambda r, o: r.contracts.add("MACC", TERMS, organization=o, provider="azure",
                                     company="Acme"),
        OWNERS, OWNERS),
    "set its threshold": (
        lambda r, o: r.thresholds.set(o, "70%", company="Acme"), OWNERS, OWNERS),
    "add a budget": (
        lambda r, o: r.budgets.add("Year", "1", "USD", organization=o, company="Acme"),
        OWNERS, OWNERS),
    "read what to commit to": (
        lambda r, o: r.recommendations.latest(o, company="Acme"), OWNERS, OWNERS),
    "read what it costs to be saved": (
        lambda r, o: r.fees.list(o, company="Acme"), OWNERS, OWNERS),
    "propose to buy": (
        lambda r, o: something(r.actions.propose(o, [bought_in(ACCOUNTS[o])], company="Acme")),
        OWNERS, OWNERS),
    "propose to buy in the other's account": (
        lambda r, o: r.actions.propose(
            o, [bought_in(ACCOUNTS[THERE if o == HERE else HERE])], company="Acme"),
        "", ""),
    "add a member": (
        lambda r, o: r.members.add("new@acme.kr", organization=o, role="member", company="Acme"),
        ADMINS, OWNERS),
    "add an admin": (
        lambda r, o: r.members.add("new@acme.kr", organization=o, role="admin", company="Acme"),
        ADMINS, OWNERS),
    "invite": (
        lambda r, o: r.invitations.add("new@acme.kr", o, "admin", company="Acme"), ADMINS, OWNERS),
    "make an admin of a member": (
        lambda r, o: r.members.grant("both@acme.kr", o, "admin", company="Acme"), ADMINS, OWNERS),
    "take a role away": (
        lambda r, o: r.members.revoke("both@acme.kr", o, company="Acme"), ADMINS, OWNERS),
    "give a role that sees invoices": (
        lambda r, o: r.members.grant("both@acme.kr", o, "Finance", company="Acme"),
        OWNERS, OWNERS),
    "take a role that sees invoices away": (
        lambda r, o: r.members.revoke("finance@acme.kr", o, company="Acme"), OWNERS, OWNERS),
    "add a role not above an admin's": (
        lambda r, o: r.roles.add("Reader", {"costs": "view"}, organization=o, company="Acme"),
        ADMINS, OWNERS),
    "add a role above an admin's": (
        lambda r, o: r.roles.add("Buyer", {"commitments": "edit"}, organization=o, company="Acme"),
        OWNERS, OWNERS),
    "raise a role above an admin's": (
        lambda r, o: r.roles.change(
            "Auditor", menus={"billing": "view"}, organization=o, company="Acme"),
        OWNERS, OWNERS),
    "add a group of it": (
        lambda r, o: r.groups.add("New", "member", [o], company="Acme"), ADMINS, OWNERS),
    "add a group of both": (
        lambda r, o: r.groups.add("New", "member", [o, THERE], company="Acme"), OWNERS, OWNERS),
    "remove somebody who is in both": (
        lambda r, o: r.membership.remove("both@acme.kr", company="Acme"), OWNERS, None),
    "deactivate somebody who is here only": (
        lambda r, o: r.membership.deactivate("member@acme.kr", company="Acme"), ADMINS, None),
    "deactivate an owner": (
        lambda r, o: r.membership.deactivate("second@acme.kr", company="Acme"), OWNERS, None),
    "disable somebody else's key": (
        lambda r, o: r.keys.disable("both's", company="Acme"), OWNERS, None),
    "issue a key to somebody else": (
        lambda r, o: r.keys.add("x", "both@acme.kr", company="Acme"), "operator", None),
    "issue a key to oneself": (
        lambda r, o: r.keys.add("x", company="Acme"), NOBODY_ELSE, None),
    "read one's own history": (
        lambda r, o: r.members.history(company="Acme"), NOBODY_ELSE, None),
    "agree to marketing oneself": (
        lambda r, o: r.members.consent(given=True, company="Acme"), NOBODY_ELSE, None),
    "agree to marketing for another": (
        lambda r, o: r.members.consent("both@acme.kr", given=True, company="Acme"),
        "operator", None),
    "read another's history": (
        lambda r, o: r.members.history("both@acme.kr", company="Acme"), OWNERS, None),
    "find the company": (lambda r, o: r.companies.get("Acme"), INSIDERS, None),
    "read the company's history": (lambda r, o: r.companies.history("Acme"), OWNERS, None),
    "rename the company": (lambda r, o: r.companies.rename("Acme", "New"), OWNERS, None),
    "change the plan": (lambda r, o: r.companies.change_plan("Acme", "free"), OWNERS, None),
    "add an organization": (
        lambda r, o: r.organizations.add("New", company="Acme"), OWNERS, None),
    "delete it": (lambda r, o: r.deletions.request(o, company="Acme"), OWNERS, OWNERS),
    "add a template": (
        lambda r, o: r.roles.add("New", {"costs": "view"}, company="Acme"), OWNERS, None),
    "list connections": (lambda r, o: r.connections.list("Acme"), OWNERS, None),
    "add a connection": (
        lambda r, o: r.connections.add("New", source(1), company="Acme"), OWNERS, None),
    "list billing contacts": (lambda r, o: r.contacts.list("Acme"), OWNERS, None),
    "add a billing contact": (
        lambda r, o: r.contacts.add("bills@acme.kr", company="Acme"), OWNERS, None),
    "place a hold": (
        lambda r, o: r.holds.add("case", organization=o, company="Acme"), OWNERS, OWNERS),
    "make an owner": (
        lambda r, o: r.membership.hand_over("both@acme.kr", stay=True, company="Acme"),
        OWNERS, None),
    "add a company": (lambda r, o: r.companies.add("New"), "operator", None),
    "see every company's connections": (
        lambda r, o: r.connections.living(), "operator", None),
}  # fmt: skip


@dataclass(frozen=True)
class World:
    """Acme with two organizations, and everybody who may knock."""

    registry: Registry
    callers: dict[str, Caller]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    path: Path = tmp_path_factory.mktemp("registry") / "registry.sqlite"
    registry = open_registry(f"sqlite:///{path}")
    acme = {"company": registry.companies.add("Acme").company_id}
    for name in (HERE, THERE, "Third"):
        registry.organizations.add(name, **acme)
    for name, account in ACCOUNTS.items():
        registry.accounts.add("aws", account, name, **acme)
    for owner in ("owner", "second", "off"):
        registry.members.add(f"{owner}@acme.kr", **acme)
    registry.membership.deactivate("off@acme.kr", **acme)
    watching = {"costs": "view", "members": "view", "security": "view"}
    for place in (HERE, THERE):
        registry.roles.add("Auditor", watching, organization=place, **acme)
        paying = {"costs": "view", "billing": "view"}
        registry.roles.add("Finance", paying, organization=place, **acme)
    for name, role in (("admin", "admin"), ("member", "member"), ("auditor", "Auditor")):
        registry.members.add(f"{name}@acme.kr", organization=HERE, role=role, **acme)
    outside = {"organization": HERE, "role": "admin", "is_external": True}
    registry.members.add("external@acme.kr", **outside, **acme)
    registry.groups.add("Admins", "admin", [HERE], **acme)
    for name in ("grouped", "idle"):
        registry.members.add(f"{name}@acme.kr", organization=HERE, role="member", **acme)
        registry.members.revoke(f"{name}@acme.kr", HERE, **acme)
    registry.groups.join("Admins", "grouped@acme.kr", **acme)
    for name, role in (("both", "member"), ("finance", "Finance")):
        registry.members.add(f"{name}@acme.kr", organization=HERE, role=role, **acme)
        registry.members.grant(f"{name}@acme.kr", THERE, role, **acme)
    registry.keys.add("both's", "both@acme.kr", **acme)
    registry.companies.add("Bolt")
    registry.members.add("stranger@bolt.kr", company="Bolt")
    callers = {
        name: registry.members.caller(f"{name}@{'bolt' if name == 'stranger' else 'acme'}.kr")
        for name in CALLERS
        if name not in ("operator", "off")
    }
    off = next(m for m in registry.members.list(**acme) if m.name == "off")
    callers["off"] = Caller(off.email, frozenset({off.member_id}))
    callers["operator"] = registry.caller
    return World(registry, callers)


def may(world: World, caller: str, act: Act, place: str) -> bool:
    """Try an action and undo it."""
    acting = world.registry.acting_as(world.callers[caller])
    with pytest.raises(Undone) as undone, acting.write() as tx:  # noqa: PT012 - undone by it
        try:
            act(acting.within(tx), place)
        except (NotAllowedError, NotFoundError):
            raise Undone(allowed=False) from None
        except RegistryError as error:
            # Neither operator is a member of himself.
            raise Undone(allowed=caller != "operator" and error.code != "INVALID") from error
        raise Undone(allowed=True)
    return undone.value.allowed


class Undone(Exception):  # noqa: N818 - ends an attempt, and is no error
    """Carries how an attempt ended out of its transaction."""

    def __init__(self, *, allowed: bool) -> None:
        self.allowed = allowed


CELLS = [
    pytest.param(act, allowed, place, id=f"{action}-{place}")
    for action, (act, here, there) in TABLE.items()
    for place, allowed in ((HERE, here), (THERE, there))
    if allowed is not None
]


@pytest.mark.parametrize(("act", "allowed", "place"), CELLS)
def test_an_action_is_open_to_these_and_to_nobody_else(
    world: World, act: Act, allowed: str, place: str
) -> None:
    assert {caller for caller in CALLERS if may(world, caller, act, place)} == {*allowed.split()}


def test_a_key_acts_as_its_member_and_no_further(world: World) -> None:
    registry = world.registry.acting_as(world.callers["admin"])
    _, token = registry.keys.add("mine")
    assert registry.keys.sign_in(token).member_ids == world.callers["admin"].member_ids


def test_a_change_that_forgets_to_ask_for_a_right_is_refused(world: World) -> None:
    from warehouse.registry.companies import changing  # noqa: PLC0415

    def change() -> Iterator[None]:
        registry = world.registry.acting_as(world.callers["admin"])
        with changing(registry, None, "", "", by_owner=False):
            yield

    with pytest.raises(NotAllowedError):
        list(change())


def test_everybody_from_outside_only_looks() -> None:
    held = Holding(is_external=True, direct=EVERYTHING, by_group=EVERYTHING)
    assert set(held.rights.words.values()) == {"view"}


@pytest.mark.parametrize("menu", MENUS)
def test_the_effective_right_is_the_highest_of_both_ways(menu: str) -> None:
    lower, higher = Rights.of({menu: "view"}), Rights.of({menu: "edit"})
    assert Holding(direct=lower, by_group=higher).rights.words == {menu: "edit"}
    assert Holding(direct=lower, by_group=higher).source(menu) == "group"
    assert Holding(direct=higher, by_group=lower).source(menu) == "direct"
    assert Holding(direct=higher, by_group=higher).source(menu) == "direct"


@pytest.mark.parametrize(
    ("words", "says"),
    [({"money": "view"}, "'money' is not a menu"), ({"costs": "own"}, "'own' is not a level")],
)
def test_an_unknown_menu_or_level_is_refused(words: dict[str, str], says: str) -> None:
    with pytest.raises(RegistryError, match=says):
        Rights.of(words)


def test_the_rights_that_are_always_there() -> None:
    assert {role: rights.words for role, rights in BUILT_IN.items()} == {
        "admin": {
            "costs": "view",
            "resources": "view",
            "security": "view",
            "members": "edit",
            "settings": "edit",
        },
        "member": {"costs": "view", "resources": "view"},
    }
