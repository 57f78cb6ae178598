"""Bills of the sample company for tests: which months, and what lies where."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from pipelines.providers.contract import BillingPeriod
from pipelines.providers.sample import SampleSpec, exports_named
from pipelines.providers.sample_bills import Sample, WrittenExport

AS_OF = datetime(2026, 9, 10, 12, tzinfo=UTC)
UNTIL = BillingPeriod.parse("2026-09")
MakeBills = Callable[..., WrittenExport]


def spec_of(sample: Sample[Any], key: str, **more: Any) -> SampleSpec:
    """Return the smallest spec of one export."""
    return SampleSpec(
        **{"as_of": AS_OF, "until": UNTIL, "rows": 1, **more},
        exports=exports_named(sample.exports, [key]),
    )


def maker(sample: Sample[Any], folders: pytest.TempPathFactory, **usual: Any) -> MakeBills:
    """Return a function that tells what an export delivered; the same bill is made once."""

    @cache
    def made(key: str, **more: Any) -> WrittenExport:
        spec = spec_of(sample, key, **{**usual, **more})
        return sample.write(folders.mktemp("bills"), spec, threads=2)[0]

    return made


def files(root: Path) -> dict[str, bytes]:
    """Return the files below a folder."""
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }
