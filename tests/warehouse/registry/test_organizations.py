"""Companies and their organizations: names, places, history."""

import unicodedata

import pytest

from tests.warehouse.registry.conftest import Clock
from warehouse.registry import Registry, RegistryError
from warehouse.registry.errors import (
    AmbiguousError,
    InUseError,
    InvalidError,
    NameTakenError,
    NotFoundError,
    OrganizationLimitError,
)


def test_a_company_is_found_by_id_by_name_and_as_the_only_one(registry: Registry) -> None:
    company = registry.companies.add("한빛 상사", plan="standard")
    assert registry.companies.get(company.company_id) == company
    assert registry.companies.get(unicodedata.normalize("NFD", "한빛 상사")) == company
    assert registry.companies.get() == company


def test_with_two_companies_one_must_be_named(registry: Registry) -> None:
    registry.companies.add("Acme")
    registry.companies.add("Bolt")
    with pytest.raises(AmbiguousError, match="--company"):
        registry.organizations.add("Shop")
    assert registry.organizations.add("Shop", company="bolt").name == "Shop"


def test_without_a_company_the_error_says_how_to_add_one(registry: Registry) -> None:
    with pytest.raises(NotFoundError, match="finhouse company add"):
        registry.organizations.list()


def test_ids_are_random_and_safe_as_folder_names(registry: Registry) -> None:
    company = registry.companies.add("Acme")
    ids = {registry.organizations.add(f"Organization {n}").organization_id for n in range(10)}
    assert len(ids) == 10
    assert company.company_id.startswith("co-")
    assert all(len(each) == 14 and each.startswith("org-") for each in ids)
    assert all(set(each[4:]) <= set("abcdefghijklmnopqrstuvwxyz234567") for each in ids)


def test_the_eleventh_organization_is_refused_and_a_removed_one_frees_its_place(
    registry: Registry,
) -> None:
    company = registry.companies.add("Acme")
    for number in range(10):
        registry.organizations.add(f"Organization {number}")
    before = registry.companies.history()
    with pytest.raises(OrganizationLimitError, match=r"has 10 organizations.*Removing one frees"):
        registry.organizations.add("Eleven")
    assert registry.companies.history() == before
    registry.organizations.remove("Organization 3")
    registry.organizations.add("Eleven")
    assert len(registry.organizations.list()) == 10
    assert len(registry.organizations.list(company.company_id, removed=True)) == 11


def test_ten_organizations_in_one_company_take_no_place_in_another(registry: Registry) -> None:
    for company in ("Acme", "Bolt"):
        registry.companies.add(company)
        for number in range(10):
            registry.organizations.add(f"Organization {number}", company=company)
        assert len(registry.organizations.list(company)) == 10


@pytest.mark.parametrize("same", ["SHOP", " shop ", "Straße"])
def test_a_name_is_taken_whatever_its_case(registry: Registry, same: str) -> None:
    registry.companies.add("Acme")
    registry.organizations.add("STRASSE" if same == "Straße" else same.strip().capitalize())
    with pytest.raises(NameTakenError, match="taken by another organization"):
        registry.organizations.add(same)
    assert len(registry.organizations.list()) == 1


def test_a_decomposed_korean_name_is_the_same_name(registry: Registry) -> None:
    registry.companies.add("Acme")
    registry.organizations.add("개발팀")
    with pytest.raises(NameTakenError):
        registry.organizations.add(unicodedata.normalize("NFD", "개발팀"))


def test_renaming_to_a_taken_name_changes_nothing(registry: Registry) -> None:
    registry.companies.add("Acme")
    registry.organizations.add("Shop")
    registry.organizations.add("Lab")
    with pytest.raises(NameTakenError):
        registry.organizations.rename("Lab", "shop")
    assert [each.name for each in registry.organizations.list()] == ["Lab", "Shop"]
    assert "organization_renamed" not in {e.event_type for e in registry.companies.history()}


def test_a_name_may_change_its_case(registry: Registry) -> None:
    registry.companies.add("acme")
    assert registry.companies.rename("acme", "ACME").name == "ACME"


