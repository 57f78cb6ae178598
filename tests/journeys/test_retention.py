"""What must go goes, asked for by hand, done by hand or by the clock; nobody else loses a cent."""

import hashlib
import json
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from dagster import DagsterInstance, Definitions, OpExecutionContext, job, op
from sqlalchemy import update
from typer.testing import CliRunner

from pipelines.assets.instance import open_instance
from pipelines.cli.main import app
from pipelines.definitions import defs as code_location
from pipelines.providers.contract import utc_now
from pipelines.settings import settings
from tests.journeys.canaries import found_in
from tests.journeys.installation import Installation
from tests.providers.aws.deliveries import NOON, Folder, put_cur2
from tests.providers.aws.lines import cur_line
from warehouse import quarantine
from warehouse.registry import deliveries
from warehouse.registry.access_tables import legal_holds
from warehouse.registry.retention_tables import certificates, company_requests
from warehouse.registry.sources import Source
from warehouse.retention.dates import add_months

pytestmark = [
    pytest.mark.slow,
    # Dagster's packages warn of each other: dagster-dbt uses what Dagster calls deprecated or beta.
    pytest.mark.filterwarnings("default"),
]

CANARY, HELD, OTHER, NOBODY = (f"{digit}" * 12 for digit in "1234")
MONTHS = ("2026-08", "2026-09")
THIS_MONTH = utc_now().date().replace(day=1)
RECENT, OLD = (f"{add_months(THIS_MONTH, -number):%Y-%m}" for number in (2, 37))
ROOMS = {
    *("landing", "landing/_quarantine", "lake", "serving", "extracts"),
    *("validations", "dbt", "spill", "dagster"),
}
HERE = ("--company", "한빛상사 Hanbit")
PROGRAMS = ("duckdb_extensions",)
COMPANIES = {
    "Window": ("standard", "5" * 12, (OLD, RECENT), 0),
    "Free": ("free", "6" * 12, (RECENT,), 13),
    "Trial": ("trial", "7" * 12, (RECENT,), 0),
    "Leaving": ("standard", "8" * 12, (RECENT,), 0),
    "Hasty": ("standard", "9" * 12, (RECENT,), 0),
}
"""Company -> plan, account, months of bills, and how many months ago it began."""


def words(account: str) -> set[str]:
    """Words that only this account's lines have."""
    kinds = ("res", "tag", "svc")
    return {f"canary-{kind}-{account}-{number:03d}-é" for kind in kinds for number in range(60)}


def bill(account: str, period: str) -> list[dict[str, Any]]:
    return [
        cur_line(
            account,
            f"0.{number + 1:03d}",
            period,
            line_item_resource_id=f"canary-res-{account}-{number:03d}-é",
            line_item_product_code=f"canary-svc-{account}-{number:03d}-é",
            resource_tags=json.dumps({"user_team": f"canary-tag-{account}-{number:03d}-é"}),
        )
        for number in range(60)
    ]


def finhouse(*arguments: str, expect: int = 0) -> str:
    """Give a command to the house of the settings; return what it says."""
    settings.cache_clear()
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == expect, f"{arguments}: {result.output}"
    return result.stdout if "--json" in arguments else result.output


