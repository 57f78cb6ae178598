"""One door under libFuzzer: the house's own modules are watched for what no input reached yet."""

import sys

import atheris

with atheris.instrument_imports(include=["pipelines", "warehouse"]):
    from tests.fuzz.doors import doors

name = sys.argv.pop(1)
atheris.Setup(sys.argv, doors()[name])
atheris.Fuzz()
