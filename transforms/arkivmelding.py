"""A document as an arkivmelding (Noark 5, as eFormidling carries it), pure: for recipients that take it that way.

The structure is that of arkivmelding.xsd v1 in felleslosninger/efm-integrasjonspunkt with the words of Noark 5's
metadatakatalog; schemas/xsd/arkivmelding/ holds the part that is used and says how it was checked.
"""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from lxml import etree

from schemas.arkivfelter import Arkivfil, arkivmeldingsfelter
from schemas.identer import Identtype, check_personident
from schemas.loader import SCHEMAS
from transforms.dokument import arkivtittel, tittel
from transforms.kalender import oslo_dato

FILNAVN = "arkivmelding.xml"
NAVNEROM = "http://www.arkivverket.no/standarder/noark5/arkivmelding"
XSD = SCHEMAS / "xsd" / "arkivmelding" / "arkivmelding-utdrag.xsd"
_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_SYSTEM = "tiltaksflyt"
_SJEKKSUM = "SHA-256"
_D_NUMMER = frozenset({Identtype.D_NUMMER, Identtype.SYNTETISK_D_NUMMER})


def render_arkivmelding(innhold: Mapping[str, Any], filer: Mapping[str, bytes]) -> bytes:
    """The arkivmelding of one document and its files, by name; the same bytes for the same document and files.

    Raises KeyError when a file of schemas/arkiv/arkivfelter.yaml is not there.
    """
    hode = innhold["hode"]
    navnerom: Any = {None: NAVNEROM, "xsi": _XSI}
    rot = etree.Element(_name("arkivmelding"), nsmap=navnerom)
    beskrevet = arkivmeldingsfelter().filer
    _add(rot, "system", _SYSTEM)
    _add(rot, "meldingId", hode["meldingId"])
    _add(rot, "tidspunkt", hode["opprettet"])
    _add(rot, "antallFiler", str(len(beskrevet)))
    med_data = [(fil, filer[fil.filnavn]) for fil in beskrevet]
    _write_record(_add(rot, "registrering"), innhold, med_data)
    etree.indent(rot)
    return etree.tostring(rot, encoding="UTF-8", xml_declaration=True) + b"\n"


Fil = tuple[Arkivfil, bytes]


def _write_record(el: etree._Element, innhold: Mapping[str, Any], filer: list[Fil]) -> None:
    """The journalpost, in the order of the schema: the registrering first, then what a journalpost adds."""
    hode, faste = innhold["hode"], arkivmeldingsfelter()
    el.set(etree.QName(_XSI, "type"), "journalpost")
    _add(el, "systemID", hode["meldingId"])
    _write_creation(el, hode)
    if "deltaker" in hode:
        _write_person(_add(el, "part"), hode)
    skjerming = _add(el, "skjerming")
    _add(skjerming, "tilgangsrestriksjon", faste.skjerming.tilgangsrestriksjon)
    _add(skjerming, "skjermingshjemmel", faste.skjerming.hjemmel)
    _add(skjerming, "skjermingMetadata", faste.skjerming.metadata)
    _add(skjerming, "skjermingDokument", faste.skjerming.dokument)
    _write_document(_add(el, "dokumentbeskrivelse"), innhold, filer)
    _add(el, "tittel", arkivtittel(innhold))
    _add(el, "offentligTittel", tittel(innhold))
    if "erstatter" in hode:
        _add(_add(el, "kryssreferanse"), "referanseTilRegistrering", hode["erstatter"])
    _write_sender(_add(el, "korrespondansepart"), hode)
    _write_recipient(_add(el, "korrespondansepart"), hode)
    nokkel = _add(el, "referanseEksternNoekkel")
    _add(nokkel, "fagsystem", _SYSTEM)
    _add(nokkel, "noekkel", hode["dokumentId"])
    _add(el, "journalposttype", faste.journalposttype)
    _add(el, "journalstatus", faste.journalstatus)
    _add(el, "dokumentetsDato", oslo_dato(datetime.fromisoformat(hode["opprettet"])).isoformat())


def _write_person(el: etree._Element, hode: Mapping[str, Any]) -> None:
    ident = hode["deltaker"]["personident"]
    _add(el, "partNavn", hode["deltaker"]["navn"])
    _add(el, "partRolle", arkivmeldingsfelter().part_rolle)
    navn = "DNummer" if check_personident(ident).type in _D_NUMMER else "foedselsnummer"
    _add(_add(el, navn), navn, ident)


def _write_sender(el: etree._Element, hode: Mapping[str, Any]) -> None:
    _add(el, "korrespondanseparttype", "Avsender")
    _add(el, "korrespondansepartNavn", hode["avsender"]["navn"])
    _add(_add(el, "organisasjonsnummer"), "organisasjonsnummer", hode["avsender"]["orgnr"])


def _write_recipient(el: etree._Element, hode: Mapping[str, Any]) -> None:
    _add(el, "korrespondanseparttype", "Kopimottaker" if "kopiAv" in hode else "Mottaker")
    _add(el, "korrespondansepartNavn", hode["mottaker"]["navn"])
    _add(el, "administrativEnhet", hode["mottaker"]["navEnhet"])


def _write_document(el: etree._Element, innhold: Mapping[str, Any], filer: list[Fil]) -> None:
    hode, faste = innhold["hode"], arkivmeldingsfelter()
    _add(el, "systemID", hode["dokumentId"])
    _add(el, "dokumenttype", hode["dokumenttype"])
    _add(el, "dokumentstatus", faste.dokumentstatus)
    _add(el, "tittel", tittel(innhold))
    _write_creation(el, hode)
    _add(el, "tilknyttetRegistreringSom", faste.tilknyttet_som)
    _add(el, "dokumentnummer", "1")
    _add(el, "tilknyttetDato", hode["opprettet"])
    _add(el, "tilknyttetAv", hode["avsender"]["navn"])
    for beskrevet, data in filer:
        _write_file(_add(el, "dokumentobjekt"), hode, beskrevet, data)


def _write_file(el: etree._Element, hode: Mapping[str, Any], fil: Arkivfil, data: bytes) -> None:
    _add(el, "versjonsnummer", str(hode["versjon"]))
    _add(el, "variantformat", fil.variantformat)
    _add(el, "format", fil.format)
    _add(el, "mimeType", fil.medietype)
    _write_creation(el, hode)
    _add(el, "referanseDokumentfil", fil.filnavn)
    _add(el, "sjekksum", hashlib.sha256(data).hexdigest())
    _add(el, "sjekksumAlgoritme", _SJEKKSUM)
    _add(el, "filstoerrelse", str(len(data)))


def _write_creation(el: etree._Element, hode: Mapping[str, Any]) -> None:
    _add(el, "opprettetDato", hode["opprettet"])
    _add(el, "opprettetAv", hode["avsender"]["navn"])


def _add(el: etree._Element, navn: str, tekst: str | None = None) -> etree._Element:
    under = etree.SubElement(el, _name(navn))
    under.text = tekst
    return under


def _name(navn: str) -> etree.QName:
    return etree.QName(NAVNEROM, navn)
