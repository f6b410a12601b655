"""Ways to spoil a document, as JSON and as XML: most make it invalid, some leave it valid."""

import copy
from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st
from lxml import etree

Sti = tuple[Any, ...]

_MELLOMROM = [" ", "\n", "\t", "\r", "\u00a0", "\u2003", "\u200b", "\ufeff"]
_TEGN = [*"\x00\x08\x0b\x1f\x7f\x85\ufffe\uffff\ud800\u202e\u0301", "１", "٣", "𝟙"]
_DATOER = [
    "2026-02-29",
    "2026-02-30",
    "2024-02-29",
    "2000-02-29",
    "1900-02-29",
    "2026-04-31",
    "2026-13-01",
    "2026-00-10",
    "1899-12-31",
    "2100-01-01",
    "2026-2-3",
    "20260203",
    "03.02.2026",
    "2026-02-03Z",
    "2026-02-03+01:00",
    "2026-02-03T10:00:00",
    "2026-02-03T10:00:00+02:00",
    "2026-02-30T10:00:00+02:00",
    "2026-02-03T24:00:00+02:00",
    "2026-02-03T10:00:60+02:00",
    "2026-02-03T10:00:00Z",
    "2026-02-03T10:00:00.5+02:00",
    "2026-02-03T10:00:00+14:00",
]
_HELE = [0, 1, -1, 100, 999_999_999, 10**9, 10**30, 2**53]
_BROK = [0.0, -0.0, 1.0, 1.5, 0.1 + 0.2, 100.0, 100.5, 1e300, 5e-324]
_ANNET = [None, True, False, "", "x", "true", "false", "1", "0", "NaN", "INF", "1e3", "+1", "01", [], {}, [[]], [""]]
_KODER = ["PLAN", "SLUTTRAPPORT", "TEST", "test", "AVKLARING", "ARBEID", "GRENSE", "03", "99", "3", "1.9999", "2.0"]
VERDIER = [*_DATOER, *_HELE, *_BROK, *_ANNET, *_KODER]
_NOKLER = ["fremmed", "type", "kode", "verdi", "endret", "tekst", "Tekst", "nummer", "periode", "xml:lang", "", "a b"]


def paths(verdi: Any, sti: Sti = ()) -> Iterator[Sti]:
    """The place of every value under a value."""
    if isinstance(verdi, dict | list):
        for nokkel, under in verdi.items() if isinstance(verdi, dict) else enumerate(verdi):
            yield (*sti, nokkel)
            yield from paths(under, (*sti, nokkel))


def at(verdi: Any, sti: Sti) -> Any:
    """The value at a place."""
    for ledd in sti:
        verdi = verdi[ledd]
    return verdi


@st.composite
def mutants(draw: st.DrawFn, dokumenter: st.SearchStrategy[dict[str, Any]]) -> dict[str, Any]:
    """A document that has been spoiled once or twice."""
    innhold = copy.deepcopy(draw(dokumenter))
    for _ in range(draw(st.integers(1, 2))):
        steder = list(paths(innhold))
        if not steder:
            break
        _spoil(draw, innhold, draw(st.sampled_from(steder)))
    return innhold


def _spoil(draw: st.DrawFn, innhold: dict[str, Any], sti: Sti) -> None:
    sted, nokkel = at(innhold, sti[:-1]), sti[-1]
    verdi = sted[nokkel]
    match draw(st.sampled_from(["fjern", "bytt", "tegn", "kopier", "navn", "mer", "flytt"])):
        case "fjern":
            del sted[nokkel]
        case "tegn" if isinstance(verdi, str):
            plass = draw(st.integers(0, len(verdi)))
            tegn = draw(st.sampled_from([*_MELLOMROM, *_TEGN]))
            sted[nokkel] = verdi[:plass] + tegn + verdi[plass + draw(st.integers(0, 1)) :]
        case "kopier" if isinstance(sted, list):
            sted.insert(nokkel, copy.deepcopy(verdi))
        case "navn" if isinstance(sted, dict):
            del sted[nokkel]
            sted[draw(st.sampled_from([*_NOKLER, nokkel.upper()]))] = verdi
        case "mer" if isinstance(verdi, dict):
            verdi[draw(st.sampled_from(_NOKLER))] = draw(st.sampled_from(VERDIER))
        case "flytt":
            sted[nokkel] = copy.deepcopy(at(innhold, draw(st.sampled_from(list(paths(innhold))))))
        case _:
            sted[nokkel] = copy.deepcopy(draw(st.sampled_from(VERDIER)))


_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_ATTRIBUTTER = ["kode", "verdi", "fra", "fremmed", f"{{{_XSI}}}schemaLocation", f"{{{_XSI}}}nil", f"{{{_XSI}}}type"]
_TEKSTER = ["", " ", "x", "1", " 1 ", "\n2026-02-03\n", "TEST", "true", "PLAN", "2026-02-30"]


@st.composite
def xml_mutants(draw: st.DrawFn, meldinger: st.SearchStrategy[bytes]) -> bytes:
    """An XML message that has been spoiled once or twice, and is still well-formed."""
    rot = etree.fromstring(draw(meldinger))
    for _ in range(draw(st.integers(1, 2))):
        el = draw(st.sampled_from([el for el in rot.iter() if isinstance(el.tag, str)]))
        draw(st.sampled_from([_other_text, _more_space, _attribute, _place, _name, _more]))(draw, el)
    return etree.tostring(rot, encoding="UTF-8")


def _other_text(draw: st.DrawFn, el: etree._Element) -> None:
    el.text = draw(st.sampled_from(_TEKSTER))


def _more_space(draw: st.DrawFn, el: etree._Element) -> None:
    rom = draw(st.sampled_from(_MELLOMROM))
    if el.attrib and draw(st.booleans()):
        navn = draw(st.sampled_from(sorted(map(str, el.attrib))))
        el.set(navn, f"{rom}{el.get(navn)}{rom}")
    else:
        el.text = f"{rom}{el.text or ''}{rom}"


def _attribute(draw: st.DrawFn, el: etree._Element) -> None:
    if el.attrib and draw(st.booleans()):
        del el.attrib[draw(st.sampled_from(sorted(map(str, el.attrib))))]
    else:
        el.set(draw(st.sampled_from(_ATTRIBUTTER)), draw(st.sampled_from([*_TEKSTER, "Tekst", "urn:x y.xsd"])))


def _place(draw: st.DrawFn, el: etree._Element) -> None:
    forelder = el.getparent()
    if forelder is None:
        return
    hvordan = draw(st.sampled_from(["fjern", "kopier", "sist"]))
    if hvordan == "kopier":
        forelder.insert(forelder.index(el), copy.deepcopy(el))
        return
    forelder.remove(el)
    if hvordan == "sist":
        forelder.append(el)


def _name(draw: st.DrawFn, el: etree._Element) -> None:
    navn = etree.QName(el)
    andre = [f"{{{navn.namespace}}}fremmed", f"{{{navn.namespace}}}tekst", "tekst", f"{{urn:x}}{navn.localname}"]
    el.tag = draw(st.sampled_from(andre))


def _more(draw: st.DrawFn, el: etree._Element) -> None:
    nye = [etree.Comment("x"), etree.PI("x", "y"), etree.Element("mer"), etree.Element(str(el.tag))]
    el.insert(draw(st.integers(0, len(el))), draw(st.sampled_from(nye)))
