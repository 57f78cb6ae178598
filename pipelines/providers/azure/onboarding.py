"""A script for the administrator of an Azure scope: who may read its exports, and the exports."""

from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from pipelines.providers.azure.signin import ROLE
from pipelines.providers.onboarding import Onboarding, refuse_purchases, shell_script

BODY: Final = Path(__file__).with_name("onboarding.sh")


def template(asked: Onboarding) -> str:
    """Print the script. The one role is the one that `connection check` asks for."""
    refuse_purchases(asked, "Azure")
    place = urlsplit(asked.location)
    container, _, directory = unquote(place.path).strip("/").partition("/")
    export = asked.export_name or "finhouse-actual"
    values = {
        "SCOPE": asked.options.get("scope", ""),
        "STORAGE_ACCOUNT": place.netloc.partition(".")[0],
        "CONTAINER": container,
        "DIRECTORY": directory or "costs",
        "EXPORT": export,
        "AMORTIZED_EXPORT": asked.options.get("amortized_export", "finhouse-amortized"),
        "APP_NAME": "finhouse",
        "STORAGE_ROLE": ROLE,
        "SECRET_FILE": asked.options.get("secret_file", ""),
    }
    return shell_script(values, BODY)
