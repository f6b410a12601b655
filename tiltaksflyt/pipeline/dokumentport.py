"""The last gate of a document: what was just built keeps its own schemas and the limits of Nav's archive."""

from transforms.dokument import Innhold
from transforms.dokument_formater import check
from transforms.journalpost import build_journalpost, is_for_nav


class UgyldigDokument(Exception):
    """A document that was just built breaks its own schema: a fault of ours, never of the sender."""

    kode = "UGYLDIG_DOKUMENT"


def ensure_sendable(innhold: Innhold) -> None:
    """Raise UgyldigDokument, or UgyldigForArkivet for a value that Nav's archive does not take."""
    if check(innhold):
        raise UgyldigDokument("a document that was just built breaks its own schema; nothing was kept")
    if is_for_nav(innhold):
        build_journalpost(innhold)
