"""One archive of what still exists of a company: Parquet, and a manifest with counts and hashes."""

import hashlib
import json
import tempfile
import zipfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from warehouse.backups import shelf
from warehouse.lake import Lake
from warehouse.layout import Layout
from warehouse.registry import deliveries
from warehouse.registry.database import Database
from warehouse.registry.organizations import organizations_of
from warehouse.registry.suppression import purged, suppressed_organizations
from warehouse.retention.certificates import read_chain
from warehouse.retention.dates import local_date
from warehouse.retention.policy import Policy, RetentionError
from warehouse.retention.requests import backup_file_gone_before
from warehouse.scope import MARTS, Scope

MANIFEST = "manifest.json"


def write_backup(
    registry: Database, lake: Lake, policy: Policy, company_id: str, now: datetime
) -> Path:
    """Write the archive of a company's marts and return it. It is deleted days later by itself.

    Deleted organizations are not in it, nor months whose term is over: the manifest names those.
    """
    served = deliveries.published_snapshot(registry)
    if served is None:
        raise RetentionError("NOTHING_TO_KEEP: nothing was ever published, so there is no data.")
    with registry.read() as tx:
        gone, over = suppressed_organizations(tx), purged(tx, company_id)
    scope = Scope.company(company_id, organizations_of(registry, company_id) - gone)
    target = lake.layout.backups / f"{company_id}-{now:%Y%m%dT%H%M%SZ}.zip"
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        files = [*_exported(lake, served[0], scope, Path(folder))]
        manifest = {
            "company_id": company_id,
            "made_at": now.isoformat(),
            "deleted_before": str(backup_file_gone_before(policy, local_date(now, policy))),
            "files": files,
            "gone_billing_periods": sorted(over),
        }
        arriving = Path(folder) / target.name
        with zipfile.ZipFile(arriving, "w", zipfile.ZIP_STORED) as archive:
            archive.writestr(MANIFEST, json.dumps(manifest, ensure_ascii=False, indent=2))
            for file in files:
                archive.write(Path(folder) / file["name"], file["name"])
        arriving.replace(target)
    return target


def _exported(lake: Lake, snapshot_id: int, scope: Scope, folder: Path) -> Iterator[dict[str, Any]]:
    with lake.connect(snapshot_id) as connection:
        for mart in sorted(MARTS):
            cut = scope.relation(mart)
            path = folder / f"{mart}.parquet"
            # COPY binds no values.
            connection.execute(
                f"create or replace temp table kept as from {cut.sql}", dict(cut.values)
            )
            connection.execute(f"copy kept to '{str(path).replace(chr(39), chr(39) * 2)}'")
            [(rows,)] = connection.execute("select count(*) from kept").fetchall()
            sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
            yield {"name": path.name, "rows": rows, "sha256": sha256}


def delete_backups(layout: Layout, policy: Policy, now: datetime) -> int:
    """Delete the archives whose days are over; return how many."""
    today, deleted = local_date(now, policy), 0
    for path in layout.backups.glob("*.zip"):
        made = datetime.strptime(f"{path.stem.rpartition('-')[2]}+0000", "%Y%m%dT%H%M%SZ%z")
        last = backup_file_gone_before(policy, local_date(made, policy)) - timedelta(days=1)
        if today >= last:
            path.unlink()
            deleted += 1
    return deleted


def delete_house_backups(registry: Database, folder: Path, policy: Policy, now: datetime) -> None:
    """Delete backups of the house that hold what went since, and old ones but for the newest."""
    with registry.read() as tx:
        chain = read_chain(tx)
    if chain:
        last: str = json.loads(chain[-1].document)["gone_at"]
        shelf.delete_made_before(folder, datetime.fromisoformat(last))
    shelf.delete_outlived(folder, now - timedelta(days=policy.terms.backup_file_days))
