"""Keys wrapped by Vault's transit engine: what it gives, what it refuses, and that nothing of it is told."""

import logging
import os
import ssl
import traceback
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.motparter.motpart import Svar, Uorden, dead_address
from tests.motparter.vault import Ring, Vault
from tiltaksflyt.delivery.kanal import KanalFeil
from tiltaksflyt.ledger import LedgerFeil, Nokkellager, Uleselig, open_key_store
from tiltaksflyt.ledger.nokkelrotasjon import rotate, standing
from tiltaksflyt.ledger.nokkelvern import version_of
from tiltaksflyt.nokkelvern import Vaultvern

AVSENDER, ANNEN = "889640782", "974760673"
RING = f"tiltaksflyt-{AVSENDER}"
TOKEN = "hvs.CAESIHemmelig-token_0123456789"
NA = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


@pytest.fixture
def tokenfil(tmp_path: Path) -> Path:
    fil = tmp_path / "token"
    fil.write_text(f"{TOKEN}\n")
    fil.chmod(0o600)
    return fil


@pytest.fixture
def vault() -> Iterator[Vault]:
    with Vault(TOKEN, navnerom="tiltak/prod") as vault:
        yield vault


@pytest.fixture
def vern(vault: Vault, tokenfil: Path) -> Iterator[Vaultvern]:
    with closing(Vaultvern(vault.adresse, tokenfil=tokenfil, navnerom="tiltak/prod")) as vern:
        yield vern


@pytest.fixture
def lager(vern: Vaultvern, tmp_path: Path) -> Iterator[Nokkellager]:
    with closing(open_key_store(f"sqlite:///{tmp_path / 'nokler.db'}", vern, create=True)) as lager:
        yield lager


def test_what_is_wrapped_opens_for_its_owner_and_its_id_only(vern: Vaultvern) -> None:
    nokler = {"id-1": os.urandom(32), "id-2": os.urandom(32)}
    pakker = vern.wrap(AVSENDER, nokler)
    vern.wrap(ANNEN, nokler)
    assert vern.unwrap(AVSENDER, pakker) == nokler
    for eier, annet in ((ANNEN, pakker), (AVSENDER, {"id-1": pakker["id-2"]}), (AVSENDER, {"id-3": pakker["id-1"]})):
        with pytest.raises(Uleselig):
            vern.unwrap(eier, annet)
        with pytest.raises(Uleselig):
            vern.rewrap(eier, annet)


def test_a_rotation_moves_every_key_and_the_service_forgets_the_old_version(vault: Vault, lager: Nokkellager) -> None:
    nokler = dict(lager.create(AVSENDER, 700))
    oppslag = lager.lookup_key(AVSENDER)
    gammel = lager.vern.wrap(AVSENDER, {"x": os.urandom(32)})
    vault.log.clear()
    rotasjon = rotate(lager, AVSENDER, NA)
    assert (rotasjon.versjon, rotasjon.pakket_om, rotasjon.gammel_borte) == (2, 701, True)
    assert vault.count("dekrypter") == 0  # no data key came here in clear
    assert set(vault.ringer[RING].nokler) == {2}
    assert lager.get_many(list(nokler)) == nokler
    lager._oppslag.clear()
    assert lager.lookup_key(AVSENDER) == oppslag
    assert standing(lager, AVSENDER).antall == {2: 701}
    with pytest.raises(LedgerFeil, match="KEK_MANGLER"):
        lager.vern.unwrap(AVSENDER, gammel)
    assert rotate(lager, AVSENDER, NA).versjon == 3
    assert lager.get_many(list(nokler)) == nokler


def test_two_who_make_the_new_version_at_once_do_no_harm(vault: Vault, vern: Vaultvern, lager: Nokkellager) -> None:
    nokler = dict(lager.create(AVSENDER, 3))
    vault.ringer[RING].nokler |= {2: os.urandom(32), 3: os.urandom(32)}
    vern.renew(AVSENDER, 2)
    assert vault.ringer[RING].nyeste == 3
    assert rotate(lager, AVSENDER, NA).versjon == 4
    assert lager.get_many(list(nokler)) == nokler


