"""Azure's prices of commitments: pages of the Retail Prices API, and the price sheet as landed.

Both are looked up by meter, which a bill names too. A reservation's price is that of its whole
term, also where it is paid monthly, which costs the same; a savings plan's is that of an hour.
Source: Microsoft Learn, "Azure Retail Prices overview", api-version 2023-01-01-preview: no other
tells savings plans.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from urllib.parse import urljoin, urlsplit

import requests
from urllib3.util import Retry

from pipelines.providers.contract import BilledUse, BillError, OfferFile
from pipelines.providers.pacing import paced

SAVINGS_PLAN: Final = "COMPUTE_SAVINGS_PLAN"
RESERVATION: Final = "RESERVATION"
MONTHLY: Final = "No Upfront"
TERM_HOURS: Final = 8760
TIMEOUT_SECONDS: Final = 60
_RETRIES: Final = Retry(5, backoff_factor=2, status_forcelist=(429, 500, 502, 503, 504))
_ITEM: Final = (
    "struct(currencyCode varchar, tierMinimumUnits double, unitPrice varchar, meterId varchar,"
    " unitOfMeasure varchar, type varchar, reservationTerm varchar,"
    ' savingsPlan struct(unitPrice varchar, "term" varchar)[])'
)
_PAGES: Final = f"""
    with
        items as (
            select unnest(Items) as item
            from read_json($path, columns = {{'Items': '{_ITEM.replace("'", "''")}[]'}},
                maximum_object_size = 268435456)
        ),
        priced as (
            select '{SAVINGS_PLAN}' as program, plan."term" as years, item,
                cast(plan.unitPrice as decimal(38, 18)) as unit_price
            from (select item, unnest(item.savingsPlan) as plan from items
                where item.type = 'Consumption')
            union all
            select '{RESERVATION}', item.reservationTerm, item,
                cast(item.unitPrice as decimal(38, 18))
                / ({TERM_HOURS} * cast(item.reservationTerm[1] as integer))
            from items where item.type = 'Reservation' and item.reservationTerm is not null
        )
    select
        program,
        12 * cast(years[1] as integer) as term_months,
        '{MONTHLY}' as payment_option,
        '' as service_code,
        lower(item.meterId) as usage_type,
        '' as operation,
        cast(min(unit_price / cast(regexp_extract(item.unitOfMeasure, '^[0-9]+') as integer))
            as decimal(38, 18)) as unit_price,
        item.currencyCode as currency
    from priced
    where item.unitOfMeasure ilike '%hour%' and coalesce(item.tierMinimumUnits, 0) = 0
    group by all
"""
REPORTED: Final = f"""
    select
        case when price_type ilike 'savings%' then '{SAVINGS_PLAN}' else '{RESERVATION}' end
            as program,
        12 * cast(regexp_extract(commitment_term, '[0-9]+') as integer) as term_months,
        '{MONTHLY}' as payment_option,
        '' as service_code,
        lower(string_split(sku_price_id, '/')[-1]) as usage_type,
        '' as operation,
        cast(contracted_unit_price / block_size / case when price_type ilike 'savings%' then 1
            else {TERM_HOURS} * cast(regexp_extract(commitment_term, '[0-9]+') as integer) end
            as decimal(38, 18)) as unit_price,
        pricing_currency as currency,
        'Azure price sheet ' || billing_account_id as source,
        effective_at
    from prices
    where
        (price_type ilike 'savings%' or price_type ilike 'reserv%')
        and regexp_matches(commitment_term, '(?i)[135] ?y') and pricing_unit ilike '%hour%'
        and tier_start_quantity = 0 and contracted_unit_price > 0
"""
"""Prices of the landed price sheet, of a relation `prices`."""


def offer_file(path: Path) -> OfferFile:
    """Return how saved pages are read: one, or all in a folder. They are of the day of the newest.

    An answer names no day of its own. Raises BillError for what is no page.
    """
    pages = sorted(path.glob("*.json")) if path.is_dir() else [path]
    for page in pages:
        _check(page)
    if not pages:
        raise _unfit(path, "there is no .json file in it.")
    saved = datetime.fromtimestamp(max(page.stat().st_mtime for page in pages), UTC)
    paths = [str(page) for page in pages]
    return OfferFile(f"({_PAGES})", {"path": paths}, f"Azure Retail Prices, {saved:%Y-%m-%d}")


def _check(page: Path) -> None:
    try:
        told = json.loads(page.read_text("utf-8-sig"))
    except ValueError as error:
        raise _unfit(page, "it is no JSON.") from error
    if not isinstance(told, dict) or not isinstance(told.get("Items"), list):
        raise _unfit(page, "Items is missing.")


def fetch_pages(url: str, folder: Path) -> None:
    """Save every page of an answer of the API. Raises BillError where one is not to be had.

    The link to the next page must lead to the same server: an answer does not send us elsewhere.
    """
    with paced(requests.Session(), _RETRIES) as session:
        for number, page in enumerate(_pages(session, url)):
            path = folder / f"page-{number:05d}.json"
            path.write_text(page, "utf-8")


def _pages(session: requests.Session, url: str) -> Iterator[str]:
    seen: set[str] = set()
    link = url
    while link:
        seen.add(link)
        try:
            answer = session.get(link, timeout=TIMEOUT_SECONDS, allow_redirects=False)
            answer.raise_for_status()
            told = answer.json()
        except requests.RequestException as error:
            advice = "Try again, or save the pages and load their folder."
            raise BillError("UNREACHABLE", url, f"{type(error).__name__}.", advice) from error
        yield answer.text
        following = told.get("NextPageLink") if isinstance(told, dict) else None
        link = urljoin(url, following) if following else ""
        if link and (urlsplit(link).hostname != urlsplit(url).hostname or link in seen):
            raise _unfit(Path(url), f"its next page is {link[:100]}.")


def price_key(_program: str, use: BilledUse) -> tuple[str, str, str]:
    """Return what a use's price is looked up by: its meter."""
    return "", (use.sku_price_id or "").rpartition("/")[2].lower(), ""


def bound_to(program: str, use: BilledUse) -> str | None:
    """Return the machine that a reservation is of; a savings plan is bound to nothing."""
    if program != RESERVATION:
        return None
    return use.instance_type or " ".join(filter(None, (use.operation, use.usage_type)))


def _unfit(path: Path, what: str) -> BillError:
    return BillError(
        "SCHEMA",
        str(path),
        f"No page of Azure Retail Prices: {what}",
        "Save the answers of https://prices.azure.com/api/retail/prices"
        "?api-version=2023-01-01-preview as they come.",
    )
