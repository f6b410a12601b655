"""A workbook made safe to read: its parts looked through, and only those that hold cells packed anew.

The spreadsheet library allocates the whole rectangle that a sheet spans and keeps every shared string, so a file of a
few kilobytes can ask for all the memory there is. What it is given here has been counted first, in one pass without
a tree, and holds no part that was not counted: the library cannot see anything that this module has not.
"""

import io
import re
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from lxml import etree

from tiltaksflyt.intake.arkiv import Arkiv
from tiltaksflyt.intake.celleteller import Cellenotater, Celleteller
from tiltaksflyt.intake.grenser import Grenser
from tiltaksflyt.intake.portregler import Avvisning

_FORBUDT = re.compile(r"(^|/)(vbaProject[^/]*\.bin$|vbaData|macrosheets/|externalLinks/|embeddings/|activeX/)", re.I)
_DELTE_TEKSTER = "xl/sharedStrings.xml"
_ARBEIDSBOK = "xl/workbook.xml"
_STILER = "xl/styles.xml"
_KOBLINGER = "xl/_rels/workbook.xml.rels"
_FASTE_DELER = (
    "[Content_Types].xml",
    "_rels/.rels",
    _ARBEIDSBOK,
    _KOBLINGER,
    _STILER,
)
_MAKS_FAST_DEL = 8 * 1024 * 1024
_DOCTYPE = re.compile(rb"<!(DOCTYPE|ENTITY)")
_SITERT = re.compile(r'"[^"]*"|\\.')
_MAKRO = b"macroEnabled"


@dataclass(frozen=True)
class Arbeidsbok:
    """A workbook of counted parts, and by sheet name what the spreadsheet library does not tell of its cells."""

    pakke: bytes
    notater: Mapping[str, Cellenotater]


def open_workbook(arkiv: Arkiv, grenser: Grenser) -> Arbeidsbok:
    """The workbook in `arkiv`, safe to hand to the spreadsheet library.

    Raises Avvisning: FIL003 for macros, external links, embedded files, a DOCTYPE or too many cells; FIL002 for a
    part that is missing or not well-formed.
    """
    if any(_FORBUDT.search(navn) for navn in arkiv.names):
        raise Avvisning("FIL003")
    ut = io.BytesIO()
    with zipfile.ZipFile(ut, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as ny:
        deler = {navn: _read_part(arkiv, navn) for navn in _FASTE_DELER if navn in arkiv.names}
        if _MAKRO in deler.get("[Content_Types].xml", b""):
            raise Avvisning("FIL003")
        for navn, innhold in deler.items():
            ny.writestr(navn, innhold)
        teller = Celleteller(grenser, _percent_styles(deler))
        notater = {}
        teller.begin_shared_strings()
        _copy_part(arkiv, _DELTE_TEKSTER, ny, teller)
        teller.end_part()
        for ark, del_ in _sheets(deler).items():
            _copy_part(arkiv, del_, ny, teller)
            notater[ark] = teller.end_part()
    return Arbeidsbok(ut.getvalue(), MappingProxyType(notater))


def _read_part(arkiv: Arkiv, navn: str) -> bytes:
    innhold = arkiv.read(arkiv.names[navn], _MAKS_FAST_DEL)
    _refuse_doctype(innhold)
    return innhold


def _refuse_doctype(bit: bytes) -> None:
    # A zero byte means UTF-16, in which a DOCTYPE would look different; no spreadsheet program writes it.
    if _DOCTYPE.search(bit) or b"\0" in bit:
        raise Avvisning("FIL003")


def _copy_part(arkiv: Arkiv, navn: str, ny: zipfile.ZipFile, teller: Celleteller) -> None:
    inngang = arkiv.names.get(navn)
    if inngang is None:
        return
    forrige = b""
    with ny.open(navn, "w") as del_:
        for bit in arkiv.unpack(inngang):
            _refuse_doctype(forrige + bit)
            forrige = bit[-16:]
            teller.feed(bit)
            del_.write(bit)


def _sheets(deler: Mapping[str, bytes]) -> Mapping[str, str]:
    """Sheet name to the part that holds it, in the order of the workbook."""
    if _KOBLINGER not in deler:
        raise Avvisning("FIL002")
    mal = {
        kobling.get("Id"): _resolve(kobling.get("Target") or "")
        for kobling in _elements(deler[_KOBLINGER], "Relationship")
    }
    resultat = {}
    for ark in _elements(deler[_ARBEIDSBOK], "sheet"):
        kobling = next((verdi for navn, verdi in ark.items() if etree.QName(navn).localname == "id"), None)
        del_ = mal.get(kobling)
        if del_ is None:
            raise Avvisning("FIL002")
        resultat[ark.get("name") or ""] = del_
    # A part that is two things at once would be counted as one of them only; the library asks not for case.
    deler_brukt = [*map(str.lower, (*_FASTE_DELER, _DELTE_TEKSTER, *resultat.values()))]
    if len(set(deler_brukt)) != len(deler_brukt):
        raise Avvisning("FIL002")
    return resultat


def _percent_styles(deler: Mapping[str, bytes]) -> frozenset[str]:
    """The cell styles, by index, that show a number in percent: formats 9 and 10, or one with a percent sign."""
    if _STILER not in deler:
        return frozenset()
    egne = {
        format_.get("numFmtId")
        for format_ in _elements(deler[_STILER], "numFmt")
        if "%" in _SITERT.sub("", format_.get("formatCode") or "")
    }
    stiler = [stil for liste in _elements(deler[_STILER], "cellXfs") for stil in liste]
    return frozenset(str(i) for i, stil in enumerate(stiler) if stil.get("numFmtId") in egne | {"9", "10"})


def _resolve(mal: str) -> str:
    mal = mal.removeprefix("/")
    return mal if mal.startswith("xl/") else f"xl/{mal}"


def _elements(innhold: bytes, navn: str) -> Iterable[Any]:
    tolk = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    try:
        return list(etree.fromstring(innhold, tolk).iter(f"{{*}}{navn}"))
    except etree.XMLSyntaxError:
        raise Avvisning("FIL002") from None
