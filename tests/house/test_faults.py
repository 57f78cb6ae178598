"""Every fault is shown by a test, and the page of faults says what the tests say."""

import ast
from pathlib import Path

import pytest

from pipelines.settings import PROJECT
from tests.fault_table import MARK, Proof, faults, page


def marked(path: Path) -> list[Proof]:
    """Return what the tests of a file are marked to show."""
    return [
        Proof(fault_id, test, seen)
        for function in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(function, ast.FunctionDef)
        for mark in function.decorator_list
        if isinstance(mark, ast.Call) and ast.unparse(mark.func) == f"pytest.mark.{MARK}"
        for test in [f"{path.relative_to(PROJECT).as_posix()}::{function.name}"]
        for fault_id, seen in [(*map(ast.literal_eval, mark.args), "")[:2]]
    ]


@pytest.fixture(scope="module")
def proofs(house_files: list[Path]) -> list[Proof]:
    tests = [path for path in house_files if path.name.startswith("test_")]
    return [proof for path in tests if path.suffix == ".py" for proof in marked(path)]


def test_every_fault_is_shown_by_a_test_that_says_what_one_sees(proofs: list[Proof]) -> None:
    said = {proof.fault_id for proof in proofs if proof.seen}
    assert [
        fault.fault_id for fault in faults() if fault.fault_id not in said and not fault.not_shown
    ] == []


def test_no_test_shows_a_fault_that_is_not_listed(proofs: list[Proof]) -> None:
    assert {proof.fault_id for proof in proofs} <= {fault.fault_id for fault in faults()}


def test_the_list_holds_every_fault_of_the_worked_cases(shared_folder: Path) -> None:
    worked = {fault.fault_id for fault in faults(shared_folder / "cases" / "faults.csv")}
    assert worked - {fault.fault_id for fault in faults()} == set()


def test_the_page_of_faults_names_the_tests_there_are(proofs: list[Proof]) -> None:
    written = (PROJECT / "docs" / "faults.md").read_text("utf-8")
    assert written == page(proofs), "run `make faults`: the page is of other tests"