@dataclass(frozen=True)
class Room:
    """A house, Dagster's instance and definitions of it, and the payer's bucket."""

    house: Installation
    instance: DagsterInstance
    defs: Definitions
    folder: Folder
    ids: dict[str, str] = field(default_factory=dict)
    """Company -> its id, by which it goes when it left."""

    def deliver(self, period: str, accounts: str, days: int) -> None:
        """Write the payer's month, so many days after the first time."""
        rows = [line for account in accounts.split() for line in bill(account, period)]
        put_cur2(self.folder, "daily", period, rows, submitted_at=NOON + timedelta(days=days))

    def sums(self) -> dict[str, Decimal]:
        """Return what readers see, by account."""
        asked = "select sub_account_id, sum(billed_cost) from fct_daily_costs group by all"
        return dict(self.house.ask(asked))

    def rows_of(self, company_id: str, mart: str = "fct_daily_costs") -> int:
        """Return how many rows of a mart are a company's."""
        [(rows,)] = self.house.ask(f"select count(*) from {mart} where company_id = '{company_id}'")
        return int(rows)

    def found(self, account: str) -> dict[str, set[str]]:
        """Return which of an account's words lie where in the data folder."""
        return found_in(self.house.root / "data", words(account), PROGRAMS)

    def drop(self, name: str, **event: str) -> None:
        """Drop one event of the platform."""
        drops = self.house.house.settings.drops
        drops.mkdir(exist_ok=True)
        said = {"event_id": f"event-{name}", "occurred_at": f"{RECENT}-03T09:00:00+09:00", **event}
        (drops / name).write_text(json.dumps(said) + "\n", "utf-8")

    def certified(self) -> list[tuple[str, int]]:
        """Return rule and deleted rows of each certificate."""
        told = json.loads(finhouse("retention", "certificates", "--json"))
        return [(each["rule"], each["deleted_rows"]) for each in told]

    def by_hand(self) -> list[tuple[str, int]]:
        """Run retention as its operator does; return what was certified."""
        before = len(self.certified())
        finhouse("retention", "run", "--yes")
        return self.certified()[before:]

    def by_the_clock(self) -> list[tuple[str, int]]:
        """Run retention as its schedule does; return what was certified."""
        before = len(self.certified())
        retain = self.defs.resolve_job_def("retain")
        result = retain.execute_in_process(instance=self.instance, raise_on_error=False)
        [check] = result.get_asset_check_evaluations()
        assert (result.success, check.passed, check.blocking) == (True, True, True)
        return self.certified()[before:]

    def ago(self, company_id: str, **time: int) -> None:
        """Let time pass since a company asked for something."""
        at = company_requests.c
        with self.house.house.registry.write() as tx:
            for kind, asked in tx.execute(
                company_requests.select()
                .with_only_columns(at.kind, at.requested_at)
                .where(at.company_id == company_id)
            ).all():
                is_it = (at.company_id == company_id) & (at.kind == kind)
                moved = asked - timedelta(**time)
                tx.execute(update(company_requests).where(is_it).values(requested_at=moved))


@pytest.fixture(scope="module")
def room(
    install: Callable[..., Installation], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Room]:
    """Three organizations of one payer and an account of nobody; five companies of one account."""
    installation = install()
    folder = Folder(tmp_path_factory.mktemp("bucket"))
    registry = installation.house.registry
    for name, account in (("Canary", CANARY), ("Held", HELD), ("Other", OTHER)):
        registry.organizations.add(name)
        registry.accounts.add("aws", account, name)
    installation.connect("main", folder.location, "cur2")
    with (
        pytest.MonkeyPatch.context() as patch,
        open_instance(installation.house.settings) as opened,
    ):
        patch.setenv("FINHOUSE_DATA_DIR", str(installation.root / "data"))
        settings.cache_clear()
        made = Room(installation, opened, code_location(), folder)
        for period in MONTHS:
            made.deliver(period, f"{CANARY} {HELD} {OTHER} {NOBODY}", 0)
        for name in COMPANIES:
            add_company(made, name, Folder(tmp_path_factory.mktemp("bucket")))
        login = {"email": "kim@example.com", "event_type": "login", "ip_address": "203.0.113.7"}
        made.drop("logins.jsonl", company_id=made.ids["Leaving"], **login)
        for name in ("Leaving", "Hasty"):
            paid = {"event_type": "paid", "payment_method": "card", "invoice_id": "i-1"}
            amount = {"billing_currency": "KRW", "payment_amount": "110000"}
            made.drop(f"payments-{name}.jsonl", company_id=made.ids[name], **paid, **amount)
        finhouse("refresh")
        yield made
    settings.cache_clear()


