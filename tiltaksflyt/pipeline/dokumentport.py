"""The last gate of a document: it keeps its own schemas and the limits of Nav's archive, and a held one is told of."""

import logging
from collections import Counter

from transforms.dokument import Innhold
from transforms.dokument_formater import check
from transforms.journalpost import UgyldigForArkivet, build_journalpost, is_for_nav

_LOGG = logging.getLogger("tiltaksflyt")


class UgyldigDokument(Exception):
    """A document that was just built breaks its own schema: a fault of ours, never of the sender."""

    kode = "UGYLDIG_DOKUMENT"


def ensure_sendable(innhold: Innhold) -> None:
    """Raise UgyldigDokument, or UgyldigForArkivet for a value that Nav's archive does not take."""
    if check(innhold):
        raise UgyldigDokument("a document that was just built breaks its own schema; nothing was kept")
    if is_for_nav(innhold):
        build_journalpost(innhold)


def note_refused(orgnr: str, feil: UgyldigForArkivet, antall: Counter[str]) -> None:
    """Count a document that Nav's archive would not take, and log whose it is, which field and which limit."""
    antall["ugyldigForArkivet"] += 1
    _LOGG.error("rapportering: a document of sender %s is not built: %s", orgnr, feil)


def note_held(orgnr: str, antall: Counter[str]) -> None:
    """Count a document that waits for a person because of adressebeskyttelse, and log whose it is to ask about it."""
    antall["holdt"] += 1
    _LOGG.warning("rapportering: a document of sender %s is held: ADRESSEBESKYTTELSE", orgnr)
