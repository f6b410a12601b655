"""`tiltaksflyt keys`, as an operator runs it."""

import base64
import json
import os
from contextlib import closing
from pathlib import Path

import pytest

from tiltaksflyt import cli
from tiltaksflyt.ledger import Filnokkelvern, open_key_store

AVSENDER, ANNEN = "889640782", "974760673"


@pytest.fixture
def nokler(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes]:
    """Two senders' keys, in the key store that the environment names."""
    monkeypatch.setenv("TILTAKSFLYT_NOKKELLAGER_URL", f"sqlite:///{tmp_path / 'nokler.db'}")
    monkeypatch.setenv("TILTAKSFLYT_NOKKELVERN", str(tmp_path / "kek"))
    vern = Filnokkelvern(tmp_path / "kek")
    with closing(open_key_store(f"sqlite:///{tmp_path / 'nokler.db'}", vern, create=True)) as lager:
        return dict(lager.create(AVSENDER, 3)) | dict(lager.create(ANNEN, 2))


def _read(tmp_path: Path, nokler: dict[str, bytes]) -> dict[str, bytes]:
    with closing(open_key_store(f"sqlite:///{tmp_path / 'nokler.db'}", Filnokkelvern(tmp_path / "kek"))) as lager:
        return lager.get_many(list(nokler))


def test_one_sender_then_all(nokler: dict[str, bytes], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["keys", "status"]) == 0
    assert capsys.readouterr().out == f"{AVSENDER}  3 under version 1\n{ANNEN}  2 under version 1\n"
    assert cli.main(["keys", "rotate", "--sender", AVSENDER]) == 0
    assert capsys.readouterr().out == f"{AVSENDER}  version 2: 3 keys wrapped anew; the old one is destroyed\n"
    assert cli.main(["keys", "rotate", "--all", "--json"]) == 0
    svar = [json.loads(linje) for linje in capsys.readouterr().out.splitlines()]
    assert [(ett["eier"], ett["versjon"], ett["pakketOm"]) for ett in svar] == [(AVSENDER, 3, 3), (ANNEN, 2, 2)]
    assert cli.main(["keys", "status", "--json"]) == 0
    stander = json.loads(capsys.readouterr().out)
    assert [(stand["nyeste"], stand["antall"]) for stand in stander] == [(3, {"3": 3}), (2, {"2": 2})]
    assert all(stand["fullfort"] for stand in stander)
    assert _read(tmp_path, nokler) == nokler


def test_a_rotation_that_stands_half_done_is_told(
    nokler: dict[str, bytes], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    kek = (tmp_path / "kek" / f"{AVSENDER}.kek").read_bytes()
    monkeypatch.setattr(Filnokkelvern, "retire", lambda *_: (_ for _ in ()).throw(OSError))
    assert cli.main(["keys", "rotate", "--sender", AVSENDER]) == 70
    feil = capsys.readouterr().err
    assert kek.hex() not in feil
    assert repr(kek) not in feil
    monkeypatch.undo()
    monkeypatch.setenv("TILTAKSFLYT_NOKKELLAGER_URL", f"sqlite:///{tmp_path / 'nokler.db'}")
    monkeypatch.setenv("TILTAKSFLYT_NOKKELVERN", str(tmp_path / "kek"))
    assert cli.main(["keys", "status"]) == 1
    assert "HALF DONE" in capsys.readouterr().out
    assert cli.main(["keys", "rotate", "--sender", AVSENDER]) == 0
    assert cli.main(["keys", "status"]) == 0
    assert _read(tmp_path, nokler) == nokler


@pytest.mark.usefixtures("nokler")
def test_a_sender_without_keys_is_not_given_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["keys", "rotate", "--sender", "300090109"]) == 1
    assert "keys status" in capsys.readouterr().err


@pytest.mark.usefixtures("nokler")
@pytest.mark.parametrize("ord_", [[], ["rotate"], ["rotate", "--sender", "alle"], ["rotate", "--all", "--sender", "1"]])
def test_wrong_usage_is_told(ord_: list[str]) -> None:
    with pytest.raises(SystemExit) as slutt:
        cli.main(["keys", *ord_])
    assert slutt.value.code == 64


def test_a_master_key_is_rotated_when_the_new_one_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    en, to = (f"{nr} {base64.b64encode(os.urandom(32)).decode()}" for nr in (1, 2))
    fil = tmp_path / "nokkelvern.yaml"
    fil.write_text("type: HOVEDNOKKEL\nmiljovariabel: HOVEDNOKKEL\n")
    monkeypatch.setenv("TILTAKSFLYT_NOKKELLAGER_URL", f"sqlite:///{tmp_path / 'nokler.db'}")
    monkeypatch.setenv("TILTAKSFLYT_NOKKELVERN", str(fil))
    monkeypatch.setenv("HOVEDNOKKEL", en)
    from tiltaksflyt.pipeline.omgivelser import open_nokkellager

    with open_nokkellager(os.environ) as lager:
        nokler = dict(lager.create(AVSENDER, 2))
    assert cli.main(["keys", "rotate", "--all"]) == 70
    assert "KEK_NY_MANGLER" in capsys.readouterr().err
    monkeypatch.setenv("HOVEDNOKKEL", f"{en}\n{to}")
    assert cli.main(["keys", "rotate", "--all"]) == 0
    assert "take the old one out" in capsys.readouterr().out
    monkeypatch.setenv("HOVEDNOKKEL", to)
    with open_nokkellager(os.environ) as lager:
        assert lager.get_many(list(nokler)) == nokler
