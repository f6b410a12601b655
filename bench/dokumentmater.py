"""The same documents made in several ways: ours, the floor of the library that each stands on, another known way."""

import html
import io
import json
import random
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache, partial
from pathlib import Path
from typing import Any

import jsonschema
import typst
from lxml import etree
from pypdf import PdfReader

from schemas.loader import SCHEMAS, read_json
from transforms.dokument import tittel
from transforms.dokument_form import type_name
from transforms.dokument_formater import check
from transforms.dokument_json import check_json, to_json
from transforms.dokument_pdf import PDF_STANDARDER, render_pdf
from transforms.dokument_tegn import fontkataloger
from transforms.dokument_xml import check_xml, to_xml

GOLDEN = Path(__file__).parents[1] / "tests" / "golden"
_FONT = "Noto Sans"
_FONTFIL = "NotoSans[wght].ttf"
_PA_SIDEN = ("tekst", "ledetekst", "overskrift")

Dokument = dict[str, Any]
Filer = list[bytes]
Arbeid = Callable[[], Filer]
"""What is timed: it stands ready and gives the files."""


def documents(antall: int, fro: int) -> list[Dokument]:
    """The golden documents in turn, each with its words in another order and one of its own, so that none is cached."""
    grunn = [json.loads(fil.read_text(encoding="utf-8")) for fil in sorted(GOLDEN.glob("*/[345]_*.json"))]
    return [_reworded(grunn[n % len(grunn)], random.Random(f"{fro}-{n}")) for n in range(antall)]  # noqa: S311


def _reworded(verdi: Any, terning: random.Random) -> Any:  # noqa: ANN401  a document is JSON
    if isinstance(verdi, list):
        return [_reworded(under, terning) for under in verdi]
    if not isinstance(verdi, dict):
        return verdi
    return {
        navn: _shuffled(under, terning) if navn == "tekst" else _reworded(under, terning)
        for navn, under in verdi.items()
    }


def _shuffled(tekst: str, terning: random.Random) -> str:
    ord_ = tekst.split(" ")
    terning.shuffle(ord_)
    return " ".join([*ord_, "".join(terning.choices("bdefghjklmnoprstvyøå", k=6))])


def words(innhold: Mapping[str, Any]) -> set[str]:
    """Every word that a reader of the document must find."""
    return {ord_ for tekst in _texts([innhold["opplysninger"], innhold["seksjoner"]]) for ord_ in tekst.split()}


def _texts(verdi: Any) -> Iterator[str]:  # noqa: ANN401
    if isinstance(verdi, list):
        for under in verdi:
            yield from _texts(under)
    elif isinstance(verdi, dict):
        for navn, under in verdi.items():
            if navn in _PA_SIDEN and isinstance(under, str):
                yield under
            else:
                yield from _texts(under)


# --- what a way gave, read back ----


def text_of(fil: bytes) -> str:
    """The text of one XML, JSON or PDF file without white space, as a program of another house reads it."""
    if fil.startswith(b"%PDF"):
        tekst = "".join(side.extract_text() for side in PdfReader(io.BytesIO(fil)).pages)
    elif fil.startswith(b"<"):
        rot = etree.fromstring(fil)
        tekst = " ".join([*map(str, rot.itertext()), *(str(a) for el in rot.iter("*") for a in el.attrib.values())])
    else:
        tekst = json.dumps(json.loads(fil), ensure_ascii=False).replace('\\"', '"').replace("\\n", "\n")
    return re.sub(r"[\s\u200b]", "", tekst)


# --- XML, JSON and their checks ----


def lxml_writes(innhold: Dokument) -> Arbeid:
    """lxml's floor: a tree that stands ready, written."""
    tre = etree.fromstring(to_xml(innhold))
    return lambda: [etree.tostring(tre, encoding="UTF-8", xml_declaration=True)]


def json_dumps(innhold: Dokument) -> Filer:
    """json's floor: written as it stands, on one line."""
    return [json.dumps(innhold, ensure_ascii=False).encode()]


@cache
def _reference(navn: str) -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(
        read_json(SCHEMAS / "json" / f"{navn}.schema.json"),
        format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER,
    )


def ask_jsonschema(innhold: Dokument) -> Filer:
    """The same JSON Schema by the reference implementation."""
    assert not list(_reference(type_name(innhold)).iter_errors(innhold))
    return []


def ask_jsonschema_rs(innhold: Dokument) -> Filer:
    """The JSON Schema on our hot path."""
    assert not check_json(innhold)
    return []


def ask_all(innhold: Dokument) -> Filer:
    """What is asked of every document before it is kept: JSON Schema, XML written, XSD."""
    assert not check(innhold)
    return []


# --- pages ----

_GULV = """
#set document(title: visning.tittel, author: visning.avsender)
#set text(font: "Noto Sans", size: 10pt, lang: "nb", region: "NO", hyphenate: false)
#for dokument in visning.dokumenter { for s in dokument { par(s) }; pagebreak(weak: true) }
"""


@cache
def _typst() -> typst.Compiler:
    fonter = typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(k) for k in fontkataloger()]
    )
    return typst.Compiler(font_paths=fonter, ignore_system_fonts=True)


