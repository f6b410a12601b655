"""Test certificates: an authority of nobody's, an operator that signs, and a recipient that packages are encrypted for.

For demo, tests and trials. Production has organisation certificates from an issuer that Norwegian law knows
(docs/sertifikater.md). `python -m deploy.lokalt.pki <folder>`, or `make demo-pki`.
"""

import argparse
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

_BIT = 3072
_NOKKEL = ".key"
# Wide, so that a test or demo may set its clock to any day it likes.
_FRA, _TIL = datetime(2015, 1, 1, tzinfo=UTC), datetime(2045, 1, 1, tzinfo=UTC)
_UTSTEDER = "TEST tiltaksflyt utsteder"
# Organisation numbers of Tenor's kind: synthetic, of no organisation.
_VIRKSOMHET = ("TEST Driftsoperatør AS", "310000019")
_MOTTAKER = ("TEST Referansemottak", "310000027")


@dataclass(frozen=True)
class Pki:
    """Where the files lie. Keys are PEM without a password, readable by their owner only."""

    katalog: Path

    @property
    def utsteder(self) -> Path:
        """The authority's certificate: what a recipient trusts."""
        return self.katalog / "utsteder.pem"

    @property
    def virksomhetsnokkel(self) -> Path:
        """The operator's key."""
        return self.katalog / "virksomhet.key"

    @property
    def virksomhet(self) -> Path:
        """The operator's certificate."""
        return self.katalog / "virksomhet.pem"

    @property
    def mottakernokkel(self) -> Path:
        """The recipient's key."""
        return self.katalog / "mottaker.key"

    @property
    def mottaker(self) -> Path:
        """The recipient's certificate."""
        return self.katalog / "mottaker.pem"


def make_pki(katalog: Path, *, fra: datetime = _FRA, til: datetime = _TIL, merke: str = "") -> Pki:
    """Write the files into `katalog`, unless they are there: a second start goes on with the same keys.

    Another `merke` or other dates give other keys than those this process has made before.
    """
    pki = Pki(katalog)
    if pki.mottaker.exists():
        return pki
    katalog.mkdir(mode=0o700, parents=True, exist_ok=True)
    for navn, innhold in _issue_all(merke, fra, til).items():
        fil = katalog / navn
        fil.touch(mode=0o600 if fil.suffix == _NOKKEL else 0o644)
        fil.write_bytes(innhold)
    return pki


@cache
def _issue_all(merke: str, fra: datetime, til: datetime) -> Mapping[str, bytes]:
    """The files by name. Made once in a process: making three keys takes longer than most tests."""
    rot = rsa.generate_private_key(public_exponent=65537, key_size=_BIT)
    utsteder = _name(f"{_UTSTEDER} {merke}".strip())
    filer = {"utsteder.pem": _issue(utsteder, rot, utsteder, rot, (fra, til))}
    for fil, (navn, orgnr) in (("virksomhet", _VIRKSOMHET), ("mottaker", _MOTTAKER)):
        nokkel = rsa.generate_private_key(public_exponent=65537, key_size=_BIT)
        filer[fil + _NOKKEL] = nokkel.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        filer[f"{fil}.pem"] = _issue(_name(navn, orgnr), nokkel, utsteder, rot, (fra, til))
    return filer


def _name(navn: str, orgnr: str | None = None) -> x509.Name:
    deler = [x509.NameAttribute(NameOID.COUNTRY_NAME, "NO"), x509.NameAttribute(NameOID.ORGANIZATION_NAME, navn)]
    if orgnr is not None:
        deler.append(x509.NameAttribute(NameOID.ORGANIZATION_IDENTIFIER, f"NTRNO-{orgnr}"))
    return x509.Name([*deler, x509.NameAttribute(NameOID.COMMON_NAME, navn)])


def _issue(
    navn: x509.Name,
    nokkel: rsa.RSAPrivateKey,
    utsteder: x509.Name,
    utstedernokkel: rsa.RSAPrivateKey,
    gyldig: tuple[datetime, datetime],
) -> bytes:
    er_utsteder = navn == utsteder
    bruk = x509.KeyUsage(
        digital_signature=not er_utsteder,
        content_commitment=not er_utsteder,
        key_encipherment=not er_utsteder,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=er_utsteder,
        crl_sign=er_utsteder,
        encipher_only=False,
        decipher_only=False,
    )
    return (
        x509.CertificateBuilder()
        .subject_name(navn)
        .issuer_name(utsteder)
        .public_key(nokkel.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(gyldig[0])
        .not_valid_after(gyldig[1])
        .add_extension(x509.BasicConstraints(ca=er_utsteder, path_length=None), critical=True)
        .add_extension(bruk, critical=True)
        .sign(utstedernokkel, hashes.SHA256())
        .public_bytes(Encoding.PEM)
    )


def main() -> int:
    """Write test certificates into a folder."""
    leser = argparse.ArgumentParser(prog="python -m deploy.lokalt.pki", description=make_pki.__doc__)
    leser.add_argument("katalog", type=Path)
    make_pki(leser.parse_args().katalog)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
