"""The secret files of production: all that docker-compose.yml mounts, made once, closed to others, never shown."""

import json
import stat
from pathlib import Path

import pytest
import yaml

from deploy.hemmeligheter import IDENTITETER, main, make_secrets

COMPOSE = yaml.safe_load((Path(__file__).parents[1] / "docker-compose.yml").read_text(encoding="utf-8"))
EN, ANNEN = "310000019", "310000027"  # synthetic: Tenor's organisations begin with 2 or 3


def files(katalog: Path) -> dict[str, bytes]:
    return {str(fil.relative_to(katalog)): fil.read_bytes() for fil in katalog.rglob("*") if fil.is_file()}


def test_they_are_the_files_that_the_compose_file_mounts(tmp_path: Path) -> None:
    make_secrets(tmp_path)
    assert {navn for navn in files(tmp_path) if "/" not in navn} == set(COMPOSE["secrets"])


def test_nobody_else_reads_them_and_none_is_like_another(tmp_path: Path) -> None:
    make_secrets(tmp_path / "a", (EN,))
    make_secrets(tmp_path / "b", (EN,))
    for sti in (tmp_path / "a").rglob("*"):
        assert stat.S_IMODE(sti.stat().st_mode) == (0o700 if sti.is_dir() else 0o600), sti
    assert len(set(files(tmp_path).values())) == len(files(tmp_path))


def test_a_second_run_keeps_everything_and_adds_a_sender(tmp_path: Path) -> None:
    make_secrets(tmp_path, (EN,))
    foran = files(tmp_path)
    make_secrets(tmp_path, (EN,))
    assert files(tmp_path) == foran
    make_secrets(tmp_path, (ANNEN,))
    etter = files(tmp_path)
    endret = {navn for navn in etter if etter[navn] != foran.get(navn)}
    assert endret == {f"{IDENTITETER}/{ANNEN}.json", "s3_identiteter"}
    navn = [identitet["name"] for identitet in json.loads(etter["s3_identiteter"])["identities"]]
    assert navn == [EN, ANNEN, "drift"]


def test_a_lost_passfile_is_made_again_from_its_password(tmp_path: Path) -> None:
    make_secrets(tmp_path)
    foran = files(tmp_path)
    for navn in ("passfil_ledger", "redis_url", "s3_identiteter"):
        (tmp_path / navn).unlink()
    make_secrets(tmp_path)
    assert files(tmp_path) == foran


def test_the_program_shows_names_and_no_secret(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path), "--avsender", EN]) == 0
    utskrift = capsys.readouterr().out
    assert f"{IDENTITETER}/{EN}.json\n" in utskrift
    assert set(COMPOSE["secrets"]) <= set(utskrift.split())
    for innhold in files(tmp_path).values():
        assert innhold.decode("utf-8", "replace") not in utskrift


def test_a_number_that_is_no_sender_makes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / "ny"), "--avsender", "310000018"]) == 64
    assert "310000018" not in capsys.readouterr().err
    assert not (tmp_path / "ny").exists()
