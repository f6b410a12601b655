"""Takes one package: checks it, registers and archives what is good, and answers twice.

Everything can be run again after a crash at any point: registration is by meldingId, receipts and archived files are
written whole or not at all, and the package is removed last.
"""

import hashlib
import json
import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from schemas.loader import validator
from tiltaksflyt.referansemottak.forsegling import Apner
from tiltaksflyt.referansemottak.koder import Funn, PakkeAvvist
from tiltaksflyt.referansemottak.kontroll import Sammenheng, check_document, fingerprint
from tiltaksflyt.referansemottak.pakkeleser import ApnetPakke, Grenser, leveranse_id_of, open_package
from tiltaksflyt.referansemottak.register import INN, KVITTERINGER, Mottatt, home_of
from tiltaksflyt.referansemottak.skjema import Dokumentskjema, load_skjemaer
from tiltaksflyt.referansemottak.skriving import write_whole

_VERSJON = "1.0"
_BRUKER = re.compile(r"[a-z][a-z0-9_-]{0,31}")
_LOGG = logging.getLogger("referansemottak")


@dataclass(frozen=True)
class Mottaksoppsett:
    """Where the receiver lives and what it takes. `modus` is PROD or TEST; `enheter` the Nav-enheter it is."""

    katalog: Path
    enheter: frozenset[str]
    apner: Apner
    modus: str = "TEST"
    grenser: Grenser = field(default_factory=Grenser)


