"""The Altinn 3 Broker channel: a file transfer for each package, and receipts as file transfers the other way.

Broker takes the package over and brings it to the recipient, so most of what comes of sending is GITT_VIDERE, and
`follow` says the rest. Its id of the file transfer is bound before a byte is uploaded: an attempt that broke off is
found again by it, and what Broker has already is not sent twice. A file transfer that was made and never bound holds
no file, and Broker lets it expire.
"""

import hashlib
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from tiltaksflyt.delivery import maskinporten
from tiltaksflyt.delivery.broker import Broker, Mottakerstatus, NyOverforing, Overforing, Overforingstatus
from tiltaksflyt.delivery.httpklient import STILLHET, check_address, open_client
from tiltaksflyt.delivery.httpsvar import HttpFeil
from tiltaksflyt.delivery.kanal import (
    MAKS_KVITTERING,
    Hentetfil,
    KanalFeil,
    Kanalkode,
    Kanalstatus,
    SendOutcome,
    Underveis,
)
from tiltaksflyt.delivery.maskinporten import Maskinportenoppsett, Token, Tokenkilde, exchange_token, request_token
from tiltaksflyt.delivery.package import Pakke

# What Broker takes of files that it scans for malware; a resource may have less (`maksBytes`).
MAKS_PAKKE = 50_000_000_000
# How long another attempt may be in the middle of the same upload before we upload over it.
OPPLASTING_PAGAR = timedelta(minutes=15)
# The property that says which of our recipients a file transfer is for: many enheter have one organisasjonsnummer.
_EGENSKAP = "mottaker"

_STATUS = {
    Overforingstatus.INITIALIZED: Kanalstatus.SENDT,
    Overforingstatus.UPLOAD_STARTED: Kanalstatus.SENDT,
    Overforingstatus.UPLOAD_PROCESSING: Kanalstatus.SENDT,
    Overforingstatus.PUBLISHED: Kanalstatus.MOTTATT,
    Overforingstatus.ALL_CONFIRMED_DOWNLOADED: Kanalstatus.LEVERT,
    Overforingstatus.FAILED: Kanalstatus.FEIL,
    Overforingstatus.CANCELLED: Kanalstatus.FEIL,
    Overforingstatus.PURGED: Kanalstatus.LEVETID_UTLOPT,
}
_HOS_MOTTAKER = frozenset({Kanalstatus.MOTTATT, Kanalstatus.LEVERT})
_OPPGITT = frozenset({Overforingstatus.FAILED, Overforingstatus.CANCELLED, Overforingstatus.PURGED})
# An upload was refused: because there was one before it, or because of what we sent. Which of them, the status says.
_AVVIST = frozenset({400, 404, 409})
_IKKE_TATT_IMOT = {
    Overforingstatus.INITIALIZED: Kanalkode.AVVIST_AV_KANALEN,
    Overforingstatus.UPLOAD_STARTED: Kanalkode.KANAL_OPPTATT,
    Overforingstatus.UPLOAD_PROCESSING: Kanalkode.GITT_VIDERE,
}
_TERNING = secrets.SystemRandom()


@dataclass(frozen=True)
class Altinnoppsett:
    """How one recipient is reached through Broker. `mottaker` is its key in our register, `til` who it is in Altinn."""

    plattform: str
    ressurs: str
    fra: str
    til: str
    mottaker: str
    maskinporten: Maskinportenoppsett
    maks_bytes: int = MAKS_PAKKE
    stillhet: timedelta = STILLHET


def read_oppsett(innstillinger: Mapping[str, Any], katalog: Path, mottaker: str) -> Altinnoppsett:
    """The set-up of a recipient in mottakere.yaml; its key files are named from `katalog`."""
    return Altinnoppsett(
        plattform=innstillinger["plattform"],
        ressurs=innstillinger["ressurs"],
        fra=innstillinger["fraOrgnr"],
        til=innstillinger["tilOrgnr"],
        mottaker=mottaker,
        maskinporten=maskinporten.read_oppsett(innstillinger["maskinporten"], katalog),
        maks_bytes=min(innstillinger.get("maksBytes", MAKS_PAKKE), MAKS_PAKKE),
    )


