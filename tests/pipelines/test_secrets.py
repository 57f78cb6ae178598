"""Secrets planted in every place that has one are in nothing that the house says or writes."""

import json
import logging
import re
import threading
import traceback
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipelines.cli.main import app
from pipelines.house import House
from pipelines.models import ModelsFailedError, build
from pipelines.settings import Settings, settings
from tests.published import cost, house_in, organization, publish
from warehouse.registry import Source
from warehouse.registry.alerts import Wish
from warehouse.serving.postgres.server import Server

pytestmark = pytest.mark.slow

PLANTED = "pLanted7Secret0pLanted7Secret0pLanted7SK"
"""As long and as mixed as AWS makes them."""
SAS = f"?sv=2024-11-04&sr=c&sp=rl&sig={PLANTED}"
PRINCIPAL = {
    "tenant_id": "11111111-1111-1111-1111-111111111111",
    "client_id": "22222222-2222-2222-2222-222222222222",
    "client_secret": PLANTED,
}
KEYS = {"aws_access_key_id": "AKIAIOSFODNN7EXAMPLE", "aws_secret_access_key": PLANTED}
GOOGLE_KEY = {
    "type": "service_account",
    "client_email": "finhouse@acme.iam.gserviceaccount.com",
    "private_key": f"-----BEGIN PRIVATE KEY-----\n{PLANTED}\n-----END PRIVATE KEY-----\n",
}
NOWHERE = f"postgresql://finhouse:{PLANTED}@127.0.0.1:9/finhouse"
NO_CATALOG = f"postgres:host=127.0.0.1 port=9 user=finhouse password={PLANTED} dbname=lake"

SOURCES: Mapping[str, tuple[str, ...]] = {
    "aws": ("--location", "s3://acme-bills/cur", "--dataset", "cur2"),
    "azure": ("--location", "https://acme.blob.core.windows.net/bills/costs", "--dataset", "focus"),
    "gcp": ("--location", "bigquery://acme-billing/billing", "--dataset", "detailed"),
}
CREDENTIALS = {
    "aws keys": ("aws", json.dumps(KEYS)),
    "aws no json": ("aws", PLANTED),
    "aws cut json": ("aws", json.dumps(KEYS)[:-1]),
    "aws a list": ("aws", json.dumps([PLANTED])),
    "azure sas": ("azure", SAS),
    "azure principal": ("azure", json.dumps(PRINCIPAL)),
    "azure cut json": ("azure", json.dumps(PRINCIPAL)[:-1]),
    "azure bad tenant": ("azure", json.dumps(PRINCIPAL | {"tenant_id": f"no tenant {PLANTED}"})),
    "gcp key": ("gcp", json.dumps(GOOGLE_KEY)),
    "gcp no json": ("gcp", PLANTED),
}


