"""docs/skjema.md: every command that it prints says of a valid example that it is valid."""

import re
import subprocess
from pathlib import Path

import pytest

from schemas.dokumentform import dokumentform

ROT = Path(__file__).parents[2]
SIDE = (ROT / "docs" / "skjema.md").read_text(encoding="utf-8")
KOMMANDOER = re.findall(r"```sh\n(.*?)```", SIDE, re.DOTALL)[0].splitlines()


@pytest.mark.parametrize("kommando", KOMMANDOER)
def test_the_command_runs_as_it_is_printed(kommando: str) -> None:
    gyldig = subprocess.run(kommando, shell=True, cwd=ROT, capture_output=True, text=True, check=False)  # noqa: S602
    assert gyldig.returncode == 0, gyldig.stderr
    assert "false" not in gyldig.stdout


@pytest.mark.parametrize("kommando", KOMMANDOER)
def test_the_command_says_no_to_an_invalid_example(kommando: str) -> None:
    andre = kommando.replace("gyldig-vanlig", "ugyldig-tom-tekst")
    svar = subprocess.run(andre, shell=True, cwd=ROT, capture_output=True, text=True, check=False)  # noqa: S602
    assert svar.returncode != 0 or "false" in svar.stdout


def test_the_page_names_every_type_and_every_file_it_links_to_is_there() -> None:
    assert [navn for navn in dokumentform().dokumenter if f"| `{navn}` |" not in SIDE] == []
    lenker = re.findall(r"\]\((\.\./[^)#]+)", SIDE)
    assert [lenke for lenke in lenker if not (ROT / "docs" / lenke).exists()] == []
