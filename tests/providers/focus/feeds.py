"""Write FOCUS feeds, tiny ones, into a folder or a bucket."""

import gzip
import io
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, Protocol

import polars as pl

NOON = datetime(2026, 10, 1, 12, tzinfo=UTC)


class Bills(Protocol):
    """Where feeds are written to."""

    def put(self, key: str, content: bytes) -> None:
        """Write a file."""


def line(account: str, cost: float | str, period: str = "2026-09", **more: Any) -> dict[str, Any]:
    """One usage line, all columns that a ledger row needs."""
    return {
        "BillingAccountId": "0042",
        "BillingCurrency": "USD",
        "BillingPeriodStart": f"{period}-01T00:00:00Z",
        "SubAccountId": account,
        "ChargeCategory": "Usage",
        "ChargePeriodStart": f"{period}-01T00:00:00Z",
        "ChargePeriodEnd": f"{period}-01T01:00:00Z",
        "BilledCost": cost,
        "EffectiveCost": cost,
        "ServiceName": "오브젝트 스토리지",
        **more,
    }


def put_month(
    bills: Bills,
    period: str,
    rows: Sequence[dict[str, Any]],
    *,
    version: int = 1,
    file_type: str = "csv",
    parts: int = 2,
    manifest: bool = True,
    **said: Any,
) -> list[str]:
    """Write a month of the export `feed`; return the keys, manifest last. `said` overrules it."""
    frame = pl.DataFrame(rows, infer_schema_length=None)
    size = -(-max(frame.height, 1) // parts)
    keys, files = [], []
    for number in range(parts):
        part = frame.slice(number * size, size)
        content = _encoded(part, file_type)
        name = f"비용 {number + 1}.{file_type}"
        keys.append(f"feed/{period}/{name}")
        bills.put(keys[-1], content)
        files.append(
            {
                "name": name,
                "rows": part.height,
                "bytes": len(content),
                "sha256": sha256(content).hexdigest(),
            }
        )
    if manifest:
        at = NOON + timedelta(hours=version)
        keys.append(f"feed/{period}/manifest.json")
        content = {"submitted_at": at.isoformat(), "files": files} | said
        bills.put(keys[-1], json.dumps(content, ensure_ascii=False).encode())
    return keys


def _encoded(frame: pl.DataFrame, file_type: str) -> bytes:
    out = io.BytesIO()
    if file_type == "parquet":
        frame.write_parquet(out)
        return out.getvalue()
    frame.write_csv(out)
    return gzip.compress(out.getvalue(), mtime=0) if file_type == "csv.gz" else out.getvalue()
