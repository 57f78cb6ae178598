"""One cloud account, one organization, at any moment, in the whole world."""

from datetime import date

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from tests.warehouse.registry.conftest import Clock
from warehouse.registry import Registry, tables
from warehouse.registry.errors import (
    AccountClaimedError,
    AmbiguousError,
    InUseError,
    InvalidError,
    NotFoundError,
)

X, Y = "222222222222", "000000000007"
BEGINNING = date(1970, 1, 1)
TODAY = date(2026, 9, 15)


@pytest.fixture
def registry(registry: Registry) -> Registry:
    """Two companies: Acme with organizations A and B, Bolt with C."""
    registry.companies.add("Acme")
    registry.companies.add("Bolt")
    registry.organizations.add("A", company="Acme")
    registry.organizations.add("B", company="Acme")
    registry.organizations.add("C", company="Bolt")
    return registry


def held(registry: Registry, account: str = X) -> list[tuple[str, date, date | None]]:
    """Holder, first day and end of every period of the account, in the whole world."""
    periods, organizations = tables.cloud_account_assignments, tables.organizations
    query = (
        select(organizations.c.name, periods.c.valid_from, periods.c.valid_to)
        .join(organizations, organizations.c.organization_id == periods.c.organization_id)
        .where(periods.c.account_id == account)
        .order_by(periods.c.valid_from)
    )
    with registry.read() as tx:
        return [(row[0], row[1], row[2]) for row in tx.execute(query)]


def test_t26_claiming_another_organizations_account_writes_nothing(registry: Registry) -> None:
    registry.accounts.add("aws", X, "A", company="Acme")
    before = registry.companies.history("Acme")
    with pytest.raises(AccountClaimedError, match=r"belongs to 'A'.*finhouse account move"):
        registry.accounts.add("aws", X, "B", company="Acme")
    assert held(registry) == [("A", BEGINNING, None)]
    assert registry.companies.history("Acme") == before


def test_t26_another_companys_claim_is_refused_without_saying_whose_it_is(
    registry: Registry,
) -> None:
    account = registry.accounts.add("aws", X, "A", name="Secret lab", company="Acme")[0]
    before = registry.companies.history("Bolt")
    with pytest.raises(AccountClaimedError) as refused:
        registry.accounts.add("aws", X, "C", company="Bolt")
    secrets = ("Acme", "Secret lab", "'A'", account.organization_id, account.company_id)
    assert [word for word in secrets if word in str(refused.value)] == []
    assert held(registry) == [("A", BEGINNING, None)]
    assert registry.companies.history("Bolt") == before


def test_a_new_account_counts_from_the_beginning_of_time(registry: Registry) -> None:
    registry.accounts.add("aws", X, "A", company="Acme")
    assert held(registry) == [("A", BEGINNING, None)]


def test_leading_zeros_stay(registry: Registry) -> None:
    assert registry.accounts.add("aws", Y, "A", company="Acme")[0].account_id == "000000000007"


@pytest.mark.parametrize("wrong", ["7", "22222222222", "2222222222222", "22222222222a", "२" * 12])
def test_an_aws_account_id_has_exactly_twelve_digits(registry: Registry, wrong: str) -> None:
    with pytest.raises(InvalidError, match="exactly 12 digits"):
        registry.accounts.add("aws", wrong, "A", company="Acme")


def test_a_provider_nobody_foresaw_may_have_accounts(registry: Registry) -> None:
    tenancy = "ocid1.tenancy.oc1..aaaa"
    assert registry.accounts.add("oci", tenancy, "A", company="Acme")[0].account_id == tenancy


def test_a_management_account_brings_its_linked_accounts(registry: Registry) -> None:
    added = registry.accounts.add("aws", X, "A", linked=["333333333333", Y, X], company="Acme")
    assert [each.account_id for each in added] == [X, Y, "333333333333"]
    assert [each.management_account_id for each in added] == [None, X, X]


def test_one_claimed_linked_account_refuses_them_all(registry: Registry) -> None:
    registry.accounts.add("aws", "333333333333", "C", company="Bolt")
    with pytest.raises(AccountClaimedError):
        registry.accounts.add("aws", X, "A", linked=[Y, "333333333333"], company="Acme")
    assert registry.accounts.list(company="Acme") == ()


