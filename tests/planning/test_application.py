"""Who is reached by a commitment, and in which turn."""

from collections.abc import Sequence

import numpy as np
import pytest

from pipelines.planning.application import Applied, Commitment, Line, Machine, apply


def on(family: str = "m5", size: float = 4, zone: str | None = None) -> Machine:
    return Machine(family, size, "ap-northeast-2", zone)


def line(account: str, machine: Machine | None = None, *, plan_rate: float = 0.7) -> Line:
    return Line(f"of {account}", account, 1.0, {"COMPUTE_SP": plan_rate}, machine or on())


def hour(lines: Sequence[Line], quantities: Sequence[float], *held: Commitment) -> Applied:
    return apply(lines, np.array([quantities]), held)


def reserved(name: str, account: str, machine: Machine, count: float) -> Commitment:
    program = "ZONAL_RI" if machine.zone else "REGIONAL_RI"
    return Commitment(name, account, program, count * 0.6, machine, count)


def plan(account: str, size: float, rings: tuple[frozenset[str], ...] | None = None) -> Commitment:
    return Commitment("plan", account, "COMPUTE_SP", size, rings=rings)


def test_a_zonal_reservation_of_another_account_goes_before_a_regional_one_of_ones_own() -> None:
    lines = [line("a", on(zone="2a"))]
    result = hour(
        lines, [2], reserved("regional", "a", on(), 2), reserved("zonal", "b", on(zone="2a"), 2)
    )
    assert result.covered["zonal"][0].tolist() == [2]
    assert result.covered["regional"][0].tolist() == [0]


def test_what_an_account_shares_does_not_displace_what_another_owns() -> None:
    lines = [line("a"), line("b")]
    result = hour(lines, [1, 2], reserved("a's", "a", on(), 3), reserved("b's", "b", on(), 2))
    assert result.covered["a's"][0].tolist() == [1, 0]
    assert result.covered["b's"][0].tolist() == [0, 2]


def test_the_instance_plan_goes_before_the_compute_plan_and_stays_in_its_family() -> None:
    rates = {"COMPUTE_SP": 0.7, "EC2_INSTANCE_SP": 0.6}
    lines = [Line("r5", "a", 1.0, rates, on("r5")), Line("m5", "a", 1.0, rates, on("m5"))]
    narrow = Commitment("r5 plan", "a", "EC2_INSTANCE_SP", 3.0, on("r5"))
    result = hour(lines, [4, 4], plan("a", 1.4), narrow)
    assert result.used["r5 plan"][0] == pytest.approx(2.4 / 3)
    assert result.covered["plan"][0] == pytest.approx([0, 2])


def test_a_prioritised_group_is_served_before_the_rest_of_the_organisation() -> None:
    lines = [line("rest", plan_rate=0.5), line("friend")]
    near_first = (frozenset({"friend"}), frozenset({"rest"}))
    assert hour(lines, [1, 1], plan("owner", 0.7, near_first)).rest[0].tolist() == [1, 0]
    assert hour(lines, [1, 1], plan("owner", 0.5)).rest[0].tolist() == [0, 1]


def test_without_sharing_only_the_owner_is_covered() -> None:
    result = hour([line("owner"), line("other")], [1, 1], plan("owner", 9, rings=()))
    assert result.rest[0].tolist() == [0, 1]
    assert result.total_cost == 10


def test_of_equal_savings_the_lower_rate_goes_first() -> None:
    cheap = Line("cheap", "a", 1.0, {"COMPUTE_SP": 0.5})
    dear = Line("dear", "a", 2.0, {"COMPUTE_SP": 1.0})
    result = hour([dear, cheap], [1, 1], plan("a", 0.5))
    assert result.rest[0].tolist() == [1, 0]


def test_a_reservation_of_a_family_without_flexibility_covers_its_own_size_only() -> None:
    lines = [line("a", on("g5", size=8)), line("a", on("g5", size=16))]
    result = hour(lines, [1, 2], reserved("g5", "a", on("g5", size=16), 1))
    assert result.rest[0].tolist() == [1, 1]


def test_azure_reservations_go_before_the_savings_plan_and_the_narrow_scope_first() -> None:
    machine = on("Dsv5", 1)
    lines = [
        Line("group", "group", 1.0, {"COMPUTE_SAVINGS_PLAN": 0.7}, machine),
        Line("subscription", "subscription", 1.0, {"COMPUTE_SAVINGS_PLAN": 0.6}, machine),
    ]
    savings_plan = Commitment("plan", "group", "COMPUTE_SAVINGS_PLAN", 0.7)
    reservation = Commitment("reserved", "group", "RESERVATION", 0.5, machine, 1)
    result = hour(lines, [1, 1], savings_plan, reservation)
    assert result.covered["reserved"][0].tolist() == [1, 0]
    assert result.covered["plan"][0].tolist() == [0, 1]


def test_google_s_resource_based_discount_goes_before_the_flexible_one() -> None:
    cores = Machine("n2 vcpu", 1, "asia-northeast3")
    lines = [Line("cores", "a", 1.0, {"FLEXIBLE_CUD": 0.72}, cores)]
    result = hour(
        lines,
        [10],
        Commitment("flexible", "a", "FLEXIBLE_CUD", 7.2),
        Commitment("cores", "a", "RESOURCE_CUD", 4.5, cores, 8),
    )
    assert result.covered["cores"][0].tolist() == [8]
    assert result.used["flexible"][0] == pytest.approx(0.2)
