"""Altinn's token exchange and Altinn 3 Broker as Digdir describes them, on loopback.

From the OpenAPI description 1.1.0 (Altinn/altinn-studio-docs, static/swagger/altinn-broker-v1.json) and, where that is
silent, from Broker's own source (Altinn/altinn-broker: UploadFileHandler, DownloadFileHandler, ConfirmDownloadHandler,
GetFileTransfersHandler, Errors): which states take what, and which fault has which status.
"""

import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import jwt

from tests.motparter.maskinporten import Maskinporten, rsa_key
from tests.motparter.motpart import Brutt, Kall, Motpart, Rute, Svar

_ORGNR = re.compile(r"\d{4}:\d{9}")
_MD5 = re.compile(r"[0-9a-fA-F]{32}")
_PABUDT = {"fileName", "resourceId", "sender", "recipients"}
_KJENTE = _PABUDT | {"sendersFileTransferReference", "propertyList", "checksum", "disableVirusScan"}
_TILSTANDER = (
    "Initialized",
    "UploadStarted",
    "UploadProcessing",
    "Published",
    "Cancelled",
    "AllConfirmedDownloaded",
    "Purged",
    "Failed",
)
_ID = r"([0-9a-fA-F-]{36})"
_ROT = "/broker/api/v1/filetransfer"
_LISTELENGDE = 100


@dataclass
class Overforing:
    """A file transfer as Broker has it."""

    id: str
    ressurs: str
    filnavn: str
    referanse: str
    avsender: str
    mottakere: dict[str, str]
    egenskaper: Mapping[str, str]
    sjekksum: str | None
    opprettet: datetime
    status: str = "Initialized"
    endret: datetime = field(default_factory=lambda: datetime.now(UTC))
    historikk: list[str] = field(default_factory=list)
    fil: Path | None = None
    storrelse: int = 0


@dataclass
class _Avslag(Exception):
    status: int
    detalj: str


