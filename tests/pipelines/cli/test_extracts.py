"""`finhouse extract`: the file lands where it should, and every refusal says what to do."""

import csv
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from click.testing import Result
from typer.testing import CliRunner

from pipelines.cli.extracts import app
from pipelines.house import House
from tests.published import cost, house_in, organization, publish
from warehouse.extracts.catalog import EXTRACTS
from warehouse.layout import Holder


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Two companies, each with an organization of the same name and unassigned costs."""
    with house_in(tmp_path_factory.mktemp("house")) as house:
        rows, names = [], []
        for number, company in enumerate(("한빛", "Dot"), 1):
            owner = house.registry.companies.add(company).company_id
            own = house.registry.organizations.add("결제 플랫폼", company=owner).organization_id
            for organization_id, name in ((own, "결제 플랫폼"), ("unassigned", "Unassigned")):
                ids = {"company_id": owner, "organization_id": organization_id}
                rows.append(cost(f"{number}000.25", **ids))
                names.append(organization(name, **ids))
        publish(house, {"fct_monthly_costs": rows, "dim_organizations": names})
        yield house


@pytest.fixture
def empty_house(tmp_path: Path) -> Iterator[House]:
    """A company without any refresh."""
    with house_in(tmp_path / "empty") as house:
        house.registry.companies.add("Acme")
        house.registry.organizations.add("Retail")
        yield house


def run(*words: str) -> Result:
    return CliRunner().invoke(app, list(words))


def extract(*words: str, organization: str = "결제 플랫폼", company: str = "한빛") -> Result:
    who = ("--organization", organization, "--company", company)
    period = () if "--period" in words else ("--period", "2026-09")
    return run("run", "monthly-costs", *who, *period, *words)


def told(*words: str, **who: str) -> dict[str, Any]:
    result = extract(*words, "--json", **who)
    assert result.exit_code == 0, result.output
    answer: dict[str, Any] = json.loads(result.stdout)
    return answer


def test_a_workbook_lies_in_the_organizations_folder_and_its_totals_are_told(
    house: House,
) -> None:
    answer = told()
    own = house.registry.organizations.get("결제 플랫폼", company="한빛")
    holder = Holder(own.company_id, own.organization_id)
    path = house.settings.layout.extract(holder, "2026-09", "monthly_costs.xlsx")
    assert answer["path"] == str(path)
    assert answer["rows"] == 1
    assert answer["totals"][0]["Effective"] == "1000.25"
    assert openpyxl.load_workbook(path).sheetnames == ["About", "Monthly costs", "Chart"]


def test_an_organization_goes_by_its_id_too(house: House) -> None:
    own = house.registry.organizations.get("결제 플랫폼", company="Dot").organization_id
    assert told(organization=own, company="Dot")["totals"][0]["Effective"] == "2000.25"


@pytest.mark.fault("F90")
@pytest.mark.usefixtures("house")
def test_f90_unassigned_of_two_companies_are_two_files() -> None:
    first = told(organization="unassigned")
    second = told(organization="unassigned", company="Dot")
    assert first["path"] != second["path"]
    assert [each["totals"][0]["Effective"] for each in (first, second)] == ["1000.25", "2000.25"]


@pytest.mark.usefixtures("house")
def test_a_persons_file_name_says_its_format(tmp_path: Path) -> None:
    path = tmp_path / "9월 비용.csv"
    assert told("--output", str(path))["path"] == str(path)
    with path.open(encoding="utf-8-sig", newline="") as file:
        assert [row["Effective"] for row in csv.DictReader(file)] == ["1000.25"]


@pytest.mark.usefixtures("house")
def test_a_folder_gets_the_usual_file_name(tmp_path: Path) -> None:
    told("--output", str(tmp_path), "--format", "csv", "--no-bom")
    assert (tmp_path / "monthly_costs.csv").read_bytes().startswith(b"Organization,")


@pytest.mark.fault("F62", "Rounded on the screen, every digit in the file")
@pytest.mark.usefixtures("house")
def test_the_table_rounds_what_the_file_keeps() -> None:
    result = extract()
    assert "1,000.25" in result.stdout
    assert result.stdout.rstrip().endswith("monthly_costs.xlsx")


@pytest.mark.usefixtures("house")
@pytest.mark.parametrize(
    ("words", "who", "said"),
    [
        ((), {"organization": "Nobody"}, "has no organization 'Nobody'"),
        ((), {"company": "Nobody"}, "no company 'Nobody'"),
        (("--period", "2026-10"), {}, "Months there are: 2026-09"),
        (("--period", "2026-13"), {}, "'2026-13' is not a month"),
        (("--period", "../../x"), {}, "is not a month"),
        (("--output", "x.csv", "--format", "xlsx"), {}, "ends in .csv"),
        (("--output", "/nowhere/x.csv"), {}, "cannot be written"),
        ((), {"organization": "' or 1=1 --"}, "has no organization"),
        ((), {"organization": "../.."}, "has no organization"),
        (("--where", "service='; drop table x; --"), {}, "nothing that the filters let through"),
        (("--where", "organization_id=unassigned"), {}, "has no column"),
        (("--sort", "(select 1)"), {}, "has no column"),
        (("--columns", "*"), {}, "has no column"),
    ],
)
def test_a_refusal_says_what_is_wrong(
    words: tuple[str, ...], who: dict[str, str], said: str
) -> None:
    result = extract(*words, **who)
    assert result.exit_code == 1
    assert said in result.stderr
    assert "Traceback" not in result.output


def test_another_companys_organization_is_unknown_here(house: House) -> None:
    other = house.registry.organizations.get("결제 플랫폼", company="Dot").organization_id
    result = extract(organization=other)
    assert result.exit_code == 1
    assert "has no organization" in result.stderr


@pytest.mark.usefixtures("house")
def test_two_companies_ask_for_the_one_meant() -> None:
    result = run("run", "monthly-costs", "--organization", "결제 플랫폼", "--period", "2026-09")
    assert "--company" in result.stderr


@pytest.mark.usefixtures("empty_house")
def test_before_the_first_refresh_it_says_so() -> None:
    result = run("run", "monthly-costs", "--organization", "Retail", "--period", "2026-09")
    assert (result.exit_code, "finhouse refresh" in result.stderr) == (1, True)


@pytest.mark.usefixtures("house")
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("../../x", "--organization", "x"), "There is no extract '../../x'"),
        (("monthly-cost",), "Did you mean monthly-costs"),
        (("monthly-costs", "--organization", "x"), "Say which: --period"),
        (("monthly-costs", "--period", "2026-09"), "Say whose: --organization"),
        (("commitment-inventory", "--period", "2026-09"), "Leave out --period"),
        (("invoices", "--organization", "x"), "Leave out --organization"),
        (("invoices", "--company", "Nobody"), "no company 'Nobody'"),
        (("invoices", "--company", "한빛"), "has nothing in invoices"),
    ],
)
def test_what_is_left_out_or_too_much_is_said(words: tuple[str, ...], said: str) -> None:
    result = run("run", *words)
    assert (result.exit_code, said in result.stderr) == (1, True), result.stderr


@pytest.mark.usefixtures("house")
def test_filters_order_and_columns_are_kept_beside_a_csv(tmp_path: Path) -> None:
    path = tmp_path / "EC2.csv"
    asked = ("--where", "service=Amazon EC2", "--where", "effective>1", "--sort", "-effective_cost")
    answer = told(*asked, "--columns", "service,effective", "--output", str(path), "--no-bom")
    assert answer["Filters"].endswith("Service is Amazon EC2, Effective > 1")
    about = json.loads(path.with_suffix(".about.json").read_text("utf-8"))
    assert about["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert {name: about[name] for name in ("Sorted by", "rows", "columns", "totals")} == {
        "Sorted by": "Effective from high to low",
        "rows": 1,
        "columns": ["Service", "Effective", "Currency"],
        "totals": [{"total": "Total USD", "currency": "USD", "rows": 1, "Effective": "1000.25"}],
    }


def test_the_extracts_are_listed_with_their_columns() -> None:
    listed = json.loads(run("list", "--json").stdout)
    assert [each["extract"] for each in listed] == [extract.name for extract in EXTRACTS]
    assert listed[0]["columns"][:2] == ["organization", "month"]
