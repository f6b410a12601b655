"""The documents of the golden cases are what stands in the folder, file by file."""

import runpy
from pathlib import Path

import pytest

GOLDEN = Path(__file__).parent
REGENERATE = runpy.run_path(str(GOLDEN / "regenerate.py"))


@pytest.mark.parametrize("sak", [*REGENERATE["SAKER"], *REGENERATE["AVTALESAKER"]])
def test_the_case_is_as_it_stands(sak: str) -> None:
    laget = REGENERATE["stages"](sak)
    lagret = {fil.name: fil.read_bytes() for fil in (GOLDEN / sak).iterdir() if fil.name[0] in "34567"}
    assert laget.keys() == lagret.keys(), "run python -m tests.golden.regenerate"
    for navn, innhold in laget.items():
        assert innhold.decode() == lagret[navn].decode(), f"{sak}/{navn}: run python -m tests.golden.regenerate"
