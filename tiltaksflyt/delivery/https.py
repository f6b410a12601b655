"""The HTTPS channel: the package is posted as it is, to an API shaped as Nav's archive (dokarkiv) is.

docs/kanaler/https.md, schemas/openapi/leveranse.yaml, ADR 25. The leveranseId is eksternReferanseId: the recipient
takes each once, and answers 409 with what it has.
"""

import base64
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from tiltaksflyt.delivery import maskinporten
from tiltaksflyt.delivery.httpklient import STILLHET, check_address, open_client
from tiltaksflyt.delivery.httpsvar import HttpFeil, Httpsvar, Innhold
from tiltaksflyt.delivery.kanal import MAKS_KVITTERING, Filkanal, Hentetfil, KanalFeil, Kanalkode, SendOutcome
from tiltaksflyt.delivery.maskinporten import Maskinportenoppsett, Token, Tokenkilde, request_token
from tiltaksflyt.delivery.package import Pakke
from tiltaksflyt.delivery.tokenapi import Tokenapi
from tiltaksflyt.storage.nokler import PAKKETYPE

_API = "/rest/leveranse/v1"
_NYTT_TOKEN = 401
_FINNES = 409
_SHA256 = re.compile(r"[0-9a-f]{64}")
# A name goes into an address, so it may be nothing but a name.
_NAVN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}")


@dataclass(frozen=True)
class Httpsoppsett:
    """How one recipient is reached. `mottaker` is its key in our register: one address may serve many enheter."""

    adresse: str
    mottaker: str
    maskinporten: Maskinportenoppsett
    maks_bytes: int | None = None
    tillitsanker: Path | None = None
    stillhet: timedelta = STILLHET


def read_oppsett(innstillinger: Mapping[str, Any], katalog: Path, mottaker: str) -> Httpsoppsett:
    """The set-up of a recipient in mottakere.yaml; its files are named from `katalog`."""
    tillitsanker = innstillinger.get("tillitsanker")
    return Httpsoppsett(
        adresse=innstillinger["adresse"],
        mottaker=mottaker,
        maskinporten=maskinporten.read_oppsett(innstillinger["maskinporten"], katalog),
        maks_bytes=innstillinger.get("maksBytes"),
        tillitsanker=katalog / tillitsanker if tillitsanker else None,
    )


class HttpsChannel(Filkanal):
    """One recipient's API. Each call is one connection; the token is kept between them."""

    def __init__(self, oppsett: Httpsoppsett, klokke: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._oppsett = oppsett
        self._klokke = klokke
        self._tokener = Tokenkilde(self._fetch_token, klokke)

    def send(self, pakke: Pakke, *, bind: Callable[[str], None]) -> SendOutcome:
        """Post the package. What has been said 201 or 409 to, with the same checksum, is with the recipient."""
        del bind
        if self._oppsett.maks_bytes is not None and pakke.storrelse > self._oppsett.maks_bytes:
            return SendOutcome(Kanalkode.FOR_STOR_PAKKE)
        try:
            with self._open() as api:
                svar = api.call("POST", "/leveranse", lambda: _describe(pakke, self._oppsett.mottaker))
                return SendOutcome(_compare(api, svar, pakke))
        except HttpFeil as feil:
            return feil.outcome
        except KanalFeil as feil:
            return SendOutcome(feil.kode)

    def collect(self) -> Sequence[Hentetfil]:
        """The receipts that lie ready. One that is too large comes cut off, and will not be taken for a receipt."""
        with self._open() as api:
            navn = _read_names(api.call_ok("GET", "/kvitteringer", self._ours).json_object())
            return tuple(Hentetfil(ett, self._fetch(api, ett)) for ett in navn)

    def discard(self, filer: Iterable[Hentetfil]) -> None:
        """Remove receipts that are recorded."""
        with self._open() as api:
            for fil in filer:
                svar = api.call("DELETE", f"/kvitteringer/{fil.navn}", self._ours)
                if svar.status != 404:
                    api.require_ok(svar)

    def _fetch(self, api: Tokenapi, navn: str) -> bytes:
        return api.call_ok("GET", f"/kvitteringer/{navn}", self._ours, maks_bytes=MAKS_KVITTERING).innhold

    def _ours(self) -> Innhold:
        return {"params": {"mottaker": self._oppsett.mottaker}, "headers": _call_id()}

    @contextmanager
    def _open(self) -> Iterator[Tokenapi]:
        adresse = check_address(self._oppsett.adresse).rstrip("/") + _API
        with open_client(tillitsanker=self._oppsett.tillitsanker, stillhet=self._oppsett.stillhet) as klient:
            yield Tokenapi(klient, adresse, self._tokener, self._klokke, nytt_token={_NYTT_TOKEN})

    def _fetch_token(self) -> Token:
        with open_client(stillhet=self._oppsett.stillhet) as klient:
            return request_token(klient, self._oppsett.maskinporten, self._klokke())


def _describe(pakke: Pakke, mottaker: str) -> Innhold:
    sjekksum = base64.b64encode(bytes.fromhex(pakke.sha256)).decode("ascii")
    return {
        "params": {"eksternReferanseId": pakke.leveranse_id, "mottaker": mottaker},
        "headers": {
            **_call_id(),
            "Content-Type": PAKKETYPE,
            "Content-Length": str(pakke.storrelse),
            # RFC 9530: the recipient takes the package whole or not at all.
            "Content-Digest": f"sha-256=:{sjekksum}:",
        },
        "content": pakke.read_bites(),
    }


def _call_id() -> dict[str, str]:
    """What a fault is asked about by, as in Nav's own APIs: random, and another for each call."""
    return {"Nav-Callid": str(uuid4())}


def _compare(api: Tokenapi, svar: Httpsvar, pakke: Pakke) -> Kanalkode:
    """What the answer means: the recipient says which bytes it has."""
    if svar.status != _FINNES:
        api.require_ok(svar)
    innhold = svar.json_object()
    sha256 = innhold.get("sha256")
    if innhold.get("eksternReferanseId") != pakke.leveranse_id or not _is_checksum(sha256):
        raise HttpFeil(Kanalkode.UVENTET_SVAR)
    if svar.status == _FINNES:
        return Kanalkode.FINNES_ALLEREDE if sha256 == pakke.sha256 else Kanalkode.ANNEN_PAKKE
    if sha256 != pakke.sha256:
        raise HttpFeil(Kanalkode.UVENTET_SVAR)
    return Kanalkode.OVERFORT


def _is_checksum(verdi: object) -> bool:
    return isinstance(verdi, str) and _SHA256.fullmatch(verdi) is not None


def _read_names(innhold: Mapping[str, Any]) -> Sequence[str]:
    rader = innhold.get("kvitteringer")
    if isinstance(rader, list):
        navn = [rad["navn"] for rad in rader if isinstance(rad, dict) and isinstance(rad.get("navn"), str)]
        if len(navn) == len(rader) and all(_NAVN.fullmatch(ett) for ett in navn):
            return sorted(navn)
    raise HttpFeil(Kanalkode.UVENTET_SVAR)
