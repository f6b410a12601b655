"""A document's request to Nav's archive (opprettJournalpost of navikt/dokarkiv), pure, and checked against its limits.

The files are named, not held: a recipient fills `fysiskDokument` of each variant from the file that `filnavn` names
(docs/leveranse.md), so that a package does not carry every page twice. What only the recipient knows is left to it:
kanal, datoMottatt, sak and journalfoerendeEnhet.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from schemas.arkivfelter import Brudd, Enhet, find_excess, journalpostfelter
from schemas.oppsett import NAV
from transforms.dokument import arkivtittel, tittel
from transforms.dokument_form import type_name
from transforms.kalender import OSLO

FILNAVN = "journalpost.json"
_ENHETER = {Enhet.TEGN: "characters", Enhet.BYTE: "bytes in UTF-8"}


class UgyldigForArkivet(Exception):
    """A value that Nav's archive does not take. Names the field and its limit, never the value."""

    kode = "UGYLDIG_FOR_ARKIVET"

    def __init__(self, brudd: Brudd) -> None:
        enhet = _ENHETER[brudd.grense.enhet]
        hva = f"is {brudd.lengde} {enhet} long" if brudd.er_for_lang else "has signs that are not allowed"
        super().__init__(
            f"journalpost.{brudd.felt} {hva}; Nav's archive takes at most {brudd.grense.maks} {enhet} "
            "(schemas/arkiv/arkivfelter.yaml). Nothing is cut: shorten the source, such as navn in the sender's set-up."
        )
        self.brudd = brudd


def is_archived_at_nav(innhold: Mapping[str, Any]) -> bool:
    """Whether Nav archives it. What the kommune is behandlingsansvarlig for never goes to Nav's archive, and a copy
    would lie there twice: the original has its journalpost."""
    til_nav = innhold["hode"]["mottaker"].get("behandlingsansvarlig", NAV) == NAV
    return bool(til_nav and "kopiAv" not in innhold["hode"])


def build_journalpost(innhold: Mapping[str, Any]) -> dict[str, Any]:
    """The request for one document, without the bytes of its files. Raises UgyldigForArkivet."""
    hode, faste = innhold["hode"], journalpostfelter()
    journalpost = {
        "journalposttype": "INNGAAENDE",
        "avsenderMottaker": {"id": hode["avsender"]["orgnr"], "idType": "ORGNR", "navn": hode["avsender"]["navn"]},
        "bruker": _user(hode),
        "tema": faste.tema,
        "tittel": arkivtittel(innhold),
        "eksternReferanseId": hode["meldingId"],
        "datoDokument": _local_time(hode["opprettet"]),
        "tilleggsopplysninger": [{"nokkel": nokkel, "verdi": verdi} for nokkel, verdi in _attributes(hode)],
        "dokumenter": [
            {
                "tittel": tittel(innhold),
                "brevkode": f"urn:tiltaksflyt:{type_name(innhold)}:{hode['skjemaversjon']}",
                "dokumentvarianter": [
                    {"filtype": v.filtype, "variantformat": v.variantformat, "filnavn": v.filnavn}
                    for v in faste.varianter
                ],
            }
        ],
    }
    brudd = find_excess(journalpost)
    if brudd is not None:
        raise UgyldigForArkivet(brudd)
    return journalpost


def render_journalpost(innhold: Mapping[str, Any]) -> bytes:
    """The request as a file, the same bytes for the same document. Raises UgyldigForArkivet."""
    return f"{json.dumps(build_journalpost(innhold), ensure_ascii=False, indent=2)}\n".encode()


def _user(hode: Mapping[str, Any]) -> dict[str, str]:
    """Whom it is about: the deltaker, or the tiltaksarrangør where the document has no person in it."""
    if "deltaker" in hode:
        return {"id": hode["deltaker"]["personident"], "idType": "FNR"}
    return {"id": hode["avsender"]["orgnr"], "idType": "ORGNR"}


def _attributes(hode: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What ties the versions of a document together, under keys of our own as dokarkiv asks for."""
    yield "tiltaksflyt_dokument", hode["dokumentId"]
    yield "tiltaksflyt_versjon", str(hode["versjon"])
    if "erstatter" in hode:
        yield "tiltaksflyt_forrige", hode["erstatter"]


def _local_time(tekst: str) -> str:
    """Local time in Oslo without offset, to the millisecond, as datoDokument is written."""
    return datetime.fromisoformat(tekst).astimezone(OSLO).replace(tzinfo=None).isoformat(timespec="milliseconds")
