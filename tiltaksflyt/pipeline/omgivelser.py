"""What a step works in: the ledger, the bucket, the set-up and the keys, opened from the environment and closed again.

TILTAKSFLYT_MODUS              TEST or PROD
TILTAKSFLYT_OPPSETT            folder with avsendere/ and mottakere.yaml
TILTAKSFLYT_LEDGER_URL         SQLAlchemy URL of the ledger
TILTAKSFLYT_NOKKELLAGER_URL    SQLAlchemy URL of the key store, never the same database
TILTAKSFLYT_NOKKELVERN         folder of the arrangører's key-encryption keys, or a .yaml that says where else they are
TILTAKSFLYT_SIGNERINGSNOKKEL   file with the Ed25519 key that signs evidence
TILTAKSFLYT_VIRKSOMHETSNOKKEL  file with the key of the operator's organisation certificate, PEM (levering only)
TILTAKSFLYT_VIRKSOMHETSSERTIFIKAT  file with that certificate and its chain, PEM
TILTAKSFLYT_FORANKRING         folder where head and count of the chain are anchored
TILTAKSFLYT_S3_*               the bucket (tiltaksflyt/storage/oppsett.py)
TILTAKSFLYT_OBJEKTVASK         command that makes the object store forget deleted bytes, where it does not by itself
TILTAKSFLYT_LAGRE              folders that the sweep searches, separated by colons (test deployments)
TILTAKSFLYT_KANARIER           file with the identities that the sweep looks for (test deployments)
"""

import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.x509 import Certificate

from schemas.oppsett import Mottaker, Oppsett, load_oppsett
from tiltaksflyt.delivery import Channel, Virksomhet, load_certificate, load_own, open_channel
from tiltaksflyt.ledger import Ledger, Nokkellager, load_signing_key, open_key_store, open_ledger
from tiltaksflyt.nokkelvern import open_nokkelvern
from tiltaksflyt.pipeline.feil import FramtidigDato, Oppsettsfeil
from tiltaksflyt.storage import ManglerOppsett, Storage
from transforms.dokument_pdf import Sidesettere

_LOGG = logging.getLogger("tiltaksflyt")
MODI = ("TEST", "PROD")


@dataclass(frozen=True)
class Omgivelser:
    """Everything a step needs and cannot compute. Made once per process and passed in whole."""

    modus: str
    oppsett: Oppsett
    oppsett_katalog: Path
    ledger: Ledger
    storage: Storage
    signering: Ed25519PrivateKey
    forankring: Path
    sidesettere: Sidesettere
    lagre: tuple[Path, ...] = ()
    kanarier: Path | None = None
    objektvask: str | None = None
    virksomhetsnokkel: Path | None = None
    virksomhetssertifikat: Path | None = None

    @cached_property
    def virksomhet(self) -> Virksomhet:
        """The operator, who signs packages. Raises Oppsettsfeil and Sertifikatfeil."""
        if self.virksomhetsnokkel is None or self.virksomhetssertifikat is None:
            raise Oppsettsfeil(
                "TILTAKSFLYT_VIRKSOMHETSNOKKEL and TILTAKSFLYT_VIRKSOMHETSSERTIFIKAT name who signs packages; set both"
            )
        return load_own(self.virksomhetsnokkel, self.virksomhetssertifikat)

    def certificate_of(self, mottaker: Mottaker) -> Certificate:
        """What packages to a recipient are encrypted for. Raises Sertifikatfeil."""
        return load_certificate(self.oppsett_katalog / mottaker.sertifikat)

    @property
    def er_test(self) -> bool:
        """Whether this deployment takes only synthetic persons and speaks only to test recipients."""
        return self.modus == "TEST"

    def channel(self, mottaker: Mottaker) -> Channel:
        """The channel to one recipient. Key files are named relative to the set-up's folder."""
        return open_channel(mottaker, storage=self.storage, katalog=self.oppsett_katalog)

    def refuse_future(self, dato: date, i_dag: date) -> None:
        """Raise FramtidigDato when a production deployment is asked for a day after today."""
        if not self.er_test and dato > i_dag:
            raise FramtidigDato("a day after today is refused; use --dry-run to look ahead")


