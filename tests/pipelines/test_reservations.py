"""From the published prices of reservations to whole machines, alone and beside plans."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipelines.choosing import chosen
from pipelines.mixing import mixes
from pipelines.planning.reserved import ReservedMachine
from pipelines.planning.sentences import sentence
from pipelines.pools import candidates
from pipelines.prices import list_prices, load_prices, offered_for
from pipelines.providers.contract import BillError, OfferedRate
from pipelines.recommending import Proposal, Unpriced, hours_of, markets, proposals
from tests.pipelines.marts import Marts, published
from tests.planning.cases import cases, normalization_factors
from warehouse.eligible_usage import EligibleUsage
from warehouse.layout import Layout
from warehouse.uses import Line

DAYS = 4
HOURS = DAYS * 24
ABOUT = """\
"FormatVersion","v1.0"
"Disclaimer","This pricing list is for informational purposes only."
"Publication Date","2026-08-21T19:42:03Z"
"Version","20260821194203"
"OfferCode","{code}"
"SKU","OfferTermCode","RateCode","TermType","PriceDescription","EffectiveDate","StartingRange",\
"EndingRange","Unit","PricePerUnit","Currency","RelatedTo","LeaseContractLength",\
"PurchaseOption","OfferingClass","Product Family","serviceCode","Instance Type","Tenancy",\
"Operating System","License Model","usageType","operation","Normalization Size Factor",\
"Pre Installed S/W"
"""


@pytest.fixture
def marts() -> Iterator[Marts]:
    with published("fct_commitment_usage_hourly", "dim_commitments") as empty:
        yield empty


def term(
    machine: str,
    *,
    hourly: str = "0",
    upfront: str = "0",
    years: str = "1yr",
    payment: str = "No Upfront",
    kind: str = "standard",
    code: str = "AmazonEC2",
    use: str = "BoxUsage",
    operation: str = "RunInstances",
    size: str = "NA",
    system: tuple[str, str] = ("Linux", "NA"),
) -> str:
    """Return the rows of a reserved term as the Price List has them: a row for each price."""
    sku, about = f"{machine}{operation}", f"{years}{payment}{kind}"
    said = (
        f'"USD",,"{years}","{payment}","{kind}","Compute Instance","{code}","{machine}","Shared",'
        f'"{system[0]}","No License required","APN2-{use}:{machine}","{operation}","{size}",'
        f'"{system[1]}"'
    )
    prices = (("Hrs", hourly), ("Quantity", upfront))
    return "".join(
        f'"{sku}","{about}","{sku}.{unit}","Reserved","Upfront Fee","2026-08-01",,,"{unit}",'
        f'"{price}",{said}\n'
        for unit, price in prices
        if Decimal(price)
    )


def priced(folder: Path, usage: EligibleUsage, *rows: str, code: str = "AmazonEC2") -> Any:
    """Load an offer file of these rows, and return what is offered for the usage."""
    on_demand = (
        '"X","J","X.J","OnDemand","On demand","2026-08-01","0","Inf","Hrs","0.1","USD",,,,,'
        '"Compute Instance","AmazonEC2","m5.large","Shared","Linux","NA",'
        '"APN2-BoxUsage:m5.large","RunInstances","4","NA"\n'
    )
    path = folder / f"{code}.csv"
    path.write_text(ABOUT.format(code=code) + on_demand + "".join(rows), "utf-8")
    load_prices(Layout(folder), path)
    return offered_for(Layout(folder))(usage)


def made(usage: EligibleUsage, rates: Sequence[OfferedRate]) -> dict[str, Proposal]:
    found = [each for each in proposals(usage, rates) if isinstance(each, Proposal)]
    return {str(each.pool): each for each in found}


def use_family(marts: Marts) -> None:
    """Use two large machines always, an xlarge half the time: 8 to 16 normalized units."""
    for hour in range(HOURS):
        marts.use(hour, "0.2", pricing_quantity=Decimal(2))
        if hour % 2:
            marts.use(
                hour, "0.2", instance_type="m5.xlarge", usage_type="APN2-BoxUsage:m5.xlarge",
                pricing_quantity=Decimal(1),
            )  # fmt: skip


def test_a_family_is_covered_by_its_smallest_machine_in_whole_numbers(
    marts: Marts, tmp_path: Path
) -> None:
    use_family(marts)
    usage = marts.usage()
    rates = priced(
        tmp_path, usage, term("m5.large", hourly="0.06", size="4"),
        term("m5.xlarge", hourly="0.12", size="8"),
    )  # fmt: skip
    found = made(usage, rates)["EC2_RI ap-northeast-2 m5 standard"].recommendation
    assert found.offer.machine
    # The third and the fourth large are used half of the hours, and pay from 60 % on.
    assert found.offer.machine.instance_type == "m5.large"
    assert found.offer.count(found.target.hourly_commitment) == 2
    assert found.target.monthly_net_savings == Decimal("0.08") * 730
    assert found.rate_source == "AWS Price List AmazonEC2, 2026-08-21"
    assert found.offer.count(found.tranche.hourly_commitment) == 1


def test_each_term_payment_and_class_stands_beside_the_others_with_its_upfront_price(
    marts: Marts, tmp_path: Path
) -> None:
    use_family(marts)
    usage = marts.usage()
    rates = priced(
        tmp_path, usage,
        term("m5.large", hourly="0.03", upfront="262.8", size="4", payment="Partial Upfront"),
        term("m5.large", upfront="1051.2", size="4", payment="All Upfront", years="3yr"),
        term("m5.large", hourly="0.07", size="4", kind="convertible"),
    )  # fmt: skip
    found = [each for each in proposals(usage, rates) if isinstance(each, Proposal)]
    assert {
        (
            each.recommendation.offer.term_hours, each.payment_option, each.pool.offering_class,
            each.recommendation.target.upfront.quantize(Decimal("0.01")),
            each.recommendation.target.hourly_commitment.normalize(),
        )
        for each in found
    } == {
        (8760, "Partial Upfront", "standard", Decimal("525.60"), Decimal("0.12")),
        (26280, "All Upfront", "standard", Decimal("2102.40"), Decimal("0.08")),
        (8760, "No Upfront", "convertible", Decimal("0.00"), Decimal("0.14")),
    }  # fmt: skip
    [best] = chosen(found)
    assert best.payment_option == "All Upfront"


def test_windows_and_database_machines_are_reserved_one_way_of_using_at_a_time(
    marts: Marts, tmp_path: Path
) -> None:
    for hour in range(HOURS):
        for machine in ("m5.large", "m5.xlarge"):
            marts.use(
                hour, "0.4", instance_type=machine, usage_type=f"APN2-BoxUsage:{machine}",
                operation="RunInstances:0002", pricing_quantity=Decimal(2),
            )  # fmt: skip
        marts.use(
            hour, "0.9", service_code="AmazonRDS", instance_type="db.r6g.large",
            usage_type="APN2-InstanceUsage:db.r6g.large", operation="CreateDBInstance:0014",
            eligible_programs="RDS_RI", pricing_quantity=Decimal(3),
        )  # fmt: skip
    usage = marts.usage()
    operation, system = "RunInstances:0002", ("Windows", "NA")
    windows = term("m5.large", hourly="0.15", size="4", operation=operation, system=system)
    database = term(
        "db.r6g.large", hourly="0.2", size="4", code="AmazonRDS", use="InstanceUsage",
        operation="CreateDBInstance:0014",
    )  # fmt: skip
    priced(tmp_path, usage, windows)
    rates = priced(tmp_path, usage, database, code="AmazonRDS")
    found = made(usage, rates)
    assert {name: each.recommendation.target.hourly_commitment for name, each in found.items()} == {
        "EC2_RI ap-northeast-2 m5 APN2-BoxUsage:m5.large RunInstances:0002 standard": Decimal(
            "0.3"
        ),
        "RDS_RI ap-northeast-2 db.r6g APN2-InstanceUsage:db.r6g.large CreateDBInstance:0014"
        " standard": Decimal("0.6"),
    }
    unpriced = [each for each in proposals(usage, rates) if isinstance(each, Unpriced)]
    # The xlarge has no price: it is told, not guessed.
    assert ("EC2_RI", Decimal(292)) in {(str(each.pool), each.monthly_cost) for each in unpriced}


def test_a_family_without_size_flexibility_is_reserved_type_by_type() -> None:
    size = Decimal(4)
    machines = [
        ReservedMachine(name, "standard", Decimal(0), Decimal(1), size)
        for name in ("g5.xlarge", "g6.xlarge")
    ]
    assert [each.flexible_size for each in machines] == [None, size]


def test_the_json_of_a_service_says_the_same_as_its_csv(marts: Marts, tmp_path: Path) -> None:
    use_family(marts)
    usage = marts.usage()
    row = term("m5.large", hourly="0.03", upfront="262.8", size="4", payment="Partial Upfront")
    from_csv = priced(tmp_path, usage, row)
    offer = {
        "offerCode": "AmazonEC2",
        "publicationDate": "2026-08-21T19:42:03Z",
        "products": {
            "S": {
                "sku": "S",
                "attributes": {
                    "instanceType": "m5.large", "usagetype": "APN2-BoxUsage:m5.large",
                    "operation": "RunInstances", "normalizationSizeFactor": "4",
                    "operatingSystem": "Linux", "preInstalledSw": "NA", "tenancy": "Shared",
                    "licenseModel": "No License required", "vcpu": "2",
                },
            }
        },
        "terms": {
            "OnDemand": {"S": {"S.J": {"offerTermCode": "J", "priceDimensions": {}}}},
            "Reserved": {
                "S": {
                    "S.T": {
                        "offerTermCode": "T",
                        "termAttributes": {
                            "LeaseContractLength": "1yr", "OfferingClass": "standard",
                            "PurchaseOption": "Partial Upfront",
                        },
                        "priceDimensions": {
                            "1": {"unit": "Hrs", "pricePerUnit": {"USD": "0.03"}},
                            "2": {"unit": "Quantity", "pricePerUnit": {"USD": "262.8"}},
                        },
                    }
                }
            },
        },
    }  # fmt: skip
    path = tmp_path / "index.json"
    path.write_text(json.dumps(offer), "utf-8")
    load_prices(Layout(tmp_path), path)
    from_both = offered_for(Layout(tmp_path))(usage)
    # Told twice it counts once; a capacity reservation that nobody uses is covered as well.
    assert [each.rate_count for each in list_prices(Layout(tmp_path))] == [2, 2]
    assert from_both == from_csv
    assert {each.unit_price for each in from_csv} == {Decimal("0.06")}


def test_an_offer_that_reserves_no_machines_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "s3.csv"
    path.write_text(ABOUT.format(code="AmazonS3"), "utf-8")
    with pytest.raises(BillError, match="AmazonS3 is not reserved by machines"):
        load_prices(Layout(tmp_path), path)


def plan(program: str, machine: str, price: str) -> OfferedRate:
    return OfferedRate(
        program, 12, "No Upfront", "AmazonEC2", f"APN2-BoxUsage:{machine}", "RunInstances",
        Decimal(price), "USD", "AWS Price List Plans, 2026-08-20",
    )  # fmt: skip


def test_reservations_for_the_base_and_a_plan_for_the_rest_beat_either_alone(
    marts: Marts, tmp_path: Path
) -> None:
    for hour in range(HOURS):
        marts.use(hour, "1", pricing_quantity=Decimal(10))
        marts.use(
            hour, "0.4", instance_type="c5.large", usage_type="APN2-BoxUsage:c5.large",
            pricing_quantity=Decimal(4),
        )  # fmt: skip
    usage = marts.usage()
    plans = [plan("COMPUTE_SP", "m5.large", "0.07"), plan("COMPUTE_SP", "c5.large", "0.07")]
    rates = priced(tmp_path, usage, term("m5.large", hourly="0.055", size="4"))
    [found] = mixes(usage, [*rates, *plans])
    assert [str(pool) for pool in found.pools] == [
        "EC2_RI ap-northeast-2 m5 standard", "COMPUTE_SP",
    ]  # fmt: skip
    assert found.counts == [10, None]
    assert found.mix.sizes == pytest.approx((0.55, 0.28))
    assert found.mix.gap == pytest.approx(0, abs=1e-6)
    assert (
        found.rate_source
        == "AWS Price List AmazonEC2, 2026-08-21; AWS Price List Plans, 2026-08-20"
    )


def test_a_recommendation_of_machines_says_how_many_of_which(marts: Marts, tmp_path: Path) -> None:
    use_family(marts)
    usage = marts.usage()
    rates = priced(tmp_path, usage, term("m5.large", hourly="0.06", size="4"))
    told = made(usage, rates)["EC2_RI ap-northeast-2 m5 standard"].recommendation
    english, korean = (sentence(told, told.target, "USD", word) for word in ("en", "ko"))
    assert "Buy 2 x m5.large (USD 0.120 an hour) of 1-year EC2 RI standard, No Upfront" in english
    assert "m5.large 2개(시간당 USD 0.120)" in korean


REGIONAL = ("W05", "W06", "W07", "W10")


def used(lines: Sequence[Mapping[str, Any]]) -> EligibleUsage:
    """Return the one hour of a worked case as it is read from the bills."""
    return EligibleUsage(
        "AWS", "USD", datetime(2026, 9, 1, tzinfo=UTC), 1,
        [
            Line(
                frozenset({"EC2_RI"}), Decimal(each["od"]), each["account"], "AmazonEC2",
                each["region"], each["itype"], use_of(each), "", None,
            )
            for each in lines
        ],
        {
            "hour": np.zeros(len(lines)),
            "line": np.arange(len(lines)),
            "cost": np.array([float(each["qty"]) * float(each["od"]) for each in lines]),
        },
        dict.fromkeys(("hour", "line", "cost"), np.zeros(0)), [], {},
    )  # fmt: skip


def use_of(given: Mapping[str, Any]) -> str:
    return f"{given['itype']} {given.get('platform', 'Linux')}"


def rate_of(given: Mapping[str, Any], itype: str) -> OfferedRate:
    """Return what a case's reservation asks for a machine type: by size, where sizes are one."""
    factors = normalization_factors()
    size, own = (factors[each.partition(".")[2]] for each in (itype, given["itype"]))
    price = Decimal(given["eff"]) * Decimal(size) / Decimal(own)
    factor = Decimal(size) if given.get("platform", "Linux") == "Linux" else None
    machine = ReservedMachine(itype, "standard", Decimal(0), price, factor)
    use = use_of({**given, "itype": itype})
    return OfferedRate(
        "EC2_RI", 12, "No Upfront", "AmazonEC2", use, "", price, "USD", "the case", machine
    )


