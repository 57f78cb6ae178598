# ruff: noqa: D102 - a rule's name is what somebody tries
"""Whatever people do one after another: no right out of nothing, an owner always, one holder."""

import atexit
import itertools
import shutil
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import ExitStack, closing
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from sqlalchemy import true

from warehouse.registry import Registry, RegistryError, open_registry
from warehouse.registry.history import last_history_id
from warehouse.registry.holdings import read_holdings
from warehouse.registry.people import has_owner
from warehouse.registry.rights import Level, Standing
from warehouse.registry.templates import find_role

PEOPLE = ("own", "adm", "mem", "fin", "ext", "new")
PLACES = ("A", "B", "C")
ACCOUNTS = ("111111111111", "222222222222")
person, place, account = (st.sampled_from(each) for each in (PEOPLE, PLACES, ACCOUNTS))
role = st.sampled_from(("admin", "member", "Finance", "Empty"))
menus = st.sampled_from(
    ({"costs": "view"}, {"billing": "edit"}, {"members": "edit", "costs": "view"}, {})
)


def mail(name: str) -> str:
    return f"{name}@example.com"


@cache
def prepared() -> Path:
    """Make the company once; every sequence starts from a copy of it."""
    folder = TemporaryDirectory(prefix="finhouse-sequences-")
    atexit.register(folder.cleanup)
    file = Path(folder.name) / "registry.sqlite"
    registry = open_registry(f"sqlite:///{file}")
    registry.companies.add("Acme")
    for name in PLACES:
        registry.organizations.add(name)
        for custom, words in (("Finance", {"costs": "view", "billing": "edit"}), ("Empty", {})):
            registry.roles.add(custom, words, organization=name)
    registry.roles.add("Finance", {"billing": "edit"})
    registry.members.add(mail("own"))
    registry.members.add(mail("adm"), organization="A", role="admin")
    registry.members.add(mail("mem"), organization="A", role="member")
    registry.members.add(mail("fin"), organization="B", role="Finance")
    registry.members.add(mail("ext"), organization="B", role="admin", is_external=True)
    registry.groups.add("G", "admin", ["B"])
    with closing(sqlite3.connect(file)) as database:
        database.execute("pragma wal_checkpoint(truncate)")
    return file