def add_company(room: Room, name: str, folder: Folder) -> None:
    plan, account, periods, months = COMPANIES[name]
    began = datetime.combine(add_months(utc_now().date(), -months), NOON.time(), UTC)
    then = replace(room.house.house.registry, now=lambda: began)
    room.ids[name] = then.companies.add(name, plan=plan).company_id
    then.organizations.add("Only", company=name)
    then.accounts.add("aws", account, "Only", company=name)
    then.connections.add(name, Source("aws", folder.location, "daily", "cur2"), company=name)
    for period in periods:
        put_cur2(folder, "daily", period, [cur_line(account, 1.0, period)])


@pytest.fixture(scope="module")
def morning(room: Room) -> tuple[set[tuple[str, ...]], list[tuple[str, int]]]:
    """What was due on the first day, and what the clock certified of it."""
    due = json.loads(finhouse("retention", "plan", "--due", "--json"))
    keys = ("rule", "company_id", "billing_period")
    return {tuple(each[key] for key in keys) for each in due}, room.by_the_clock()


def test_a_month_past_its_window_and_a_free_year_go_by_the_clock(
    room: Room, morning: tuple[set[tuple[str, ...]], list[tuple[str, int]]]
) -> None:
    window, free = room.ids["Window"], room.ids["Free"]
    due, certified = morning
    assert due == {("R1", window, OLD), ("R2", free, RECENT)}
    assert sorted(rule for rule, _ in certified) == ["R1", "R2"]
    months = f"select distinct billing_period from fct_daily_costs where company_id = '{window}'"
    assert room.house.ask(months) == [(RECENT,)]
    assert room.rows_of(free) == 0


def leave_traces(room: Room) -> None:
    """Put words where tools leave them: Dagster, dbt, DuckDB, checks, and what cannot be read."""
    said = [f"canary-{kind}-{CANARY}-000-é" for kind in ("res", "tag", "svc")]

    @op
    def speak(context: OpExecutionContext) -> None:
        context.log.info("refused: %s", said[0])

    @job
    def speaking() -> None:
        speak()

    run = speaking.execute_in_process(instance=room.instance)
    room.instance.add_dynamic_partitions("connections", [said[1]])
    layout = room.house.house.settings.layout
    for path in (
        layout.dagster_home / "storage" / run.run_id / "compute_logs" / "speak.out",
        layout.dbt / "logs" / "dbt.log",
        layout.spill / "left.tmp",
        layout.validations / "left.json",
    ):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(said[2], "utf-8")
    main = room.house.house.registry.connections.get("main", company="한빛상사 Hanbit")
    [known, *_] = deliveries.of_connection(room.house.house.registry, main.connection_id)
    key = (known.connection_id, known.billing_period, known.delivery_id)
    unread = f"select 'f' as file, 1 as line, 'CSV_RAGGED' as reason, '{said[1]}' as content"
    with duckdb.connect() as reader:
        quarantine.keep(layout, reader, key, NOON, unread, 1)


def rooms(found: dict[str, set[str]]) -> set[str]:
    """Return where words were found: the first folder, of landing also the quarantine."""
    places = {place for places in found.values() for place in places}
    aside = {place for place in places if place.startswith("landing/_quarantine/")}
    found_in_rooms = {place.split("/")[0] for place in places - aside}
    return found_in_rooms | {"/".join(place.split("/")[:2]) for place in aside}


@dataclass(frozen=True)
class Deleted:
    """An organization that went: where its words stood before, and what the run said."""

    before: dict[str, set[str]]
    sums: dict[str, Decimal]
    planned: str
    certified: list[tuple[str, int]]


