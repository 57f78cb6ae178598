"""The providers the house knows: one line each, and one for each cloud that lets us in.

A cloud's client takes up to a second to import: only who talks to that cloud pays for it.
"""

from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from pipelines.providers.aws import onboarding as aws_onboarding
from pipelines.providers.aws.offers import offer_file
from pipelines.providers.aws.sample import SAMPLE as AWS_SAMPLE
from pipelines.providers.azure import offers as azure_offers
from pipelines.providers.azure.sample import SAMPLE as AZURE_SAMPLE
from pipelines.providers.contract import ConnectionConfig, OfferFile, PriceWords, Provider
from pipelines.providers.focus.provider import FocusProvider
from pipelines.providers.gcp import offers as gcp_offers
from pipelines.providers.gcp import onboarding as gcp_onboarding
from pipelines.providers.gcp.sample import SAMPLE as GCP_SAMPLE
from pipelines.providers.onboarding import Onboarding
from pipelines.providers.outbox import FolderOutbox, Outbox
from pipelines.providers.purchasing import Buyer
from pipelines.providers.sample_bills import Sample
from warehouse.backups.bucket import Bucket


def _late(module: str, name: str) -> Callable[..., Any]:
    """Return what stands under a name in a provider's module, imported when it is called."""

    def call(*given: Any) -> Any:
        return getattr(import_module(f"{__package__}.{module}"), name)(*given)

    return call


PROVIDERS: Mapping[str, Callable[[ConnectionConfig], Provider]] = {
    "aws": _late("aws.provider", "AwsProvider"),
    "azure": _late("azure.provider", "AzureProvider"),
    "gcp": _late("gcp.provider", "GcpProvider"),
    "focus": lambda config: FocusProvider(config, _late("aws.s3", "S3Store")),
}

SAMPLES: tuple[Sample[Any], ...] = (AWS_SAMPLE, AZURE_SAMPLE, GCP_SAMPLE)
"""The sample company's bills, cloud by cloud."""

TEMPLATES: Mapping[str, Callable[[Onboarding], str]] = {
    "aws": aws_onboarding.template,
    "azure": _late("azure.onboarding", "template"),
    "gcp": gcp_onboarding.template,
}
"""Cloud -> what its administrator runs, so that the house may read its bills."""

OFFERS: Mapping[str, Callable[[Path], OfferFile]] = {
    "AWS": offer_file,
    "Microsoft": azure_offers.offer_file,
    "Google Cloud": gcp_offers.offer_file,
}
"""FOCUS name of a provider -> what reads an offer file of it."""

PRICE_PAGES: Mapping[str, Callable[[str, Path], None]] = {"Microsoft": azure_offers.fetch_pages}
"""FOCUS name of a provider -> what saves its public answers, from an address into a folder."""

PRICE_WORDS: Mapping[str, PriceWords] = {
    "Microsoft": PriceWords(azure_offers.price_key, azure_offers.bound_to, azure_offers.REPORTED),
    "Google Cloud": PriceWords(gcp_offers.price_key, gcp_offers.bound_to, gcp_offers.REPORTED),
}
"""FOCUS name of a provider -> how its prices are found. AWS's name the uses as its bills do."""

BUYERS: Mapping[str, Callable[[ConnectionConfig, str], Buyer | None]] = {
    "aws": _late("aws.purchases", "buyer")
}
"""Cloud -> who may buy in an account of it, where a connection lets the house. Others: by hand."""

OUTBOXES: Mapping[str, tuple[str, Callable[[ConnectionConfig], Outbox]]] = {
    "s3://": ("aws", _late("aws.outbox", "S3Outbox")),
    "https://": ("azure", _late("azure.blobs", "Container")),
}
"""How a destination begins -> the cloud it lies in, and what files are put into it by."""

CLOUDS: Mapping[str, str] = {"AWS": "aws", "Microsoft": "azure", "Google Cloud": "gcp"}
"""FOCUS name of a provider -> the house's word for it."""


def provider_for(config: ConnectionConfig) -> Provider:
    """Return the provider that serves a connection; ValueError for a name nobody registered."""
    if config.provider not in PROVIDERS:
        raise ValueError(f"unknown provider {config.provider!r}; known are {sorted(PROVIDERS)}")
    return PROVIDERS[config.provider](config)


def bucket_for(address: str, options: Mapping[str, str]) -> Bucket | None:
    """Return the bucket of an address, signed in as this machine; None for another cloud's."""
    if not address.startswith("s3://"):
        return None
    bucket: Bucket = _late("aws.bucket", "S3Bucket")(
        ConnectionConfig("", "aws", address, "", "", options)
    )
    return bucket


def outbox_for(destination: str, options: Mapping[str, str], secret: str) -> Outbox:
    """Return where files are delivered: a bucket, a container, or the path of a folder."""
    for start, (cloud, outbox) in OUTBOXES.items():
        if destination.startswith(start):
            return outbox(ConnectionConfig("", cloud, destination, "", "", options, secret))
    return FolderOutbox(Path(destination))
