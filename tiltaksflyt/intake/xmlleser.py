"""One XML document: `<innsending>` with one list element a table, a record in each element of the list.

    <innsending>
      <innsending><omfang>FULL</omfang>…</innsending>
      <deltaker><rad><deltakerId>7</deltakerId>…</rad><rad>…</rad></deltaker>
    </innsending>

Record elements may have any name. An element that holds fields and no records is itself a record, so one element a
record is read as well. Attributes of a record are fields like its elements; a field that stands several times is a
list. Namespaces are passed over.
"""

from collections.abc import Iterable, Iterator, Sequence

from lxml import etree

from tiltaksflyt.intake.celler import SAMMENSATT, join_texts
from tiltaksflyt.intake.kilde import Del, Kildetabell, Leseoppsett, Ukjentdel, record_table
from tiltaksflyt.intake.portregler import Avvisning
from tiltaksflyt.intake.tegnsett import find_unmarked_utf16, refuse_large_document

_ROT = "innsending"
_XSI = "http://www.w3.org/2001/XMLSchema-instance"
# What the other readers take. libxml2 knows more, and some of them hide a DOCTYPE from whoever looks at the bytes.
_TEGNSETT = frozenset({"UTF-8", "UTF-16", "UTF-16LE", "UTF-16BE", "ISO-8859-1", "WINDOWS-1252", "US-ASCII", "ASCII"})
_LIBXML_NAVN = {"utf-16-le": "UTF-16LE", "utf-16-be": "UTF-16BE"}

# What an element costs in memory, however little it holds, counted in values.
_VERDIER_I_ET_ELEMENT = 2

Kolonner = dict[str, list[str]]


def read_xml(data: bytes, oppsett: Leseoppsett) -> Iterator[Del]:
    """The tables of an XML document.

    Raises Avvisning FIL001 for another root, FIL002 when it is not well-formed (nested without end included) or is no
    list of records, FIL003 when it holds too much or has entities of its own, FIL007 for an encoding that is not read.
    """
    refuse_large_document(data, oppsett.grenser.maks_dokument)
    # Every element and attribute needs one of these, so they bound the memory it can take.
    if _VERDIER_I_ET_ELEMENT * data.count(b"<") + data.count(b"=") > oppsett.grenser.maks_celler:
        raise Avvisning("FIL003")
    rot = _parse(data)
    if _name(rot) != _ROT:
        raise Avvisning("FIL001")
    _refuse_loose_text(rot)
    yield from _loose_attributes("rotelementet", rot)
    lister: dict[str, list[etree._Element]] = {}
    for nummer, element in enumerate(_elements(rot), start=1):
        tabell = oppsett.kjenn_tabell(_name(element))
        if tabell is None:
            yield Ukjentdel(f"element nr. {nummer}", _texts(element))
        elif tabell:
            if _is_list(element):
                _refuse_loose_text(element)
                yield from _loose_attributes(f"element nr. {nummer}", element)
            lister.setdefault(tabell, []).append(element)
    for tabell, elementer in lister.items():
        yield _table(tabell, elementer, f"XML, {_encoding(rot)}")


def _parse(data: bytes) -> etree._Element:
    leser = etree.XMLParser(
        encoding=_LIBXML_NAVN.get(find_unmarked_utf16(data) or ""),
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        rot = etree.fromstring(data, leser)
    except etree.XMLSyntaxError:
        raise Avvisning("FIL002") from None
    if rot.getroottree().docinfo.internalDTD is not None or any(True for _ in rot.iter(etree.Entity)):
        raise Avvisning("FIL003")
    if _encoding(rot) not in _TEGNSETT:
        raise Avvisning("FIL007")
    return rot


def _encoding(rot: etree._Element) -> str:
    return (rot.getroottree().docinfo.encoding or "UTF-8").upper()


def _elements(element: etree._Element) -> Iterator[etree._Element]:
    return element.iterchildren(etree.Element)


def _name(element: etree._Element) -> str:
    return _local(str(element.tag))


def _local(navn: str) -> str:
    return etree.QName(navn).localname


def _is_list(element: etree._Element) -> bool:
    """Whether the element holds records; otherwise it is one itself, or nothing."""
    har_felter = any(True for _ in _elements(element)) or bool(element.attrib)
    return not har_felter or any(len(ett) or ett.attrib for ett in _elements(element))


def _records(lister: Iterable[etree._Element]) -> Iterator[etree._Element]:
    for element in lister:
        if _is_list(element):
            yield from _elements(element)
        else:
            yield element


def _record(element: etree._Element) -> Kolonner:
    _refuse_loose_text(element)
    rad: Kolonner = {_local(navn): [verdi] for navn, verdi in _attributes(element)}
    for felt in _elements(element):
        rad.setdefault(_name(felt), []).append(_text(felt))
    return rad


def _refuse_loose_text(element: etree._Element) -> None:
    """Text between elements belongs to no field: better to refuse the file than to lose it in silence."""
    if any((del_ or "").strip() for del_ in (element.text, *(barn.tail for barn in element))):
        raise Avvisning("FIL002")


def _table(navn: str, lister: Sequence[etree._Element], lest_som: str) -> Kildetabell:
    # Twice over the tree rather than a list: what stands for an element in Python takes more than the element.
    kolonner = tuple(dict.fromkeys(felt for element in _records(lister) for felt in _record(element)))
    rader = enumerate(map(_record, _records(lister)), start=1)
    celler = ((plass, [_cell(rad.get(kolonne, ())) for kolonne in kolonner]) for plass, rad in rader)
    return record_table(navn, kolonner, celler, lest_som)


def _attributes(element: etree._Element) -> Iterator[tuple[str, str]]:
    """The attributes that are the sender's own and not XML Schema's."""
    for navn, verdi in element.attrib.items():
        if etree.QName(navn).namespace != _XSI:
            yield str(navn), str(verdi)


def _loose_attributes(plass: str, element: etree._Element) -> Iterator[Ukjentdel]:
    """What stands on an element that is no record: told, and searched for identifiers, but no field of anything."""
    if verdier := [verdi for _, verdi in _attributes(element)]:
        yield Ukjentdel(plass, verdier)


def _texts(element: etree._Element) -> Iterator[str]:
    """Every text and attribute of an element that nobody knows."""
    for del_ in element.iter(etree.Element):
        yield from (str(verdi) for verdi in (del_.text, del_.tail, *del_.attrib.values()) if verdi)


def _text(felt: etree._Element) -> str:
    if any(True for _ in _elements(felt)) or any(True for _ in _attributes(felt)):
        return SAMMENSATT
    return felt.text or ""


def _cell(tekster: Sequence[str]) -> str:
    if len(tekster) <= 1:
        return tekster[0] if tekster else ""
    return join_texts(tekster)
