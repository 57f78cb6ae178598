"""What a cloud's administrator is given, so that bills can be read and nothing else."""

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pipelines.providers.contract import BillError


@dataclass(frozen=True)
class Onboarding:
    """What a template is asked for; what is left empty its reader fills in."""

    location: str = ""
    export_name: str = ""
    options: Mapping[str, str] = field(default_factory=dict)
    """The connection's own, where the provider knows them before it is connected."""
    with_purchases: bool = False


def refuse_purchases(asked: Onboarding, provider: str) -> None:
    """Refuse a template with permissions to buy where the house buys nothing."""
    if asked.with_purchases:
        raise BillError("OPTION", "--purchases", f"{provider} has no separate permissions to buy.")


def shell_script(values: Mapping[str, str], body: Path) -> str:
    """Put values before a script's body, quoted: what somebody typed never becomes a command."""
    given = "\n".join(f"{name}={shlex.quote(value)}" for name, value in values.items())
    return "#!/usr/bin/env bash\n" + body.read_text("utf-8").replace("# VALUES", given, 1)
