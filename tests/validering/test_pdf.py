"""The page before programs that nobody here wrote: veraPDF, qpdf and poppler, also with texts that nobody expects."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import groupby, takewhile
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from pypdf import PdfWriter
from pypdf.generic import NameObject

from tests.golden.regenerate import AVTALESAKER, SAKER, build_case
from tests.validering.tortur import PINSLER, tortured
from tests.validering.validatorer import run, run_well, verapdf
from transforms.dokument import avtale_name, is_about_avtale
from transforms.dokument_formater import check
from transforms.dokument_pdf import render_pdf
from transforms.dokument_tegn import prepare

MM = 72 / 25.4
BREDDE, HOYDE = 210 * MM, 297 * MM
# What the template leaves free: the numbers of the points and the mark for what is new stand in the left margin.
VENSTRE, HOYRE = 8 * MM, BREDDE - 20 * MM
MARG = 24 * MM


@cache
def documents() -> Mapping[str, Mapping[str, Any]]:
    golden = {f"{sak}-{navn}": dokument for sak in (*SAKER, *AVTALESAKER) for navn, dokument in build_case(sak).items()}
    pinte = {f"{pinsel}-{navn}": d for pinsel in PINSLER for navn, d in tortured(pinsel).items() if navn != "3_plan"}
    return golden | pinte


@pytest.fixture(scope="module")
def sider(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Every document as a PDF file."""
    mappe = tmp_path_factory.mktemp("sider")
    filer = {}
    for navn, dokument in documents().items():
        assert check(dokument) == ()
        filer[navn] = mappe / f"{navn}.pdf"
        filer[navn].write_bytes(render_pdf(dokument))
    return filer


# --- the standards ---


def test_verapdf_finds_every_page_conforming(sider: dict[str, Path]) -> None:
    dommer = verapdf("2a,ua1", list(sider.values()))
    assert len(dommer) == 2 * len(sider)
    assert {noekkel: dom for noekkel, dom in dommer.items() if not dom[0]} == {}
    assert min(antall for _, antall, _ in dommer.values()) > 1000


@pytest.mark.parametrize(
    ("nokkel", "standard", "punkt"),
    [
        ("/Lang", "ua1", "7.2"),
        ("/MarkInfo", "2a", "6.7.2.2"),
        ("/Metadata", "2a", "6.6.2.1"),
        ("/StructTreeRoot", "ua1", "7.1"),
    ],
)
def test_verapdf_finds_what_is_taken_away(
    nokkel: str, standard: str, punkt: str, sider: dict[str, Path], tmp_path: Path
) -> None:
    skriver = PdfWriter(clone_from=sider["ikke_mott-5_sluttrapport"])
    del skriver.root_object[NameObject(nokkel)]
    fil = tmp_path / "uten.pdf"
    skriver.write(fil)
    ((gyldig, _, brutt),) = verapdf(standard, [fil]).values()
    assert not gyldig
    assert punkt in brutt


def test_qpdf_finds_nothing_to_remark(sider: dict[str, Path]) -> None:
    for fil in sider.values():
        svar = run("qpdf", "--check", fil)
        assert (svar.returncode, svar.stderr) == (0, ""), fil.name


# --- nothing is lost ---


def squeeze(tekst: str) -> str:
    """The letters alone: without white space, places to break, and marks of direction that poppler puts in."""
    flatt = unicodedata.normalize("NFKC", tekst)
    return re.sub(r"[\s\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufe00-\ufe0f]", "", flatt)


def read_texts(verdi: Any) -> Iterator[str]:
    if isinstance(verdi, Mapping):
        for navn, under in verdi.items():
            if navn in {"tekst", "ledetekst", "overskrift"} and isinstance(under, str):
                yield under
            else:
                yield from read_texts(under)
    elif isinstance(verdi, list):
        for under in verdi:
            yield from read_texts(under)


def body_text(fil: Path) -> str:
    """What poppler reads between head and foot, in the order of the page's own content."""
    kropp = ("-x", "0", "-W", str(int(BREDDE) + 1), "-y", str(int(MARG) - 6), "-H", str(int(HOYDE - 2 * MARG) + 8))
    return run_well("pdftotext", "-raw", *kropp, fil, "-")


