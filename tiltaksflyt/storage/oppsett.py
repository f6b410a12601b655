"""How the bucket is reached. The secret is in a file of its own, never in the environment."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from schemas.loader import UgyldigFil, read_json

ENDEPUNKT = "TILTAKSFLYT_S3_ENDEPUNKT"
BUCKET = "TILTAKSFLYT_S3_BUCKET"
NOKKELFIL = "TILTAKSFLYT_S3_NOKKELFIL"
REGION = "TILTAKSFLYT_S3_REGION"


class ManglerOppsett(Exception):
    """A setting that the bucket needs is not given; says which."""


@dataclass(frozen=True)
class Bucketoppsett:
    """Where the bucket is and who we are there."""

    endepunkt: str
    bucket: str
    tilgangsnokkel: str = field(repr=False)
    hemmelig: str = field(repr=False)
    region: str = "us-east-1"


def read_oppsett(miljo: Mapping[str, str]) -> Bucketoppsett:
    """The set-up from the environment's addresses and the key file that it points to.

    The key file is JSON: {"tilgangsnokkel": …, "hemmelig": …}. Raises ManglerOppsett or UgyldigFil.
    """
    mangler = [navn for navn in (ENDEPUNKT, BUCKET, NOKKELFIL) if not miljo.get(navn)]
    if mangler:
        raise ManglerOppsett(f"the bucket lacks {', '.join(mangler)}; set them in the environment")
    tilgangsnokkel, hemmelig = read_nokkelfil(Path(miljo[NOKKELFIL]))
    return Bucketoppsett(
        endepunkt=miljo[ENDEPUNKT],
        bucket=miljo[BUCKET],
        tilgangsnokkel=tilgangsnokkel,
        hemmelig=hemmelig,
        region=miljo.get(REGION) or "us-east-1",
    )


def read_nokkelfil(fil: Path) -> tuple[str, str]:
    """The two halves of an S3 key. Raises UgyldigFil naming the file, never showing what is in it."""
    innhold = read_json(fil)
    felt = ("tilgangsnokkel", "hemmelig")
    if not isinstance(innhold, dict) or not all(isinstance(innhold.get(navn), str) for navn in felt):
        raise UgyldigFil(fil, "", "must hold the texts tilgangsnokkel and hemmelig")
    return innhold["tilgangsnokkel"], innhold["hemmelig"]
