"""Manifests as JSON, read with distrust, and short names for what they announce."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from pipelines.providers.contract import BillError


def load_object(raw: bytes, where: str) -> Mapping[str, Any]:
    """Read a JSON object; BillError MANIFEST_UNREADABLE for anything else or a doubled name."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        content = dict(pairs)
        if len(content) != len(pairs):
            raise ValueError("one name stands twice in an object")
        return content

    try:
        content = json.loads(raw, object_pairs_hook=once)
        # Half a character, which JSON can escape, can be neither printed nor stored.
        json.dumps(content, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise unreadable(where, f"{type(error).__name__}: {error}"[:200]) from None
    if not isinstance(content, dict):
        raise unreadable(where, "it is not a JSON object")
    return content


def unreadable(where: str, what: str) -> BillError:
    """Say that a manifest cannot be understood."""
    return BillError(
        "MANIFEST_UNREADABLE",
        where,
        f"{what}.",
        "The next delivery replaces it; nothing is loaded.",
    )


def short_hash(*parts: str) -> str:
    """Identify content in 16 letters."""
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]
