"""`finhouse connection template`, as an administrator is sent its output."""

import json

import pytest
from typer.testing import CliRunner, Result

from pipelines.cli.main import app


def template(*words: str) -> Result:
    return CliRunner().invoke(app, ["connection", "template", *words])


def test_what_is_known_stands_in_the_template_and_what_is_not_is_asked_for() -> None:
    told = template("aws", "--location", "s3://acme-bills/cur", "--option", "external_id=acme-1")
    parameters = json.loads(told.stdout)["Parameters"]
    assert (parameters["BucketName"]["Default"], parameters["Prefix"]["Default"]) == (
        "acme-bills",
        "cur/",
    )
    assert parameters["ExternalId"]["Default"] == "acme-1"
    assert "Default" not in parameters["TrustedPrincipal"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["oci"], "There is no template for 'oci'; there is one for aws, azure, gcp."),
        (["azure", "--purchases"], "OPTION: --purchases"),
    ],
)
def test_what_there_is_no_template_for_is_refused(words: list[str], said: str) -> None:
    refused = template(*words)
    assert refused.exit_code == 1
    assert said in refused.stderr
