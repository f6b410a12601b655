"""The S3 calls themselves. Every fault leaves here as a StorageFeil with a code: botocore's own texts carry keys."""

import logging
import os
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, TypeVar

import botocore.loaders
import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from urllib3.exceptions import HTTPError

from tiltaksflyt.storage.feil import Lagringskode, StorageFeil
from tiltaksflyt.storage.oppsett import Bucketoppsett

_KODER = {
    "NoSuchKey": Lagringskode.IKKE_FUNNET,
    "NoSuchVersion": Lagringskode.IKKE_FUNNET,
    "NoSuchBucket": Lagringskode.IKKE_FUNNET,
    "NoSuchUpload": Lagringskode.IKKE_FUNNET,
    "ServerSideEncryptionConfigurationNotFoundError": Lagringskode.IKKE_FUNNET,
    "404": Lagringskode.IKKE_FUNNET,
    "AccessDenied": Lagringskode.IKKE_TILGANG,
    "InvalidAccessKeyId": Lagringskode.IKKE_TILGANG,
    "SignatureDoesNotMatch": Lagringskode.IKKE_TILGANG,
    "403": Lagringskode.IKKE_TILGANG,
    "PreconditionFailed": Lagringskode.ENDRET,
    "ConditionalRequestConflict": Lagringskode.ENDRET,
    "412": Lagringskode.ENDRET,
    "BucketAlreadyOwnedByYou": Lagringskode.FINNES,
    "SlowDown": Lagringskode.UTILGJENGELIG,
    "ServiceUnavailable": Lagringskode.UTILGJENGELIG,
    "RequestTimeout": Lagringskode.UTILGJENGELIG,
    "InternalError": Lagringskode.UTILGJENGELIG,
}
_TJENERFEIL = 500
T = TypeVar("T")


class S3:
    """One bucket, one identity. Methods are the S3 operations, with the bucket filled in."""

    def __init__(self, oppsett: Bucketoppsett) -> None:
        self.bucket = oppsett.bucket
        self._klient = _open(oppsett)

    def close(self) -> None:
        """Let go of the connections."""
        self._klient.close()

    def call(self, operasjon: str, **argumenter: Any) -> dict[str, Any]:  # noqa: ANN401  botocore's own arguments
        """One operation by its botocore name, on our bucket. Raises StorageFeil."""
        metode: Callable[..., dict[str, Any]] = getattr(self._klient, operasjon)
        return guard(operasjon, lambda: metode(Bucket=self.bucket, **argumenter))

    def pages(self, operasjon: str, **argumenter: Any) -> Iterator[dict[str, Any]]:  # noqa: ANN401
        """The pages of a listing. Raises StorageFeil."""
        sider = iter(self._klient.get_paginator(operasjon).paginate(Bucket=self.bucket, **argumenter))
        while (side := guard(operasjon, lambda: next(sider, None))) is not None:
            yield side


def guard(operasjon: str, gjor: Callable[[], T]) -> T:
    """Do it, and turn a fault into a StorageFeil that has no other exception behind it."""
    try:
        return gjor()
    except ClientError as feil:
        kode = _code(feil)
    except (BotoCoreError, HTTPError, OSError):
        kode = Lagringskode.UTILGJENGELIG
    raise StorageFeil(kode, operasjon)


def _code(feil: ClientError) -> Lagringskode:
    kode = _KODER.get(feil.response.get("Error", {}).get("Code", ""))
    if kode is not None:
        return kode
    status = feil.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return Lagringskode.UTILGJENGELIG if status >= _TJENERFEIL else Lagringskode.UVENTET


@cache
def _descriptions() -> botocore.loaders.Loader:
    """What botocore makes its clients of, read once a process: it takes a tenth of a second."""
    return botocore.loaders.create_loader()


def _open(oppsett: Bucketoppsett) -> Any:  # noqa: ANN401  botocore makes its client classes at run time
    # At DEBUG botocore logs keys, headers and bodies.
    for navn in ("botocore", "urllib3"):
        logging.getLogger(navn).setLevel(logging.WARNING)
    # Nobody's ~/.aws or AWS_PROFILE decides where personal data go.
    egne = dict.fromkeys(("config_file", "credentials_file"), (None, None, os.devnull, None))
    kjerne = botocore.session.Session(session_vars={**egne, "profile": (None, None, None, None)})
    kjerne.register_component("data_loader", _descriptions())
    return kjerne.create_client(
        "s3",
        endpoint_url=oppsett.endepunkt,
        region_name=oppsett.region,
        aws_access_key_id=oppsett.tilgangsnokkel,
        aws_secret_access_key=oppsett.hemmelig,
        config=Config(
            signature_version="s3v4",
            s3={"addressing_style": "path"},
            connect_timeout=5,
            read_timeout=60,
            retries={"mode": "standard", "total_max_attempts": 4},
            max_pool_connections=16,
        ),
    )
