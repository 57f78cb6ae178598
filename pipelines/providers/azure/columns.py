"""Which raw columns of an Azure export must be there, and which hold money or quantities.

EA, MCA and their versions spell columns differently, some only by case: names are compared
without case and punctuation.
https://learn.microsoft.com/azure/cost-management-billing/dataset-schema/schema-index
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

ACTUAL, AMORTIZED, FOCUS = "actual", "amortized", "focus"
DETAILS, TRANSACTIONS, PRICES = "details", "transactions", "prices"
KINDS = {
    ACTUAL: "ActualCost",
    AMORTIZED: "AmortizedCost",
    FOCUS: "FocusCost",
    DETAILS: "ReservationDetails",
    TRANSACTIONS: "ReservationTransactions",
    PRICES: "PriceSheet",
}
"""Part of a delivery -> the type its export must have."""
PARTS = {
    "cost": (ACTUAL, AMORTIZED),
    "focus": (FOCUS,),
    "reservation_details": (DETAILS,),
    "reservation_transactions": (TRANSACTIONS,),
    "price_sheet": (PRICES,),
}
"""Dataset -> the exports it takes."""
MARKS = {
    "focus": {"billedcost", "chargecategory"},
    "cost": {"chargetype", "pricingmodel"},
    "reservation_details": {"reservedhours", "usedhours"},
    "reservation_transactions": {"eventtype", "reservationordername"},
    "price_sheet": {"meterid", "pricetype"},
}
"""Dataset -> columns that only its exports have together."""
GERMAN = frozenset(
    {"abonnement", "abonnementguid", "abonnementid", "abonnementname", "datum", "kosten", "menge",
     "ressourcengruppe", "ressourcenid", "verbrauchtemenge", "kontobesitzerid", "wahrung"}
)  # fmt: skip
_UMLAUTS = str.maketrans("äöüß", "aous")


def plain(raw: str) -> str:
    """Spell a raw column without case and punctuation: `PayG-Price` -> `paygprice`."""
    return re.sub("[^a-z0-9]", "", raw.lower().translate(_UMLAUTS))


@dataclass(frozen=True)
class Columns:
    """The columns of a dataset that landing looks at, in `plain` spelling."""

    cost: tuple[str, ...]
    """Its sum is the bill's own total; the first that is there. None: the export bills nothing."""
    currency: tuple[str, ...]
    period: str | None
    """Names the month; None where only the export's folder does."""
    dates: tuple[str, ...]
    text: frozenset[str]
    """Required and text: a number would have lost an id's leading zeros."""
    money: frozenset[str]

    def of(self, names: tuple[str, ...], known: Mapping[str, str]) -> list[str]:
        """Return the raw columns of those of `names` that are there: two versions may be mixed."""
        return [known[name] for name in names if name in known]

    def missing(self, known: Mapping[str, str]) -> list[str]:
        """Return what no export of this dataset lacks, but this one does."""
        alone = sorted(self.text | {self.period or self.dates[0], *self.dates})
        choices = [names for names in (self.cost, self.currency) if names]
        return [name for name in alone if name not in known] + [
            " or ".join(names) for names in choices if not known.keys() & set(names)
        ]


COLUMNS = {
    "cost": Columns(
        # EA of 2023 says Cost; one that has both means the billing currency by the longer name.
        cost=("costinbillingcurrency", "cost"),
        currency=("billingcurrencycode", "billingcurrency"),
        period="billingperiodstartdate",
        dates=("billingperiodenddate", "date"),
        text=frozenset(
            {"billingaccountid", "chargetype", "pricingmodel", "resourceid", "subscriptionid"}
        ),
        money=frozenset(
            {"cost", "costinbillingcurrency", "costinpricingcurrency", "effectiveprice",
             "exchangeratepricingtobilling", "paygcostinbillingcurrency", "paygprice", "quantity",
             "unitprice"}
        ),
    ),
    "focus": Columns(
        cost=("billedcost",),
        currency=("billingcurrency",),
        period="billingperiodstart",
        dates=("billingperiodend", "chargeperiodstart", "chargeperiodend"),
        text=frozenset({"billingaccountid", "chargecategory", "servicename", "subaccountid"}),
        money=frozenset(
            {"billedcost", "effectivecost", "contractedcost", "listcost", "contractedunitprice",
             "listunitprice", "consumedquantity", "pricingquantity", "commitmentdiscountquantity"}
        ),
    ),
    "reservation_details": Columns(
        cost=(),
        currency=(),
        period="usagedate",
        dates=("usagedate",),
        text=frozenset({"instanceid", "reservationid", "reservationorderid", "skuname"}),
        money=frozenset(
            {"instanceflexibilityratio", "reservedhours", "totalreservedquantity", "usedhours"}
        ),
    ),
    "reservation_transactions": Columns(
        cost=(),
        currency=("currency",),
        period=None,
        dates=("eventdate",),
        text=frozenset({"eventtype", "purchasingsubscriptionguid", "reservationorderid"}),
        money=frozenset({"amount", "monetarycommitment", "overage", "quantity"}),
    ),
    "price_sheet": Columns(
        cost=(),
        currency=("currencycode", "currency"),
        period=None,
        dates=("effectivestartdate",),
        text=frozenset({"meterid", "pricetype", "productid", "unitofmeasure"}),
        money=frozenset(
            {"baseprice", "includedquantity", "marketprice", "tierminimumunits", "unitprice"}
        ),
    ),
}  # fmt: skip
