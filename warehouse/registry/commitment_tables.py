"""The registry's tables of commitments: what no bill tells of them."""

from sqlalchemy import CheckConstraint, Column, Date, ForeignKey, Index, String, Table

from warehouse.registry.access_tables import COMPANY, ORGANIZATION
from warehouse.registry.tables import METADATA, UtcDateTime

# Money and ratios as text: SQLite has no decimals.
commitment_contracts = Table(
    "commitment_contracts",
    METADATA,
    Column("contract_id", String, primary_key=True),
    Column("company_id", ForeignKey(COMPANY), nullable=False),
    Column("organization_id", ForeignKey(ORGANIZATION), nullable=False),
    Column("name", String, nullable=False),
    Column("provider", String, nullable=False),
    # Null: whatever the company's bills of the provider hold.
    Column("billing_account_id", String),
    Column("billing_currency", String, nullable=False),
    Column("commitment_cost", String, nullable=False),
    Column("start_date", Date, nullable=False),
    Column("last_date", Date, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("removed_at", UtcDateTime),
    CheckConstraint("start_date <= last_date", name="term"),
    Index("ix_commitment_contracts_company_id", "company_id"),
)

utilization_thresholds = Table(
    "utilization_thresholds",
    METADATA,
    Column("organization_id", ForeignKey(ORGANIZATION), primary_key=True),
    Column("company_id", ForeignKey(COMPANY), nullable=False),
    Column("utilization_ratio", String, nullable=False),
    Column("set_at", UtcDateTime, nullable=False),
)