def typst_floor(dokumenter: Sequence[Dokument]) -> bytes:
    """Typst's floor: the texts as plain paragraphs, in the same font and to the same standards, as one PDF."""
    hode = dokumenter[0]["hode"]
    visning = {
        "tittel": tittel(dokumenter[0]),
        "avsender": hode["avsender"]["navn"],
        "dokumenter": [list(_texts([d["opplysninger"], d["seksjoner"]])) for d in dokumenter],
    }
    json_ = json.dumps(visning, ensure_ascii=False).replace("\\", "\\\\").replace('"', '\\"')
    kilde = f'#let visning = json(bytes("{json_}"))\n{_GULV}'.encode()
    pdf = _typst().compile(input=kilde, format="pdf", pdf_standards=PDF_STANDARDER, timestamp=0)
    assert isinstance(pdf, bytes)
    return pdf


def weasyprint_page(innhold: Dokument) -> bytes:
    """The same content as HTML, set by WeasyPrint as PDF/UA-1: it takes one standard at a time."""
    from weasyprint import CSS, HTML

    fonter, stil = _weasyprint_fonts()
    pdf = HTML(string=_as_html(innhold)).write_pdf(
        stylesheets=[CSS(string=stil, font_config=fonter)], font_config=fonter, pdf_variant="pdf/ua-1"
    )
    assert isinstance(pdf, bytes)
    return pdf


@cache
def _weasyprint_fonts() -> tuple[Any, str]:
    from weasyprint.text.fonts import FontConfiguration

    fil = next(katalog / _FONTFIL for katalog in fontkataloger() if (katalog / _FONTFIL).is_file())
    stil = f"@font-face {{ font-family: '{_FONT}'; src: url('{fil.as_uri()}'); font-weight: 100 900 }}" + _STIL
    return FontConfiguration(), stil


_STIL = """
@page { size: A4; margin: 24mm 20mm 24mm 26mm;
        @bottom-right { content: "Side " counter(page) " av " counter(pages); font-size: 7pt } }
body { font-family: 'Noto Sans'; font-size: 10pt; color: #1d2733 }
h1 { font-size: 22pt; color: #12475c } h2 { font-size: 12pt; color: #12475c } h3 { font-size: 9.5pt }
table { border-collapse: collapse; width: 100%; font-size: 8.5pt }
td, th { border-bottom: 0.4pt solid #c3ccd3; padding: 5pt; text-align: left; vertical-align: top }
"""


def _as_html(innhold: Dokument) -> str:
    navn = html.escape(tittel(innhold))
    deler = [_row(rad) for rad in innhold["opplysninger"]]
    for seksjon in innhold["seksjoner"]:
        deler.append(f"<h2>{html.escape(seksjon['overskrift'])}</h2>")
        deler += [_block(blokk) for blokk in seksjon["blokker"]]
    return f'<html lang="nb"><head><title>{navn}</title></head><body><h1>{navn}</h1>{"".join(deler)}</body></html>'


def _block(blokk: Mapping[str, Any]) -> str:
    hode = f"<h3>{html.escape(blokk['overskrift'])}</h3>" if "overskrift" in blokk else ""
    if blokk["type"] == "tabell":
        kolonner = "".join(f"<th>{html.escape(kolonne['tekst'])}</th>" for kolonne in blokk["kolonner"])
        rader = "".join(
            "<tr>" + "".join(f"<td>{html.escape(celle['tekst'])}</td>" for celle in rad["celler"]) + "</tr>"
            for rad in blokk["rader"]
        )
        return f"{hode}<table><thead><tr>{kolonner}</tr></thead><tbody>{rader}</tbody></table>"
    lister = [rad for verdi in blokk.values() if isinstance(verdi, list) for rad in verdi]
    return hode + "".join(map(_row, lister or [blokk]))


def _row(rad: Mapping[str, Any]) -> str:
    ledetekst = f"<strong>{html.escape(rad['ledetekst'])}</strong> " if "ledetekst" in rad else ""
    return f"<p>{ledetekst}{html.escape(rad['tekst'])}</p>"


# --- complete ----


def complete(innhold: Dokument) -> Filer:
    """Ours: checked, and written three times."""
    return [*ask_all(innhold), to_xml(innhold), to_json(innhold), render_pdf(innhold)]


def complete_elsewhere(innhold: Dokument) -> Filer:
    """WeasyPrint and jsonschema: the same three files, checked by the same schemas."""
    ask_jsonschema(innhold)
    xml = to_xml(innhold)
    assert not check_xml(xml)
    return [xml, json.dumps(innhold, ensure_ascii=False).encode(), weasyprint_page(innhold)]


def _each(lag: Callable[[Dokument], Filer]) -> Callable[[Dokument], Arbeid]:
    return lambda innhold: partial(lag, innhold)


MATER: Mapping[str, Callable[[Dokument], Arbeid]] = {
    "XML, vår": _each(lambda innhold: [to_xml(innhold)]),
    "XML, gulv: lxml skriver treet": lxml_writes,
    "JSON, vår": _each(lambda innhold: [to_json(innhold)]),
    "JSON, gulv: json.dumps": _each(json_dumps),
    "kontroll, vår: JSON Schema og XSD": _each(ask_all),
    "JSON Schema, jsonschema-rs": _each(ask_jsonschema_rs),
    "JSON Schema, jsonschema": _each(ask_jsonschema),
    "PDF, vår": _each(lambda innhold: [render_pdf(innhold)]),
    "PDF, gulv: Typst, bare avsnitt": _each(lambda innhold: [typst_floor([innhold])]),
    "PDF, WeasyPrint": _each(lambda innhold: [weasyprint_page(innhold)]),
    "alt, vårt": _each(complete),
    "alt, WeasyPrint og jsonschema": _each(complete_elsewhere),
}
SAMLET = "PDF, gulv: alle i én fil"
"""Not for use: the texts of all documents as one PDF, which is what Typst needs when nothing begins anew."""
