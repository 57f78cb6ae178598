"""`finhouse connection template`: what a cloud's administrator runs to let the house in."""

from typing import Annotated

import typer

from pipelines.cli.connections import Options, app, parse_options
from pipelines.cli.output import refuse
from pipelines.providers.onboarding import Onboarding
from pipelines.providers.registry import TEMPLATES


@app.command("template")
def template(
    cloud: Annotated[str, typer.Argument(help="aws, azure or gcp.")],
    location: Annotated[
        str, typer.Option(help="Where the bills are to lie, as `connection add` takes it.")
    ] = "",
    export: Annotated[str, typer.Option(help="The export's name at the provider.")] = "",
    option: Options = None,
    *,
    purchases: Annotated[
        bool, typer.Option("--purchases", help="AWS: a second role that may buy commitments.")
    ] = False,
) -> None:
    """Print what an administrator runs: a CloudFormation template, or a script for Azure or GCP.

    What is left out, the console asks for or the script's first lines want filled in. Options:
    trusted_principal, external_id, kms_key_arn; scope, amortized_export, secret_file; region,
    key_file.

    Example: finhouse connection template aws --location s3://acme-bills/cur > finhouse.json
    """
    if cloud not in TEMPLATES:
        refuse(f"There is no template for {cloud!r}; there is one for {', '.join(TEMPLATES)}.")
    asked = Onboarding(location, export, parse_options(option), purchases)
    typer.echo(TEMPLATES[cloud](asked), nl=False)
