# ruff: noqa: D102 - a rule's name is what somebody tries
"""Whatever people do one after another: no right out of nothing, an owner always, one holder."""

import itertools
import shutil
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from warehouse.registry import Registry, RegistryError, open_registry
from warehouse.registry.callers import standing_of_member
from warehouse.registry.people import has_owner
from warehouse.registry.rights import NOTHING, Level, Rights, Standing

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


class Sequences(RuleBasedStateMachine):
    """Members of one company give each other commands; nobody is the operator."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="finhouse-sequences-"))
        self.registry = open_registry(f"sqlite:///{self.folder}/registry.sqlite")
        self.tokens: list[str] = []

    def teardown(self) -> None:
        shutil.rmtree(self.folder)

    @initialize()
    def found(self) -> None:
        registry = self.registry
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
        outside = {"role": "admin", "is_external": True}
        registry.members.add(mail("ext"), organization="B", **outside)
        registry.groups.add("G", "admin", ["B"])

    def standings(self) -> dict[str, Standing]:
        with self.registry.read() as tx:
            return {
                each.member_id: standing_of_member(tx, each.member_id)
                for each in self.registry.members.list()
            }

    def attempt(self, who: str, act: Callable[[Registry], object]) -> None:
        """Let somebody try; whoever gained a right must owe it to one who had it to give."""
        before = self.standings()
        try:
            caller = self.registry.members.caller(mail(who))
        except RegistryError:
            return
        giver = before[next(iter(caller.member_ids))]
        changes = len(self.registry.companies.history())
        try:
            act(self.registry.acting_as(caller))
        except RegistryError:
            assert self.standings() == before
            assert len(self.registry.companies.history()) == changes
        else:
            assert len(self.registry.companies.history()) > changes
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
            with self.registry.read() as tx:
                given = role_rights(tx, invitation.company_id, what, invitation.organization_id)
            assert mine.rights(invitation.organization_id).covers(given)

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
        for company in self.registry.companies.list():
            with self.registry.read() as tx:
                assert has_owner(tx, company.company_id)

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
        for member in self.registry.members.list() if self.registry.companies.list() else ():
            if member.is_external:
                _, grants = self.registry.members.get(member.member_id)
                assert {grant.level for grant in grants} <= {"view"}


def role_rights(tx: object, company_id: str, what: str, organization_id: str) -> Rights:
    from warehouse.registry.templates import find_role  # noqa: PLC0415

    return find_role(tx, company_id, what, organization_id).rights if what else NOTHING


Sequences.TestCase.settings = settings(
    max_examples=25,
    stateful_step_count=25,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
TestSequences = Sequences.TestCase