def test_keys_are_fetched_in_batches_and_never_kept(vault: Vault, lager: Nokkellager) -> None:
    nokler = dict(lager.create(AVSENDER, 1200)) | dict(lager.create(ANNEN, 10))
    vault.log.clear()
    for _ in range(2):
        assert lager.get_many(list(nokler)) == nokler
    assert [navn for navn, _ in vault.log] == ["dekrypter"] * 8  # three batches of the one, one of the other, twice


def test_a_token_that_may_not_delete_leaves_the_old_version_to_somebody_else(vault: Vault, lager: Nokkellager) -> None:
    lager.create(AVSENDER, 1)
    vault.policy -= {"sett", "trim"}
    assert not rotate(lager, AVSENDER, NA).gammel_borte
    assert set(vault.ringer[RING].nokler) == {1, 2}


def test_a_new_token_in_the_file_is_used_at_once(vault: Vault, vern: Vaultvern, tokenfil: Path) -> None:
    pakker = vern.wrap(AVSENDER, {"id": bytes(32)})
    vault.token = "hvs.den-nye"
    with pytest.raises(LedgerFeil, match="KMS_TILGANG"):
        vern.unwrap(AVSENDER, pakker)
    tokenfil.write_text("hvs.den-nye")
    assert vern.unwrap(AVSENDER, pakker) == {"id": bytes(32)}


def test_a_key_ring_that_ignores_the_id_is_refused(vault: Vault, vern: Vaultvern) -> None:
    vault.ringer[RING] = Ring(derived=False)
    with pytest.raises(LedgerFeil, match=r"KMS_OPPSETT.*derived"):
        vern.wrap(AVSENDER, {"id": bytes(32)})


def test_a_key_ring_that_is_gone_is_told_and_not_made_in_order_to_read(vault: Vault, lager: Nokkellager) -> None:
    nokler = dict(lager.create(AVSENDER, 1))
    ring = vault.ringer.pop(RING)
    with pytest.raises(LedgerFeil, match="KEK_MANGLER"):
        lager.get_many(list(nokler))
    with pytest.raises(LedgerFeil, match="KEK_MANGLER"):
        rotate(lager, AVSENDER, NA)
    assert RING not in vault.ringer
    vault.ringer[RING] = ring
    assert lager.get_many(list(nokler)) == nokler


def _seal(vault: Vault) -> None:
    vault.forseglet = True


def _other_namespace(vault: Vault) -> None:
    vault.navnerom = "tiltak/test"


def _no_policy(vault: Vault) -> None:
    vault.policy.clear()


def _answers(svar: Svar | None, ganger: int = 9) -> Callable[[Vault], None]:
    return lambda vault: vault.misbehave("*", Uorden(svar), ganger)


