"""Certificates and keys from files: what is taken, what is refused and with which words, and when each is valid."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat

from deploy.lokalt.pki import Pki, make_pki
from tiltaksflyt.delivery.sertifikater import Sertifikatfeil, is_valid, load_certificate, load_own

FRA, TIL = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC)


@pytest.fixture
def pki(tmp_path: Path) -> Pki:
    return make_pki(tmp_path / "pki", fra=FRA, til=TIL)


def refusal(fil: Path, nokkel: Path | None = None) -> str:
    with pytest.raises(Sertifikatfeil) as feil:
        _ = load_certificate(fil) if nokkel is None else load_own(nokkel, fil)
    assert feil.value.kode == "UGYLDIG_SERTIFIKAT"
    assert feil.value.__cause__ is None
    return str(feil.value)


def test_the_chain_follows_the_certificate(pki: Pki) -> None:
    pki.virksomhet.write_bytes(pki.virksomhet.read_bytes() + pki.utsteder.read_bytes())
    virksomhet = load_own(pki.virksomhetsnokkel, pki.virksomhet)
    assert [ett.subject for ett in virksomhet.kjede] == [virksomhet.sertifikat.issuer]
    assert "nokkel" not in repr(virksomhet)


def test_a_file_that_is_no_certificate_is_named(pki: Pki, tmp_path: Path) -> None:
    for innhold in (b"", b"soppel", pki.mottakernokkel.read_bytes()):
        (tmp_path / "feil.pem").write_bytes(innhold)
        assert "feil.pem holds no certificate" in refusal(tmp_path / "feil.pem")
    assert "borte.pem" in refusal(tmp_path / "borte.pem")


@pytest.mark.parametrize(
    "nokkel",
    [rsa.generate_private_key(65537, 1024), ec.generate_private_key(ec.SECP256R1())],  # noqa: S505  to be refused
    ids=["1024", "ec"],
)
def test_a_key_that_is_too_short_or_of_another_kind(tmp_path: Path, nokkel: rsa.RSAPrivateKey) -> None:
    navn = x509.Name([])
    sertifikat = (
        x509.CertificateBuilder()
        .subject_name(navn)
        .issuer_name(navn)
        .public_key(nokkel.public_key())
        .serial_number(1)
        .not_valid_before(FRA)
        .not_valid_after(TIL)
        .sign(nokkel, hashes.SHA256())
    )
    (tmp_path / "kort.pem").write_bytes(sertifikat.public_bytes(Encoding.PEM))
    assert "no RSA key of 2048 bits" in refusal(tmp_path / "kort.pem")


def test_a_key_that_cannot_be_used(pki: Pki, tmp_path: Path) -> None:
    assert "is not the key of" in refusal(pki.virksomhet, pki.mottakernokkel)
    fil = tmp_path / "nokkel.key"
    laast = rsa.generate_private_key(65537, 2048).private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"x")
    )
    annen = ec.generate_private_key(ec.SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    for innhold in (laast, annen, b"soppel", pki.virksomhet.read_bytes()):
        fil.write_bytes(innhold)
        assert "nokkel.key holds no RSA key" in refusal(pki.virksomhet, fil)


@pytest.mark.parametrize(
    ("naar", "gyldig"),
    [
        (FRA - timedelta(seconds=1), False),
        (FRA, True),
        (TIL, True),
        (TIL + timedelta(seconds=1), False),
    ],
)
def test_it_is_valid_from_its_first_second_to_its_last(pki: Pki, naar: datetime, gyldig: bool) -> None:
    assert is_valid(load_certificate(pki.mottaker), naar) is gyldig