def required(miljo: Mapping[str, str], navn: str) -> str:
    """A setting that must be there. Raises Oppsettsfeil naming it."""
    verdi = miljo.get(navn)
    if not verdi:
        raise Oppsettsfeil(f"{navn} is not set; see tiltaksflyt/pipeline/omgivelser.py for what it means")
    return verdi


@contextmanager
def open_omgivelser(miljo: Mapping[str, str]) -> Iterator[Omgivelser]:
    """The surroundings that `miljo` describes, closed again at the end. Raises Oppsettsfeil and UgyldigFil."""
    modus = required(miljo, "TILTAKSFLYT_MODUS")
    if modus not in MODI:
        raise Oppsettsfeil("TILTAKSFLYT_MODUS must be TEST or PROD")
    ledger_url = required(miljo, "TILTAKSFLYT_LEDGER_URL")
    if ledger_url == required(miljo, "TILTAKSFLYT_NOKKELLAGER_URL"):
        raise Oppsettsfeil("TILTAKSFLYT_NOKKELLAGER_URL is the ledger itself; keys lie apart from what they open")
    katalog = Path(required(miljo, "TILTAKSFLYT_OPPSETT"))
    with (
        open_nokkellager(miljo) as nokkellager,
        closing(open_ledger(ledger_url, nokkellager, create=True, er_test=modus == "TEST")) as ledger,
        _open_storage(miljo) as storage,
        Sidesettere() as sidesettere,
    ):
        oppsett = load_oppsett(katalog)
        _require_roles(oppsett, katalog, modus)
        yield Omgivelser(
            modus=modus,
            oppsett=oppsett,
            oppsett_katalog=katalog,
            ledger=ledger,
            storage=storage,
            signering=load_signing_key(Path(required(miljo, "TILTAKSFLYT_SIGNERINGSNOKKEL"))),
            forankring=Path(required(miljo, "TILTAKSFLYT_FORANKRING")),
            sidesettere=sidesettere,
            lagre=tuple(Path(del_) for del_ in miljo.get("TILTAKSFLYT_LAGRE", "").split(":") if del_),
            kanarier=_file(miljo, "TILTAKSFLYT_KANARIER"),
            objektvask=miljo.get("TILTAKSFLYT_OBJEKTVASK") or None,
            virksomhetsnokkel=_file(miljo, "TILTAKSFLYT_VIRKSOMHETSNOKKEL"),
            virksomhetssertifikat=_file(miljo, "TILTAKSFLYT_VIRKSOMHETSSERTIFIKAT"),
        )


@contextmanager
def open_nokkellager(miljo: Mapping[str, str]) -> Iterator[Nokkellager]:
    """The key store alone, closed again at the end. Raises Oppsettsfeil, UgyldigFil and LedgerFeil."""
    vern = open_nokkelvern(required(miljo, "TILTAKSFLYT_NOKKELVERN"), miljo)
    with closing(open_key_store(required(miljo, "TILTAKSFLYT_NOKKELLAGER_URL"), vern, create=True)) as nokkellager:
        yield nokkellager


def _require_roles(oppsett: Oppsett, katalog: Path, modus: str) -> None:
    """Refuse to run production for a sender whose roles and agreement are not in its set-up; a test is only told.

    Raises Oppsettsfeil naming each file and what to write in it.
    """
    mangler = [f"{katalog / fil}: {mangel.sted}: {mangel.skriv}" for fil, mangel in oppsett.role_gaps()]
    if mangler and modus == "PROD":
        raise Oppsettsfeil("\n".join(["production takes no sender without roles and an agreement:", *mangler]))
    for mangel in mangler:
        _LOGG.warning("production would refuse this set-up: %s", mangel)


def _file(miljo: Mapping[str, str], navn: str) -> Path | None:
    verdi = miljo.get(navn)
    return Path(verdi) if verdi else None


def _open_storage(miljo: Mapping[str, str]) -> Storage:
    try:
        return Storage.from_environment(miljo)
    except ManglerOppsett as feil:
        raise Oppsettsfeil(str(feil)) from None


@contextmanager
def from_environment() -> Iterator[Omgivelser]:
    """The surroundings that this process's own environment describes."""
    with open_omgivelser(os.environ) as omgivelser:
        yield omgivelser