def test_usage_before_a_move_stays_with_the_old_organization(registry: Registry) -> None:
    registry.accounts.add("aws", X, "A", company="Acme")
    registry.accounts.move(X, "B", effective=date(2026, 9, 1), company="Acme")
    assert held(registry) == [
        ("A", BEGINNING, date(2026, 9, 1)),
        ("B", date(2026, 9, 1), None),
    ]


def test_a_move_counts_from_today_in_utc_unless_told_otherwise(registry: Registry) -> None:
    registry.accounts.add("aws", X, "A", company="Acme")
    registry.accounts.move(X, "B", company="Acme")
    assert held(registry)[-1] == ("B", TODAY, None)


def test_a_move_in_the_future_leaves_the_account_where_it_is_until_then(
    registry: Registry, clock: Clock
) -> None:
    registry.accounts.add("aws", X, "A", company="Acme")
    registry.accounts.move(X, "B", effective=date(2026, 9, 20), company="Acme")
    assert [a.organization_name for a in registry.accounts.list(company="Acme")] == ["A", "B"]
    with pytest.raises(InUseError, match=X):
        registry.organizations.remove("A", company="Acme")
    clock.pass_days(5)
    registry.organizations.remove("A", company="Acme")
    assert [a.organization_name for a in registry.accounts.list(company="Acme")] == ["B"]


def test_a_move_may_not_reach_behind_the_one_before_it(registry: Registry) -> None:
    registry.accounts.add("aws", X, "A", company="Acme")
    registry.accounts.move(X, "B", effective=date(2026, 9, 10), company="Acme")
    with pytest.raises(InvalidError, match="Give 2026-09-10 or later"):
        registry.accounts.move(X, "A", effective=date(2026, 9, 9), company="Acme")
    assert len(held(registry)) == 2


def test_a_move_on_the_day_a_period_began_corrects_it(registry: Registry) -> None:
    registry.accounts.add("aws", X, "A", company="Acme")
    registry.accounts.move(X, "B", effective=BEGINNING, company="Acme")
    assert held(registry) == [("B", BEGINNING, None)]


def test_a_move_to_where_it_is_or_to_another_company_is_refused(registry: Registry) -> None:
    registry.accounts.add("aws", X, "A", company="Acme")
    with pytest.raises(InvalidError, match="already is in 'A'"):
        registry.accounts.move(X, "A", company="Acme")
    with pytest.raises(NotFoundError, match="no organization 'C'"):
        registry.accounts.move(X, "C", company="Acme")
    with pytest.raises(NotFoundError, match="holds no account"):
        registry.accounts.move(X, "C", company="Bolt")
    assert held(registry) == [("A", BEGINNING, None)]


def test_both_organizations_histories_tell_of_a_move(registry: Registry) -> None:
    registry.accounts.add("aws", X, "A", company="Acme")
    registry.accounts.move(X, "B", company="Acme", reason="reorganised")
    for organization in ("A", "B"):
        newest = registry.organizations.history(organization, company="Acme")[0]
        assert newest.event_type == "account_moved"
        assert newest.before is not None
        assert newest.after is not None
        assert (newest.before["organization_name"], newest.after["organization_name"]) == ("A", "B")


def test_a_removed_account_keeps_its_past_and_is_free_for_others_from_then_on(
    registry: Registry, clock: Clock
) -> None:
    registry.accounts.add("aws", X, "A", company="Acme")
    registry.accounts.remove(X, company="Acme")
    clock.pass_days(3)
    registry.accounts.add("aws", X, "C", company="Bolt")
    assert held(registry) == [("A", BEGINNING, TODAY), ("C", date(2026, 9, 18), None)]


def test_nobody_may_claim_days_that_were_anothers(registry: Registry) -> None:
    registry.accounts.add("aws", X, "A", company="Acme")
    registry.accounts.remove(X, company="Acme")
    with pytest.raises(AccountClaimedError, match="another organization on 2026-09-14"):
        registry.accounts.add("aws", X, "C", valid_from=date(2026, 9, 14), company="Bolt")
    with pytest.raises(AccountClaimedError, match="free from 2026-09-15"):
        registry.accounts.add("aws", X, "B", valid_from=date(2026, 9, 14), company="Acme")
    assert len(held(registry)) == 1