def types_of(given: Mapping[str, Any], lines: Sequence[Mapping[str, Any]]) -> set[str]:
    """Return which types are reserved alike: a family's, where sizes are one."""
    if given.get("platform", "Linux") != "Linux":
        return {given["itype"]}
    family = given["itype"].partition(".")[0]
    return {each["itype"] for each in lines if each["itype"].startswith(f"{family}.")}


@pytest.mark.parametrize("name", REGIONAL)
def test_what_is_sized_covers_what_aws_says_that_reservations_cover(name: str) -> None:
    case = next((each for each in cases("application") if each.name == name), None)
    if case is None:
        pytest.skip("needs the folder `shared` beside the checkout")
    # Zonal ones are bought for their capacity: nothing proposes them.
    zonal = {each["itype"] for each in case.inputs["ris"] if each.get("az")}
    lines = [each for each in case.inputs["lines"] if each["itype"] not in zonal]
    usage = used(lines)
    displaced = 0.0
    for given in (each for each in case.inputs["ris"] if not each.get("az")):
        offered = [rate_of(given, each) for each in types_of(given, lines)]
        for priced in (each for found in candidates(usage, offered) for each in found.offers):
            [market] = [
                each
                for each in markets(usage.lines, hours_of(usage, usage.columns), priced)
                if each.account == given["account"]
            ]
            size = np.array([float(given["eff"]) * float(given["count"])])
            displaced += float(market.curve(hours_of(usage, usage.columns)).displaced_at(size)[0])
    covered = case.content["expected"]["covered_qty"]
    worth = sum(float(covered[each["id"]]) * float(each["od"]) for each in lines)
    assert displaced == pytest.approx(worth)