@pytest.fixture(scope="module")
def echo() -> Iterator[str]:
    """A cloud that refuses everybody and repeats all it was told."""

    class Echo(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            size = int(self.headers.get("Content-Length") or 0)
            said = f"{self.path} {self.headers} {self.rfile.read(size)!r}".encode()
            self.send_response(403)
            self.send_header("Content-Length", str(len(said)))
            self.send_header("Content-Type", "text/plain")
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(said)

        do_POST = do_HEAD = do_PUT = do_GET  # noqa: N815 - what the server looks for

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A house that has published costs, with one member who wants alerts."""
    with house_in(tmp_path_factory.mktemp("house") / "data") as opened:
        opened.registry.companies.add("한빛")
        opened.registry.organizations.add("Retail")
        publish(
            opened, {"fct_monthly_costs": [cost("1")], "dim_organizations": [organization("R")]}
        )
        yield opened


@pytest.fixture(autouse=True)
def _settings_of_now() -> Iterator[None]:
    settings.cache_clear()
    yield
    settings.cache_clear()


def told(*words: str) -> str:
    """Run a command; return what it prints, and the trace of what it did not catch."""
    settings.cache_clear()
    result = CliRunner().invoke(app, words)
    trace = ""
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        trace = "".join(traceback.format_exception(result.exception))
    return result.output + result.stderr + trace


def connected(case: str, endpoint: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Add a connection whose secret is one of `CREDENTIALS`, to a cloud at the endpoint."""
    provider, credentials = CREDENTIALS[case]
    reference = case.replace(" ", "_").upper()
    monkeypatch.setenv(reference, credentials)
    said = told(
        *("connection", "add", case, "--provider", provider, *SOURCES[provider]),
        *("--export", reference, "--secret", f"env:{reference}"),
        *("--option", f"endpoint_url={endpoint}"),
    )
    assert case in said
    return said


def written(folder: Path) -> list[Path]:
    """Return the files below a folder that hold the secret."""
    return [
        path
        for path in folder.rglob("*")
        if path.is_file() and PLANTED.encode() in path.read_bytes()
    ]


@pytest.mark.parametrize("case", CREDENTIALS)
def test_credentials_that_a_cloud_refuses_are_repeated_nowhere(
    house: House,
    echo: str,
    case: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    said = connected(case, echo, monkeypatch)
    said += told("connection", "check", case)
    said += told("connection", "list", "--json") + told("connection", "show", case, "--json")
    said += told("connection", "disconnect", case)
    assert re.search("CREDENTIALS|ACCESS_DENIED|UNREACHABLE|LOCATION", said)
    assert "Traceback" not in said
    assert PLANTED not in said + caplog.text
    assert written(house.settings.layout.root) == []


def test_a_refresh_that_every_cloud_refuses_writes_no_credentials(
    house: House, echo: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Dagster keeps what it is told of a refresh in the data folder, too."""
    caplog.set_level(logging.INFO)
    cases = ("aws keys", "azure sas", "gcp key")
    for case in cases:
        told("connection", "reconnect", case)
        monkeypatch.setenv(case.replace(" ", "_").upper(), CREDENTIALS[case][1])
    said = told("refresh", "--json") + told("status", "--json")
    assert said.count('"refused"') == len(cases)
    assert (house.settings.layout.root / "dagster").is_dir()
    assert PLANTED not in said + caplog.text
    assert written(house.settings.layout.root) == []


@pytest.mark.parametrize(
    "words",
    [
        ("--secret", PLANTED),
        ("--secret", f"env:{PLANTED}"),
        ("--option", f"client_secret={PLANTED}"),
        ("--option", f"note={PLANTED}"),
        ("--location", f"https://acme.blob.core.windows.net/bills{SAS}"),
        ("--location", f"s3://key:{PLANTED}@acme-bills/cur"),
        ("--export", f"daily{SAS}"),
    ],
)
def test_a_secret_given_where_a_reference_belongs_is_refused_without_being_repeated(
    house: House, words: tuple[str, str]
) -> None:
    given = {"--location": "s3://acme-bills/cur", "--export": "daily", "--dataset": "cur2"}
    given[words[0]] = words[1]
    said = told("connection", "add", "planted", *(word for pair in given.items() for word in pair))
    assert said.startswith("INVALID")
    assert PLANTED not in said
    assert written(house.settings.layout.root) == []


@pytest.mark.parametrize(
    ("setting", "value", "words"),
    [
        ("REGISTRY_URL", NOWHERE, ("company", "list")),
        (
            "REGISTRY_URL",
            f"postgresql://a@/b?host=127.0.0.1&port=9&password={PLANTED}",
            ("status",),
        ),
        ("REGISTRY_URL", f"mysql://finhouse:{PLANTED}@127.0.0.1/finhouse", ("status",)),
        ("LAKE_CATALOG", NO_CATALOG, ("costs",)),
        ("LAKE_CATALOG", NO_CATALOG, ("sql", "select 1")),
        ("LAKE_CATALOG", NO_CATALOG, ("refresh", "--json")),
        ("POSTGRES_URL", NOWHERE, ("postgres", "sync")),
        ("POSTGRES_URL", f"{NOWHERE}?sslmode=none", ("postgres", "sync")),
        ("POSTGRES_URL", f"nothing {PLANTED}", ("postgres", "sync")),
        ("API_KEY", f"fh_mem-abcdefghij.{PLANTED}", ("whoami", "--json")),
        ("API_KEY", PLANTED, ("status", "--json")),
        ("FRESHNESS_HOURS", PLANTED, ("status", "--json")),
    ],
)
def test_an_address_of_a_server_that_does_not_answer_is_told_without_its_password(
    house: House,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    setting: str,
    value: str,
    words: tuple[str, ...],
) -> None:
    caplog.set_level(logging.INFO)
    monkeypatch.setenv(f"FINHOUSE_{setting}", value)
    said = told(*words)
    assert said
    assert PLANTED not in said + caplog.text
    assert written(house.settings.layout.root) == []


def test_the_addresses_of_mail_and_channels_are_repeated_nowhere(
    house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    registry = house.registry
    kim = registry.members.add("kim@hanbit.kr")
    stale = Wish(("stale_connection",))
    registry.connections.add("quiet", Source("aws", "/nowhere", "daily", "cur2"))
    registry.alerts.add(kim.member_id, stale)
    registry.alerts.add(kim.member_id, Wish(stale.kinds, "env:PLANTED_CHANNEL"))
    monkeypatch.setenv("PLANTED_CHANNEL", f"json://127.0.0.1:9/{PLANTED}")
    monkeypatch.setenv("FINHOUSE_ALERT_MAIL", f"mailto://u:{PLANTED}@127.0.0.1:9?from=a@b.kr")
    monkeypatch.setenv("FINHOUSE_OPERATOR", "1")
    said = told("alert", "send") + told("alert", "list", "--json") + told("status", "--json")
    assert "did not take the message" in said
    assert PLANTED not in said + caplog.text
    assert written(house.settings.layout.root) == []


def test_what_an_open_house_calls_itself_holds_no_secret(tmp_path: Path) -> None:
    planted = Settings(
        data_dir=tmp_path, registry_url=f"sqlite:///{tmp_path}/{PLANTED}", lake_catalog=NO_CATALOG,
        postgres_url=NOWHERE, api_key=PLANTED, alert_mail=f"mailto://u:{PLANTED}@localhost",
    )  # fmt: skip
    house = House.open(planted)
    assert PLANTED not in repr(house.settings) + repr(house.lake) + repr(Server(NOWHERE))


def test_what_dbt_says_and_writes_of_a_catalog_holds_no_password(tmp_path: Path) -> None:
    planted = Settings(data_dir=tmp_path, lake_catalog=NO_CATALOG)
    planted.layout.plan.parent.mkdir(parents=True)
    planted.layout.plan.write_text("[]")
    lines: list[str] = []
    with pytest.raises(ModelsFailedError, match=r"127\.0\.0\.1") as failed:
        build(planted, lines.append)
    assert PLANTED not in str(failed.value) + "\n".join(lines)
    assert written(tmp_path) == []
