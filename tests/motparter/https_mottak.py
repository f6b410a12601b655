"""A recipient with the API of schemas/openapi/leveranse.yaml, on loopback. It refuses what the description refuses.

Status codes, the body of a fault and eksternReferanseId as in navikt/dokarkiv (docs/kanaler/https.md).
"""

import base64
import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus

from tests.motparter.motpart import Kall, Motpart, Rute, Svar

API = "/rest/leveranse/v1"
TYPE = "application/pkcs7-mime"
_UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_MOTTAKER = r"[0-9]{4}(?:-KOMMUNE)?"


class Avvist(Exception):
    """The call is refused."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


@dataclass(frozen=True)
class Mottatt:
    """A package that was taken, for whom."""

    mottaker: str
    sha256: str
    storrelse: int
    tid: datetime


class Httpsmottak(Motpart):
    """The server. `godtar` says whether it takes a token; `vitne` is every call and its answer, as they were."""

    def __init__(self, *, maks_bytes: int = 1 << 30) -> None:
        super().__init__()
        self.maks_bytes = maks_bytes
        self.godtar: Callable[[str], bool] = "token-1".__eq__
        self.mottakere = {"0315", "0316", "9703-KOMMUNE"}
        self.pakker: dict[str, Mottatt] = {}
        self.kvitteringer: dict[str, dict[str, bytes]] = {}
        self.vitne: list[tuple[Kall, str, Svar]] = []

    def ruter(self) -> Sequence[Rute]:
        en = rf"{API}/kvitteringer/([^/]+)"
        return [
            ("lever", "POST", f"{API}/leveranse", self._guarded(self.deliver, "/leveranse")),
            ("list", "GET", f"{API}/kvitteringer", self._guarded(self.list_receipts, "/kvitteringer")),
            ("hent", "GET", en, self._guarded(self.fetch, "/kvitteringer/{navn}")),
            ("slett", "DELETE", en, self._guarded(self.delete, "/kvitteringer/{navn}")),
        ]

    def receipt(self, mottaker: str, navn: str, innhold: bytes) -> None:
        """Let a receipt lie ready."""
        self.kvitteringer.setdefault(mottaker, {})[navn] = innhold

    def deliver(self, kall: Kall) -> Svar:
        leveranse_id, mottaker = _required(kall, "eksternReferanseId", _UUID), self._recipient(kall)
        if kall.hode.get("content-type") != TYPE:
            raise Avvist(415)
        if int(kall.hode.get("content-length", 0)) < 1:
            raise Avvist(411)
        if int(kall.hode["content-length"]) > self.maks_bytes:
            raise Avvist(413)
        sha256, storrelse = hashlib.sha256(), 0
        for bolk in kall.bolker():
            sha256.update(bolk)
            storrelse += len(bolk)
        if kall.hode.get("content-digest") != f"sha-256=:{base64.b64encode(sha256.digest()).decode()}:":
            raise Avvist(400)
        with self.las:
            status = 409 if leveranse_id in self.pakker else 201
            ny = Mottatt(mottaker, sha256.hexdigest(), storrelse, datetime.now(UTC))
            har = self.pakker.setdefault(leveranse_id, ny)
        return Svar.json(
            {
                "eksternReferanseId": leveranse_id,
                "sha256": har.sha256,
                "storrelse": har.storrelse,
                "mottatt": har.tid.isoformat(),
            },
            status,
        )

    def list_receipts(self, kall: Kall) -> Svar:
        ligger = self.kvitteringer.get(self._recipient(kall), {})
        rader = [{"navn": navn, "storrelse": len(innhold)} for navn, innhold in ligger.items()]
        return Svar.json({"kvitteringer": rader})

    def fetch(self, kall: Kall) -> Svar:
        return Svar(200, self._one(kall)[kall.sti[0]], {"Content-Type": "application/json"})

    def delete(self, kall: Kall) -> Svar:
        del self._one(kall)[kall.sti[0]]
        return Svar(204)

    def _one(self, kall: Kall) -> dict[str, bytes]:
        ligger = self.kvitteringer.get(self._recipient(kall), {})
        if kall.sti[0] not in ligger:
            raise Avvist(404)
        return ligger

    def _recipient(self, kall: Kall) -> str:
        mottaker = _required(kall, "mottaker", _MOTTAKER)
        if mottaker not in self.mottakere:
            raise Avvist(403)
        return mottaker

    def _guarded(self, arbeid: Callable[[Kall], Svar], mal: str) -> Callable[[Kall], Svar]:
        def serve(kall: Kall) -> Svar:
            try:
                if not self.godtar(kall.hode.get("authorization", "").removeprefix("Bearer ")):
                    raise Avvist(401)
                svar = arbeid(kall)
            except Avvist as feil:
                svar = fault(feil.status, API + mal)
            with self.las:
                self.vitne.append((kall, API + mal, svar))
            return svar

        return serve


def fault(status: int, sti: str, hode: Mapping[str, str] | None = None) -> Svar:
    """A fault as Spring writes it, and so dokarkiv. What stands in `message` may be anything."""
    innhold = {
        "timestamp": datetime.now(UTC).isoformat(),
        "status": status,
        "error": HTTPStatus(status).phrase,
        "message": "Kari Kanari 15819012345",
        "path": sti,
    }
    return Svar(status, json.dumps(innhold).encode(), {"Content-Type": "application/json", **(hode or {})})


def _required(kall: Kall, navn: str, monster: str) -> str:
    verdier = kall.sporring.get(navn, [])
    if len(verdier) != 1 or not re.fullmatch(monster, verdier[0]):
        raise Avvist(400)
    return verdier[0]
