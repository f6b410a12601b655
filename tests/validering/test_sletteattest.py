"""The certificate before programs that nobody here wrote: veraPDF and qpdf."""

from pathlib import Path

import pytest

from tests.transforms import sletteattester
from tests.validering.validatorer import run, verapdf
from transforms.dokument_pdf import render_attest


@pytest.fixture(scope="module")
def sider(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    mappe = tmp_path_factory.mktemp("attester")
    filer = []
    for lag in (sletteattester.small, sletteattester.eventful, sletteattester.large, sletteattester.empty):
        for maalform in ("nb", "nn"):
            filer.append(mappe / f"{lag.__name__}-{maalform}.pdf")
            filer[-1].write_bytes(render_attest(lag(maalform)))
    return filer


def test_verapdf_finds_every_page_conforming(sider: list[Path]) -> None:
    dommer = verapdf("2a,ua1", sider)
    assert len(dommer) == 2 * len(sider)
    assert {noekkel: dom for noekkel, dom in dommer.items() if not dom[0]} == {}
    assert min(antall for _, antall, _ in dommer.values()) > 1000


def test_qpdf_finds_nothing_to_remark(sider: list[Path]) -> None:
    for fil in sider:
        svar = run("qpdf", "--check", fil)
        assert (svar.returncode, svar.stderr) == (0, ""), fil.name
