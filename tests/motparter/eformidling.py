"""An integrasjonspunkt on loopback: the part of Next Move that a sender in the process «avtalt» meets.

Written from felleslosninger/efm-integrasjonspunkt (docs/kanaler/eformidling.md says which files and commits): it
refuses what that refuses, and has its weak sides too. It looks for a file's name before it has read the file, so two
uploads at once give two files of one name; and it lets a message go as often as it is asked, the second time without
its files.
"""

import base64
import hashlib
import io
import json
import re
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from tests.motparter.motpart import Kall, Motpart, Rute, Svar

PROSESS = "urn:no:difi:profile:avtalt:avtalt:ver1.0"
DOKUMENTTYPE = "urn:no:difi:avtalt:xsd::avtalt"
OSS, NAV = "310000019", "889640782"
LASETID = timedelta(minutes=5)
STANDARD_LEVETID = timedelta(hours=24)
_ID = r"([^/]+)"
_FEIL = "no.difi.meldingsutveksling.exceptions."


class Avvist(Exception):
    """The call is refused. `klasse` is the exception's name in the original."""

    def __init__(self, status: int, klasse: str) -> None:
        super().__init__(klasse)
        self.status, self.klasse = status, klasse


@dataclass(frozen=True)
class Vedlegg:
    """A file that came with a message."""

    navn: str
    medietype: str
    storrelse: int
    sha256: str


@dataclass
class Utmelding:
    """A message on its way out."""

    sbd: dict[str, Any]
    filer: list[Vedlegg] = field(default_factory=list)


@dataclass(frozen=True)
class Brakt:
    """What was brought to the recipient: once for every time that a message went."""

    melding_id: str
    sbd: Mapping[str, Any]
    filer: tuple[Vedlegg, ...]


@dataclass
class Innmelding:
    """A message that has come."""

    sbd: dict[str, Any]
    asic: bytes
    last_til: datetime | None = None


