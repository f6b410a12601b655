"""Checks what stands beside a document for an archive: journalpost.json and arkivmelding.xml. Pure.

They must say the same as the document: the same message, the same person, the files that lie beside them.
"""

import hashlib
import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from lxml import etree

from schemas.arkivfelter import find_excess
from schemas.loader import SCHEMAS, validator
from schemas.oppsett import NAV
from tiltaksflyt.referansemottak.koder import Funn

JOURNALPOST, ARKIVMELDING = "journalpost.json", "arkivmelding.xml"
_N = "{http://www.arkivverket.no/standarder/noark5/arkivmelding}"


def check_archive_files(hode: Mapping[str, Any], filer: Mapping[str, bytes]) -> Funn | None:
    """What is wrong with them; None when nothing is. `filer` are those of one document, by name."""
    # What the kommune is behandlingsansvarlig for goes to its own archive, never to Nav's; a copy lies in none twice.
    til_nav = hode["mottaker"].get("behandlingsansvarlig", NAV) == NAV and "kopiAv" not in hode
    if ARKIVMELDING not in filer or (JOURNALPOST in filer) != til_nav:
        return Funn.FORMAT_MANGLER
    return (_check_journalpost(hode, filer) if til_nav else None) or _check_arkivmelding(hode, filer)


def _check_journalpost(hode: Mapping[str, Any], filer: Mapping[str, bytes]) -> Funn | None:
    try:
        journalpost = json.loads(filer[JOURNALPOST])
    except (ValueError, RecursionError):
        return Funn.JOURNALPOST_UGYLDIG
    if not validator("journalpost").is_valid(journalpost) or find_excess(journalpost) is not None:
        return Funn.JOURNALPOST_UGYLDIG
    sted = (journalpost["eksternReferanseId"], journalpost["avsenderMottaker"]["id"], journalpost["bruker"]["id"])
    person = hode["deltaker"]["personident"] if "deltaker" in hode else hode["avsender"]["orgnr"]
    if sted != (hode["meldingId"], hode["avsender"]["orgnr"], person):
        return Funn.JOURNALPOST_STEMMER_IKKE
    varianter = [variant for ett in journalpost["dokumenter"] for variant in ett["dokumentvarianter"]]
    formater = [variant["variantformat"] for variant in varianter]
    if len(set(formater)) < len(formater) or any(variant["filnavn"] not in filer for variant in varianter):
        return Funn.JOURNALPOST_STEMMER_IKKE
    return None


@cache
def _arkivmelding_skjema() -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(SCHEMAS / "xsd" / "arkivmelding" / "arkivmelding-utdrag.xsd"))


def _check_arkivmelding(hode: Mapping[str, Any], filer: Mapping[str, bytes]) -> Funn | None:
    leser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        rot = etree.fromstring(filer[ARKIVMELDING], leser)
    except etree.XMLSyntaxError:
        return Funn.ARKIVMELDING_UGYLDIG
    if rot.getroottree().docinfo.internalDTD is not None or not _arkivmelding_skjema().validate(rot):
        return Funn.ARKIVMELDING_UGYLDIG
    if rot.findtext(f"{_N}meldingId") != hode["meldingId"]:
        return Funn.ARKIVMELDING_STEMMER_IKKE
    for objekt in rot.iter(f"{_N}dokumentobjekt"):
        innhold = filer.get(objekt.findtext(f"{_N}referanseDokumentfil") or "")
        if innhold is None or hashlib.sha256(innhold).hexdigest() != objekt.findtext(f"{_N}sjekksum"):
            return Funn.ARKIVMELDING_STEMMER_IKKE
    return None
