"""Every path the house writes to. Nothing else builds one."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from warehouse.scope import UNASSIGNED

NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
BY_TABLE: Final = "by_table"
"""The files of a database: each of its tables has a class of its own."""
DATA_CLASSES: Final[Mapping[str, str]] = {
    "root": "control",
    "registry": BY_TABLE,
    "lake_catalog": BY_TABLE,
    "lake_data": BY_TABLE,
    "landing": "raw",
    "arriving": "raw",
    "quarantine": "raw",
    "registry_snapshot": "registration",
    "plan": "run_metadata",
    "applied_assignments": "registration",
    "platform": BY_TABLE,
    "landed_platform": BY_TABLE,
    "withheld": "withheld",
    "spill": "run_metadata",
    "dbt": "run_metadata",
    "models_spill": "run_metadata",
    "dagster_home": "run_metadata",
    "extracts": "extract",
    "serving": BY_TABLE,
    "building": BY_TABLE,
    "built_files": "run_metadata",
    "digests": "run_metadata",
    # Published by the clouds, and nobody's.
    "prices": "control",
    "lake_lock": "control",
    "extensions": "control",
    "retention": "control",
    "validations": "run_metadata",
    "backups": "backup",
    "house_backups": "backup",
    # Stands for the customer's own bucket.
    "sample": "control",
}
"""Place in the data folder -> the data class of what lies there."""


@dataclass(frozen=True, order=True)
class Holder:
    """Whose files they are: an organization's, or, without one, a whole company's."""

    company_id: str
    organization_id: str = ""

    @property
    def folder(self) -> str:
        """The folder of his extracts. Every company has an `unassigned`: they must not meet."""
        if self.organization_id == UNASSIGNED:
            return f"{UNASSIGNED}-{self.company_id}"
        return self.organization_id or self.company_id


@dataclass(frozen=True)
class Layout:
    """The data folder. Every byte the house keeps on local disk lies under `root`."""

    root: Path

    @property
    def registry(self) -> Path:
        """The control plane's default SQLite file."""
        return self.root / "registry.sqlite"

    @property
    def landing(self) -> Path:
        """The providers' bytes: `<connection>/<billing period>/<delivery>/data/...`."""
        return self.root / "landing"

    @property
    def arriving(self) -> Path:
        """Deliveries being fetched. Nothing reads here; leftovers of a kill are swept."""
        return self.landing / "_arriving"

    def delivery(self, connection_id: str, billing_period: str, delivery_id: str) -> Path:
        """The folder of one landed delivery. It appears whole, by one rename."""
        return self.landing / connection_id / billing_period / delivery_id

    def delivered_folders(self) -> list[Path]:
        """Return the folders of all landed deliveries."""
        # What is no delivery begins with an underscore.
        return sorted(path for path in self.landing.glob("[!_]*/*/*/") if path.is_dir())

    @property
    def quarantine(self) -> Path:
        """Rows of refused deliveries that could not be read, laid out like landing."""
        return self.landing / "_quarantine"

    def quarantined(self, connection_id: str, billing_period: str, delivery_id: str) -> Path:
        """The folder of one delivery's unreadable rows."""
        return self.quarantine / connection_id / billing_period / delivery_id

    @property
    def plan(self) -> Path:
        """The deliveries the next dbt run loads, read by the models as a source."""
        return self.landing / "_plan.json"

    @property
    def registry_snapshot(self) -> Path:
        """The registry's tables as Parquet, written before each dbt run."""
        return self.landing / "_registry"

    @property
    def applied_assignments(self) -> Path:
        """Which accounts were whose when the numbers were last computed."""
        return self.landing / "_assignments.parquet"

    @property
    def platform(self) -> Path:
        """Default folder where the platform drops logins, inquiries, invoices and payments."""
        return self.root / "platform"

    @property
    def landed_platform(self) -> Path:
        """What was dropped, read and typed: `<dataset>/<hash>.parquet`."""
        return self.landing / "_platform"

    @property
    def withheld(self) -> Path:
        """Billing records of withdrawn companies: `<token of the company>/<dataset>.parquet`."""
        return self.root / "withheld"

    @property
    def lake_catalog(self) -> Path:
        """DuckLake's default SQLite catalog."""
        return self.root / "lake" / "catalog.sqlite"

    @property
    def lake_data(self) -> Path:
        """DuckLake's Parquet files."""
        return self.root / "lake" / "data"

    @property
    def lake_lock(self) -> Path:
        """Held by the one writer of the lake."""
        return self.root / "lake" / "writer.lock"

    @property
    def extensions(self) -> Path:
        """DuckDB extensions, unpacked from their wheels."""
        return self.root / "duckdb_extensions"

    @property
    def spill(self) -> Path:
        """DuckDB's temporary files."""
        return self.root / "spill"

    @property
    def dbt(self) -> Path:
        """dbt's target and logs."""
        return self.root / "dbt"

    @property
    def models_spill(self) -> Path:
        """Temporary files of the database that dbt works in."""
        return self.dbt / "spill"

    @property
    def dagster_home(self) -> Path:
        """Dagster's runs, events and schedules."""
        return self.root / "dagster"

    @property
    def sample(self) -> Path:
        """The sample company's bills, laid out as the providers lay them out."""
        return self.root / "sample"

    @property
    def extracts(self) -> Path:
        """Finance files: `<holder>/<billing period>/<name>`."""
        return self.root / "extracts"

    @property
    def serving(self) -> Path:
        """What readers open: a file per company, and beside it a folder of its organizations'."""
        return self.root / "serving"

    @property
    def building(self) -> Path:
        """Files being built. Nobody reads here; leftovers of a kill are swept."""
        return self.serving / "_building"

    @property
    def built_files(self) -> Path:
        """Which snapshot the files are of, and a fingerprint of what is in each."""
        return self.serving / "_built.json"

    @property
    def digests(self) -> Path:
        """What the marts' months were made of when they were served last, and their digests."""
        return self.serving / "_digests.json"

    def due(self, company_id: str) -> Path:
        """What of a company goes when, for the notebook that shows it."""
        return self.spill / f"due-{_as_name(company_id)}.json"

    @property
    def prices(self) -> Path:
        """Published prices that were loaded: `<provider>/<hash of offer and day>.parquet`."""
        return self.root / "prices"

    @property
    def backups(self) -> Path:
        """Archives that companies asked for: `<company>-<instant>.zip`. They go after days."""
        return self.root / "backups"

    @property
    def house_backups(self) -> Path:
        """Default folder of the operator's backups of all of it: `<instant>/`."""
        return self.root / "house_backups"

    def aside(self, word: str) -> Path:
        """Return a place beside the data folder, from where one rename makes it the data folder."""
        return self.root.with_name(f"{self.root.name}.{word}")

    @property
    def retention(self) -> Path:
        """The key of the certificates' tokens, and a copy of the head of their chain."""
        return self.root / "retention"

    @property
    def validations(self) -> Path:
        """What the gates found: one file of counts and column names per load."""
        return self.root / "validations"

    def extract(self, holder: Holder, billing_period: str, name: str) -> Path:
        """One finance file."""
        return self.extracts / holder.folder / billing_period / name

    def organization_file(self, company_id: str, organization_id: str) -> Path:
        """The published file of one organization: in its company's folder, as is `unassigned`."""
        return self.serving / _as_name(company_id) / f"{_as_name(organization_id)}.duckdb"

    def company_file(self, company_id: str) -> Path:
        """The published file of a whole company."""
        return self.serving / f"{_as_name(company_id)}.duckdb"


def _as_name(identifier: str) -> str:
    """Refuse an id that would lead elsewhere: ids stand in rows, and rows come from outside."""
    if not NAME.fullmatch(identifier):
        raise ValueError(f"{identifier!r} cannot name a file: an id is made of a-z, 0-9, - and _.")
    return identifier
