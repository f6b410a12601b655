"""The seal, held against openssl: what we encrypt it opens, what we sign it verifies, and nothing else."""

import hashlib
import io
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given, settings
from hypothesis import strategies as st

from deploy.lokalt.pki import make_pki
from tiltaksflyt.delivery.cms import KryptertStrom

TID = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
VERIFISER = ("-verify", "-cades", "-binary", "-inform", "DER", "-purpose", "any", "-out", "/dev/null")


def openssl(*valg: str | Path) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(["openssl", "cms", *map(str, valg)], capture_output=True, timeout=60, check=False)


def encrypted(bygger: Any, deler: Sequence[bytes]) -> bytes:
    ut = io.BytesIO()
    strom = KryptertStrom(ut, bygger.forsegling().mottaker)
    for del_ in deler:
        strom.write(del_)
    strom.close()
    return ut.getvalue()


def decrypted(bygger: Any, kryptert: bytes, **nokler: Path) -> subprocess.CompletedProcess[bytes]:
    fil = bygger.new_file()
    fil.write_bytes(kryptert)
    pki = bygger.pki()
    recip, nokkel = nokler.get("recip", pki.mottaker), nokler.get("nokkel", pki.mottakernokkel)
    return openssl("-decrypt", "-binary", "-inform", "DER", "-in", fil, "-recip", recip, "-inkey", nokkel)


@given(st.lists(st.binary(max_size=70), max_size=6))
@settings(max_examples=40, deadline=None)
def test_openssl_opens_what_was_written_in_any_pieces(bygger: Any, deler: list[bytes]) -> None:
    svar = decrypted(bygger, encrypted(bygger, deler))
    assert (svar.returncode, svar.stdout) == (0, b"".join(deler))


@pytest.mark.parametrize("lengde", [0, 1, 15, 16, 17, 127, 128, 255, 256, 65535, 65536, (1 << 20) + 1])
def test_openssl_opens_every_length_of_length(bygger: Any, lengde: int) -> None:
    innhold = bytes(n % 251 for n in range(lengde))
    assert decrypted(bygger, encrypted(bygger, [innhold])).stdout == innhold


def test_each_message_has_a_key_and_a_start_of_its_own(bygger: Any) -> None:
    en, to = (encrypted(bygger, [bytes(4096)]) for _ in range(2))
    assert len(en) == len(to)
    assert not {en[n : n + 16] for n in range(700, 4700, 16)} & {to[n : n + 16] for n in range(700, 4700, 16)}


def test_nobody_else_opens_it(bygger: Any, tmp_path: Path) -> None:
    fremmed = make_pki(tmp_path, merke="fremmed")
    kryptert = encrypted(bygger, [b"hemmelig" * 100])
    for nokler in ({"nokkel": fremmed.mottakernokkel}, {"recip": fremmed.mottaker, "nokkel": fremmed.mottakernokkel}):
        svar = decrypted(bygger, kryptert, **nokler)
        assert svar.returncode != 0
        assert b"hemmelig" not in svar.stdout
    assert b"hemmelig" not in kryptert


def test_a_message_that_was_not_closed_is_none(bygger: Any) -> None:
    assert decrypted(bygger, encrypted(bygger, [bytes(100)])[:-1]).returncode != 0
    ut = io.BytesIO()
    KryptertStrom(ut, bygger.forsegling().mottaker).write(bytes(100))
    assert decrypted(bygger, ut.getvalue()).returncode != 0


def test_openssl_verifies_the_signature_as_cades(bygger: Any, tmp_path: Path) -> None:
    innhold, signatur = tmp_path / "innhold", tmp_path / "signatur"
    innhold.write_bytes(b"det som er signert")
    signatur.write_bytes(bygger.forsegling().virksomhet.sign(hashlib.sha256(innhold.read_bytes()).digest(), TID))
    felles = (*VERIFISER, "-in", signatur, "-content", innhold, "-CAfile", bygger.pki().utsteder)
    svar = openssl(*felles, "-signer", tmp_path / "signerte.pem")
    assert svar.returncode == 0, svar.stderr
    assert b"CAdES Verification successful" in svar.stderr
    assert (tmp_path / "signerte.pem").read_text() == bygger.pki().virksomhet.read_text()
    tekst = openssl("-cmsout", "-print", "-noout", "-inform", "DER", "-in", signatur).stdout
    assert b"Mar  2 06:00:00 2026 GMT" in tekst
    innhold.write_bytes(b"noe annet")
    assert openssl(*felles).returncode != 0


def test_a_signature_by_somebody_unknown_is_refused(bygger: Any, tmp_path: Path) -> None:
    fremmed = make_pki(tmp_path / "fremmed", merke="fremmed")
    innhold, signatur = tmp_path / "innhold", tmp_path / "signatur"
    innhold.write_bytes(b"x")
    signatur.write_bytes(bygger.forsegling().virksomhet.sign(hashlib.sha256(b"x").digest(), TID))
    assert openssl(*VERIFISER, "-in", signatur, "-content", innhold, "-CAfile", fremmed.utsteder).returncode != 0


def test_the_signature_says_which_certificate_it_was_made_with(bygger: Any, tmp_path: Path) -> None:
    """Another certificate for the same key, put in its place, is found: that is what CAdES adds."""
    signatur = bygger.forsegling().virksomhet.sign(hashlib.sha256(b"x").digest(), TID)
    avtrykk = hashlib.sha256(bygger.forsegling().virksomhet.sertifikat.public_bytes(Encoding.DER)).digest()
    assert signatur.count(avtrykk) == 1
    (tmp_path / "innhold").write_bytes(b"x")
    (tmp_path / "signatur").write_bytes(signatur.replace(avtrykk, bytes(32)))
    valg = ("-in", tmp_path / "signatur", "-content", tmp_path / "innhold", "-CAfile", bygger.pki().utsteder)
    assert openssl(*VERIFISER, *valg).returncode != 0