def test_removing_an_account_as_if_never_registered_frees_all_its_days(registry: Registry) -> None:
    registry.accounts.add("aws", X, "A", company="Acme")
    registry.accounts.remove(X, effective=BEGINNING, company="Acme")
    assert held(registry) == []
    registry.accounts.add("aws", X, "C", company="Bolt")
    assert held(registry) == [("C", BEGINNING, None)]


def test_the_past_holder_cannot_touch_the_account_any_more(registry: Registry) -> None:
    registry.accounts.add("aws", X, "A", name="lab", company="Acme")
    registry.accounts.remove(X, company="Acme")
    registry.accounts.add("aws", X, "C", name="theirs", company="Bolt")
    for change in (
        lambda: registry.accounts.move(X, "B", company="Acme"),
        lambda: registry.accounts.remove(X, company="Acme"),
        lambda: registry.accounts.rename(X, "mine", company="Acme"),
    ):
        with pytest.raises(NotFoundError):
            change()
    assert [
        (p.organization_name, p.name) for p in registry.accounts.periods(X, company="Acme")
    ] == [("A", "lab")]


def test_renaming_reaches_every_period_of_the_company_and_no_other(registry: Registry) -> None:
    registry.accounts.add("aws", X, "C", name="old", company="Bolt")
    registry.accounts.remove(X, effective=date(2026, 1, 1), company="Bolt")
    registry.accounts.add("aws", X, "A", valid_from=date(2026, 2, 1), company="Acme")
    registry.accounts.move(X, "B", company="Acme")
    registry.accounts.rename(X, "연구소", company="Acme")
    assert {p.name for p in registry.accounts.periods("연구소", company="Acme")} == {"연구소"}
    assert [p.name for p in registry.accounts.periods(X, company="Bolt")] == ["old"]


def test_an_ambiguous_account_name_asks_for_the_id(registry: Registry) -> None:
    registry.accounts.add("aws", X, "A", name="lab", company="Acme")
    registry.accounts.add("aws", Y, "A", name="Lab", company="Acme")
    with pytest.raises(AmbiguousError, match="Give the account id"):
        registry.accounts.move("LAB", "B", company="Acme")
    registry.accounts.move(Y, "B", company="Acme")
    assert held(registry, Y)[-1][0] == "B"


def test_an_organization_with_accounts_is_not_removed_and_says_what_to_do(
    registry: Registry,
) -> None:
    registry.accounts.add("aws", X, "A", company="Acme")
    with pytest.raises(InUseError, match=r"account move.*account remove"):
        registry.organizations.remove("A", company="Acme")
    registry.accounts.move(X, "B", company="Acme")
    registry.organizations.remove("A", company="Acme")
    assert held(registry)[0] == ("A", BEGINNING, TODAY)


@pytest.mark.parametrize(
    ("start", "end", "previous"),
    [
        (date(2026, 9, 1), None, None),
        (date(2026, 9, 1), date(2026, 9, 2), None),
        (date(2026, 9, 1), None, date(2026, 9, 1)),
        (date(2026, 8, 1), None, date(2026, 9, 1)),
        (date(2026, 9, 2), date(2026, 9, 2), date(2026, 9, 1)),
    ],
)
def test_the_database_itself_refuses_periods_that_overlap(
    registry: Registry, start: date, end: date | None, previous: date | None
) -> None:
    account = registry.accounts.add("aws", X, "A", company="Acme")[0]
    registry.accounts.move(X, "B", effective=date(2026, 9, 1), company="Acme")
    row = insert(tables.cloud_account_assignments).values(
        provider="aws",
        account_id=X,
        organization_id=account.organization_id,
        account_name="x",
        name_key="x",
        valid_from=start,
        valid_to=end,
        previous_valid_to=previous,
    )
    with pytest.raises(IntegrityError), registry.write() as tx:
        tx.execute(row)
