"""The offer files of the AWS Price List: of Savings Plans, and of services that are reserved.

Both kinds come as CSV, after five lines about the file, and as JSON.
"""

import csv
from itertools import islice
from pathlib import Path
from typing import Final

import duckdb

from pipelines.providers.aws import reserved_offers, savings_plan_offers
from pipelines.providers.contract import BillError, OfferFile

ABOUT_LINES: Final = 5


def offer_file(path: Path) -> OfferFile:
    """Return how an offer file is read, and what its publisher calls it.

    Raises BillError for a file that offers neither Savings Plans nor reservations.
    """
    return _json(path) if path.suffix == ".json" else _csv(path)


def _csv(path: Path) -> OfferFile:
    about, header = _about(path)
    code = about.get("OfferCode", path.name)
    is_reserved = "TermType" in header
    columns = reserved_offers.COLUMNS if is_reserved else savings_plan_offers.COLUMNS
    missing = [column for column in columns if column not in header]
    if missing or "Publication Date" not in about:
        raise _unfit(path, f"{', '.join(missing) or 'its date'} is missing.")
    source = _source(code, about["Publication Date"])
    if not is_reserved:
        return savings_plan_offers.csv_rates(path, source)
    return reserved_offers.csv_rates(path, _reserved(path, code), source, header)


def _json(path: Path) -> OfferFile:
    try:
        with duckdb.connect(config={"autoinstall_known_extensions": "false"}) as connection:
            found = connection.execute(
                "select json_type(products), offerCode, publicationDate,"
                " products ->> '$[0].productFamily'"
                " from read_json($path, maximum_object_size = 2147483648, columns ="
                " {products: 'json', offerCode: 'varchar', publicationDate: 'varchar'})",
                {"path": str(path)},
            ).fetchone()
    except duckdb.Error as error:
        raise _unfit(path, "it is no JSON.") from error
    kind, code, published, family = found or (None, None, None, None)
    if kind == "ARRAY" and family in savings_plan_offers.PROGRAMS:
        return savings_plan_offers.json_rates(path, _source(family, published))
    if kind == "OBJECT" and published:
        service = _reserved(path, code or "")
        return reserved_offers.json_rates(path, service, _source(service, published))
    raise _unfit(path, "no product of it is a Savings Plan or a service.")


def _reserved(path: Path, code: str) -> str:
    if code not in reserved_offers.PROGRAMS:
        known = ", ".join(reserved_offers.PROGRAMS)
        raise _unfit(path, f"{code or 'it'} is not reserved by machines; {known} are.")
    return code


def _source(code: str, published: str) -> str:
    return f"AWS Price List {code}, {published[:10]}"


def _unfit(path: Path, what: str) -> BillError:
    return BillError(
        "SCHEMA",
        str(path),
        f"No offer file of commitments: {what}",
        "Fetch index.csv of an offer such as AWSComputeSavingsPlan or AmazonEC2 from the AWS Price"
        " List.",
    )


def _about(path: Path) -> tuple[dict[str, str], list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        lines = list(islice(csv.reader(file), ABOUT_LINES + 1))
    about = {line[0]: line[1] for line in lines[:ABOUT_LINES] if len(line) > 1}
    return about, lines[-1] if len(lines) > ABOUT_LINES else []