class Sequences(RuleBasedStateMachine):
    """Members of one company give each other commands; nobody is the operator."""

    def __init__(self) -> None:
        super().__init__()
        self.ending = ExitStack()
        folder = self.ending.enter_context(TemporaryDirectory(prefix="finhouse-sequences-"))
        file = shutil.copy(prepared(), folder)
        registry = open_registry(f"sqlite:///{file}")
        # One transaction for all: a refused command undoes itself alone, no disk is waited for.
        self.tx = self.ending.enter_context(registry.write())
        self.registry = registry.within(self.tx)
        self.tokens: list[str] = []

    def teardown(self) -> None:
        self.ending.close()

    def standings(self) -> dict[str, Standing]:
        held = read_holdings(self.tx, true())
        ids = [each.member_id for each in self.registry.members.list()]
        return {
            each: Standing(any(h.is_owner for h in held.get(each, {}).values()), held.get(each, {}))
            for each in ids
        }

    def attempt(self, who: str, act: Callable[[Registry], object]) -> None:
        """Let somebody try; whoever gained a right must owe it to one who had it to give."""
        before, changes = self.standings(), last_history_id(self.tx)
        try:
            caller = self.registry.members.caller(mail(who))
        except RegistryError:
            return
        giver = before[next(iter(caller.member_ids))]
        try:
            act(self.registry.acting_as(caller))
        except RegistryError:
            assert self.standings() == before
            assert last_history_id(self.tx) == changes
        else:
            assert last_history_id(self.tx) > changes
            self.judge(giver, before, self.standings())

    def judge(
        self, giver: Standing, before: Mapping[str, Standing], after: Mapping[str, Standing]
    ) -> None:
        for member_id, standing in after.items():
            old = before.get(member_id, Standing())
            assert giver.is_owner or old.is_owner or not standing.is_owner
            for organization_id, held in standing.holdings.items():
                gained = held.rights
                if not old.rights(organization_id).covers(gained) and not giver.is_owner:
                    own = giver.rights(organization_id)
                    assert own.on("members") == Level.EDIT
                    assert (own | old.rights(organization_id)).covers(gained)

    @rule(who=person, whom=person, where=place, what=role)
    def grant(self, who: str, whom: str, where: str, what: str) -> None:
        self.attempt(who, lambda r: r.members.grant(mail(whom), where, what))

    @rule(who=person, whom=person, where=place)
    def revoke(self, who: str, whom: str, where: str) -> None:
        self.attempt(who, lambda r: r.members.revoke(mail(whom), where))

    @rule(who=person, where=place, what=role, outside=st.booleans())
    def add(self, who: str, where: str, what: str, outside: bool) -> None:
        self.attempt(
            who,
            lambda r: r.members.add(
                mail("new"), organization=where, role=what, is_external=outside
            ),
        )

    @rule(who=person, whom=person, where=place, what=role)
    def invite(self, who: str, whom: str, where: str, what: str) -> None:
        def act(registry: Registry) -> None:
            invitation, token = registry.invitations.add(mail(whom), where, what)
            self.tokens.append(token)
            mine = self.standings()[next(iter(registry.caller.member_ids))]
            where_to = invitation.organization_id
            given = find_role(self.tx, invitation.company_id, what, where_to)
            assert mine.rights(where_to).covers(given.rights)

        self.attempt(who, act)

    @rule()
    def accept(self) -> None:
        if self.tokens:
            try:
                self.registry.invitations.accept(self.tokens.pop())
            except RegistryError:
                return

    @rule(
        who=person,
        whom=person,
        way=st.sampled_from(("deactivate", "reactivate", "remove", "step_down")),
    )
    def leave(self, who: str, whom: str, way: str) -> None:
        self.attempt(who, lambda r: getattr(r.membership, way)(mail(whom)))

    @rule(who=person, whom=person, stay=st.booleans())
    def hand_over(self, who: str, whom: str, stay: bool) -> None:
        self.attempt(who, lambda r: r.membership.hand_over(mail(whom), stay=stay))

    @rule(who=person, where=place, words=menus)
    def change_role(self, who: str, where: str, words: dict[str, str]) -> None:
        self.attempt(who, lambda r: r.roles.change("Empty", menus=words, organization=where))

    @rule(who=person, whom=person, way=st.sampled_from(("join", "leave")))
    def group(self, who: str, whom: str, way: str) -> None:
        self.attempt(who, lambda r: getattr(r.groups, way)("G", mail(whom)))

    @rule(who=person, where=st.lists(place, min_size=1, max_size=3, unique=True))
    def regroup(self, who: str, where: list[str]) -> None:
        self.attempt(who, lambda r: r.groups.change("G", organizations=where))

    @rule(who=person, which=account, where=place, way=st.sampled_from(("add", "move", "remove")))
    def assign(self, who: str, which: str, where: str, way: str) -> None:
        acts: dict[str, Callable[[Registry], object]] = {
            "add": lambda r: r.accounts.add("aws", which, where),
            "move": lambda r: r.accounts.move(which, where),
            "remove": lambda r: r.accounts.remove(which),
        }
        self.attempt(who, acts[way])

    @invariant()
    def the_company_has_an_owner(self) -> None:
        (company,) = self.registry.companies.list()
        assert has_owner(self.tx, company.company_id)

    @invariant()
    def an_account_is_in_one_organization_on_any_day(self) -> None:
        for which in ACCOUNTS:
            try:
                periods = self.registry.accounts.periods(which)
            except RegistryError:
                continue
            for earlier, later in itertools.pairwise(periods):
                assert earlier.valid_to is not None
                assert earlier.valid_to <= later.valid_from

    @invariant()
    def nobody_from_outside_may_change_anything(self) -> None:
        outside = {each.member_id for each in self.registry.members.list() if each.is_external}
        for member_id, standing in self.standings().items():
            if member_id in outside:
                levels = {
                    held.rights.read_only() == held.rights for held in standing.holdings.values()
                }
                assert levels <= {True}


Sequences.TestCase.settings = settings(
    max_examples=25,
    stateful_step_count=25,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
TestSequences = pytest.mark.slow(Sequences.TestCase)
