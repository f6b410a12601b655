"""docs/leveranse.md: the check that it prints finds whole packages whole and changed ones changed."""

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

SIDE = Path(__file__).parents[2] / "docs" / "leveranse.md"


@pytest.fixture
def check(tmp_path: Path) -> Callable[[bytes], subprocess.CompletedProcess[str]]:
    """The page's own program, run on a package without anything of ours on its path."""
    (program,) = re.findall(r"```python\n(.*?)```", SIDE.read_text(encoding="utf-8"), re.DOTALL)
    (tmp_path / "check.py").write_text(program)

    def run(innhold: bytes) -> subprocess.CompletedProcess[str]:
        (tmp_path / "pakke.zip").write_bytes(innhold)
        return subprocess.run(
            [sys.executable, "-I", "check.py", "pakke.zip"], cwd=tmp_path, capture_output=True, text=True, check=False
        )

    return run


def test_a_whole_package(check: Callable[..., Any], bygger: Any) -> None:
    svar = check(bygger.pakke(*(bygger.dokument(t) for t in ("PLAN", "PLAN", "SLUTTRAPPORT"))).pakke.innhold)
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
    assert check(bygger.tamper(bygger.pakke().pakke.innhold, endre)).returncode == 1


def test_every_file_that_the_page_names_is_there() -> None:
    rot = SIDE.parents[1]
    nevnt = re.findall(r"(?:schemas|tiltaksflyt)/[\w./]+\.(?:json|xsd|py)", SIDE.read_text(encoding="utf-8"))
    assert len(nevnt) > 3
    assert [sti for sti in nevnt if not (rot / sti).exists()] == []
