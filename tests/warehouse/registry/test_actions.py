"""Nothing is bought unless a member who may has approved exactly that, and once."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from tests.warehouse.registry.conftest import Clock
from warehouse.registry import Registry, erasure
from warehouse.registry.action_rows import Action, Draft
from warehouse.registry.callers import Caller
from warehouse.registry.errors import InvalidError, NotAllowedError, NotFoundError
from warehouse.registry.recommendations import Recommended

ACCOUNT = "111111111111"
DRAFT = Draft(
    "buy", "aws", ACCOUNT, "AWS COMPUTE_SP", {"program": "COMPUTE_SP", "hourly_commitment": "7.2"},
    "USD", Decimal("63072"), Decimal("2044"), "4 days' usage", commitment_id=None,
)  # fmt: skip


@pytest.fixture
def house(registry: Registry, clock: Clock) -> Registry:
    """Two organizations with an account each; Kim and Lee decide in `Here`, Park next door."""
    registry.companies.add("Acme")
    registry.members.add("owner@acme.kr")
    for number, place in enumerate(("Here", "There"), 1):
        registry.organizations.add(place)
        registry.accounts.add("aws", str(number) * 12, place)
        registry.roles.add(f"Buyer {place}", {"recommendations": "edit"}, organization=place)
        registry.roles.add(f"Reader {place}", {"recommendations": "view"}, organization=place)
    for name, role, place in (
        ("kim", "Buyer Here", "Here"),
        ("lee", "Buyer Here", "Here"),
        ("choi", "Reader Here", "Here"),
        ("park", "Buyer There", "There"),
    ):
        registry.members.add(f"{name}@acme.kr", organization=place, role=role)
    return registry


def acting(registry: Registry, name: str) -> Registry:
    [member] = [each for each in registry.members.list() if each.email == f"{name}@acme.kr"]
    return registry.acting_as(Caller(name, frozenset({member.member_id})))


def proposed(registry: Registry, draft: Draft = DRAFT) -> Action:
    [action] = registry.actions.propose("Here", [draft])
    return action


def test_a_member_approves_and_what_was_done_is_kept_with_its_evidence(house: Registry) -> None:
    action = proposed(house)
    approved = acting(house, "kim").actions.approve(action.action_id)
    assert approved.state == "approved"
    assert house.actions.begin(action.action_id).attempted_at is None
    done = house.actions.finish(
        action.action_id, "executed", {"request_id": "r-1"}, result_id="arn:sp"
    )
    assert (done.state, done.result_id, done.order) == ("executed", "arn:sp", DRAFT.order)
    assert [each["request_id"] for each in done.evidence] == ["r-1"]
    events = [each.event_type for each in house.organizations.history("Here")]
    assert events[:4] == [
        "action_executed", "action_attempted", "action_approved", "action_proposed",
    ]  # fmt: skip


def test_the_operator_proposes_and_executes_but_never_approves(house: Registry) -> None:
    action = proposed(house)
    with pytest.raises(NotAllowedError, match="takes a member"):
        house.actions.approve(action.action_id)


def test_nobody_approves_what_he_proposed_himself(house: Registry) -> None:
    action = proposed(acting(house, "kim"))
    with pytest.raises(NotAllowedError, match="proposed himself"):
        acting(house, "kim").actions.approve(action.action_id)
    assert acting(house, "lee").actions.approve(action.action_id).state == "approved"


def test_who_may_only_look_decides_nothing(house: Registry) -> None:
    action, choi = proposed(house), acting(house, "choi").actions
    assert [each.action_id for each in choi.list()] == [action.action_id]
    for decide in (choi.approve, choi.reject, choi.begin):
        with pytest.raises(NotAllowedError):
            decide(action.action_id)


def test_who_approved_does_not_carry_out(house: Registry) -> None:
    action, kim = proposed(house), acting(house, "kim").actions
    kim.approve(action.action_id)
    for use in (kim.begin, lambda each: kim.finish(each, "executed", {})):
        with pytest.raises(NotAllowedError, match="Only the operator"):
            use(action.action_id)


def test_a_member_of_another_organization_sees_and_approves_nothing(house: Registry) -> None:
    action, park = proposed(house), acting(house, "park")
    assert park.actions.list() == ()
    for use in (park.actions.get, park.actions.approve, park.actions.reject):
        with pytest.raises(NotFoundError, match="no action"):
            use(action.action_id)
    with pytest.raises(NotFoundError):
        park.actions.propose("Here", [DRAFT])
    with pytest.raises(NotAllowedError, match="not this organization's"):
        park.actions.propose("There", [DRAFT])
    with pytest.raises(NotFoundError):
        park.recommendations.latest("Here")
    assert house.actions.get(action.action_id).state == "proposed"


def test_an_account_that_moved_away_buys_nothing_any_more(house: Registry) -> None:
    action = proposed(house)
    acting(house, "kim").actions.approve(action.action_id)
    house.accounts.move(ACCOUNT, "There")
    with pytest.raises(NotAllowedError, match="not this organization's"):
        house.actions.begin(action.action_id)


def test_what_nobody_decides_in_a_week_expires(house: Registry, clock: Clock) -> None:
    action = proposed(house)
    clock.pass_days(7)
    with pytest.raises(InvalidError, match="expired"):
        acting(house, "kim").actions.approve(action.action_id)
    assert house.actions.get(action.action_id).state == "expired"


def test_only_what_is_approved_is_attempted(house: Registry) -> None:
    action = proposed(house)
    with pytest.raises(InvalidError, match="proposed, not approved"):
        house.actions.begin(action.action_id)
    acting(house, "kim").actions.reject(action.action_id)
    with pytest.raises(InvalidError, match="rejected, not approved"):
        house.actions.begin(action.action_id)


def test_an_attempt_without_an_end_is_told_to_the_next_and_outlives_its_expiry(
    house: Registry, clock: Clock
) -> None:
    action = proposed(house)
    acting(house, "kim").actions.approve(action.action_id)
    house.actions.begin(action.action_id)
    at = clock.at
    clock.pass_days(30)
    assert house.actions.begin(action.action_id).attempted_at == at
    with pytest.raises(InvalidError, match="has been attempted"):
        acting(house, "kim").actions.reject(action.action_id)


def test_a_new_run_replaces_what_is_undecided_and_leaves_the_rest(
    house: Registry, clock: Clock
) -> None:
    first = proposed(house)
    second = proposed(house, replace(DRAFT, committed_cost=Decimal(1)))
    assert house.actions.get(first.action_id).state == "expired"
    acting(house, "kim").actions.approve(second.action_id)
    assert house.actions.propose("Here", [DRAFT]) == ()
    house.actions.begin(second.action_id)
    house.actions.finish(second.action_id, "executed", {})
    assert house.actions.propose("Here", [DRAFT]) == ()
    clock.pass_days(7)
    assert len(house.actions.propose("Here", [DRAFT])) == 1


def recommended(**changed: object) -> Recommended:
    given = Recommended(
        Clock().at, "AWS", "USD", "COMPUTE_SP", True, "COMPUTE_SP", None, None, 12, "No Upfront",
        ACCOUNT, "AWS Price List, 2026-08-20", {"days": 30}, "Buy", "구매하세요",
    )  # fmt: skip
    return replace(given, **changed)  # type: ignore[arg-type] # a literal of the test


def test_a_run_of_the_same_day_replaces_the_first_and_keeps_its_ids(house: Registry) -> None:
    day = date(2026, 9, 14)
    store = house.recommendations
    [first] = store.keep("Here", day, [recommended()])
    [again] = store.keep("Here", day, [recommended(reason_ko="다시")])
    assert store.latest("Here") == (again,)
    assert first.recommendation_id == again.recommendation_id
    store.keep("Here", date(2026, 9, 21), [])
    assert store.latest("Here") == (again,)


def test_a_month_that_retention_names_takes_its_recommendations_and_actions_along(
    house: Registry, clock: Clock
) -> None:
    action = proposed(house)
    house.recommendations.keep("Here", clock.at.date(), [recommended()])
    with house.write() as tx:
        erasure.erase_optimisation(tx, action.company_id, "2026-08")
    assert house.actions.list()
    assert house.recommendations.latest("Here")
    with house.write() as tx:
        erasure.erase_optimisation(tx, action.company_id, "2026-09")
    assert (house.actions.list(), house.recommendations.latest("Here")) == ((), ())