class Altinn(Motpart):
    """Platform and Broker in one. `publiserer` False: an upload stays UploadProcessing until `publish`."""

    def __init__(
        self,
        maskinporten: Maskinporten,
        katalog: Path,
        ressurser: Mapping[str, frozenset[str]],
        *,
        maks_bytes: int = 50_000_000_000,
        publiserer: bool = True,
        klokke: Callable[[], datetime] | None = None,
    ) -> None:
        super().__init__()
        self.overforinger: dict[str, Overforing] = {}
        self.publiserer = publiserer
        self.henger = False
        self.maks_bytes = maks_bytes
        self.levetid = timedelta(minutes=30)
        self.klokke = klokke or self.klokke
        self._maskinporten = maskinporten
        self._katalog = katalog
        self._ressurser = ressurser
        self._nokkel = rsa_key("altinn")

    def ruter(self) -> Sequence[Rute]:
        return [
            ("veksle", "GET", "/authentication/api/v1/exchange/maskinporten", self.exchange),
            ("initialiser", "POST", _ROT, self._guarded(self.initialise)),
            ("sok", "GET", _ROT, self._guarded(self.search)),
            ("last-opp", "POST", f"{_ROT}/{_ID}/upload", self._guarded(self.upload)),
            ("se", "GET", f"{_ROT}/{_ID}", self._guarded(self.look)),
            ("last-ned", "GET", f"{_ROT}/{_ID}/download", self._guarded(self.download)),
            ("bekreft", "POST", f"{_ROT}/{_ID}/confirmdownload", self._guarded(self.confirm)),
        ]

    # --- what a test sees and does ---

    def at(self, orgnr: str) -> list[tuple[str, bytes]]:
        """What a recipient could download, or has: the sender's reference and the bytes."""
        return [
            (en.referanse, en.fil.read_bytes())
            for en in self.overforinger.values()
            if f"0192:{orgnr}" in en.mottakere and en.fil and en.status in ("Published", "AllConfirmedDownloaded")
        ]

    def move(self, overforing_id: str, status: str) -> None:
        """What Broker does by itself: publish, fail, purge."""
        assert status in _TILSTANDER
        with self.las:
            en = self.overforinger[overforing_id]
            en.status, en.endret = status, self.klokke()
            en.historikk.append(status)

    def confirm_as(self, overforing_id: str, orgnr: str) -> None:
        """The other side has downloaded and confirmed."""
        en = self.overforinger[overforing_id]
        en.mottakere[f"0192:{orgnr}"] = "DownloadConfirmed"
        if set(en.mottakere.values()) == {"DownloadConfirmed"}:
            self.move(overforing_id, "AllConfirmedDownloaded")

    def put(self, ressurs: str, fra: str, til: str, innhold: bytes, egenskaper: Mapping[str, str] | None = None) -> str:
        """A file that somebody else has sent."""
        en = self._add(ressurs, "kvittering.json", "", f"0192:{fra}", [f"0192:{til}"], egenskaper or {}, None)
        en.fil = self._katalog / en.id
        en.fil.write_bytes(innhold)
        en.storrelse = len(innhold)
        self.move(en.id, "Published")
        return en.id

    # --- the operations ---

    def exchange(self, kall: Kall) -> Svar:
        krav = self._maskinporten.read(kall.hode.get("authorization", "").removeprefix("Bearer "))
        if krav is None:
            return Svar(401)
        orgnr = krav["consumer"]["ID"].removeprefix("0192:")
        for detalj in krav.get("authorization_details", []):
            orgnr = detalj["systemuser_org"]["ID"].removeprefix("0192:")
        innhold = {"scope": krav["scope"], "orgnr": orgnr, "exp": self.klokke() + self.levetid, "jti": str(uuid4())}
        return Svar(200, jwt.encode(innhold, self._nokkel, algorithm="RS256").encode(), {"Content-Type": "text/plain"})

    def initialise(self, kall: Kall, orgnr: str, scopes: set[str]) -> Svar:
        _require("altinn:broker.write", scopes)
        try:
            ny = json.loads(kall.body())
        except ValueError:
            raise _Avslag(400, "not JSON") from None
        if not isinstance(ny, dict) or not _PABUDT <= ny.keys() <= _KJENTE:
            raise _Avslag(400, "fields")
        if not 1 <= len(ny["fileName"]) <= 255 or not 1 <= len(ny.get("sendersFileTransferReference", "x")) <= 4096:
            raise _Avslag(400, "length")
        if not ny["recipients"] or not all(map(_ORGNR.fullmatch, [ny["sender"], *ny["recipients"]])):
            raise _Avslag(400, "organisation number")
        if ny.get("checksum") and not _MD5.fullmatch(ny["checksum"]):
            raise _Avslag(400, "checksum")
        egenskaper = ny.get("propertyList") or {}
        if len(egenskaper) > 10 or any(len(navn) > 50 or len(verdi) > 300 for navn, verdi in egenskaper.items()):
            raise _Avslag(400, "properties")
        medlemmer = self._resource(ny["resourceId"])
        partene = {navn.removeprefix("0192:") for navn in (ny["sender"], *ny["recipients"])}
        if ny["sender"] != f"0192:{orgnr}" or not partene <= medlemmer:
            raise _Avslag(401, "no access to resource")
        en = self._add(
            ny["resourceId"],
            ny["fileName"],
            ny.get("sendersFileTransferReference", ""),
            ny["sender"],
            ny["recipients"],
            egenskaper,
            ny.get("checksum"),
        )
        return Svar.json({"fileTransferId": en.id})

    def upload(self, kall: Kall, orgnr: str, scopes: set[str]) -> Svar:
        _require("altinn:broker.write", scopes)
        en = self._transfer(kall)
        if en.avsender != f"0192:{orgnr}":
            raise _Avslag(401, "no access to resource")
        if kall.hode.get("content-type") != "application/octet-stream":
            raise _Avslag(415, "content type")
        if "content-length" not in kall.hode:
            raise _Avslag(500, "Content-length header is required")
        with self.las:
            if _TILSTANDER.index(en.status) > _TILSTANDER.index("UploadStarted"):
                raise _Avslag(409, "already uploaded")
            if int(kall.hode["content-length"]) > self.maks_bytes:
                raise _Avslag(400, "File size exceeds maximum")
            self.move(en.id, "UploadStarted")
        try:
            fil, storrelse, sjekksum = self._store(en, kall)
        except (Brutt, OSError):
            if not self.henger:
                self.move(en.id, "Failed")
            raise
        if en.sjekksum and sjekksum != en.sjekksum.lower():
            self.move(en.id, "Failed")
            raise _Avslag(400, "checksum mismatch")
        en.fil, en.storrelse, en.sjekksum = fil, storrelse, sjekksum
        self.move(en.id, "UploadProcessing")
        if self.publiserer:
            self.move(en.id, "Published")
        return Svar.json({"fileTransferId": en.id})

    def look(self, kall: Kall, orgnr: str, scopes: set[str]) -> Svar:
        _require("altinn:broker.write", scopes, eller="altinn:broker.read")
        en = self._transfer(kall)
        if f"0192:{orgnr}" not in {en.avsender, *en.mottakere}:
            raise _Avslag(401, "no access to resource")
        return Svar.json(
            {
                "fileTransferId": en.id,
                "resourceId": en.ressurs,
                "fileName": en.filnavn,
                "sendersFileTransferReference": en.referanse,
                "checksum": en.sjekksum,
                "useVirusScan": True,
                "fileTransferSize": en.storrelse,
                "fileTransferStatus": en.status,
                "fileTransferStatusText": en.status,
                "fileTransferStatusChanged": _written(en.endret),
                "created": _written(en.opprettet),
                "expirationTime": _written(en.opprettet + timedelta(days=30)),
                "sender": en.avsender,
                "recipients": [
                    {
                        "recipient": mottaker,
                        "currentRecipientFileTransferStatusCode": status,
                        "currentRecipientFileTransferStatusText": status,
                        "currentRecipientFileTransferStatusChanged": _written(en.endret),
                    }
                    for mottaker, status in en.mottakere.items()
                ],
                "propertyList": dict(en.egenskaper),
            }
        )

    def search(self, kall: Kall, orgnr: str, scopes: set[str]) -> Svar:
        _require("altinn:broker.write", scopes, eller="altinn:broker.read")
        if orgnr not in self._resource(kall.sporring["resourceId"][0]):
            raise _Avslag(401, "no access to resource")
        status, mottakerstatus = kall.sporring.get("status"), kall.sporring.get("recipientStatus")
        if status and status[0] not in _TILSTANDER:
            raise _Avslag(400, "status")
        meg = f"0192:{orgnr}"
        treff = [
            en.id
            for en in sorted(self.overforinger.values(), key=lambda en: en.opprettet)
            if en.ressurs == kall.sporring["resourceId"][0]
            and (not status or en.status == status[0])
            and (en.mottakere.get(meg) == mottakerstatus[0] if mottakerstatus else meg in {en.avsender, *en.mottakere})
        ]
        return Svar.json(treff[-_LISTELENGDE:])

    def download(self, kall: Kall, orgnr: str, scopes: set[str]) -> Svar:
        _require("altinn:broker.read", scopes)
        en = self._received(kall, orgnr)
        if en.status not in ("Published", "AllConfirmedDownloaded"):
            raise _Avslag(403, "not ready for download")
        assert en.fil is not None
        if en.mottakere[f"0192:{orgnr}"] == "Initialized":
            en.mottakere[f"0192:{orgnr}"] = "DownloadStarted"
        return Svar(200, en.fil.read_bytes(), {"Content-Type": "application/octet-stream"})

    def confirm(self, kall: Kall, orgnr: str, scopes: set[str]) -> Svar:
        _require("altinn:broker.read", scopes)
        en = self._received(kall, orgnr)
        if en.fil is None:
            raise _Avslag(400, "No file uploaded yet")
        if en.status != "Published":
            raise _Avslag(400, "not published")
        if en.mottakere[f"0192:{orgnr}"] == "Initialized":
            raise _Avslag(400, "before download")
        self.confirm_as(en.id, orgnr)
        return Svar(200)

    # --- within ---

    def _guarded(self, arbeid: Callable[[Kall, str, set[str]], Svar]) -> Callable[[Kall], Svar]:
        def svar(kall: Kall) -> Svar:
            try:
                orgnr, scopes = self._read(kall.hode.get("authorization", ""))
                return arbeid(kall, orgnr, scopes)
            except _Avslag as avslag:
                return Svar.json({"title": "fault", "status": avslag.status, "detail": avslag.detalj}, avslag.status)

        return svar

    def _read(self, autorisasjon: str) -> tuple[str, set[str]]:
        with suppress(jwt.PyJWTError):
            krav = jwt.decode(
                autorisasjon.removeprefix("Bearer "),
                self._nokkel.public_key(),
                algorithms=["RS256"],
                options={"verify_exp": False},
            )
            if krav["exp"] > self.klokke().timestamp():
                return krav["orgnr"], set(krav["scope"].split())
        raise _Avslag(401, "token")

    def _add(
        self,
        ressurs: str,
        filnavn: str,
        referanse: str,
        avsender: str,
        mottakere: Sequence[str],
        egenskaper: Mapping[str, str],
        sjekksum: str | None,
    ) -> Overforing:
        en = Overforing(
            id=str(uuid4()),
            ressurs=ressurs,
            filnavn=filnavn,
            referanse=referanse,
            avsender=avsender,
            mottakere=dict.fromkeys(mottakere, "Initialized"),
            egenskaper=egenskaper,
            sjekksum=sjekksum,
            opprettet=self.klokke(),
            endret=self.klokke(),
        )
        with self.las:
            self.overforinger[en.id] = en
        return en

    def _store(self, en: Overforing, kall: Kall) -> tuple[Path, int, str]:
        fil, sjekksum, storrelse = self._katalog / f"{en.id}-{uuid4()}", hashlib.md5(usedforsecurity=False), 0
        with fil.open("wb") as ut:
            for bolk in kall.bolker():
                ut.write(bolk)
                sjekksum.update(bolk)
                storrelse += len(bolk)
        return fil, storrelse, sjekksum.hexdigest()

    def _resource(self, ressurs: str) -> frozenset[str]:
        if ressurs not in self._ressurser:
            raise _Avslag(403, "resource is not registered")
        return self._ressurser[ressurs]

    def _transfer(self, kall: Kall) -> Overforing:
        en = self.overforinger.get(str(UUID(kall.sti[0])))
        if en is None:
            raise _Avslag(404, "not found")
        return en

    def _received(self, kall: Kall, orgnr: str) -> Overforing:
        en = self._transfer(kall)
        if f"0192:{orgnr}" not in en.mottakere:
            raise _Avslag(401, "no access to resource")
        return en


def _require(scope: str, scopes: set[str], eller: str | None = None) -> None:
    if not scopes & {scope, eller}:
        raise _Avslag(403, "scope")


def _written(tid: datetime) -> str:
    """As .NET writes it: seven digits of a second."""
    return tid.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f") + "0+00:00"
