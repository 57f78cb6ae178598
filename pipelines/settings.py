"""The only reader of environment variables."""

import os
from datetime import timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path

from pydantic import ByteSize, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from warehouse.layout import Layout

PROJECT = Path(__file__).resolve().parent.parent
DBT_PROJECT = PROJECT / "dbt_project"


class Settings(BaseSettings):
    """Every knob, each named `FINHOUSE_<NAME>` in the environment or in `.env`."""

    model_config = SettingsConfigDict(
        env_prefix="FINHOUSE_", env_file=".env", extra="ignore", hide_input_in_errors=True
    )

    data_dir: Path = Field(PROJECT / "data", description="Folder for everything the house writes.")
    registry_url: SecretStr | None = Field(
        None, description="SQLAlchemy URL of the registry. Default: SQLite in the data folder."
    )
    lake_catalog: SecretStr | None = Field(
        None,
        description="DuckLake catalog, e.g. postgres:dbname=finhouse. Default: SQLite file.",
    )
    lake_data: str | None = Field(None, description="Folder or bucket of the lake's Parquet files.")
    lake_encrypted: bool = Field(
        False,
        description="Whether a new lake encrypts its files, by keys in its catalog. It stays so.",
    )
    memory_limit: str = Field("3GB", description="DuckDB's memory limit per process.")
    threads: int | None = Field(None, description="DuckDB threads. Default: one per core.")
    question_memory: ByteSize = Field(
        ByteSize(1_000_000_000), description="DuckDB's memory limit for one question of a reader."
    )
    question_seconds: int = Field(60, description="Seconds that one question of a reader may take.")
    landing_retention_days: int = Field(
        40, description="Days a delivery is kept for replay after a newer one is published."
    )
    snapshot_retention_hours: int = Field(
        24, description="Hours that readers may keep an older snapshot of the lake."
    )
    retention_self_approved_bytes: int = Field(
        10_000_000_000,
        description="Bytes that go in a day without a second person's approval.",
    )
    retention_copy: Path | None = Field(
        None,
        description="Folder elsewhere that keeps the head of the chain of certificates, too.",
    )
    backup_dir: Path | None = Field(
        None,
        description="Folder elsewhere for backups of the house. Default: in the data folder.",
    )
    savings_fee_ratio: Decimal = Field(
        Decimal(0), ge=0, le=1, description="Share of realized savings that AutoSavings costs."
    )
    freshness_hours: int = Field(24, description="Age at which a connection counts as stale.")
    api_key: SecretStr | None = Field(
        None, description="Key of the member that commands act as. Default: nobody."
    )
    operator: bool = Field(
        False,
        description="Whether commands act as the operator of the installation, who may do all.",
    )
    alert_mail: SecretStr | None = Field(
        None, description="Apprise URL of the mail server that alerts go through, no recipient."
    )
    platform_drops: Path | None = Field(
        None,
        description="Folder where the platform drops its files. Default: in the data folder.",
    )

    postgres_url: SecretStr | None = Field(
        None,
        description="PostgreSQL database that serves the marts to members. Default: none.",
    )

    @property
    def layout(self) -> Layout:
        """The data folder's paths."""
        return Layout(self.data_dir.resolve())

    @property
    def drops(self) -> Path:
        """Where the platform drops logins, inquiries, invoices and payments."""
        return self.platform_drops or self.layout.platform

    @property
    def backups(self) -> Path:
        """Where backups of the house lie."""
        return self.backup_dir or self.layout.house_backups

    @property
    def registry(self) -> str:
        """SQLAlchemy URL of the registry."""
        given = self.registry_url
        return given.get_secret_value() if given else f"sqlite:///{self.layout.registry}"

    @property
    def catalog(self) -> str:
        """DuckLake catalog, as it follows `ducklake:`."""
        given = self.lake_catalog
        return given.get_secret_value() if given else f"sqlite:{self.layout.lake_catalog}"

    @property
    def landing_retention(self) -> timedelta:
        """How long a superseded delivery is kept for replay."""
        return timedelta(days=self.landing_retention_days)

    @property
    def snapshot_retention(self) -> timedelta:
        """How long readers may keep an older snapshot of the lake."""
        return timedelta(hours=self.snapshot_retention_hours)

    @property
    def bucket_options(self) -> dict[str, str]:
        """Region and endpoint of the lake's bucket, where the environment tells DuckDB of any."""
        region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
        host = os.environ.get("DUCKDB_S3_ENDPOINT")
        is_plain = os.environ.get("DUCKDB_S3_USE_SSL", "").lower() in {"false", "0"}
        scheme = "http" if is_plain else "https"
        found = {"region": region, "endpoint_url": host and f"{scheme}://{host}"}
        return {name: value for name, value in found.items() if value}

    @property
    def dbt_environment(self) -> dict[str, str]:
        """What dbt_project/profiles.yml and the macros read from dbt's environment."""
        layout = self.layout
        kind, _, address = self.catalog.partition(":")
        return {
            "FINHOUSE_DBT_CATALOG_KIND": kind,
            # dbt blots out of what it says the whole value of a variable that is named so.
            "DBT_ENV_SECRET_CATALOG": address,
            "FINHOUSE_DBT_DATA": self.lake_data or str(layout.lake_data),
            "FINHOUSE_DBT_ENCRYPTED": str(int(self.lake_encrypted)),
            "FINHOUSE_DBT_EXTENSIONS": str(layout.extensions),
            "FINHOUSE_DBT_LANDING": str(layout.landing),
            "FINHOUSE_DBT_MEMORY_LIMIT": self.memory_limit,
            "FINHOUSE_DBT_SPILL": str(layout.models_spill),
            "DBT_TARGET_PATH": str(layout.dbt / "target"),
            "DBT_LOG_PATH": str(layout.dbt / "logs"),
            "DBT_PROFILES_DIR": str(DBT_PROJECT),
            "DO_NOT_TRACK": "1",
        }

    @property
    def freshness(self) -> timedelta:
        """Age at which a connection counts as stale."""
        return timedelta(hours=self.freshness_hours)


@cache
def settings() -> Settings:
    """Return the process's settings, read once."""
    return Settings()


def secret(reference: str) -> str:
    """Return what `env:NAME` or `file:PATH` points to: the registry keeps no secret itself.

    Raises ValueError that says what to set; never quotes a value.
    """
    kind, _, name = reference.partition(":")
    if kind == "env" and name in os.environ:
        return os.environ[name]
    if kind == "file" and Path(name).is_file():
        return Path(name).read_text(encoding="utf-8")
    missing = {"env": f"Set the environment variable {name}.", "file": f"Create the file {name}."}
    raise ValueError(missing.get(kind, "Write a secret as env:NAME or file:PATH."))
