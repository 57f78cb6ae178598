"""A deleted organization leaves no byte, takes nobody along, and does not come back."""

import hashlib
import json
import re
import signal
import subprocess
import sys
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from pipelines.providers.contract import utc_now
from pipelines.retention import retention_engine
from tests.journeys.canaries import found_in
from tests.journeys.installation import Installation
from tests.providers.aws.deliveries import NOON, Folder, put_cur2
from tests.providers.aws.lines import cur_line
from warehouse.publication import head
from warehouse.registry.retention_tables import certificates
from warehouse.retention.engine import STEPS

pytestmark = pytest.mark.slow

CANARY, KILLED, OTHER, NOBODY = (f"{digit}" * 12 for digit in "1234")
MONTHS = ("2026-08", "2026-09")
PROGRAMS = ("duckdb_extensions",)


def words(account: str) -> set[str]:
    """Words that only this account's lines have."""
    return {
        f"canary-{kind}-{account}-{number:03d}-é" for kind in ("res", "tag") for number in range(60)
    }


def bill(account: str, period: str) -> list[dict[str, Any]]:
    return [
        cur_line(
            account,
            f"0.{number + 1:03d}",
            period,
            line_item_resource_id=f"canary-res-{account}-{number:03d}-é",
            resource_tags=json.dumps({"user_team": f"canary-tag-{account}-{number:03d}-é"}),
        )
        for number in range(60)
    ]


@dataclass(frozen=True)
class Room:
    """A house, its bucket, and what is in them."""

    house: Installation
    folder: Folder

    def deliver(self, period: str, accounts: str, days: int) -> None:
        """Write the payer's month, so many days after the first time."""
        rows = [line for account in accounts.split() for line in bill(account, period)]
        put_cur2(self.folder, "daily", period, rows, submitted_at=NOON + timedelta(days=days))

    def sums(self) -> dict[str, Decimal]:
        """Return what readers see, by account."""
        asked = "select sub_account_id, sum(billed_cost) from fct_daily_costs group by all"
        return dict(self.house.ask(asked))

    def found(self, account: str) -> dict[str, set[str]]:
        """Return which of an account's words lie where in the data folder."""
        return found_in(self.house.root / "data", words(account), PROGRAMS)

    def run_and_die(self, step: str, days: int = 2) -> int:
        """Run retention as of a later day up to a step; return how the process ended."""
        return subprocess.run(
            [sys.executable, "-m", "tests.journeys.killed", str(days), step],
            env=self.house.environment,
            check=False,
        ).returncode

    def certificates(self) -> list[dict[str, Any]]:
        """Return what the command tells of what went."""
        told: list[dict[str, Any]] = json.loads(
            self.house.run("retention", "certificates", "--json")
        )
        return told


@pytest.fixture(scope="module")
def room(install: Callable[..., Installation], tmp_path_factory: pytest.TempPathFactory) -> Room:
    """Three organizations of one payer and an account of nobody, seen through every room."""
    made = Room(install(), Folder(tmp_path_factory.mktemp("bucket")))
    registry = made.house.house.registry
    for name, account in (("Canary", CANARY), ("Killed", KILLED), ("Other", OTHER)):
        registry.organizations.add(name)
        registry.accounts.add("aws", account, name)
    for period in MONTHS:
        made.deliver(period, f"{CANARY} {KILLED} {OTHER} {NOBODY}", 0)
    made.house.connect("main", made.folder.location, "cur2")
    made.house.refresh()
    made.house.run("extract", "monthly-costs", "--organization", "Canary", "--period", "2026-09")
    return made


def test_a_deleted_organization_leaves_no_byte_and_takes_nobody_along(room: Room) -> None:
    before, sums = room.found(CANARY), room.sums()
    assert len(before) >= 0.99 * len(words(CANARY))
    seen = {place.split("/")[0] for places in before.values() for place in places}
    assert {"lake", "landing"} <= seen

    said = room.house.run("organization", "delete", "Canary", "--dry-run")
    assert "int_charges" in said
    room.house.run("organization", "delete", "Canary", "--yes", "--reason", "sold")
    room.house.run("retention", "run", "--yes")

    assert room.found(CANARY) == {}
    assert room.sums() == {account: cost for account, cost in sums.items() if account != CANARY}
    [certificate] = room.certificates()
    assert (certificate["rule"], certificate["level"]) == ("R11", "L2")
    assert certificate["deleted_rows"] > 2 * 60
    assert certificate["searched_words"] >= 100
    assert "Canary" not in json.dumps(certificate)
    assert not list((room.house.root / "data" / "extracts").glob("org-*/2026-09/*Canary*"))