class Eformidling(Motpart):
    """The server. `automatisk` lets messages leave as soon as they may; otherwise `run_queue` does."""

    def __init__(
        self,
        *,
        maks_bytes: int = 1 << 30,
        innlogging: tuple[str, str] | None = None,
        automatisk: bool = True,
    ) -> None:
        super().__init__()
        self.klokke = self._now
        self.maks_bytes = maks_bytes
        self.innlogging = innlogging
        self.automatisk = automatisk
        self.kjente = {NAV: {PROSESS}, OSS: {PROSESS}}
        self.ut: dict[str, Utmelding] = {}
        self.samtaler: dict[str, list[tuple[str, datetime]]] = {}
        self.ko: list[str] = []
        self.brakt: list[Brakt] = []
        self.inn: dict[str, Innmelding] = {}
        self.forskyvning = timedelta(0)

    def ruter(self) -> Sequence[Rute]:
        ut, inn = "/api/messages/out", "/api/messages/in"
        return [
            (navn, metode, monster, self._guarded(arbeid))
            for navn, metode, monster, arbeid in [
                ("opprett", "POST", ut, self.create),
                ("se", "GET", f"{ut}/{_ID}", self.look),
                ("legg ved", "PUT", f"{ut}/{_ID}", self.attach),
                ("send", "POST", f"{ut}/{_ID}", self.send),
                ("slett", "DELETE", f"{ut}/{_ID}", self.delete),
                ("samtale", "GET", f"/api/conversations/messageId/{_ID}", self.conversation),
                ("innkomne", "GET", inn, self.incoming),
                ("tjuvtitt", "GET", f"{inn}/peek", self.peek),
                ("hent", "GET", f"{inn}/pop/{_ID}", self.pop),
                ("fjern", "DELETE", f"{inn}/{_ID}", self.remove),
            ]
        ]

    # --- for the tests ---

    def _now(self) -> datetime:
        return datetime.now(UTC) + self.forskyvning

    def wait(self, tid: timedelta) -> None:
        """Let time pass."""
        self.forskyvning += tid

    def run_queue(self) -> None:
        """Let go of what was asked for. Altinn takes the files; what is asked for twice has none the second time."""
        with self.las:
            for melding_id in self.ko:
                melding = self.ut.pop(melding_id, None)
                if melding is None:
                    self.note(melding_id, "FEIL")
                    continue
                self.brakt.append(Brakt(melding_id, melding.sbd, tuple(melding.filer)))
                self.note(melding_id, "SENDT")
            self.ko.clear()

    def note(self, melding_id: str, status: str) -> None:
        """Register a status, as when the recipient's integrasjonspunkt says so."""
        self.samtaler.setdefault(melding_id, []).append((status, self.klokke()))

    def receipt(self, innhold: bytes, mottaker: str, **valg: Any) -> str:
        """Let a receipt come from the recipient; the id of the message."""
        melding_id = valg.get("melding_id", str(uuid4()))
        sbd = {
            "standardBusinessDocumentHeader": {
                "headerVersion": "1.0",
                "sender": [party(valg.get("fra", NAV))],
                "receiver": [party(OSS)],
                "documentIdentification": {
                    "standard": DOKUMENTTYPE,
                    "typeVersion": "2.0",
                    "type": "avtalt",
                    "instanceIdentifier": melding_id,
                    "creationDateAndTime": self.klokke().isoformat(),
                },
                "businessScope": {
                    "scope": [{"type": "ConversationId", "identifier": valg.get("prosess", PROSESS)}],
                },
            },
            "avtalt": {
                "identifier": valg.get("type", "tiltaksflyt.kvittering.v1"),
                "content": {"mottaker": mottaker},
            },
        }
        self.inn[melding_id] = Innmelding(sbd, valg.get("asic", asic({"kvittering.json": innhold})))
        return melding_id

    # --- messages out ---

    def create(self, kall: Kall) -> Svar:
        if kall.hode.get("content-type", "").split(";")[0] != "application/json":
            return Svar(415)
        try:
            sbd = json.loads(kall.body())
        except ValueError:
            raise Avvist(400, "HttpMessageNotReadableException") from None
        melding_id = self._validate(sbd)
        with self.las:
            if melding_id in self.ut or melding_id in self.samtaler:
                raise Avvist(400, "MessageAlreadyExistsException")
            self.ut[melding_id] = Utmelding(sbd)
            self.note(melding_id, "OPPRETTET")
        return Svar.json(sbd)

    def _validate(self, sbd: Any) -> str:
        """The id of the message; the first thing that is wrong with it is what it is refused for."""
        hode = sbd.get("standardBusinessDocumentHeader", {})
        ident = hode.get("documentIdentification", {})
        omfang = [s for s in hode.get("businessScope", {}).get("scope", []) if s.get("type") == "ConversationId"]
        mottaker, avsender = (
            [p.get("identifier", {}) for p in hode.get(rolle, [])] for rolle in ("receiver", "sender")
        )
        pakrevd = (hode.get("headerVersion"), ident.get("standard"), ident.get("type"), ident.get("typeVersion"))
        if not all(pakrevd) or len(mottaker) != 1 or len(avsender) > 1 or len(omfang) != 1:
            raise Avvist(400, "ConstraintViolationException")
        ident.setdefault("instanceIdentifier", str(uuid4()))
        omfang[0].setdefault("instanceIdentifier", str(uuid4()))
        orgnr, avtalt = str(mottaker[0].get("value")).removeprefix("0192:"), sbd.get("avtalt")
        krav = [
            (all(p.get("authority") == "iso6523-actorid-upis" for p in mottaker + avsender), "ConstraintViolation"),
            (all(p.get("value") == f"0192:{OSS}" for p in avsender), "ConstraintViolation"),
            (_is_uuid(ident["instanceIdentifier"]) and _is_uuid(omfang[0]["instanceIdentifier"]), "NotUUID"),
            (ident["type"] == "avtalt", "UnknownMessageType"),
            (ident["standard"] == DOKUMENTTYPE, "MessageTypeDoesNotFitDocumentType"),
            (orgnr in self.kjente, "Receiver"),
            (omfang[0].get("identifier") in self.kjente.get(orgnr, ()), "ReceiverDoesNotAcceptProcess"),
            (isinstance(avtalt, dict) and {"identifier", "content"} <= avtalt.keys(), "ConstraintViolation"),
        ]
        for oppfylt, klasse in krav:
            if not oppfylt:
                raise Avvist(400, f"{klasse}Exception")
        levetid = omfang[0].setdefault("scopeInformation", [{}])[0]
        levetid.setdefault("expectedResponseDateTime", (self.klokke() + STANDARD_LEVETID).isoformat())
        return str(ident["instanceIdentifier"])

    def look(self, kall: Kall) -> Svar:
        return Svar.json(self._out(kall).sbd)

    def attach(self, kall: Kall) -> Svar:
        melding = self._out(kall)
        if not kall.hode.get("content-type"):
            raise Avvist(400, "MissingRequestHeaderException")
        navn = _filename(kall.hode.get("content-disposition"))
        if any(fil.navn == navn for fil in melding.filer):
            raise Avvist(400, "DuplicateFilenameException")
        if int(kall.hode["content-length"]) + sum(fil.storrelse for fil in melding.filer) > self.maks_bytes:
            raise Avvist(400, "MaxFileSizeExceededException")
        sha256, storrelse = hashlib.sha256(), 0
        for bolk in kall.bolker():
            sha256.update(bolk)
            storrelse += len(bolk)
        with self.las:
            melding.filer.append(Vedlegg(navn, kall.hode["content-type"], storrelse, sha256.hexdigest()))
        return Svar(200)

    def send(self, kall: Kall) -> Svar:
        melding, melding_id = self._out(kall), kall.sti[0]
        if not melding.filer:
            raise Avvist(400, "MissingFileException")
        omfang = melding.sbd["standardBusinessDocumentHeader"]["businessScope"]["scope"][0]
        if datetime.fromisoformat(omfang["scopeInformation"][0]["expectedResponseDateTime"]) < self.klokke():
            self.note(melding_id, "LEVETID_UTLOPT")
            raise Avvist(400, "TimeToLiveException")
        with self.las:
            self.ko.append(melding_id)
        if self.automatisk:
            self.run_queue()
        return Svar(200)

    def delete(self, kall: Kall) -> Svar:
        with self.las:
            self.ut.pop(kall.sti[0], None)
        return Svar(200)

    def conversation(self, kall: Kall) -> Svar:
        melding_id = kall.sti[0]
        if melding_id not in self.samtaler:
            raise Avvist(404, "MessageNotFoundException")
        rader = [
            {"id": nummer, "lastUpdate": tid.isoformat(), "status": status, "rawReceipt": "Kari Kanari"}
            for nummer, (status, tid) in enumerate(self.samtaler[melding_id], 1)
        ]
        return Svar.json({"id": 1, "messageId": melding_id, "direction": "OUTGOING", "messageStatuses": rader})

    def _out(self, kall: Kall) -> Utmelding:
        with self.las:
            if kall.sti[0] not in self.ut:
                raise Avvist(404, "MessageNotFoundException")
            return self.ut[kall.sti[0]]

    # --- messages in ---

    def _unlock(self) -> None:
        for melding in self.inn.values():
            if melding.last_til is not None and melding.last_til <= self.klokke():
                melding.last_til = None

    def _chosen(self, kall: Kall) -> dict[str, Innmelding]:
        def fits(melding_id: str, melding: Innmelding) -> bool:
            prosess = melding.sbd["standardBusinessDocumentHeader"]["businessScope"]["scope"][0]["identifier"]
            return kall.sporring.get("messageId", [melding_id])[0] == melding_id and (
                kall.sporring.get("process", [prosess])[0] == prosess
            )

        self._unlock()
        return {melding_id: melding for melding_id, melding in self.inn.items() if fits(melding_id, melding)}

    def incoming(self, kall: Kall) -> Svar:
        side = [melding.sbd for melding in self._chosen(kall).values()][: int(kall.sporring.get("size", ["10"])[0])]
        return Svar.json({"content": side, "totalElements": len(self.inn), "size": len(side)})

    def peek(self, kall: Kall) -> Svar:
        with self.las:
            for melding in self._chosen(kall).values():
                if melding.last_til is None:
                    melding.last_til = self.klokke() + LASETID
                    return Svar.json(melding.sbd)
        return Svar(204)

    def _locked(self, kall: Kall) -> Innmelding:
        self._unlock()
        if kall.sti[0] not in self.inn:
            raise Avvist(404, "MessageNotFoundException")
        melding = self.inn[kall.sti[0]]
        if melding.last_til is None:
            raise Avvist(400, "MessageNotLockedException")
        return melding

    def pop(self, kall: Kall) -> Svar:
        hode = {
            "Content-Type": "application/vnd.etsi.asic-e+zip",
            "Content-Disposition": "attachment; filename=asic.zip",
        }
        return Svar(200, self._locked(kall).asic, hode)

    def remove(self, kall: Kall) -> Svar:
        sbd = self._locked(kall).sbd
        del self.inn[kall.sti[0]]
        return Svar.json(sbd)

    def _guarded(self, arbeid: Any) -> Any:
        def serve(kall: Kall) -> Svar:
            try:
                if self.innlogging is not None:
                    ventet = base64.b64encode(":".join(self.innlogging).encode()).decode()
                    if kall.hode.get("authorization") != f"Basic {ventet}":
                        raise Avvist(401, "InsufficientAuthenticationException")
                svar: Svar = arbeid(kall)
            except Avvist as feil:
                tekst = f"{feil.klasse} for Kari Kanari"
                return Svar.json(
                    {"status": feil.status, "exception": _FEIL + feil.klasse, "message": tekst}, feil.status
                )
            return svar

        return serve


