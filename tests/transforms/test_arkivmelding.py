"""The arkivmelding: valid under two XSD processors, about the files that lie beside it, the same bytes every time."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
import xmlschema
from lxml import etree

from transforms.arkivmelding import NAVNEROM, XSD, render_arkivmelding
from transforms.dokument_formater import render

GOLDEN = Path(__file__).parents[1] / "golden"
DOKUMENTER = sorted(GOLDEN.glob("*/[34567]_*.json"))
LIBXML2 = etree.XMLSchema(etree.parse(XSD))
ANNEN_PROSESSOR = xmlschema.XMLSchema11(str(XSD))
N = f"{{{NAVNEROM}}}"


def document(fil: Path = GOLDEN / "arbeid" / "4_perioderapport.json") -> dict[str, Any]:
    innhold: dict[str, Any] = json.loads(fil.read_text(encoding="utf-8"))
    return innhold


def files(innhold: dict[str, Any]) -> dict[str, bytes]:
    sider = {"dokument.pdf": b"%PDF-1.7\n"}
    return sider | {f"dokument.{format_}": render(innhold, format_) for format_ in ("json", "xml")}


def both(xml: bytes) -> tuple[bool, bool]:
    """What libxml2 and xmlschema say."""
    return LIBXML2.validate(etree.fromstring(xml)), ANNEN_PROSESSOR.is_valid(xml.decode())


@pytest.mark.parametrize("fil", DOKUMENTER, ids=lambda fil: f"{fil.parent.name}/{fil.stem}")
def test_every_document_gives_a_message_that_both_processors_accept(fil: Path) -> None:
    innhold = document(fil)
    xml = render_arkivmelding(innhold, files(innhold))
    assert both(xml) == (True, True)
    assert render_arkivmelding(innhold, files(innhold)) == xml


FEIL = {
    "a misspelt element": lambda xml: xml.replace(b"tittel>", b"titel>"),
    "another order": lambda xml: xml.replace(b"<system>tiltaksflyt</system>", b"", 1).replace(
        b"</antallFiler>", b"</antallFiler><system>tiltaksflyt</system>", 1
    ),
    "a word that Noark 5 does not have": lambda xml: xml.replace(b"Arkivformat", b"Original"),
    "an id that is none": lambda xml: xml.replace(b"<systemID>0e", b"<systemID>xe"),
    "no sender": lambda xml: xml.replace(b">Avsender<", b">Fra<"),
    "a day that is none": lambda xml: xml.replace(b"<dokumentetsDato>2026", b"<dokumentetsDato>26"),
    "an empty title": lambda xml: xml.replace(b"<offentligTittel>Perioderapport 2<", b"<offentligTittel> <"),
}


@pytest.mark.parametrize("endre", FEIL.values(), ids=FEIL)
def test_both_processors_refuse_what_is_wrong(endre: Any) -> None:
    innhold = document()
    xml = render_arkivmelding(innhold, files(innhold))
    endret = endre(xml)
    assert endret != xml
    assert both(endret) == (False, False)


def test_it_describes_the_files_that_lie_beside_it() -> None:
    innhold = document()
    filer = files(innhold)
    rot = etree.fromstring(render_arkivmelding(innhold, filer))
    assert rot.findtext(f"{N}antallFiler") == str(len(filer))
    beskrevet = {o.findtext(f"{N}referanseDokumentfil"): o for o in rot.iter(f"{N}dokumentobjekt")}
    assert beskrevet.keys() == filer.keys()
    for navn, data in filer.items():
        assert beskrevet[navn].findtext(f"{N}sjekksum") == hashlib.sha256(data).hexdigest()
        assert beskrevet[navn].findtext(f"{N}filstoerrelse") == str(len(data))
    assert [navn for navn, o in beskrevet.items() if o.findtext(f"{N}variantformat") == "Arkivformat"] == [
        "dokument.pdf"
    ]
    with pytest.raises(KeyError):
        render_arkivmelding(innhold, {"dokument.pdf": b"%PDF-"})


def test_a_d_number_stands_under_its_own_name() -> None:
    innhold = document()
    innhold["hode"]["deltaker"]["personident"] = "41875300090"
    xml = render_arkivmelding(innhold, files(document()))
    assert etree.fromstring(xml).findtext(f".//{N}part/{N}DNummer/{N}DNummer") == "41875300090"
    assert both(xml) == (True, True)


def test_a_new_version_refers_to_the_one_before() -> None:
    innhold = document(GOLDEN / "arbeid" / "3_plan_2.json")
    rot = etree.fromstring(render_arkivmelding(innhold, files(innhold)))
    assert rot.findtext(f".//{N}referanseTilRegistrering") == innhold["hode"]["erstatter"]
    assert etree.fromstring(render_arkivmelding(document(), files(document()))).find(f".//{N}kryssreferanse") is None


def test_a_document_without_a_person_has_no_part() -> None:
    innhold = document()
    filer = files(innhold)
    del innhold["hode"]["deltaker"]
    xml = render_arkivmelding(innhold, filer)
    assert etree.fromstring(xml).find(f".//{N}part") is None
    assert both(xml) == (True, True)