@pytest.fixture(scope="module")
def deleted(room: Room, morning: object) -> Deleted:
    """Leave traces of an organization wherever there are any, and delete it."""
    finhouse(
        *("extract", "run", "monthly-costs", "--organization", "Canary", "--period", "2026-09"),
        *HERE,
    )
    leave_traces(room)
    before, sums = room.found(CANARY), room.sums()
    delete = ("organization", "delete", "Canary", *HERE)
    planned = finhouse(*delete, "--dry-run")
    finhouse(*delete, "--yes", "--reason", "sold")
    return Deleted(before, sums, planned, room.by_hand())


def test_a_deleted_organization_leaves_no_byte_and_takes_nobody_along(
    room: Room, deleted: Deleted
) -> None:
    before = deleted.before
    assert len(before) >= 0.99 * len(words(CANARY))
    assert rooms(before) == ROOMS
    assert any("tag" in word and "dagster" in str(places) for word, places in before.items())
    assert "int_charges" in deleted.planned
    [(rule, rows)] = deleted.certified
    assert (rule, rows > 2 * 60) == ("R11", True)
    assert room.found(CANARY) == {}
    left = {account: cost for account, cost in deleted.sums.items() if account != CANARY}
    assert room.sums() == left
    told = json.loads(finhouse("retention", "certificates", "--json"))[-1]
    assert told["level"] == "L2"
    assert told["searched_words"] >= 100
    assert "Canary" not in json.dumps(told)


@pytest.mark.usefixtures("deleted")
@pytest.mark.fault(
    "F98", "What was loaded meanwhile is dropped: nothing comes back after the certificate"
)
def test_late_files_replays_and_new_registrations_bring_nothing_back(room: Room) -> None:
    sums = room.sums()
    room.deliver("2026-09", f"{CANARY} {HELD} {OTHER} {NOBODY}", 9)
    registry = room.house.house.registry
    registry.organizations.add("Ninth", company="한빛상사 Hanbit")
    registry.accounts.add("aws", CANARY, "Ninth", company="한빛상사 Hanbit")
    outcomes = json.loads(finhouse("refresh", "--replay", "--json"))
    assert room.sums() == sums
    assert room.found(CANARY) == {}
    expired = {each["billing_period"] for each in outcomes if "PERIOD_EXPIRED" in each["message"]}
    assert expired >= {OLD}
    with room.house.lake() as lake:
        dropped = lake.execute(
            "select suppressed_charge_count from lake.intermediate.int_bills_conserved"
            " where suppressed_charge_count > 0 and billing_period = '2026-09'"
        ).fetchall()
    assert dropped == [(60,)]


@pytest.fixture(scope="module")
def evening(room: Room) -> list[str]:
    """Rules of what went by hand on a day when a trial ended, two companies left, one was held."""
    finhouse("hold", "add", "--organization", "Held", "--reason", "case 7", *HERE)
    finhouse("organization", "delete", "Held", "--yes", *HERE)
    assert "legal_hold" in finhouse("retention", "plan")
    for command, name in (("end-trial", "Trial"), ("withdraw", "Leaving"), ("withdraw", "Hasty")):
        assert "fct_daily_costs" in finhouse("company", command, name, "--dry-run")
        finhouse("company", command, name, "--yes")
    return [rule for rule, _ in room.by_hand()]


@pytest.fixture(scope="module")
def archive(room: Room, evening: list[str]) -> Path:
    """The backup of a company that left."""
    asked = ("request", "backup", room.ids["Hasty"])
    assert "fct_daily_costs" in finhouse(*asked, "--dry-run")
    return Path(json.loads(finhouse(*asked, "--json"))["file"])