def party(orgnr: str) -> dict[str, Any]:
    return {"identifier": {"authority": "iso6523-actorid-upis", "value": f"0192:{orgnr}"}}


def asic(filer: Mapping[str, bytes]) -> bytes:
    """An ASiC-E container as an integrasjonspunkt makes and opens it."""
    ut = io.BytesIO()
    with zipfile.ZipFile(ut, "w", zipfile.ZIP_DEFLATED) as arkiv:
        arkiv.writestr("mimetype", "application/vnd.etsi.asic-e+zip", zipfile.ZIP_STORED)
        arkiv.writestr("manifest.xml", "<manifest/>")
        for navn, innhold in filer.items():
            arkiv.writestr(navn, innhold)
        arkiv.writestr("META-INF/asicmanifest.xml", "<ASiCManifest/>")
        arkiv.writestr("META-INF/signature-0.p7s", b"\x30")
    return ut.getvalue()


def _is_uuid(verdi: Any) -> bool:
    try:
        return str(UUID(verdi)) == verdi
    except (ValueError, TypeError, AttributeError):
        return False


def _filename(hode: str | None) -> str:
    """As ContentDisposition of the original: `attachment; filename="…"`."""
    if hode is None:
        raise Avvist(400, "MissingRequestHeaderException")
    treff = re.fullmatch(r'attachment(?:; name="?[^";]+"?)?; filename="?([^";]+)"?', hode)
    if treff is None:
        raise Avvist(500, "IllegalArgumentException")
    return treff[1]
