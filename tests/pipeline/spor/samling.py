"""Every id and hash that the line makes of anybody, gathered while it works: what is sent is not ours for long."""

import hashlib
import json

from tests.pipeline.conftest import Linje
from tests.pipeline.spor.spor import cells, ids_written, normal

_MAKS = 1 << 24
# The columns that lead straight to a person, a document or an answer: never excused, wherever they are found.
_TIL_NOEN = {
    "deltakelse.ref",
    "deltakelse.ekstern_hmac",
    "deltakelse.deltaker_hmac",
    "deltakelse.nokkel_id",
    "dokument.dokument_id",
    "dokument.melding_id",
    "dokument.avtrykk",
    "forsendelse.melding_id",
    "kvittering.kvittering_id",
    "bekreftelse.sak",
    "holdt.ekstern_hmac",
    "leveranse.sha256",
}


class Samling:
    """The ids, each with where it was first seen.

    `til_noen` are those that lead to somebody by themselves; `avtrykk` and `navn` are of objects in the bucket.
    """

    def __init__(self) -> None:
        self.sett: dict[str, str] = {}
        self.til_noen: set[str] = set()
        self.avtrykk: set[str] = set()
        self.navn: set[str] = set()
        self._apnet: set[str] = set()

    def gather(self, linje: Linje) -> None:
        """Look at all there is now."""
        for database in (linje.om.ledger.database, linje.om.ledger.nokler.database):
            for kolonne, data in cells(database.engine):
                self._note(data, kolonne, til_noen=kolonne in _TIL_NOEN)
        for objekt in linje.om.storage.list_versions():
            self.navn |= self._note(objekt.nokkel.encode(), "bucket")
            innhold = linje.om.storage.read_version(objekt, maks_bytes=_MAKS)
            self.avtrykk |= self.note_file(innhold, "bucket")
        for rad in linje.om.ledger.leveranser.list():
            if rad.pakke and rad.leveranse_id not in self._apnet:
                self._apnet.add(rad.leveranse_id)
                self._package(linje, rad.leveranse_id)
        for fil in sorted(linje.anlegg.mottakerkatalog.rglob("kvitteringer/*")):
            self.note_file(fil.read_bytes(), "kvittering")

    def note_file(self, innhold: bytes, kilde: str) -> set[str]:
        """A file and the ids in it; its own hashes."""
        self._note(innhold, kilde)
        avtrykk = (hashlib.sha256(innhold).hexdigest(), hashlib.md5(innhold, usedforsecurity=False).hexdigest())
        return self._note(" ".join(avtrykk).encode(), f"{kilde} avtrykk", til_noen=True)

    def _package(self, linje: Linje, leveranse_id: str) -> None:
        filer = linje.opened(leveranse_id)
        for sti, innhold in filer.items():
            self._note(sti.encode(), "pakke", til_noen=True)
            self.note_file(innhold, "pakke")
        for dokument in json.loads(filer["manifest.json"])["dokumenter"]:
            for fil in dokument["filer"]:
                # A package of one file has its leaf as its root.
                hos_nav = [fil["merkle"]["salt"], *([fil["merkle"]["blad"]] if fil["merkle"]["bevis"] else [])]
                self.til_noen |= {normal(verdi) for verdi in hos_nav}

    def _note(self, data: bytes, kilde: str, *, til_noen: bool = False) -> set[str]:
        funnet = set(ids_written(data))
        for id_ in funnet:
            self.sett.setdefault(id_, kilde)
        self.til_noen |= {id_ for id_ in funnet if til_noen or id_.startswith(("kanari", "ref-"))}
        return funnet
