"""How companies and organizations end, and what the registry then forgets."""

from datetime import date

import pytest

from tests.warehouse.registry.conftest import Clock
from warehouse.registry import Registry, Source, erasure
from warehouse.registry.contracts import Terms
from warehouse.registry.errors import InvalidError, NotFoundError, WindowClosedError
from warehouse.registry.suppression import suppressed_organizations, suppressed_spans
from warehouse.retention.admission import Span
from warehouse.retention.facts import read_events
from warehouse.retention.policy import load_policy

SEVEN, EIGHT = "000000000007", "000000000008"


@pytest.fixture
def company(registry: Registry) -> str:
    """A company with two organizations that hold an account each, a member and a connection."""
    found = registry.companies.add("한빛", plan="trial")
    for name, account in (("A", SEVEN), ("B", EIGHT)):
        registry.organizations.add(name)
        registry.accounts.add("aws", account, name, name=f"{name}의 계정")
    registry.members.add("kim@example.com", "Kim", role="owner")
    source = Source("aws", "s3://bills", "daily", "cur2", options={"role": "arn"}, secret="env:A")
    registry.connections.add("main", source)
    return found.company_id


def spans(registry: Registry) -> list[Span]:
    with registry.read() as tx:
        return [span for _, span in suppressed_spans(tx)]


def test_a_withdrawn_company_has_nobody_and_nothing_left_to_read(
    registry: Registry, company: str, clock: Clock
) -> None:
    first = registry.endings.withdraw(None)
    with pytest.raises(NotFoundError):
        registry.organizations.list(company)
    assert registry.connections.living() == ()
    [kim] = read_events(registry).departures
    assert (kim.company_id, kim.removed_at) == (company, first.requested_at)
    [facts] = read_events(registry).companies
    assert facts.withdrawn_at == clock.at
    registry.companies.add("다음")
    registry.organizations.add("C")
    registry.accounts.add("aws", SEVEN, "C")


def test_a_window_for_requests_closes_six_months_after_the_withdrawal(
    registry: Registry, company: str, clock: Clock
) -> None:
    policy = load_policy()
    with pytest.raises(InvalidError):
        registry.endings.ask_early_deletion(company, policy)
    registry.endings.withdraw(None)
    clock.pass_days(182)
    with pytest.raises(WindowClosedError, match="WINDOW_CLOSED"):
        registry.endings.ask_early_deletion(company, policy)
    clock.pass_days(-1)
    asked = registry.endings.ask_early_deletion(company, policy)
    clock.pass_days(-100)
    assert registry.endings.ask_early_deletion(company, policy) == asked


def test_an_ended_trial_stops_collecting_until_a_plan_follows(
    registry: Registry, company: str, clock: Clock
) -> None:
    registry.endings.end_trial(None)
    assert registry.connections.living() == ()
    assert read_events(registry).companies[0].trial_ended_at == clock.at
    clock.pass_days(10)
    registry.companies.change_plan(None, "standard")
    [facts] = read_events(registry).companies
    assert (facts.trial_ended_at, facts.plan_since) == (None, clock.at)
    with pytest.raises(InvalidError):
        registry.endings.end_trial(company)


def test_what_a_deleted_organization_held_is_suppressed_unless_a_hold_keeps_it(
    registry: Registry, company: str, clock: Clock
) -> None:
    hold = registry.holds.add("case 7", organization="A")
    registry.budgets.add("한빛 예산", "1", "USD", organization="A")
    registry.deletions.request("A")
    assert spans(registry) == []
    registry.holds.lift(hold.hold_id)
    assert spans(registry) == [Span("aws", SEVEN, date(1970, 1, 1))]

    clock.pass_days(3)
    registry.accounts.add("aws", SEVEN, "B")
    [before] = spans(registry)
    assert before.end is not None
    registry.deletions.request("B")
    with registry.read() as tx:
        assert len(suppressed_organizations(tx)) == 2
    assert {span.account_id for span in spans(registry)} == {SEVEN, EIGHT}


def test_erasing_leaves_ids_and_no_names(registry: Registry, company: str) -> None:
    gone = registry.organizations.get("A").organization_id
    kim = registry.members.list()[0].member_id
    terms = Terms("1000", "USD", date(2026, 1, 1), date(2026, 12, 31))
    registry.contracts.add("Azure 약정", terms, organization="A", provider="azure")
    registry.deletions.request("A", reason="팔았다")
    registry.endings.withdraw(None)
    with registry.write() as tx:
        erasure.erase_organization(tx, gone)
        erasure.erase_member(tx, kim)
        erasure.erase_company_names(tx, company)
        erasure.erase_credentials(tx, company)
        erasure.erase_contacts(tx, company)
        erasure.erase_history(tx, company)
    with registry.read() as tx:
        left = [
            str(row)
            for table in (
                "companies",
                "organizations",
                "cloud_account_assignments",
                "members",
                "connections",
                "history",
                "deletion_requests",
                "budgets",
                "commitment_contracts",
            )
            for row in tx.exec_driver_sql(f"select * from {table}")
        ]
    words = ("한빛", "의 계정", "kim@", "Kim", "arn", "env:A", "팔았다", "약정", "예산")
    assert [word for word in words for row in left if word in row] == []


def test_erasing_a_member_takes_no_contact_from_who_has_the_address_now(
    registry: Registry, company: str, clock: Clock
) -> None:
    def come() -> None:
        _, token = registry.invitations.add("lee@example.com", "A", "member")
        registry.invitations.accept(token)

    def leave() -> str:
        member_id = registry.members.get("lee@example.com")[0].member_id
        clock.pass_days(1)
        registry.membership.remove("lee@example.com")
        clock.pass_days(1)
        return member_id

    def contacts_after_erasing(member_id: str) -> int:
        with registry.write() as tx:
            erasure.erase_member(tx, member_id)
        return len(registry.contacts.list())

    registry.members.add("lee@example.com")
    registry.contacts.add("Lee@example.com")
    first = leave()
    come()
    assert contacts_after_erasing(first) == 1
    assert contacts_after_erasing(leave()) == 0
    come()
    third = leave()
    registry.contacts.add("lee@example.com")
    assert contacts_after_erasing(third) == 1


def test_what_left_and_is_not_yet_gone_may_be_held_by_its_id(
    registry: Registry, company: str
) -> None:
    member = registry.members.get("kim@example.com")[0].member_id
    registry.endings.withdraw(None)
    with pytest.raises(NotFoundError):
        registry.holds.add("case 7", member="kim@example.com", company=company)
    placed = [
        registry.holds.add("case 7", company=company),
        registry.holds.add("case 8", member=member, company=company),
    ]
    assert [each.member_id for each in placed] == [None, member]
    for each in placed:
        assert registry.holds.lift(each.hold_id, company=company).lifted_at
    assert registry.holds.list(company) == ()
