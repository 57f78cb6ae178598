"""What ties to paper: invoices, what restatements changed, the fee of managed commitments."""

from typing import Final

from warehouse.extracts import columns
from warehouse.extracts.columns import shown_by
from warehouse.extracts.extract import Extract
from warehouse.extracts.report import Column, Kind

MONTH: Final = shown_by(columns.MONTH, "billing_period")
PAYER: Final = Column("Payer", Kind.TEXT, "billing_account_id", 20)
CURRENCY: Final = shown_by(columns.CURRENCY, "billing_currency")
INVOICE: Final = Column("Invoice", Kind.TEXT, "invoice_id", 24)
BILLED: Final = Column("Billed", Kind.AMOUNT, "billed_cost", 16)
EFFECTIVE: Final = Column("Effective", Kind.AMOUNT, "effective_cost", 16)

RECONCILIATION: Final = Extract(
    name="reconciliation",
    title="Reconciliation",
    description="Each provider's invoice of a month: the bridge from effective to billed",
    relation="fct_monthly_reconciliation",
    columns=(
        *(MONTH, PAYER, INVOICE),
        Column("Connection", Kind.TEXT, "connection_id", 24),
        *(CURRENCY, EFFECTIVE),
        Column("Paid upfront", Kind.AMOUNT, "upfront_cost", 16),
        Column("Amortized", Kind.AMOUNT, "amortized_upfront_cost", 16),
        Column("Unexplained", Kind.AMOUNT, "bridge_residual_cost", 16),
        BILLED,
        Column("Lines", Kind.COUNT, "charge_count", 10),
        Column("Invoiced", Kind.TEXT, "if(is_invoiced, 'yes', 'no')", 9),
    ),
    sort="currency,invoice",
    chart=("Invoice", "Billed"),
)

RESTATEMENTS: Final = Extract(
    name="restatements",
    title="Restatements",
    description="What a provider changed in a month it had billed before, and by how much",
    relation="fct_restatements",
    columns=(
        *(MONTH, PAYER),
        shown_by(columns.ACCOUNT, "sub_account_id"),
        shown_by(columns.SERVICE, "service_name"),
        Column("Charge", Kind.TEXT, "charge_category", 12),
        Column("Delivered", Kind.TIME, "submitted_at", 18),
        Column("Delivered before", Kind.TIME, "previous_submitted_at", 18),
        CURRENCY,
        Column("Billed before", Kind.AMOUNT, "previous_billed_cost", 16),
        BILLED,
        Column("Billed change", Kind.AMOUNT, "billed_cost_change", 16),
        Column("Effective before", Kind.AMOUNT, "previous_effective_cost", 16),
        EFFECTIVE,
        Column("Effective change", Kind.AMOUNT, "effective_cost_change", 16),
        Column("After close", Kind.TEXT, "if(is_after_close, 'yes', 'no')", 12, alarms=("yes",)),
    ),
    sort="currency,-delivered,-billed_change",
    chart=("Service", "Billed change"),
)

INVOICES: Final = Extract(
    name="invoices",
    title="Invoices",
    description="The company's own invoices for the platform: issued, paid, open. For its owners",
    relation="fct_invoices",
    columns=(
        INVOICE,
        Column("Issued", Kind.DATE, "issued_date", 11),
        Column("Due", Kind.DATE, "due_date", 11),
        Column("Settled", Kind.DATE, "settled_date", 11),
        Column("Status", Kind.TEXT, "invoice_status", 14),
        CURRENCY,
        Column("Invoiced", Kind.AMOUNT, "invoice_amount", 14),
        Column("Paid", Kind.AMOUNT, "paid_amount", 14),
        Column("Refunded", Kind.AMOUNT, "refunded_amount", 14),
        Column("Open", Kind.AMOUNT, "open_amount", 14),
    ),
    sort="-issued",
    is_monthly=False,
)

FEES: Final = Extract(
    name="savings-fees",
    title="Savings fees",
    description="What managed commitments saved in a month, and the fee that is due of it",
    relation="fct_monthly_savings_fees",
    columns=(
        *(MONTH, columns.PROVIDER, CURRENCY),
        Column("Without managed", Kind.AMOUNT, "without_managed_cost", 16),
        Column("With managed", Kind.AMOUNT, "with_managed_cost", 16),
        Column("Resale gain", Kind.AMOUNT, "resale_gain_cost", 14),
        Column("True-ups", Kind.AMOUNT, "true_up_cost", 14),
        Column("Realized savings", Kind.AMOUNT, "realized_savings_cost", 16),
        Column("Loss carried in", Kind.AMOUNT, "loss_carry_in_cost", 16),
        Column("Loss carried out", Kind.AMOUNT, "loss_carry_out_cost", 16),
        Column("Fee share", Kind.RATIO, "fee_ratio", 10),
        Column("Fee", Kind.AMOUNT, "fee_cost", 14),
        Column("Final", Kind.TEXT, "if(is_final, 'yes', 'no')", 7),
    ),
    sort="month,currency,provider",
    chart=("Provider", "Fee"),
)