class AltinnChannel:
    """One recipient in Broker. Each call is one connection; the token is kept between them."""

    def __init__(self, oppsett: Altinnoppsett, klokke: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._oppsett = oppsett
        self._klokke = klokke
        self._tokener = Tokenkilde(self._fetch_token, klokke)

    def send(self, pakke: Pakke, *, bind: Callable[[str], None]) -> SendOutcome:
        """Give the package to Broker, or find that an earlier attempt did."""
        if pakke.storrelse > self._oppsett.maks_bytes:
            return SendOutcome(Kanalkode.FOR_STOR_PAKKE)
        try:
            with self._open() as broker:
                return SendOutcome(self._send(broker, pakke, bind))
        except HttpFeil as feil:
            return feil.outcome
        except KanalFeil as feil:
            return SendOutcome(feil.kode)

    def follow(self, pakker: Sequence[Underveis]) -> Mapping[str, Kanalstatus]:
        """Where each package is. Asked in no fixed order: Broker takes so many questions a minute, and no more.

        When that is used up, what was answered until then is the answer.
        """
        funnet: dict[str, Kanalstatus] = {}
        with self._open() as broker:
            for pakke in _TERNING.sample(pakker, len(pakker)):
                try:
                    overforing = _find(broker, pakke.kanal_ref)
                except HttpFeil as feil:
                    if feil.kode is Kanalkode.KANAL_OPPTATT and funnet:
                        break
                    raise
                if overforing is not None:
                    funnet[pakke.leveranse_id] = self._status(overforing)
        return funnet

    def collect(self) -> Sequence[Hentetfil]:
        """The receipts that are sent to us and not confirmed, at most a hundred of those seen before and of the new."""
        with self._open() as broker:
            ider = [
                overforing_id
                for status in (Mottakerstatus.INITIALIZED, Mottakerstatus.DOWNLOAD_STARTED)
                for overforing_id in broker.list_for_us(self._oppsett.ressurs, status)
            ]
            # One that another worker begins with meanwhile stands in both lists.
            return tuple(
                Hentetfil(overforing_id, broker.download(overforing_id, MAKS_KVITTERING))
                for overforing_id in dict.fromkeys(ider)
                if self._is_receipt(broker.look(overforing_id))
            )

    def discard(self, filer: Iterable[Hentetfil]) -> None:
        """Confirm the download of receipts that are recorded."""
        with self._open() as broker:
            for fil in filer:
                svar = broker.confirm(fil.navn)
                # Broker refuses a confirmation that was given before, once all have confirmed.
                if not svar.er_ok and not (svar.status in _AVVIST and self._is_done_with(broker.look(fil.navn))):
                    broker.require_ok(svar)

    @contextmanager
    def _open(self) -> Iterator[Broker]:
        plattform = check_address(self._oppsett.plattform)
        with open_client(stillhet=self._oppsett.stillhet) as klient:
            yield Broker(klient, plattform, self._tokener, self._klokke)

    def _fetch_token(self) -> Token:
        with open_client(stillhet=self._oppsett.stillhet) as klient:
            token = request_token(klient, self._oppsett.maskinporten, self._klokke())
            return exchange_token(klient, self._oppsett.plattform, token, self._klokke())

    def _send(self, broker: Broker, pakke: Pakke, bind: Callable[[str], None]) -> Kanalkode:
        sjekksum = _md5(pakke.fil)
        gammel = _find(broker, pakke.kanal_ref)
        er_samme = gammel is not None and self._is_same(gammel, pakke, sjekksum)
        if gammel is not None and self._status(gammel) in _HOS_MOTTAKER:
            return Kanalkode.FINNES_ALLEREDE if er_samme else Kanalkode.ANNEN_PAKKE
        if gammel is None or not er_samme or gammel.status in _OPPGITT:
            ny = broker.initialise(self._describe(pakke, sjekksum))
            bind(ny)
            return self._upload(broker, ny, pakke)
        if gammel.status is Overforingstatus.UPLOAD_PROCESSING:
            return Kanalkode.GITT_VIDERE
        if gammel.status is Overforingstatus.UPLOAD_STARTED and not self._is_stale(gammel):
            return Kanalkode.KANAL_OPPTATT
        return self._upload(broker, gammel.id, pakke)

    def _describe(self, pakke: Pakke, sjekksum: str) -> NyOverforing:
        return NyOverforing(
            ressurs=self._oppsett.ressurs,
            filnavn=pakke.filnavn,
            referanse=pakke.leveranse_id,
            fra=self._oppsett.fra,
            til=self._oppsett.til,
            sjekksum=sjekksum,
            egenskaper={_EGENSKAP: self._oppsett.mottaker},
        )

    def _upload(self, broker: Broker, overforing_id: str, pakke: Pakke) -> Kanalkode:
        """Send the file, and ask what became of it."""
        svar = broker.upload(overforing_id, pakke)
        if not svar.er_ok and svar.status not in _AVVIST:
            broker.require_ok(svar)
        try:
            overforing = broker.look(overforing_id)
        except HttpFeil:
            # Broker said that it has the file. What it does not say now, `follow` asks again.
            if svar.er_ok:
                return Kanalkode.GITT_VIDERE
            raise
        if overforing is None or overforing.status in _OPPGITT:
            # The file came to nothing; the next attempt makes a new transfer.
            return Kanalkode.AVBRUTT
        if self._status(overforing) in _HOS_MOTTAKER:
            return Kanalkode.OVERFORT if svar.er_ok else Kanalkode.FINNES_ALLEREDE
        return Kanalkode.GITT_VIDERE if svar.er_ok else _IKKE_TATT_IMOT[overforing.status]

    def _status(self, overforing: Overforing) -> Kanalstatus:
        """Where the package is. A recipient that has confirmed has it, whatever Broker has done with the file since."""
        if overforing.mottakere.get(self._oppsett.til) is Mottakerstatus.DOWNLOAD_CONFIRMED:
            return Kanalstatus.LEVERT
        return _STATUS[overforing.status]

    def _is_same(self, overforing: Overforing, pakke: Pakke, sjekksum: str) -> bool:
        return (
            overforing.referanse == pakke.leveranse_id
            and (overforing.sjekksum or "").lower() == sjekksum
            and self._oppsett.til in overforing.mottakere
        )

    def _is_stale(self, overforing: Overforing) -> bool:
        return self._klokke() - overforing.endret > OPPLASTING_PAGAR

    def _is_receipt(self, overforing: Overforing | None) -> bool:
        """Whether it comes from this recipient, is for us, and not marked as of another of our recipients."""
        return (
            overforing is not None
            and overforing.status is Overforingstatus.PUBLISHED
            and overforing.avsender == self._oppsett.til
            and self._oppsett.fra in overforing.mottakere
            and overforing.egenskaper.get(_EGENSKAP, self._oppsett.mottaker) == self._oppsett.mottaker
        )

    def _is_done_with(self, overforing: Overforing | None) -> bool:
        return (
            overforing is None
            or overforing.status in _OPPGITT
            or overforing.mottakere.get(self._oppsett.fra) is Mottakerstatus.DOWNLOAD_CONFIRMED
        )


def _find(broker: Broker, kanal_ref: str | None) -> Overforing | None:
    """The file transfer of an earlier attempt. A name that another channel gave the package is no id of Broker's."""
    try:
        overforing_id = str(UUID(kanal_ref or ""))
    except ValueError:
        return None
    return broker.look(overforing_id)


def _md5(fil: Path) -> str:
    with fil.open("rb") as innhold:
        return hashlib.file_digest(innhold, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
