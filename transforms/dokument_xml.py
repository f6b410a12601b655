"""A document as XML (urn:tiltaksflyt:<type>:1.0) and back, without loss either way, and its check against the XSD."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from lxml import etree

from schemas.dokumentform import dokumentform
from schemas.loader import SCHEMAS
from transforms.dokument_form import (
    TEKST,
    TYPER,
    Attributt,
    Blokker,
    Del,
    Element,
    Form,
    Innhold,
    Mange,
    Objekt,
    UgyldigDokument,
    document_form,
    in_form,
    namespace,
    type_name,
)


def to_xml(innhold: Mapping[str, Any]) -> bytes:
    """The document as XML, UTF-8, the same bytes for the same content whatever the order of its keys.

    Raises UgyldigDokument for a key that the form does not have or a value that XML cannot hold.
    """
    navn = type_name(innhold)
    urn = namespace(innhold)
    navnerom: Any = {None: urn}
    try:
        rot = etree.Element(etree.QName(urn, navn), nsmap=navnerom)
        _write(rot, in_form(innhold), document_form(navn), urn)
    except ValueError:
        raise UgyldigDokument("a name or a text that XML cannot hold; the texts are cleaned when it is built") from None
    etree.indent(rot)
    return etree.tostring(rot, encoding="UTF-8", xml_declaration=True) + b"\n"


def _write(el: etree._Element, verdi: Mapping[str, Any], form: Form, urn: str) -> None:
    for del_ in form:
        if del_.navn in verdi:
            _write_part(el, verdi[del_.navn], del_, urn)


def _write_part(el: etree._Element, verdi: Any, del_: Del, urn: str) -> None:  # noqa: ANN401
    match del_:
        case Attributt():
            el.set(del_.navn, del_.slag.write(verdi))
        case Element():
            etree.SubElement(el, etree.QName(urn, del_.navn)).text = del_.slag.write(verdi)
        case Innhold():
            el.text = TEKST.write(verdi)
        case Objekt():
            _write(etree.SubElement(el, etree.QName(urn, del_.navn)), verdi, del_.form, urn)
        case Mange():
            forelder = etree.SubElement(el, etree.QName(urn, del_.navn)) if del_.samlet else el
            for rad in verdi:
                _write(etree.SubElement(forelder, etree.QName(urn, del_.element)), rad, del_.form, urn)
        case Blokker():
            for blokk in verdi:
                under = etree.SubElement(el, etree.QName(urn, blokk["type"]))
                _write(under, blokk, del_.former[blokk["type"]], urn)


def from_xml(xml: bytes) -> dict[str, Any]:
    """The document that an XML message holds, whoever wrote it.

    Raises UgyldigDokument for what breaks the XSD of its type (check_xml says where), a DOCTYPE included: nothing is
    read past.
    """
    rot = _parse(xml)
    navn = etree.QName(rot).localname
    if not _schema(navn).validate(rot):
        raise UgyldigDokument("the XML breaks the XSD of its type; check_xml says where")
    return _read(rot, document_form(navn))


def _parse(xml: bytes) -> etree._Element:
    tolk = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True
    )
    try:
        rot = etree.fromstring(xml, tolk)
    except etree.XMLSyntaxError:
        raise UgyldigDokument("not well-formed XML") from None
    docinfo: Any = rot.getroottree().docinfo
    if docinfo.internalDTD is not None:
        raise UgyldigDokument("a DOCTYPE is refused")
    navn = etree.QName(rot)
    if navn.localname not in TYPER or navn.namespace != dokumentform().urn(navn.localname):
        raise UgyldigDokument("no schema for the root element; see schemas/xsd")
    return rot


# Only what the XSD has accepted is read, so the parts are there, in order, with nothing between them.
Barn = list[tuple[str, etree._Element]]


def _children(el: etree._Element) -> Barn:
    return [(etree.QName(under).localname, under) for under in el]


def _read(el: etree._Element, form: Form) -> dict[str, Any]:
    barn = _children(el)
    return {del_.navn: verdi for del_ in form for verdi in _read_part(el, barn, del_)}


def _read_part(el: etree._Element, barn: Barn, del_: Del) -> list[Any]:
    """The value of one key, alone in a list, or an empty list where it is absent."""
    match del_:
        case Attributt():
            return [del_.slag.read(str(el.attrib[del_.navn]))] if del_.navn in el.attrib else []
        case Innhold():
            return [el.text]
        case Element():
            return [del_.slag.read(str(under.text)) for navn, under in barn if navn == del_.navn]
        case Objekt():
            return [_read(under, del_.form) for navn, under in barn if navn == del_.navn]
        case Mange():
            samling = [par for navn, under in barn if navn == del_.navn for par in _children(under)]
            rader = samling if del_.samlet else barn
            return [[_read(under, del_.form) for navn, under in rader if navn == del_.element]]
        case Blokker():
            return [[{"type": navn, **_read(under, del_.former[navn])} for navn, under in barn if navn in del_.former]]


@cache
def _schema(navn: str) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(SCHEMAS / "xsd" / f"{navn}.xsd"))


def check_xml(xml: bytes) -> tuple[str, ...]:
    """The breaches of the XSD of the document's own type, as «line: rule»; empty when it is valid.

    The messages of the validator carry values and stay inside. Raises UgyldigDokument when it is no XML document of
    a type that has a schema.
    """
    rot = _parse(xml)
    skjema = _schema(etree.QName(rot).localname)
    skjema.validate(rot)
    feil: Any = skjema.error_log
    return tuple(f"line {brudd.line}: {brudd.type_name}" for brudd in feil)
