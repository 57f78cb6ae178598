"""A file of changes: all of it, or nothing and every bad line by its number."""

import pytest

from warehouse.registry import Registry
from warehouse.registry.bulk import Line, apply_lines
from warehouse.registry.errors import ImportRefusedError

GOOD = (
    Line(2, "account", {"account_id": "012345678901", "organization": "Retail", "name": "Web"}),
    Line(3, "member", {"email": "lee@example.com", "organization": "Retail", "role": "admin"}),
    Line(4, "member", {"email": "kim@example.com", "owner": "yes"}),
    Line(5, "organization", {"name": "Retail"}),
    Line(6, "member", {"email": "lee@example.com", "organization": "Stores"}),
    Line(7, "organization", {"name": "Stores"}),
)


@pytest.fixture
def acme(registry: Registry) -> Registry:
    registry.companies.add("Acme")
    return registry


def test_a_file_is_applied_in_the_order_its_things_need(acme: Registry) -> None:
    events = apply_lines(acme, GOOD, reason="first import")
    assert [event.event_type for event in events] == [
        *("organization_added", "organization_added", "member_added", "member_added"),
        *("role_granted", "role_granted", "account_added"),
    ]
    assert {event.reason for event in events} == {"first import"}
    assert [each.email for each in acme.members.list(organization="Stores")] == [
        "kim@example.com",
        "lee@example.com",
    ]


def test_applying_it_again_changes_nothing(acme: Registry) -> None:
    apply_lines(acme, GOOD)
    assert apply_lines(acme, GOOD) == ()


def test_a_dry_run_tells_what_would_change_and_changes_nothing(acme: Registry) -> None:
    told = apply_lines(acme, GOOD, dry_run=True)
    assert len(told) == 7
    assert acme.organizations.list() == ()
    assert len(acme.companies.history()) == 1


def test_one_bad_line_and_nothing_is_applied_and_every_bad_one_is_named(acme: Registry) -> None:
    bad = [
        Line(8, "member", {"email": "nobody", "organization": "Retail"}),
        Line(9, "account", {"account_id": "12", "organization": "Retail"}),
        Line(10, "team", {"name": "x"}),
        Line(11, "organization", {"name": "Lab", "colour": "red"}),
        Line(12, "account", {"account_id": "012345678901", "organization": "Nowhere"}),
        Line(13, "member", {"email": "new@example.com", "organization": "Retail", "role": "king"}),
    ]
    with pytest.raises(ImportRefusedError, match="6 lines are wrong; nothing") as refusal:
        apply_lines(acme, [*GOOD, *bad])
    assert sorted(refusal.value.problems) == [8, 9, 10, 11, 12, 13]
    assert acme.organizations.list() == ()


def test_an_import_moves_an_account_and_changes_a_role(acme: Registry) -> None:
    apply_lines(acme, GOOD)
    events = apply_lines(
        acme,
        [
            Line(2, "account", {"account_id": "012345678901", "organization": "Stores"}),
            Line(
                3, "member", {"email": "LEE@example.com", "organization": "Stores", "role": "admin"}
            ),
        ],
    )
    assert {event.event_type for event in events} == {"account_moved", "role_granted"}
    assert acme.accounts.list(organization="Stores")[0].account_id == "012345678901"


def test_an_import_may_do_no_more_than_who_imports(acme: Registry) -> None:
    apply_lines(acme, GOOD)
    lee = acme.acting_as(acme.members.caller("lee@example.com"))
    with pytest.raises(ImportRefusedError) as refusal:
        apply_lines(
            lee,
            [
                Line(2, "organization", {"name": "Mine"}),
                Line(3, "account", {"account_id": "2" * 12, "organization": "Retail"}),
            ],
        )
    assert refusal.value.problems[2].startswith("NOT_ALLOWED")
    assert [*refusal.value.problems] == [2]
    assert len(acme.accounts.list()) == 1