@pytest.mark.parametrize("navn", documents())
def test_every_word_is_there_in_order(navn: str, sider: dict[str, Path]) -> None:
    dokument, lest = documents()[navn], body_text(sider[navn])
    if navn.startswith("skrifter"):
        assert_letters(dokument, lest)
        return
    side = squeeze(lest)
    tekster = [squeeze(prepare(tekst)) for tekst in read_texts(dokument["seksjoner"])]
    assert [tekst for tekst in tekster if tekst not in side] == []
    hode = dokument["hode"]
    if is_about_avtale(dokument):
        assert squeeze(avtale_name(dokument) + hode["avsender"]["navn"]) in side
        return
    assert squeeze(hode["deltaker"]["navn"]) in side
    assert hode["deltaker"]["personident"] in side


def assert_letters(dokument: Mapping[str, Any], lest: str) -> None:
    """Letters that are written from the right come in an order of poppler's own, so they are counted."""
    funnet, ventet = (squeeze(tekst) for tekst in (lest, "".join(read_texts(dokument["seksjoner"]))))
    assert [tegn for tegn in sorted(set(ventet)) if funnet.count(tegn) < ventet.count(tegn)] == []


# --- nothing runs over ---


def words(fil: Path) -> Iterator[tuple[int, str, float, float, float, float]]:
    """Every word with its page and its box, in points from the upper left corner."""
    rot = etree.fromstring(run_well("pdftotext", "-bbox", fil, "-").encode())
    for nummer, side in enumerate(rot.iter("{http://www.w3.org/1999/xhtml}page"), start=1):
        for ord_ in side:
            boks = [float(ord_.attrib[navn]) for navn in ("xMin", "yMin", "xMax", "yMax")]
            yield nummer, ord_.text or "", boks[0], boks[1], boks[2], boks[3]


@pytest.mark.parametrize("navn", documents())
def test_no_word_leaves_the_page_or_its_margins(navn: str, sider: dict[str, Path]) -> None:
    sett = 0
    for side, ord_, venstre, topp, hoyre, bunn in words(sider[navn]):
        sett += 1
        assert VENSTRE < venstre <= hoyre < HOYRE + 1, (side, ord_, venstre, hoyre)
        assert 0 < topp < bunn < HOYDE, (side, ord_, topp, bunn)
    assert sett > 50


@pytest.mark.parametrize("navn", documents())
def test_no_word_lies_upon_another(navn: str, sider: dict[str, Path]) -> None:
    oppa = []
    ovenfra = sorted(words(sider[navn]), key=lambda ord_: (ord_[0], ord_[3]))
    for side, ordene in groupby(ovenfra, key=lambda ord_: ord_[0]):
        bokser = [(tekst, venstre, topp, hoyre, bunn) for _, tekst, venstre, topp, hoyre, bunn in ordene]
        for nummer, ett in enumerate(bokser):
            under = takewhile(lambda to, bunn=ett[4]: to[2] < bunn, bokser[nummer + 1 :])
            oppa += [(side, ett[0], to[0]) for to in under if overlap(ett, to) > 0.3]
    assert oppa == []


def overlap(ett: tuple[str, float, float, float, float], to: tuple[str, float, float, float, float]) -> float:
    """The share of the smaller word that the other covers, by the middle third of their height.

    The box that poppler gives is as tall as the font may be, which for Arabic is three lines of text.
    """
    bredde = min(ett[3], to[3]) - max(ett[1], to[1])
    hoyde = min(_middle(ett)[1], _middle(to)[1]) - max(_middle(ett)[0], _middle(to)[0])
    if bredde <= 0 or hoyde <= 0:
        return 0.0
    return bredde * hoyde / min((boks[3] - boks[1]) * (boks[4] - boks[2]) / 3 for boks in (ett, to))


def _middle(boks: tuple[str, float, float, float, float]) -> tuple[float, float]:
    return boks[2] + (boks[4] - boks[2]) / 3, boks[4] - (boks[4] - boks[2]) / 3
