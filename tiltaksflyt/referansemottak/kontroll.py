"""Checks one document of an opened package. Pure: bytes in, a finding or none out."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from schemas.identer import check_personident
from tiltaksflyt.referansemottak.arkivfiler import check_archive_files
from tiltaksflyt.referansemottak.koder import Funn
from tiltaksflyt.referansemottak.skjema import Dokumentskjema

_JSON, _XML, _PDF = "dokument.json", "dokument.xml", "dokument.pdf"
# NAV's archive asks for these bytes first (dokarkiv, FilMagicNumberValidator).
_PDF_START = b"%PDF-"
# The version of the manifest in which nothing stands beside a document for an archive.
_UTEN_ARKIVFILER = "1.0"
_LIKE_FELT = ("meldingId", "dokumenttype", "versjon", "erstatter", "frist", "tiltakskode")


@dataclass(frozen=True)
class Sammenheng:
    """What a document is checked against besides its own schema."""

    modus: str
    nav_enhet: str
    skjemaer: Mapping[str, Dokumentskjema]
    manifestversjon: str = "1.1"


def check_document(dokument: Mapping[str, Any], filer: Mapping[str, bytes], sammenheng: Sammenheng) -> Funn | None:
    """What is wrong with a document of the manifest, None when nothing is. `filer` are the package's, by path."""
    funn = _check_files(dokument, filer)
    if funn is not None:
        return funn
    skjema = sammenheng.skjemaer.get(dokument["dokumenttype"])
    if skjema is None:
        return Funn.UKJENT_DOKUMENTTYPE
    egne = {f["navn"]: filer[f"{dokument['meldingId']}/{f['navn']}"] for f in dokument["filer"]}
    if not egne.keys() >= {_JSON, _XML, _PDF}:
        return Funn.FORMAT_MANGLER
    hode, funn = _check_renderings(egne, dokument, skjema)
    if hode is None or funn is not None:
        return funn
    funn = _check_header(hode, dokument, sammenheng)
    if funn is not None or sammenheng.manifestversjon == _UTEN_ARKIVFILER:
        return funn
    return check_archive_files(hode, egne)


def _check_renderings(
    filer: Mapping[str, bytes], dokument: Mapping[str, Any], skjema: Dokumentskjema
) -> tuple[Mapping[str, Any] | None, Funn | None]:
    """The header of the document, or what is wrong with one of its renderings."""
    if not filer[_PDF].startswith(_PDF_START):
        return None, Funn.PDF_UGYLDIG
    verdi, funn = skjema.check_json(filer[_JSON])
    if funn is not None:
        return None, funn
    rot, funn = skjema.check_xml(filer[_XML])
    if rot is None or funn is not None:
        return None, funn
    if rot.findtext("{*}hode/{*}meldingId") != dokument["meldingId"]:
        return None, Funn.HODE_STEMMER_IKKE
    return verdi["hode"], None


def fingerprint(dokument: Mapping[str, Any]) -> str:
    """One hash over the files of a document, as its manifest lists them: the same document has the same."""
    samlet = "\n".join(f"{f['navn']} {f['sha256']}" for f in sorted(dokument["filer"], key=lambda f: str(f["navn"])))
    return hashlib.sha256(samlet.encode()).hexdigest()


def _check_files(dokument: Mapping[str, Any], filer: Mapping[str, bytes]) -> Funn | None:
    for fil in dokument["filer"]:
        innhold = filer.get(f"{dokument['meldingId']}/{fil['navn']}")
        if innhold is None:
            return Funn.FIL_MANGLER
        if len(innhold) != fil["storrelse"]:
            return Funn.FEIL_STORRELSE
        if hashlib.sha256(innhold).hexdigest() != fil["sha256"]:
            return Funn.FEIL_SJEKKSUM
    return None


def _check_header(hode: Mapping[str, Any], dokument: Mapping[str, Any], sammenheng: Sammenheng) -> Funn | None:
    if any(hode.get(felt) != dokument.get(felt) for felt in _LIKE_FELT):
        return Funn.HODE_STEMMER_IKKE
    if hode["avsender"]["orgnr"] != dokument["avsender"]["orgnr"]:
        return Funn.HODE_STEMMER_IKKE
    if hode["mottaker"]["navEnhet"] != sammenheng.nav_enhet or hode["modus"] != sammenheng.modus:
        return Funn.HODE_STEMMER_IKKE
    return _check_person(hode["deltaker"]["personident"], sammenheng) if "deltaker" in hode else None


def _check_person(personident: str, sammenheng: Sammenheng) -> Funn | None:
    ident = check_personident(personident)
    if not ident.gyldig:
        return Funn.UGYLDIG_IDENT
    if sammenheng.modus == "TEST" and not ident.er_syntetisk:
        return Funn.IKKE_SYNTETISK
    if sammenheng.modus == "PROD" and ident.er_syntetisk:
        return Funn.SYNTETISK
    return None