class Mottak:
    """The receiver behind the door. `klokke` gives the time of a receipt."""

    def __init__(
        self,
        oppsett: Mottaksoppsett,
        klokke: Callable[[], datetime],
        skjemaer: Mapping[str, Dokumentskjema] | None = None,
    ) -> None:
        oppsett.katalog.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._oppsett = oppsett
        self._klokke = klokke
        self._skjemaer = load_skjemaer() if skjemaer is None else skjemaer
        self.mottatt = Mottatt(oppsett.katalog)

    def home(self, bruker: str) -> Path:
        """The folder that one sender sees as its root, with `inn` and `kvitteringer`. Raises ValueError for a name
        that is none."""
        if not _BRUKER.fullmatch(bruker):
            raise ValueError("a user's name is lower-case letters, digits, hyphen and underscore")
        rot = home_of(self._oppsett.katalog, bruker)
        for mappe in (INN, KVITTERINGER):
            (rot / mappe).mkdir(mode=0o700, parents=True, exist_ok=True)
        return rot

    def archived(self, melding_id: str) -> Path | None:
        """The folder with the files of a received document; None when it has not been received."""
        melding = self.mottatt.find(melding_id)
        return None if melding is None else self._archive_folder(melding.dokumenttype, melding_id)

    def take(self, bruker: str, fil: Path) -> None:
        """Take one complete package from a sender's `inn`, answer, and remove it."""
        rot = self.home(bruker)
        try:
            pakke = self._open(fil)
        except PakkeAvvist as feil:
            self._refuse(bruker, fil, feil)
            return
        self.mottatt.note_package(bruker, pakke.leveranse_id, "LEVERT", self._klokke())
        self._write_receipt(rot, f"{pakke.leveranse_id}.teknisk", self._technical(pakke.leveranse_id, fil))
        svar = [self._answer(bruker, pakke, dokument) for dokument in pakke.manifest["dokumenter"]]
        self._write_receipt(
            rot,
            f"{pakke.leveranse_id}.kvittering",
            {
                "kvitteringsversjon": _VERSJON,
                "type": "FUNKSJONELL",
                "leveranseId": pakke.leveranse_id,
                "tid": self._time(),
                "dokumenter": svar,
            },
        )
        fil.unlink(missing_ok=True)
        _LOGG.info("took %s: %d documents", pakke.leveranse_id, len(svar))

    def set_aside(self, bruker: str, fil: Path) -> None:
        """Answer that a package could not be handled, and put it where it stops nothing."""
        self._refuse(bruker, fil, PakkeAvvist(Funn.INTERN_FEIL, leveranse_id_of(fil.name)))

    def _open(self, fil: Path) -> ApnetPakke:
        pakke = open_package(fil, self._oppsett.apner, self._oppsett.grenser)
        if pakke.manifest["mottaker"]["navEnhet"] not in self._oppsett.enheter:
            raise PakkeAvvist(Funn.UKJENT_MOTTAKER, pakke.leveranse_id)
        if pakke.manifest["modus"] != self._oppsett.modus:
            raise PakkeAvvist(Funn.FEIL_MODUS, pakke.leveranse_id)
        return pakke

    def _answer(self, bruker: str, pakke: ApnetPakke, dokument: Mapping[str, Any]) -> dict[str, str]:
        svar = self._judge(pakke, dokument)
        self.mottatt.note_answer(
            bruker,
            pakke.leveranse_id,
            svar["meldingId"],
            status=svar["status"],
            kode=svar.get("kode"),
            tid=self._klokke(),
        )
        return svar

    def _judge(self, pakke: ApnetPakke, dokument: Mapping[str, Any]) -> dict[str, str]:
        melding_id = dokument["meldingId"]
        nav_enhet = pakke.manifest["mottaker"]["navEnhet"]
        versjon = pakke.manifest["manifestversjon"]
        sammenheng = Sammenheng(self._oppsett.modus, nav_enhet, self._skjemaer, versjon)
        funn = check_document(dokument, pakke.filer, sammenheng)
        if funn is not None:
            return _rejection(melding_id, funn)
        # Archived first: a registered document is always there to be read.
        avtrykk = fingerprint(dokument)
        kjent = self.mottatt.find(melding_id)
        if kjent is None:
            self._archive(pakke, dokument)
        melding, ny = self.mottatt.add(
            melding_id,
            leveranse_id=pakke.leveranse_id,
            dokumenttype=dokument["dokumenttype"],
            nav_enhet=nav_enhet,
            avtrykk=avtrykk,
            tid=self._klokke(),
        )
        if melding.avtrykk != avtrykk:
            return _rejection(melding_id, Funn.MELDINGID_GJENBRUKT)
        svar = {"meldingId": melding_id, "status": "GODTATT", "arkivId": melding.arkiv_id}
        if not ny:
            svar |= {"kode": Funn.ALLEREDE_MOTTATT, "tekst": Funn.ALLEREDE_MOTTATT.tekst}
        return svar

    def _archive(self, pakke: ApnetPakke, dokument: Mapping[str, Any]) -> None:
        mappe = self._archive_folder(dokument["dokumenttype"], dokument["meldingId"])
        mappe.mkdir(mode=0o700, parents=True, exist_ok=True)
        for fil in dokument["filer"]:
            write_whole(mappe / fil["navn"], pakke.filer[f"{dokument['meldingId']}/{fil['navn']}"])

    def _archive_folder(self, dokumenttype: str, melding_id: str) -> Path:
        return self._oppsett.katalog / "arkiv" / dokumenttype.lower().replace("_", "-") / melding_id

    def _refuse(self, bruker: str, fil: Path, feil: PakkeAvvist) -> None:
        kvittering = self._technical(feil.leveranse_id, fil, feil.funn)
        # A name that is not ours may hold anything; the receipt is found by what it says, not by its name.
        navn = feil.leveranse_id or f"ukjent-{kvittering['sha256'][:16]}"
        if feil.leveranse_id is not None:
            self.mottatt.note_package(bruker, feil.leveranse_id, "FEIL", self._klokke())
        self._write_receipt(self.home(bruker), f"{navn}.teknisk", kvittering)
        avvist = self._oppsett.katalog / "avvist"
        avvist.mkdir(mode=0o700, exist_ok=True)
        fil.replace(avvist / f"{kvittering['sha256']}.p7m")
        _LOGG.warning("refused a package: %s", feil.funn)

    def _technical(self, leveranse_id: str | None, fil: Path, funn: Funn | None = None) -> dict[str, Any]:
        with fil.open("rb") as innhold:
            sha256 = hashlib.file_digest(innhold, "sha256").hexdigest()
        kvittering: dict[str, Any] = {
            "kvitteringsversjon": _VERSJON,
            "type": "TEKNISK",
            "leveranseId": leveranse_id,
            "status": "LEVERT" if funn is None else "FEIL",
            "tid": self._time(),
            "sha256": sha256,
            "storrelse": fil.stat().st_size,
        }
        return kvittering if funn is None else kvittering | {"kode": funn, "tekst": funn.tekst}

    def _write_receipt(self, rot: Path, navn: str, kvittering: Mapping[str, Any]) -> None:
        if not validator("kvittering_mottaker").is_valid(kvittering):
            raise AssertionError("the receiver made a receipt that breaks its own schema")
        tekst = json.dumps(kvittering, ensure_ascii=False, indent=1)
        write_whole(rot / KVITTERINGER / f"{navn}.json", f"{tekst}\n".encode())

    def _time(self) -> str:
        return self._klokke().isoformat(timespec="seconds")


def _rejection(melding_id: str, funn: Funn) -> dict[str, str]:
    return {"meldingId": melding_id, "status": "AVVIST", "kode": funn, "tekst": funn.tekst}
