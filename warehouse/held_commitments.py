"""The commitments that an organization holds, as of the last day told."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

import duckdb

from warehouse.programs import PROGRAM_OF_TYPE, program_of
from warehouse.scope import Scope


@dataclass(frozen=True)
class Held:
    """One commitment, and how it is used."""

    commitment_id: str
    provider_name: str
    program: str | None
    owner_account_id: str
    region_id: str | None
    instance_type: str | None
    instance_family: str | None
    offering_class: str | None
    payment_option: str | None
    term_months: int | None
    reserved_count: int | None
    billing_currency: str
    started_at: datetime | None
    ended_at: datetime
    returnable_until_at: datetime | None
    hourly_cost: Decimal | None
    """Amortized."""
    upfront_cost: Decimal
    remaining_cost: Decimal
    monthly_net_savings: Decimal
    """Of a month of 730 hours, by the last 28 days; below 0 it loses."""
    trailing_utilization: Decimal | None
    """Of the last 28 days."""
    break_even_utilization: Decimal | None
    days_remaining: int
    is_resellable: bool

    @property
    def loses(self) -> bool:
        """Tell whether less of it is used than pays for it."""
        used, needed = self.trailing_utilization, self.break_even_utilization
        return used is not None and needed is not None and used < needed


def held_commitments(lake: duckdb.DuckDBPyConnection, scope: Scope) -> list[Held]:
    """Return what is held and not over, draw-down contracts left out."""
    inventory, held = scope.relation("fct_commitment_inventory"), scope.relation("dim_commitments")
    programs = " ".join(
        f"when provider_name = '{provider}' then {program_of(provider)}"
        for provider in PROGRAM_OF_TYPE
    )
    rows = lake.execute(
        f"""
        with
            inventory as (
                select *
                from {inventory.sql}
                where commitment_category <> 'Drawdown'
                qualify as_of_date = max(as_of_date) over (partition by provider_name)
            ),
            held as (select *, case {programs} end as program from {held.sql})
        select
            commitment_id, held.provider_name, program, owner_account_id, region_id, instance_type,
            instance_family, offering_class, payment_option, term_months, reserved_count,
            billing_currency, inventory.started_at, inventory.ended_at, returnable_until_at,
            inventory.hourly_commitment_cost, inventory.upfront_cost, remaining_commitment_cost,
            monthly_net_savings_cost, trailing_utilization_ratio, break_even_utilization_ratio,
            days_remaining, is_resellable
        from inventory
        inner join held using (organization_id, company_id, commitment_id, billing_currency)
        where days_remaining >= 0 and owner_account_id is not null
        order by commitment_id
        """,
        {**inventory.values, **held.values},
    ).fetchall()
    return [_of(*row) for row in rows]


def _of(*row: object) -> Held:
    named = dict(zip(Held.__dataclass_fields__, row, strict=True))
    zeros = {
        name: named[name] or Decimal(0)
        for name in ("upfront_cost", "remaining_cost", "monthly_net_savings")
    }
    return Held(**{name: _plain(value) for name, value in (named | zeros).items()})  # type: ignore[arg-type]  # a row has the fields' types


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC)
    return Decimal(str(value)) if isinstance(value, float) else value


def subscription_stop(
    lake: duckdb.DuckDBPyConnection, company_id: str, today: datetime
) -> Mapping[str, object] | None:
    """Return since when unpaid invoices keep a company from AutoSavings; None where none do.

    The day is told again here: the mart speaks of the day of its refresh.
    """
    owned = Scope(companies=frozenset({company_id})).relation("dim_subscriptions")
    found = lake.execute(
        f"""
        select subscription_status, autosavings_stops_date, ended_date
        from {owned.sql}
        where is_autosavings_stopped or autosavings_stops_date <= $today
        """,
        {**owned.values, "today": today.date()},
    ).fetchone()
    return (
        None
        if found is None
        else dict(zip(("status", "stopped_date", "ended_date"), found, strict=True))
    )
