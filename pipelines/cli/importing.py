"""`finhouse import`: organizations, members and accounts from one file."""

import csv
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Final

import typer
import yaml

from pipelines.cli.output import AsJson, InCompany, Reason, open_settings_registry, refuse, show_all
from warehouse.registry.bulk import FIELDS, Line, apply_lines
from warehouse.registry.errors import ImportRefusedError

COLUMNS: Final = ("event_type", "organization_id", "before", "after")
PLURAL: Final = {f"{kind}s": kind for kind in FIELDS}


def import_file(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="CSV or YAML.")],
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would change, and change nothing.")
    ] = False,
    company: InCompany = None,
    reason: Reason = "",
    as_json: AsJson = False,
) -> None:
    """Bring in organizations, members and accounts: the whole file, or nothing of it.

    A CSV has a column `kind`; a YAML has lists of organizations, members and accounts. What is
    so already is left alone. Every bad line is named.

    Example: finhouse import people.csv --dry-run
    """
    try:
        is_yaml = file.suffix.lower() in (".yaml", ".yml")
        lines = list(_yaml_lines(file) if is_yaml else _csv_lines(file))
    except UnicodeDecodeError:
        refuse(f"{file} is not UTF-8 text. Save it as CSV UTF-8, then try again.")
    events = apply_lines(
        open_settings_registry(), lines, company=company, reason=reason, dry_run=dry_run
    )
    show_all([asdict(event) for event in events], COLUMNS, as_json=as_json)
    said = "would change" if dry_run else "changed"
    typer.echo(f"{len(lines)} lines: {len(events)} things {said}.", err=True)


def _csv_lines(file: Path) -> Iterator[Line]:
    with file.open(encoding="utf-8-sig", newline="") as text:
        rows = csv.reader(text)
        header = [name.strip().lower() for name in next(rows, [])]
        known = {"kind"}.union(*FIELDS.values())
        if "kind" not in header or not known.issuperset(header) or len({*header}) < len(header):
            problem = f"The columns must be kind and some of {', '.join(sorted(known - {'kind'}))}."
            raise ImportRefusedError({1: problem})
        first = rows.line_num + 1
        for row in rows:
            # A value may span lines: the record is named by its first.
            number, first = first, rows.line_num + 1
            if not any(value.strip() for value in row):
                continue
            if len(row) > len(header):
                yield Line(number, "record with more values than columns", {})
                continue
            values = {
                name: value.strip()
                for name, value in zip(header, row, strict=False)
                if value.strip()
            }
            yield Line(number, values.pop("kind", ""), values)


def _yaml_lines(file: Path) -> Iterator[Line]:
    """Read the text of every value as it stands: `012345678901` is no octal number here."""
    try:
        root = yaml.compose(file.read_text("utf-8-sig"), Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise ImportRefusedError({mark.line + 1 if mark else 1: "This is not YAML."}) from error
    for key, entries in _pairs(root):
        kind = PLURAL.get(key.value)
        if kind is None or not isinstance(entries, yaml.SequenceNode):
            problem = f"{key.value!r} is none of the lists {', '.join(PLURAL)}."
            raise ImportRefusedError({_number(key): problem})
        for entry in entries.value:
            values: dict[str, str] = {}
            for name, value in _pairs(entry):
                if not isinstance(value, yaml.ScalarNode) or name.value in values:
                    raise ImportRefusedError({_number(name): f"{name.value!r} is no one value."})
                if value.tag != "tag:yaml.org,2002:null" and value.value.strip():
                    values[name.value] = value.value.strip()
            yield Line(_number(entry), kind, values)


def _pairs(node: yaml.Node | None) -> list[tuple[yaml.ScalarNode, yaml.Node]]:
    if not isinstance(node, yaml.MappingNode) or not all(
        isinstance(key, yaml.ScalarNode) for key, _ in node.value
    ):
        raise ImportRefusedError({_number(node): "Names and their values must stand here."})
    return list(node.value)


def _number(node: yaml.Node | None) -> int:
    return node.start_mark.line + 1 if node is not None else 1
