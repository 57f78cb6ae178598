"""Connections keep where secrets are, never secrets, and read an export once."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import insert

from warehouse.registry import Registry, Source, tables
from warehouse.registry.errors import (
    InUseError,
    InvalidError,
    NameTakenError,
    NotFoundError,
    SourceTakenError,
)

BILLS = Source("aws", "s3://bills/cur", "daily", "cur2", {"region": "ap-northeast-2"})


@pytest.fixture
def registry(registry: Registry) -> Registry:
    """One company with one connection."""
    registry.companies.add("Acme")
    registry.connections.add("Main", BILLS)
    return registry


def deliver(registry: Registry) -> None:
    now = datetime(2026, 9, 2, tzinfo=UTC)
    with registry.write() as tx:
        tx.execute(
            insert(tables.deliveries).values(
                connection_id=registry.connections.get("Main").connection_id,
                billing_period="2026-09",
                delivery_id="d1",
                dataset="cur2",
                file_type="parquet",
                submitted_at=now,
                file_count=1,
                bytes=1,
                sha256="0",
                row_count=1,
                control_totals={},
                columns={},
                has_net_costs=False,
                warnings=[],
                state="landed",
                landed_at=now,
            )
        )


def test_a_connection_comes_back_as_it_was_given(registry: Registry) -> None:
    found = registry.connections.get("main")
    assert (found.provider, found.location, found.export_name, found.dataset) == (
        "aws",
        "s3://bills/cur",
        "daily",
        "cur2",
    )
    assert (found.options, found.secret) == ({"region": "ap-northeast-2"}, "chain")
    assert registry.connections.by_id(found.connection_id) == found
    assert registry.connections.living() == (found,)


@pytest.mark.parametrize("reference", ["chain", "env:BILLS_KEY", "file:/run/secrets/bills key"])
def test_a_reference_to_a_secret_is_kept(registry: Registry, reference: str) -> None:
    assert registry.connections.change_access("Main", secret=reference).secret == reference


@pytest.mark.parametrize(
    "value",
    [
        "AKIAIOSFODNN7EXAMPLE",
        "env:AKIAIOSFODNN7EXAMPLE",
        "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        "env:wJalrXUtnFEMIK7MDENG0bPxRfiCYEXAMPLEKEY1",
        "env:9",
        "env:A-B",
        "file:relative/path",
        "hunter2",
        "",
    ],
)
def test_a_secret_itself_is_refused_and_not_repeated(registry: Registry, value: str) -> None:
    with pytest.raises(InvalidError, match="keeps no secrets") as refused:
        registry.connections.add("Second", replace(BILLS, export_name="other", secret=value))
    assert not value or value not in str(refused.value)
    assert len(registry.connections.list()) == 1


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("aws_secret_access_key", "x"),
        ("password", "x"),
        ("session_token", "x"),
        ("role_arn", "AKIAIOSFODNN7EXAMPLE"),
        ("endpoint_url", "https://me:geheim@store.example"),
        ("endpoint_url", "https://store.example/?sv=1&sig=geheim"),
        ("Region", "x"),
    ],
)
def test_a_secret_among_the_options_is_refused_and_not_repeated(
    registry: Registry, key: str, value: str
) -> None:
    with pytest.raises(InvalidError, match=key) as refused:
        registry.connections.change_access("Main", options={key: value})
    assert value == "x" or value not in str(refused.value)


def test_what_assuming_a_role_needs_is_no_secret(registry: Registry) -> None:
    options = {
        "role_arn": "arn:aws:iam::012345678901:role/finhouse",
        "external_id": "aB3" * 13 + "x",
        "endpoint_url": "http://127.0.0.1:5000",
    }
    assert registry.connections.change_access("Main", options=options).options == options


def test_a_location_with_a_credential_is_refused(registry: Registry) -> None:
    for location in ("https://a.example/c?sig=geheim", "s3://AKIAIOSFODNN7EXAMPLE:k@bucket"):
        with pytest.raises(InvalidError, match="location carries a credential"):
            registry.connections.add("Second", replace(BILLS, location=location))


def test_one_export_is_read_once_in_the_whole_world(registry: Registry) -> None:
    registry.companies.add("Bolt")
    registry.connections.disconnect("Main", company="Acme")
    for location in ("s3://bills/cur", "s3://bills/cur/"):
        with pytest.raises(SourceTakenError) as refused:
            registry.connections.add("Mine", replace(BILLS, location=location), company="Bolt")
        assert "Acme" not in str(refused.value)
    assert registry.connections.list("Bolt") == ()


def test_a_taken_name_is_told_from_a_taken_export(registry: Registry) -> None:
    with pytest.raises(NameTakenError, match="'MAIN' is taken by another connection"):
        registry.connections.add("MAIN", replace(BILLS, export_name="other"))
    registry.connections.add("export_name", replace(BILLS, export_name="other"))
    with pytest.raises(NameTakenError):
        registry.connections.rename("Main", "Export_Name")


def test_a_disconnected_connection_stays_visible_and_can_be_reconnected(
    registry: Registry,
) -> None:
    registry.connections.disconnect("Main")
    assert registry.connections.living() == ()
    assert registry.connections.list()[0].disconnected_at is not None
    with pytest.raises(InvalidError, match="already disconnected"):
        registry.connections.disconnect("Main")
    registry.connections.reconnect("Main")
    assert len(registry.connections.living()) == 1


def test_a_connection_that_delivered_is_not_removed(registry: Registry) -> None:
    deliver(registry)
    with pytest.raises(InUseError, match="connection disconnect"):
        registry.connections.remove("Main")
    assert len(registry.connections.list()) == 1


def test_a_connection_that_never_delivered_is_removed_and_its_history_stays(
    registry: Registry,
) -> None:
    registry.connections.remove("Main")
    with pytest.raises(NotFoundError):
        registry.connections.get("Main")
    assert registry.companies.history()[0].event_type == "connection_removed"
    registry.connections.add("Main", BILLS)


def test_a_companys_connected_connection_keeps_it_from_removal(registry: Registry) -> None:
    with pytest.raises(InUseError, match=r"connection 'Main'.*connection disconnect"):
        registry.companies.remove("Acme")