def test_late_files_replays_and_new_registrations_bring_nothing_back(room: Room) -> None:
    sums = room.sums()
    room.deliver("2026-09", f"{CANARY} {KILLED} {OTHER} {NOBODY}", 9)
    room.house.refresh()
    assert room.sums() == sums
    assert room.found(CANARY) == {}

    registry = room.house.house.registry
    registry.organizations.add("Ninth")
    registry.accounts.add("aws", CANARY, "Ninth")
    room.house.refresh("--replay")
    assert room.sums() == sums
    with room.house.lake() as lake:
        dropped = lake.execute(
            "select suppressed_charge_count from lake.intermediate.int_bills_conserved"
            " where billing_period = '2026-09'"
        ).fetchall()
    assert dropped == [(60,)]


def test_a_run_killed_at_every_step_ends_as_if_alone(room: Room) -> None:
    sums, number = room.sums(), len(room.certificates())
    room.house.house.registry.holds.add("case 7", organization="Killed")
    room.house.run("organization", "delete", "Killed", "--yes")
    assert "legal_hold" in room.house.run("retention", "plan")
    room.house.run("retention", "run", "--yes")
    assert len(room.found(KILLED)) == len(words(KILLED))

    registry = room.house.house.registry
    registry.holds.lift(registry.holds.list()[0].hold_id)
    assert room.run_and_die("begin", days=1) == 0, "after a hold it is scheduled days later"
    for step in STEPS[:-1]:
        assert room.run_and_die(step) == -signal.SIGKILL, step
    assert room.run_and_die("never") == 0

    assert room.found(KILLED) == {}
    assert room.sums() == {account: cost for account, cost in sums.items() if account != KILLED}
    assert len(room.certificates()) == number + 1
    with room.house.house.lake.connect() as lake:
        [(left,)] = lake.execute("select count(*) from ducklake_snapshots('lake')").fetchall()
        assert (left, head(lake)) == (1, head(lake))


def test_a_withdrawn_company_is_read_by_nobody_and_goes_early_when_it_asks(room: Room) -> None:
    company = room.house.house.registry.companies.get()
    with_all = room.house.run("company", "withdraw", "--dry-run")
    assert re.search(r"cost .*fct_daily_costs", with_all)
    room.house.run("company", "withdraw", "--yes")
    assert "NOT_FOUND" in room.house.run("organization", "list", expect=1)
    assert room.house.refresh() == []

    archive = json.loads(room.house.run("request", "backup", company.company_id, "--json"))["file"]
    with zipfile.ZipFile(archive) as opened:
        manifest = json.loads(opened.read("manifest.json"))
        for file in manifest["files"]:
            assert hashlib.sha256(opened.read(file["name"])).hexdigest() == file["sha256"]
    rows = {file["name"]: file["rows"] for file in manifest["files"]}
    assert rows["fct_daily_costs.parquet"] > 0

    room.house.run("request", "early-deletion", company.company_id, "--yes")
    engine = retention_engine(room.house.house)
    later = utc_now() + timedelta(days=5)
    due = engine.plan(later.date()).due
    assert {item.rule for item in due} == {"R6"}
    written = engine.run(later)
    assert len(written) == len(due)
    assert room.house.ask("select count(*) from fct_daily_costs") == [(0,)]
    assert engine.plan(later.date()).due == ()
    engine.run(later + timedelta(days=2))
    assert not Path(archive).exists()
    assert room.found(OTHER) == {}


def test_certificates_that_were_touched_are_told(room: Room) -> None:
    assert "intact" in room.house.run("retention", "verify")
    registry = room.house.house.registry
    with registry.write() as tx:
        tx.execute(certificates.update().where(certificates.c.sequence == 1).values(document="{}"))
    assert "certificate 1 was changed" in room.house.run("retention", "verify", expect=1)
    assert "CHAIN_BROKEN" in room.house.run("retention", "run", "--yes", expect=1)
