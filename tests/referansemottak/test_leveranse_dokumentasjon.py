"""docs/leveranse.md: its two programs do what it says: check a package, and make a journalpost ready to send."""

import base64
import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from schemas.loader import validator

SIDE = Path(__file__).parents[2] / "docs" / "leveranse.md"


def program(nummer: int) -> str:
    """The page's programs, in order: making ready, then checking."""
    return str(re.findall(r"```python\n(.*?)```", SIDE.read_text(encoding="utf-8"), re.DOTALL)[nummer])


@pytest.fixture
def check(tmp_path: Path) -> Callable[[bytes], subprocess.CompletedProcess[str]]:
    """The page's own program, run on a package without anything of ours on its path."""
    (tmp_path / "check.py").write_text(program(1))

    def run(innhold: bytes) -> subprocess.CompletedProcess[str]:
        (tmp_path / "pakke.zip").write_bytes(innhold)
        return subprocess.run(
            [sys.executable, "-I", "check.py", "pakke.zip"], cwd=tmp_path, capture_output=True, text=True, check=False
        )

    return run


def test_a_whole_package(check: Callable[..., Any], bygger: Any) -> None:
    svar = check(bygger.container(bygger.pakke(*(bygger.dokument(t) for t in ("PLAN", "PLAN", "SLUTTRAPPORT")))))
    assert (svar.returncode, svar.stdout, svar.stderr) == (0, "", "")


@pytest.mark.parametrize(
    "endre",
    [
        lambda filer: filer.update({n: i + b" " for n, i in filer.items() if n.endswith("pdf")}),
        lambda filer: filer.update({"11111111-1111-4111-8111-111111111111/dokument.pdf": b"%PDF-"}),
        lambda filer: filer.pop(next(n for n in filer if n.endswith("xml"))),
        lambda filer: filer.update({"manifest.json": re.sub(rb'"rot": "..', b'"rot": "xx', filer["manifest.json"])}),
    ],
)
def test_a_changed_package(check: Callable[..., Any], bygger: Any, endre: Callable[[dict[str, bytes]], Any]) -> None:
    filer = bygger.unzip(bygger.container(bygger.pakke()))
    endre(filer)
    assert check(bygger.rezip(filer)).returncode == 1


def test_the_request_is_made_ready_with_the_files_beside_it(bygger: Any, tmp_path: Path) -> None:
    dokument = bygger.dokument("SLUTTRAPPORT")
    for navn, innhold in bygger.files(bygger.pakke(dokument)).items():
        (tmp_path / navn).parent.mkdir(exist_ok=True)
        (tmp_path / navn).write_bytes(innhold)
    (tmp_path / "ready.py").write_text(program(0))
    svar = subprocess.run(
        [sys.executable, "-I", "ready.py", dokument.melding_id], cwd=tmp_path, capture_output=True, check=True
    )
    foresporsel = json.loads(svar.stdout)
    validator("journalpost").validate(foresporsel)
    sendt = {
        variant["variantformat"]: base64.b64decode(variant["fysiskDokument"])
        for variant in foresporsel["dokumenter"][0]["dokumentvarianter"]
    }
    assert sendt == {"ARKIV": dokument.filer["dokument.pdf"], "ORIGINAL": dokument.filer["dokument.xml"]}


def test_every_file_that_the_page_names_is_there() -> None:
    rot = SIDE.parents[1]
    nevnt = re.findall(r"(?:schemas|tiltaksflyt)/[\w./]+\.(?:json|xsd|py|yaml)", SIDE.read_text(encoding="utf-8"))
    assert len(nevnt) > 3
    assert [sti for sti in nevnt if not (rot / sti).exists()] == []


@pytest.fixture
def opened(bygger: Any, tmp_path: Path) -> Callable[[bytes], list[subprocess.CompletedProcess[str]]]:
    """The page's own commands, on a package and with the recipient's key: openssl, unzip and a shell."""
    pki = bygger.pki()
    for navn, fil in (
        ("mottaker.pem", pki.mottaker),
        ("mottaker.key", pki.mottakernokkel),
        ("utsteder.pem", pki.utsteder),
    ):
        (tmp_path / navn).write_bytes(fil.read_bytes())
    apne, kontroller = re.findall(
        r"```sh\n(openssl cms.*?|cd pakke.*?)```", SIDE.read_text(encoding="utf-8"), re.DOTALL
    )

    def run(kryptert: bytes) -> list[subprocess.CompletedProcess[str]]:
        (tmp_path / "pakke.asice.p7m").write_bytes(kryptert)
        return [
            subprocess.run(["bash", "-ec", kommando], cwd=tmp_path, capture_output=True, text=True, check=False)
            for kommando in (apne, kontroller)
        ]

    return run


def test_the_commands_open_a_package_and_say_who_signed_it(opened: Callable[..., Any], bygger: Any) -> None:
    bygget = bygger.pakke(*(bygger.dokument(t) for t in ("PLAN", "PLAN", "SLUTTRAPPORT")))
    apnet, kontrollert = opened(bygget.pakke.fil.read_bytes())
    assert apnet.returncode == 0, apnet.stderr
    assert "CAdES Verification successful" in apnet.stderr
    assert "NTRNO-310000019" in apnet.stdout
    assert (kontrollert.returncode, kontrollert.stdout, kontrollert.stderr) == (0, "", "")


def test_the_commands_find_a_file_that_was_not_signed(opened: Callable[..., Any], bygger: Any) -> None:
    filer = bygger.unzip(bygger.container(bygger.pakke()))
    sti = next(navn for navn in filer if navn.endswith("dokument.pdf"))
    filer[sti] += b" "
    apnet, kontrollert = opened(bygger.encrypt(bygger.rezip(filer)))
    assert apnet.returncode == 0
    assert kontrollert.stdout == f"not the signed one: {sti}\n"


def test_the_commands_stop_at_a_signature_that_does_not_hold(opened: Callable[..., Any], bygger: Any) -> None:
    filer = bygger.unzip(bygger.container(bygger.pakke()))
    filer["META-INF/ASiCManifest.xml"] += b" "
    apnet, _ = opened(bygger.encrypt(bygger.rezip(filer)))
    assert apnet.returncode != 0
    assert "CAdES Verification successful" not in apnet.stderr
