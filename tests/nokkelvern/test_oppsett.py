"""Which key protection a set-up means, and what it is refused for."""

import base64
from contextlib import closing
from pathlib import Path

import pytest

from schemas.loader import UgyldigFil
from tests.motparter.vault import Vault
from tiltaksflyt.ledger import Filnokkelvern, Hovednokkelvern, LedgerFeil, open_key_store
from tiltaksflyt.nokkelvern import Vaultvern, open_nokkelvern

AVSENDER = "889640782"
EN, TO = bytes(range(32)), bytes(range(32, 64))
HEMMELIG = f"1 {base64.b64encode(EN).decode()}\n2 {base64.b64encode(TO).decode()}\n"


@pytest.fixture
def fil(tmp_path: Path) -> Path:
    return tmp_path / "nokkelvern.yaml"


def _secret(fil: Path, innhold: str, modus: int = 0o600) -> Path:
    fil.write_text(innhold)
    fil.chmod(modus)
    return fil


def test_a_folder_is_a_folder_of_key_files(tmp_path: Path, fil: Path) -> None:
    vern = open_nokkelvern(str(tmp_path / "nokler"), {})
    assert isinstance(vern, Filnokkelvern)
    pakker = vern.wrap(AVSENDER, {"id": bytes(32)})
    fil.write_text("type: FIL\nkatalog: nokler\n")
    assert open_nokkelvern(str(fil), {}).unwrap(AVSENDER, pakker) == {"id": bytes(32)}


def test_a_master_key_comes_from_a_file_or_from_the_environment(tmp_path: Path, fil: Path) -> None:
    _secret(tmp_path / "hoved", HEMMELIG)
    fil.write_text("type: HOVEDNOKKEL\nfil: hoved\n")
    fra_fil = open_nokkelvern(str(fil), {})
    fil.write_text("type: HOVEDNOKKEL\nmiljovariabel: HOVEDNOKKEL\n")
    fra_miljo = open_nokkelvern(str(fil), {"HOVEDNOKKEL": HEMMELIG})
    assert isinstance(fra_fil, Hovednokkelvern)
    assert fra_miljo.unwrap(AVSENDER, fra_fil.wrap(AVSENDER, {"id": bytes(32)})) == {"id": bytes(32)}
    assert fra_miljo.newest(AVSENDER) == 2


@pytest.mark.parametrize(
    "hemmelig",
    [
        base64.b64encode(EN).decode(),
        f"0 {base64.b64encode(EN).decode()}",
        f"1 {base64.b64encode(EN).decode()}\n1 {base64.b64encode(TO).decode()}",
        f"1 {base64.b64encode(EN).decode()}x",
        f"1 {EN.hex()}zz",
        "1 a29ydA==",
        "",
    ],
    ids=["no number", "number 0", "twice the same", "more after it", "hex", "too short", "none"],
)
def test_a_master_key_of_another_form_is_refused_and_not_shown(fil: Path, hemmelig: str) -> None:
    fil.write_text("type: HOVEDNOKKEL\nmiljovariabel: HOVEDNOKKEL\n")
    with pytest.raises(LedgerFeil, match=r"KEK_FORM|KEK_LENGDE") as fanget:
        open_nokkelvern(str(fil), {"HOVEDNOKKEL": hemmelig})
    assert fanget.value.__context__ is None
    assert not hemmelig or hemmelig.split()[-1] not in repr(fanget.value)


def test_a_master_key_that_others_may_read_is_refused(tmp_path: Path, fil: Path) -> None:
    _secret(tmp_path / "hoved", HEMMELIG, 0o644)
    fil.write_text("type: HOVEDNOKKEL\nfil: hoved\n")
    with pytest.raises(LedgerFeil, match="KEK_TILGANG"):
        open_nokkelvern(str(fil), {})
    (tmp_path / "hoved").unlink()
    with pytest.raises(LedgerFeil, match="KEK_MANGLER"):
        open_nokkelvern(str(fil), {})


def test_a_key_service_with_all_it_may_say(tmp_path: Path, fil: Path) -> None:
    _secret(tmp_path / "token", "hvs.abc")
    with Vault("hvs.abc", motor="team/transit", navnerom="tiltak") as vault:
        fil.write_text(
            f"type: VAULT\nadresse: {vault.adresse}\nmotor: team/transit\nnavnerom: tiltak\ntokenfil: token\n"
        )
        vern = open_nokkelvern(str(fil), {})
        assert isinstance(vern, Vaultvern)
        with closing(open_key_store(f"sqlite:///{tmp_path / 'nokler.db'}", vern, create=True)) as lager:
            ((nokkel_id, nokkel),) = lager.create(AVSENDER, 1)
            assert lager.get(nokkel_id) == nokkel


@pytest.mark.parametrize(
    "innhold",
    [
        "type: ANNET\n",
        "type: FIL\n",
        "type: HOVEDNOKKEL\n",
        "type: HOVEDNOKKEL\nfil: a\nmiljovariabel: B\n",
        "type: VAULT\nadresse: https://vault.example\n",
        "type: VAULT\nadresse: https://vault.example/v1\ntokenfil: token\n",
        "type: VAULT\nadresse: https://vault.example\ntokenfil: token\ntoken: hvs.abc\n",
        "type: VAULT\nadresse: https://vault.example\ntokenfil: token\nnavnerom: ../rot\n",
    ],
)
def test_a_set_up_that_says_too_little_or_too_much_is_refused(fil: Path, innhold: str) -> None:
    fil.write_text(innhold)
    with pytest.raises(UgyldigFil):
        open_nokkelvern(str(fil), {})


def test_a_token_would_go_in_clear_and_is_refused(tmp_path: Path, fil: Path) -> None:
    _secret(tmp_path / "token", "hvs.abc")
    fil.write_text("type: VAULT\nadresse: http://vault.example:8200\ntokenfil: token\n")
    with pytest.raises(LedgerFeil, match="KMS_OPPSETT"):
        open_nokkelvern(str(fil), {})