def test_a_removed_companys_name_is_free(registry: Registry) -> None:
    first = registry.companies.add("Acme")
    registry.companies.remove("Acme")
    second = registry.companies.add("Acme")
    assert first.company_id != second.company_id
    with pytest.raises(NameTakenError, match="taken by another company"):
        registry.companies.add("acme")


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("", "is empty"),
        (" \t", "is empty"),
        ("Unassigned", "is reserved"),
        ("org-abcdefghij", "looks like an id"),
        ("a\u202eb", r"U\+202E"),
        ("a\x1b[31mb", r"U\+001B"),
        ("a\x00b", r"U\+0000"),
        ("x" * 201, "201 characters"),
        ("\u200d", "is empty"),
    ],
)
def test_a_name_that_would_mislead_is_refused(registry: Registry, name: str, says: str) -> None:
    registry.companies.add("Acme")
    with pytest.raises(InvalidError, match=says):
        registry.organizations.add(name)
    assert registry.organizations.list() == ()


@pytest.mark.parametrize(
    "name", ["\u0645\u06cc\u200c\u062e", "👩\u200d💻", "O'Brien; drop table x--", "%s {0}"]
)
def test_a_name_people_really_use_is_kept_as_it_is(registry: Registry, name: str) -> None:
    registry.companies.add("Acme")
    registry.organizations.add(name)
    assert registry.organizations.get(name).name == name


def test_an_organization_of_another_company_is_not_found(registry: Registry) -> None:
    registry.companies.add("Acme")
    registry.companies.add("Bolt")
    theirs = registry.organizations.add("Shop", company="Bolt")
    with pytest.raises(NotFoundError, match="'Acme' has no organization"):
        registry.organizations.rename(theirs.organization_id, "Mine", company="Acme")


def test_a_company_with_organizations_or_connections_is_not_removed(registry: Registry) -> None:
    registry.companies.add("Acme")
    registry.organizations.add("Shop")
    with pytest.raises(InUseError, match="still has the organization 'Shop'"):
        registry.companies.remove("Acme")
    assert registry.companies.get("Acme").removed_at is None


def test_an_unknown_plan_is_refused_with_the_known_ones(registry: Registry) -> None:
    registry.companies.add("Acme")
    with pytest.raises(InvalidError, match="trial, free, standard, premium, enterprise"):
        registry.companies.change_plan("Acme", "gold")
    assert registry.companies.change_plan("Acme", "premium").plan == "premium"


def test_history_tells_who_changed_what_when_and_why(registry: Registry, clock: Clock) -> None:
    company = registry.companies.add("Acme")
    shop = registry.organizations.add("Shop", actor="kim@example.com")
    clock.pass_days(1)
    registry.organizations.rename("Shop", "Store", actor="lee@example.com", reason="재구성")
    newest = registry.organizations.history("Store")[0]
    assert newest.event_type == "organization_renamed"
    assert (newest.company_id, newest.organization_id) == (
        company.company_id,
        shop.organization_id,
    )
    assert (newest.actor, newest.reason, newest.occurred_at) == (
        "lee@example.com",
        "재구성",
        clock.at,
    )
    assert (newest.before, newest.after) == ({"name": "Shop"}, {"name": "Store"})


def test_history_outlives_the_organization_and_the_company(registry: Registry) -> None:
    company = registry.companies.add("Acme")
    shop = registry.organizations.add("Shop")
    registry.organizations.remove("Shop")
    registry.companies.remove("Acme")
    told = [event.event_type for event in registry.companies.history(company.company_id)]
    assert told == [
        "company_removed",
        "organization_removed",
        "organization_added",
        "company_added",
    ]
    of_shop = registry.organizations.history(shop.organization_id, company=company.company_id)
    assert [event.event_type for event in of_shop] == told[1:3]


def test_a_change_whose_history_cannot_be_written_does_not_happen(registry: Registry) -> None:
    registry.companies.add("Acme")
    with pytest.raises(RegistryError, match="reason holds the invisible character"):
        registry.organizations.add("Shop", reason="a\x00b")
    assert registry.organizations.list() == ()