@pytest.fixture(scope="module")
def months_later(room: Room, archive: Path) -> set[str]:
    """Rules of what went by the clock when all of it was due: by its term, or asked for early."""
    [hold] = json.loads(finhouse("hold", "list", "--json", *HERE))
    assert "R11" in finhouse("hold", "lift", hold["hold_id"], "--dry-run", *HERE)
    assert json.loads(finhouse("hold", "list", "--json", *HERE)) == [hold]
    finhouse("hold", "lift", hold["hold_id"], "--yes", *HERE)
    plan = json.loads(finhouse("retention", "plan", "--json"))
    [told] = [each for each in plan if each["rule"] == "R11"]
    assert (told["blocked_by"], told["is_due"]) == ("", False), "it goes within days, not at once"
    with room.house.house.registry.write() as tx:
        tx.execute(update(legal_holds).values(lifted_at=utc_now() - timedelta(days=2)))

    early = ("request", "early-deletion", room.ids["Hasty"])
    assert "int_charges" in finhouse(*early, "--dry-run")
    assert json.loads(finhouse(*early, "--yes", "--json"))["answer"] == "partial"
    for name, days in (("Trial", 92), ("Leaving", 190), ("Hasty", 3)):
        room.ago(room.ids[name], days=days)
    week = utc_now() - timedelta(days=8)
    archive.rename(archive.with_name(f"{room.ids['Hasty']}-{week:%Y%m%dT%H%M%SZ}.zip"))
    return {rule for rule, _ in room.by_the_clock()}


def test_a_hold_keeps_the_bytes(room: Room, evening: list[str]) -> None:
    assert "R11" not in evening
    assert len(room.found(HELD)) == len(words(HELD))


def test_an_ended_trial_gives_up_raw_files_at_once(room: Room, evening: list[str]) -> None:
    assert evening.count("R3") == 1
    trial = room.ids["Trial"]
    assert (room.rows_of(trial), room.rows_of(trial, "fct_daily_resource_costs")) == (1, 0)


def test_a_withdrawn_company_is_read_by_nobody(room: Room, evening: list[str]) -> None:
    assert "NOT_FOUND" in finhouse("organization", "list", "--company", "Leaving", expect=1)
    assert evening.count("separation") == 2
    assert room.rows_of(room.ids["Leaving"]) == 1
    assert room.rows_of(room.ids["Leaving"], "fct_payments") == 0


def test_a_backup_is_whole(room: Room, archive: Path) -> None:
    with zipfile.ZipFile(archive) as opened:
        manifest = json.loads(opened.read("manifest.json"))
        for file in manifest["files"]:
            assert hashlib.sha256(opened.read(file["name"])).hexdigest() == file["sha256"]
    rows = {file["name"]: file["rows"] for file in manifest["files"]}
    assert rows["fct_daily_costs.parquet"] == 1


def test_what_a_lifted_hold_kept_goes_within_days(room: Room, months_later: set[str]) -> None:
    assert "R11" in months_later
    assert room.found(HELD) == {}
    assert room.sums()[OTHER] == Decimal("3.66")


def test_the_rest_of_a_trial_goes_in_three_months(room: Room, months_later: set[str]) -> None:
    assert "R4" in months_later
    assert room.rows_of(room.ids["Trial"]) == 0


def test_what_left_goes_by_its_dates_but_for_what_a_law_keeps(
    room: Room, months_later: set[str]
) -> None:
    assert months_later == {"R4", "R5", "R6", "R7", "R10", "R11", "R14"}
    left = json.loads(finhouse("retention", "plan", "--json"))
    for name in ("Leaving", "Hasty"):
        company_id = room.ids[name]
        assert room.rows_of(company_id) + room.rows_of(company_id, "fct_member_activity") == 0
        assert [each["rule"] for each in left if each["company_id"] == company_id] == ["R8"]
    assert found_in(room.house.root / "data", ["event-logins"], PROGRAMS) == {}
    assert not list(room.house.house.settings.layout.backups.iterdir())


def test_certificates_that_were_touched_are_told(room: Room) -> None:
    assert "intact" in finhouse("retention", "verify")
    with room.house.house.registry.write() as tx:
        tx.execute(certificates.update().where(certificates.c.sequence == 1).values(document="{}"))
    assert "certificate 1 was changed" in finhouse("retention", "verify", expect=1)
    assert "CHAIN_BROKEN" in finhouse("retention", "run", "--yes", expect=1)
