"""A script for the administrator of a GCP project: the dataset, and who may read it."""

from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from pipelines.providers.gcp.permissions import DATA_ROLE, JOB_ROLE
from pipelines.providers.onboarding import Onboarding, refuse_purchases, shell_script

BODY: Final = Path(__file__).with_name("onboarding.sh")


def template(asked: Onboarding) -> str:
    """Print the script. The roles are those that `connection check` asks for."""
    refuse_purchases(asked, "GCP")
    place = urlsplit(asked.location)
    values = {
        "PROJECT": place.netloc,
        "DATASET": place.path.strip("/") or "billing",
        "REGION": asked.options.get("region", "US"),
        "ACCOUNT_NAME": "finhouse",
        "JOB_ROLE": JOB_ROLE,
        "DATA_ROLE": DATA_ROLE,
        "KEY_FILE": asked.options.get("key_file", ""),
    }
    return shell_script(values, BODY)
