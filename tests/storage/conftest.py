"""One real S3 store for the tests of this folder, with two senders whose numbers look alike."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config

from deploy.lokalt.seaweedfs import LokalSeaweedFS, Tilgang, avsenderrettigheter
from tiltaksflyt.storage import Storage

BUCKET = "tiltaksflyt"
EN, ANNEN = "310000019", "310000027"  # synthetic: Tenor's organisations begin with 2 or 3


@pytest.fixture(scope="session")
def seaweed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LokalSeaweedFS]:
    """The store, running."""
    rettigheter = {orgnr: avsenderrettigheter(BUCKET, orgnr) for orgnr in (EN, ANNEN)}
    with LokalSeaweedFS(tmp_path_factory.mktemp("seaweedfs"), bucket=BUCKET, rettigheter=rettigheter) as lager:
        yield lager


@pytest.fixture
def storage(seaweed: LokalSeaweedFS) -> Iterator[Storage]:
    """Our own view of an empty bucket."""
    with Storage(seaweed.oppsett) as lager:
        for mappe in {nokkel.split("/")[0] for nokkel in (v.nokkel for v in lager.list_versions())}:
            lager.delete_prefix(f"{mappe}/")
        yield lager


def open_s3(endepunkt: str, tilgang: Tilgang) -> Any:
    """An ordinary S3 client with one identity's key, as a sender's vendor would open it."""
    return boto3.client(
        "s3",
        endpoint_url=endepunkt,
        region_name="us-east-1",
        aws_access_key_id=tilgang.tilgangsnokkel,
        aws_secret_access_key=tilgang.hemmelig,
        config=Config(s3={"addressing_style": "path"}, retries={"max_attempts": 1}),
    )


@pytest.fixture
def drift(seaweed: LokalSeaweedFS) -> Iterator[Any]:
    """A raw client with our own key."""
    oppsett = seaweed.oppsett
    klient = open_s3(seaweed.endepunkt, Tilgang("drift", oppsett.tilgangsnokkel, oppsett.hemmelig))
    yield klient
    klient.close()


@pytest.fixture
def avsender(seaweed: LokalSeaweedFS) -> Iterator[Any]:
    """A raw client with one sender's key."""
    klient = open_s3(seaweed.endepunkt, seaweed.tilganger[EN])
    yield klient
    klient.close()


@pytest.fixture(scope="session")
def find_bytes() -> Callable[[Path, bytes], list[str]]:
    """Which files under a folder hold the bytes."""

    def find(katalog: Path, merke: bytes) -> list[str]:
        return sorted(fil.name for fil in katalog.rglob("*") if fil.is_file() and merke in fil.read_bytes())

    return find
