"""`finhouse import`: organizations, members and accounts from one file."""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Final

import typer
import yaml

from pipelines.cli.output import AsJson, InCompany, Reason, open_settings_registry, show_all
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
    lines = read_lines(file)
    events = apply_lines(
        open_settings_registry(), lines, company=company, reason=reason, dry_run=dry_run
    )
    show_all([asdict(event) for event in events], COLUMNS, as_json=as_json)
    said = "would change" if dry_run else "changed"
    typer.echo(f"{len(lines)} lines: {len(events)} things {said}.", err=True)


def read_lines(file: Path) -> list[Line]:
    """Read what a CSV or YAML file asks for. Raises ImportRefusedError that names the line."""
    try:
        is_yaml = file.suffix.lower() in (".yaml", ".yml")
        return list(_yaml_lines(file) if is_yaml else _csv_lines(file))
    except UnicodeDecodeError:
        advice = "This is not UTF-8 text. Save it as CSV UTF-8, then try again."
        raise ImportRefusedError({1: advice}) from None
    except RecursionError:
        raise ImportRefusedError({1: "Its lists are nested too deep."}) from None


def _csv_lines(file: Path) -> Iterator[Line]:
    with file.open(encoding="utf-8-sig", newline="") as text:
        records = _records(text)
        header = [name.strip().lower() for name in next(records, (1, []))[1]]
        known = {"kind"}.union(*FIELDS.values())
        if "kind" not in header or not known.issuperset(header) or len({*header}) < len(header):
            problem = f"The columns must be kind and some of {', '.join(sorted(known - {'kind'}))}."
            raise ImportRefusedError({1: problem})
        for number, record in records:
            if not any(value.strip() for value in record):
                continue
            if len(record) > len(header):
                yield Line(number, "record with more values than columns", {})
                continue
            values = {
                name: value.strip()
                for name, value in zip(header, record, strict=False)
                if value.strip()
            }
            yield Line(number, values.pop("kind", ""), values)


def _records(text: Iterable[str]) -> Iterator[tuple[int, list[str]]]:
    """Number each record by its first line: a value may span lines."""
    rows = csv.reader(text)
    first = 1
    try:
        for row in rows:
            yield first, row
            first = rows.line_num + 1
    except csv.Error as error:
        raise ImportRefusedError({first: f"This is no CSV: {error}."}) from error


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
