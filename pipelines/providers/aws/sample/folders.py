"""Where AWS puts a delivery's files and manifests, and what the manifests say."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from pipelines.providers.aws.sample.company import BUCKET, Export
from pipelines.providers.aws.sample.printing import glue_type, legacy_type
from pipelines.providers.sample import BillState, digest
from pipelines.providers.sample_bills import Bill, announce, stamp

MANIFEST_DELAY = timedelta(minutes=2)
"""A manifest comes after all its files."""


@dataclass(frozen=True)
class DeliveryFolder:
    """One delivery's places in the bucket, as keys and as local paths."""

    bill: Bill[Export]

    @property
    def export(self) -> Export:
        """The export that delivers."""
        return self.bill.export

    @property
    def state(self) -> BillState:
        """What AWS knew when it delivered."""
        return self.bill.state

    @property
    def execution(self) -> str:
        """AWS's id of this run, the same for the same delivery."""
        state = self.state
        at = state.delivered_at.isoformat()
        name = digest(self.bill.spec.seed, self.export.key, state.period, at)
        return str(UUID(name[:32], version=4))

    @property
    def run_folder(self) -> str:
        """The folder that tells executions apart; empty when each overwrites the last."""
        if self.export.overwrites:
            return ""
        if self.export.dataset == "cur1":
            return f"{self.execution}/"
        at = self.state.delivered_at
        return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z-{self.execution}/"

    @property
    def _home(self) -> str:
        return f"{self.export.key}/{self.export.name}/"

    @property
    def data(self) -> str:
        """Key of the folder of the data files."""
        if self.export.dataset == "cur1":
            return f"{self._dates}{self.run_folder}"
        return f"{self._home}data/BILLING_PERIOD={self.state.period}/{self.run_folder}"

    @property
    def _dates(self) -> str:
        period = self.state.period
        return f"{self._home}{period.start:%Y%m%d}-{period.end:%Y%m%d}/"

    @property
    def manifests(self) -> list[str]:
        """Keys of the manifests: the kept one of a run first, the current one last."""
        current = (
            self._dates
            if self.export.dataset == "cur1"
            else f"{self._home}metadata/BILLING_PERIOD={self.state.period}/"
        )
        folders = [f"{current}{self.run_folder}", current] if self.run_folder else [current]
        return [f"{folder}{self.export.name}-Manifest.json" for folder in folders]

    def file(self, number: int) -> str:
        """Key of the data file of a number, from 1."""
        return f"{self.data}{self.export.name}-{number:05d}.{self.export.extension}"

    def path(self, key: str) -> Path:
        """Return a key's local path."""
        return self.bill.root / key

    def announce(self, keys: list[str], columns: Mapping[str, str]) -> None:
        """Write the manifests, after the files and newer than they."""
        say = self._legacy if self.export.dataset == "cur1" else self._data_export
        content = json.dumps(say(keys, columns), ensure_ascii=False, indent=2) + "\n"
        at = self.state.delivered_at
        stamp(map(self.path, keys), at - MANIFEST_DELAY)
        for manifest in self.manifests:
            announce(self.path(manifest), content, at)

    def _data_export(self, keys: list[str], columns: Mapping[str, str]) -> dict[str, object]:
        payer_id = self.bill.accounts[0].account_id
        return {
            "exportArn": f"arn:aws:bcm-data-exports:us-east-1:{payer_id}:export/"
            f"{self.export.name}-{payer_id}",
            "exportName": self.export.name,
            "executionId": self.execution,
            "columns": [{"name": name, "type": glue_type(kind)} for name, kind in columns.items()],
            "contentType": "Parquet" if self.export.file_type == "parquet" else "text/csv",
            "compression": "PARQUET" if self.export.file_type == "parquet" else "GZIP",
            "dataFiles": [f"s3://{BUCKET}/{key}" for key in keys],
            "additionalOutputFiles": [],
        }

    def _legacy(self, keys: list[str], columns: Mapping[str, str]) -> dict[str, object]:
        period = self.state.period
        named = [(*name.split("/", 1), legacy_type(kind)) for name, kind in columns.items()]
        return {
            "assemblyId": self.execution,
            "account": self.bill.accounts[0].account_id,
            "columns": [
                {"category": category, "name": name, "type": kind} for category, name, kind in named
            ],
            "charset": "UTF-8",
            "compression": "GZIP",
            "contentType": "text/csv",
            "reportId": digest(self._home),
            "reportName": self.export.name,
            "billingPeriod": {
                "start": f"{period.start:%Y%m%d}T000000.000Z",
                "end": f"{period.end:%Y%m%d}T000000.000Z",
            },
            "bucket": BUCKET,
            "reportKeys": keys,
            "additionalArtifactKeys": [],
        }