@pytest.mark.parametrize(
    ("forstyr", "kode"),
    [
        (_seal, "KMS_OPPTATT"),
        (_other_namespace, "KMS_TILGANG"),
        (_no_policy, "KMS_TILGANG"),
        (_answers(None), "KMS_FEIL"),
        (_answers(Svar(500)), "KMS_NEDE"),
        (_answers(Svar(429)), "KMS_OPPTATT"),
        (_answers(Svar(307, hode={"Location": "http://127.0.0.1:1/"})), "KMS_FEIL"),
        (_answers(Svar(200, b"<html>")), "KMS_FEIL"),
        (_answers(Svar.json({"data": None})), "KMS_FEIL"),
        (_answers(Svar.json({"data": {"batch_results": []}})), "KMS_FEIL"),
        (_answers(Svar.json({"data": {"batch_results": [{"plaintext": "ikke base64!"}]}})), "KMS_FEIL"),
        (_answers(Svar.json({"data": {"batch_results": [{"plaintext": "a29ydA=="}]}})), "KMS_FEIL"),
        (_answers(Svar.json({"data": {"batch_results": ["tekst"]}})), "KMS_FEIL"),
    ],
)
def test_a_service_that_fails_is_told_by_a_code_and_nothing_more(
    vault: Vault,
    vern: Vaultvern,
    forstyr: Callable[[Vault], None],
    kode: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    nokkel = os.urandom(32)
    pakker = vern.wrap(AVSENDER, {"id": nokkel})
    forstyr(vault)
    with pytest.raises(LedgerFeil, match=kode) as fanget:
        vern.unwrap(AVSENDER, pakker)
    alt = "".join(traceback.format_exception(fanget.value)) + caplog.text + repr(vern) + repr(fanget.value.args)
    assert fanget.value.__context__ is None
    assert caplog.text
    for hemmelig in (TOKEN, nokkel.hex(), repr(nokkel), vault.ringer[RING].nokler[1].hex()):
        assert hemmelig not in alt
    vault.forseglet = False


@pytest.mark.parametrize("siffer", ["vault:v0:AAAA", "vault:vx:AAAA", "AAAA", ""])
def test_a_wrapped_key_of_another_form_is_never_stored(vault: Vault, vern: Vaultvern, siffer: str) -> None:
    vern.wrap(AVSENDER, {"id": bytes(32)})
    vault.misbehave("krypter", Uorden(Svar.json({"data": {"batch_results": [{"ciphertext": siffer}]}})))
    with pytest.raises(LedgerFeil, match="KMS_FEIL"):
        vern.wrap(AVSENDER, {"id": bytes(32)})


def test_nobody_at_the_address(tokenfil: Path) -> None:
    with (
        dead_address() as adresse,
        closing(Vaultvern(adresse, tokenfil=tokenfil)) as vern,
        pytest.raises(LedgerFeil, match="KMS_NEDE"),
    ):
        vern.newest(AVSENDER)


@pytest.mark.parametrize("innhold", ["", "to ord", "linje\nskift", "blåbær"])
def test_a_token_file_that_is_none_is_not_shown(vern: Vaultvern, tokenfil: Path, innhold: str) -> None:
    tokenfil.write_text(innhold)
    with pytest.raises(LedgerFeil, match="KMS_TOKEN") as fanget:
        vern.newest(AVSENDER)
    assert not innhold or innhold not in str(fanget.value)
    tokenfil.chmod(0o644)
    with pytest.raises(LedgerFeil, match="KEK_TILGANG"):
        vern.newest(AVSENDER)


@pytest.mark.parametrize("adresse", ["http://vault.example:8200", "https://bruker@vault.example", "ftp://vault"])
def test_a_token_goes_to_https_or_to_this_machine(tokenfil: Path, adresse: str) -> None:
    with pytest.raises(KanalFeil):
        Vaultvern(adresse, tokenfil=tokenfil)


def test_a_certificate_that_is_not_trusted_is_refused(tokenfil: Path, pki: tuple[Path, Path]) -> None:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(*pki)
    with Vault(TOKEN, tls=tls) as vault:
        adresse = vault.adresse
        with closing(Vaultvern(adresse, tokenfil=tokenfil)) as vern, pytest.raises(LedgerFeil, match="KMS_SERTIFIKAT"):
            vern.newest(AVSENDER)
        with closing(Vaultvern(adresse, tokenfil=tokenfil, tillitsanker=pki[0])) as vern:
            assert vern.unwrap(AVSENDER, vern.wrap(AVSENDER, {"id": bytes(32)})) == {"id": bytes(32)}


@pytest.fixture
def pki(tmp_path: Path) -> tuple[Path, Path]:
    from cryptography.hazmat.primitives.serialization import Encoding

    from tests.motparter.maskinporten import certify, pem, rsa_key

    nokkel = rsa_key("vault")
    sertifikat, nokkelfil = tmp_path / "vault.pem", tmp_path / "vault.key"
    sertifikat.write_bytes(certify("vault", nokkel).public_bytes(Encoding.PEM))
    nokkelfil.write_bytes(pem(nokkel))
    return sertifikat, nokkelfil


def test_the_version_is_the_services_own(vault: Vault, vern: Vaultvern) -> None:
    vern.wrap(AVSENDER, {"id": bytes(32)})
    vern.renew(AVSENDER, 3)
    assert vault.ringer[RING].nyeste == vern.newest(AVSENDER) == 3
    assert version_of(vern.wrap(AVSENDER, {"id": bytes(32)})["id"]) == 3
    assert vern.newest(ANNEN) == 0
