"""A thousand companies of ten organizations and a hundred members each: answers stay quick."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from sqlalchemy import Table, insert

from warehouse.registry import Registry, open_registry, tables
from warehouse.registry.access_tables import (
    group_members,
    group_organizations,
    member_groups,
    member_roles,
    members,
)
from warehouse.registry.scopes import scope_of
from warehouse.registry.snapshot import write_snapshot

COMPANIES, ORGANIZATIONS, MEMBERS = 1_000, 10, 100
AT = datetime(2026, 9, 15, tzinfo=UTC)
WELL_UNDER_A_SECOND = 0.6
SECONDS = 30


def write(registry: Registry, table: Table, rows: Iterator[dict[str, Any]]) -> None:
    with registry.write() as tx:
        tx.execute(insert(table), list(rows))


def ids(kind: str, *counts: int) -> Iterator[tuple[str, str]]:
    """Company and id of each thing: the first count is companies."""
    for company in range(counts[0]):
        for number in range(counts[1]):
            yield f"co-{company}", f"{kind}-{company}-{number}"


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> Registry:
    """Every member has a role in each organization of his company; half are in a group, too."""
    folder: Path = tmp_path_factory.mktemp("crowded")
    registry = open_registry(f"sqlite:///{folder}/registry.sqlite", lambda: AT)
    common = {"created_at": AT}
    write(
        registry,
        tables.companies,
        (
            {
                "company_id": f"co-{n}",
                "name": f"Company {n}",
                "name_key": f"company {n}",
                "plan": "enterprise",
                **common,
            }
            for n in range(COMPANIES)
        ),
    )
    write(
        registry,
        tables.organizations,
        (
            {
                "company_id": company,
                "organization_id": each,
                "name": each,
                "name_key": each,
                "slot": int(each.rsplit("-", 1)[1]) + 1,
                **common,
            }
            for company, each in ids("org", COMPANIES, ORGANIZATIONS)
        ),
    )
    write(
        registry,
        members,
        (
            {
                "company_id": company,
                "member_id": each,
                "email": f"{each}@x.kr",
                "email_key": f"{each}@x.kr",
                "name": each,
                "is_owner": each.endswith("-0"),
                "is_external": each.endswith("9"),
                **common,
            }
            for company, each in ids("mem", COMPANIES, MEMBERS)
        ),
    )
    write(
        registry,
        member_groups,
        (
            {
                "company_id": f"co-{n}",
                "group_id": f"grp-{n}",
                "name": "G",
                "name_key": "g",
                "built_in_role": "admin",
                **common,
            }
            for n in range(COMPANIES)
        ),
    )
    write(
        registry,
        group_organizations,
        (
            {"group_id": f"grp-{n}", "organization_id": f"org-{n}-{place}"}
            for n in range(COMPANIES)
            for place in range(ORGANIZATIONS // 2)
        ),
    )
    write(
        registry,
        group_members,
        (
            {"group_id": f"grp-{n}", "member_id": f"mem-{n}-{person}"}
            for n in range(COMPANIES)
            for person in range(0, MEMBERS, 2)
        ),
    )
    for place in range(ORGANIZATIONS):
        write(
            registry,
            member_roles,
            (
                {
                    "member_id": each,
                    "organization_id": f"org-{company[3:]}-{place}",
                    "built_in_role": "member",
                }
                for company, each in ids("mem", COMPANIES, MEMBERS)
            ),
        )
    return registry  # fmt: skip


@contextmanager
def within(seconds: float, what: str) -> Iterator[None]:
    """Measure processor time: how long it takes on the clock says how busy the machine is."""
    started = time.process_time()
    yield
    took = time.process_time() - started
    print(f"{what}: {took:.3f} s")
    assert took < seconds


@pytest.mark.slow
def test_lists_grants_and_rights_stay_well_under_a_second(crowded: Registry) -> None:
    acts: dict[str, Callable[[Registry], object]] = {
        "list members": lambda r: r.members.list("co-500"),
        "list organizations": lambda r: r.organizations.list("co-500"),
        "show effective rights": lambda r: r.members.get("mem-500-7", company="co-500"),
        "grant a role": lambda r: r.members.grant("mem-500-7", "org-500-3", "admin"),
        "revoke a role": lambda r: r.members.revoke("mem-500-7", "org-500-3"),
        "add a member": lambda r: r.members.add("x@x.kr", organization="org-500-3", role="member"),
        "resolve a scope": lambda r: scope_of(r, "costs"),
        "list groups": lambda r: r.groups.list(),
    }
    owner = crowded.acting_as(crowded.members.caller("mem-500-0@x.kr"))
    for what, act in acts.items():
        with within(WELL_UNDER_A_SECOND, what):
            act(owner)
    with within(WELL_UNDER_A_SECOND, "list every company"):
        assert len(crowded.companies.list()) == COMPANIES
    with within(WELL_UNDER_A_SECOND, "sign in"):
        crowded.members.caller("mem-999-99@x.kr")


@pytest.mark.slow
def test_the_snapshot_of_a_million_roles_takes_seconds(crowded: Registry, tmp_path: Path) -> None:
    with within(SECONDS, "snapshot"):
        write_snapshot(crowded, tmp_path)
    rights = pl.scan_parquet(tmp_path / "member_grants.parquet").select(pl.len()).collect().item()
    assert rights > COMPANIES * ORGANIZATIONS * MEMBERS * 2
