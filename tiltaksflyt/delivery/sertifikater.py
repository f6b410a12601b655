"""Organisation certificates: our own, with which we sign, and each recipient's, for which we encrypt.

Whom to trust is not decided here: the operator puts a recipient's certificate in the set-up, and takes it away again.
Whether it has been revoked is not asked.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from tiltaksflyt.delivery.cms import sign_detached

# Shorter keys are refused by Norwegian issuers too (SEID 2.0 asks for 3072 in new certificates; older ones have 2048).
MINSTE_NOKKEL_BIT = 2048


class Sertifikatfeil(Exception):
    """A certificate or key cannot be used. Names the file and what to do, and nothing of what is in it."""

    kode = "UGYLDIG_SERTIFIKAT"


@dataclass(frozen=True)
class Virksomhet:
    """Who signs: the operator's organisation certificate with its key, and the chain towards its root."""

    nokkel: RSAPrivateKey = field(repr=False)
    sertifikat: x509.Certificate
    kjede: tuple[x509.Certificate, ...] = ()

    def sign(self, avtrykk: bytes, tid: datetime) -> bytes:
        """A detached CAdES signature of what has the SHA-256 `avtrykk`."""
        return sign_detached(avtrykk, nokkel=self.nokkel, sertifikat=self.sertifikat, kjede=self.kjede, tid=tid)


def load_certificate(fil: Path) -> x509.Certificate:
    """A recipient's certificate, PEM. Raises Sertifikatfeil."""
    return load_chain(fil)[0]


def load_own(nokkelfil: Path, sertifikatfil: Path) -> Virksomhet:
    """Our own key and certificate, PEM; the chain follows the certificate in its file. Raises Sertifikatfeil."""
    sertifikat, *kjede = load_chain(sertifikatfil)
    nokkel = load_key(nokkelfil)
    if nokkel.public_key() != sertifikat.public_key():
        raise Sertifikatfeil(f"{nokkelfil} is not the key of {sertifikatfil}: put the pair that belongs together there")
    return Virksomhet(nokkel, sertifikat, tuple(kjede))


def is_valid(sertifikat: x509.Certificate, now: datetime) -> bool:
    """Whether a certificate is valid at `now`."""
    return sertifikat.not_valid_before_utc <= now <= sertifikat.not_valid_after_utc


def load_chain(fil: Path) -> Sequence[x509.Certificate]:
    """A certificate with an RSA key and those that follow it in its file, PEM. Raises Sertifikatfeil."""
    try:
        kjede = x509.load_pem_x509_certificates(fil.read_bytes())
    except (OSError, ValueError):
        kjede = []
    if not kjede:
        raise Sertifikatfeil(f"{fil} holds no certificate as PEM: put the organisation's certificate there")
    offentlig = kjede[0].public_key()
    if not isinstance(offentlig, RSAPublicKey) or offentlig.key_size < MINSTE_NOKKEL_BIT:
        raise Sertifikatfeil(f"{fil} holds no RSA key of {MINSTE_NOKKEL_BIT} bits or more: ask for another certificate")
    return kjede


def load_key(fil: Path) -> RSAPrivateKey:
    """A private RSA key of 2048 bits or more, PEM without a password. Raises Sertifikatfeil."""
    try:
        nokkel = load_pem_private_key(fil.read_bytes(), password=None)
    except (OSError, ValueError, TypeError):
        nokkel = None
    if not isinstance(nokkel, RSAPrivateKey) or nokkel.key_size < MINSTE_NOKKEL_BIT:
        raise Sertifikatfeil(
            f"{fil} holds no RSA key of {MINSTE_NOKKEL_BIT} bits or more, as PEM without a password: put one there"
        )
    return nokkel
