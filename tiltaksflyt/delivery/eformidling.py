"""The eFormidling channel: an integrasjonspunkt of our own brings the package to the recipient's.

docs/kanaler/eformidling.md. The message bears the leveranseId as its id, so an attempt that broke off is found again by
it. An id can be used once: a message that failed, ran out of time or never got its file is followed by one with an id
of its own (`bind`). A message of another attempt is left alone while that attempt may still be at it: asked to, the
integrasjonspunkt takes a second file of the same name, and lets a message go twice.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from schemas.oppbevaring import oppbevaring
from tiltaksflyt.delivery.httpklient import STILLHET, check_address, open_client
from tiltaksflyt.delivery.httpsvar import HttpFeil
from tiltaksflyt.delivery.integrasjonspunkt import Integrasjonspunkt, Samtale
from tiltaksflyt.delivery.kanal import Hentetfil, KanalFeil, Kanalkode, Kanalstatus, SendOutcome, Underveis
from tiltaksflyt.delivery.package import Pakke
from tiltaksflyt.delivery.sbd import Forsendelse, checksum, make_sbd, read_receipt_sbd
from tiltaksflyt.delivery.vedlegg import read_single

# What eFormidling's own message service takes (difi.move.dpo.upload-size-limit); a set-up may have less.
MAKS_PAKKE = 1 << 30

# The first that has happened counts. A package that was fetched is delivered, whatever was registered afterwards.
_STATUSER = (
    Kanalstatus.LEST,
    Kanalstatus.LEVERT,
    Kanalstatus.FEIL,
    Kanalstatus.LEVETID_UTLOPT,
    Kanalstatus.MOTTATT,
    Kanalstatus.SENDT,
)
_FRAMME = frozenset({Kanalstatus.LEST, Kanalstatus.LEVERT, Kanalstatus.MOTTATT})
_OPPBRUKT = frozenset({Kanalstatus.FEIL, Kanalstatus.LEVETID_UTLOPT})


@dataclass(frozen=True)
class Eformidlingsoppsett:
    """How one recipient is reached. `mottaker` is its key in our register, `til_orgnr` who it is in eFormidling.

    `levetid` is how long the recipient has to fetch a package, `innlogging` user and password file where the
    integrasjonspunkt asks for them.
    """

    adresse: str
    fra_orgnr: str
    til_orgnr: str
    mottaker: str
    levetid: timedelta
    maks_bytes: int = MAKS_PAKKE
    innlogging: tuple[str, Path] | None = None
    tillitsanker: Path | None = None
    stillhet: timedelta = STILLHET


def read_oppsett(innstillinger: Mapping[str, Any], katalog: Path, mottaker: str) -> Eformidlingsoppsett:
    """The set-up of a recipient in mottakere.yaml; its files are named from `katalog`."""
    bruker, tillitsanker = innstillinger.get("bruker"), innstillinger.get("tillitsanker")
    return Eformidlingsoppsett(
        adresse=innstillinger["adresse"],
        fra_orgnr=innstillinger["fraOrgnr"],
        til_orgnr=innstillinger["tilOrgnr"],
        mottaker=mottaker,
        levetid=timedelta(hours=innstillinger["levetidTimer"]),
        maks_bytes=min(innstillinger.get("maksBytes", MAKS_PAKKE), MAKS_PAKKE),
        innlogging=(bruker, katalog / innstillinger["passordfil"]) if bruker is not None else None,
        tillitsanker=katalog / tillitsanker if tillitsanker else None,
    )


def quiet_time() -> timedelta:
    """How long another attempt may be in the middle of the same message: both leases, one after the other."""
    return 2 * oppbevaring().leie


class EformidlingChannel:
    """One recipient in eFormidling. Each call is one connection to the integrasjonspunkt."""

    def __init__(
        self, oppsett: Eformidlingsoppsett, klokke: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._oppsett = oppsett
        self._klokke = klokke

    def send(self, pakke: Pakke, *, bind: Callable[[str], None]) -> SendOutcome:
        """Give the package to the integrasjonspunkt, or find that an earlier attempt did."""
        if pakke.storrelse > self._oppsett.maks_bytes:
            return SendOutcome(Kanalkode.FOR_STOR_PAKKE)
        try:
            with self._open() as punkt:
                return self._send(punkt, pakke, bind)
        except HttpFeil as feil:
            return feil.outcome
        except KanalFeil as feil:
            return SendOutcome(feil.kode)

    def follow(self, pakker: Sequence[Underveis]) -> Mapping[str, Kanalstatus]:
        """How far each message has come. One that the integrasjonspunkt no longer knows of is left out."""
        if not pakker:
            return {}
        with self._open() as punkt:
            samtaler = {p.leveranse_id: punkt.find_conversation(p.kanal_ref or p.leveranse_id) for p in pakker}
        return {leveranse_id: _status(samtale) for leveranse_id, samtale in samtaler.items() if samtale is not None}

    def collect(self) -> Sequence[Hentetfil]:
        """The receipts that have come from this recipient. One that is not a single file comes empty."""
        with self._open() as punkt:
            return tuple(
                Hentetfil(melding_id, read_single(punkt.fetch_incoming(melding_id)))
                for melding_id in self._mine(punkt.list_incoming())
                if punkt.lock_incoming(melding_id)
            )

    def discard(self, filer: Iterable[Hentetfil]) -> None:
        """Remove messages whose receipts are recorded; the recipient sees them as LEVERT."""
        with self._open() as punkt:
            for fil in filer:
                punkt.delete_incoming(fil.navn)

    @contextmanager
    def _open(self) -> Iterator[Integrasjonspunkt]:
        adresse = check_address(self._oppsett.adresse).rstrip("/")
        innlogging = _read_login(self._oppsett.innlogging)
        with open_client(tillitsanker=self._oppsett.tillitsanker, stillhet=self._oppsett.stillhet) as klient:
            yield Integrasjonspunkt(klient, adresse, innlogging, self._klokke)

    def _send(self, punkt: Integrasjonspunkt, pakke: Pakke, bind: Callable[[str], None]) -> SendOutcome:
        melding_id = pakke.kanal_ref or pakke.leveranse_id
        if punkt.create(self._describe(melding_id, pakke)):
            return self._let_go(punkt, melding_id, pakke)
        utfall = self._find(punkt, melding_id, pakke, bind)
        if utfall is not None:
            return utfall
        ny = str(uuid4())
        bind(ny)
        if not punkt.create(self._describe(ny, pakke)):
            return SendOutcome(Kanalkode.AVVIST_AV_KANALEN)
        return self._let_go(punkt, ny, pakke)

    def _let_go(self, punkt: Integrasjonspunkt, melding_id: str, pakke: Pakke) -> SendOutcome:
        try:
            punkt.attach(melding_id, pakke, within=quiet_time())
        except KanalFeil:
            # It cannot go without its file. Removed now, the next attempt need not wait for whoever might be at it.
            with suppress(KanalFeil):
                punkt.abandon(melding_id)
            raise
        punkt.order_sending(melding_id)
        return SendOutcome(Kanalkode.GITT_VIDERE)

    def _find(
        self, punkt: Integrasjonspunkt, melding_id: str, pakke: Pakke, bind: Callable[[str], None]
    ) -> SendOutcome | None:
        """What an earlier attempt came to; None when its message will never arrive, and another must be made."""
        # In this order: a message leaves the queue after its status says so.
        i_ko = punkt.find_outgoing(melding_id)
        samtale = punkt.find_conversation(melding_id)
        if samtale is None:
            # It is not the id that was refused.
            return SendOutcome(Kanalkode.AVVIST_AV_KANALEN)
        if samtale.er_sluppet:
            status = _status(samtale)
            if status in _OPPBRUKT:
                return None
            return SendOutcome(Kanalkode.FINNES_ALLEREDE if status in _FRAMME else Kanalkode.GITT_VIDERE)
        if i_ko is None:
            return None
        if checksum(i_ko) != pakke.sha256:
            return SendOutcome(Kanalkode.ANNEN_PAKKE)
        vent = samtale.opprettet + quiet_time() - self._klokke()
        if vent > timedelta(0):
            return SendOutcome(Kanalkode.KANAL_OPPTATT, vent)
        # Raises when the delivery is another worker's by now.
        bind(melding_id)
        if punkt.try_sending(melding_id):
            return SendOutcome(Kanalkode.GITT_VIDERE)
        punkt.abandon(melding_id)
        return None

    def _describe(self, melding_id: str, pakke: Pakke) -> Mapping[str, Any]:
        now = self._klokke()
        return make_sbd(
            Forsendelse(
                melding_id=melding_id,
                leveranse_id=pakke.leveranse_id,
                fra_orgnr=self._oppsett.fra_orgnr,
                til_orgnr=self._oppsett.til_orgnr,
                mottaker=self._oppsett.mottaker,
                sha256=pakke.sha256,
                opprettet=now,
                levetid_slutt=now + self._oppsett.levetid,
            )
        )

    def _mine(self, meldinger: Iterable[Mapping[str, Any]]) -> list[str]:
        """The ids of the receipts of this recipient: others may have the same organisasjonsnummer."""
        ventet = (self._oppsett.til_orgnr, self._oppsett.mottaker)
        lest = [melding for sbd in meldinger if (melding := read_receipt_sbd(sbd)) is not None]
        return [melding.melding_id for melding in lest if (melding.fra_orgnr, melding.mottaker) == ventet]


def _status(samtale: Samtale) -> Kanalstatus:
    """Where the package is. Made and not yet sent, it waits in the integrasjonspunkt."""
    return next((status for status in _STATUSER if status.value in samtale.statuser), Kanalstatus.SENDT)


def _read_login(innlogging: tuple[str, Path] | None) -> tuple[str, str] | None:
    """User and password. Raises KanalFeil without a word of what the file says."""
    if innlogging is None:
        return None
    bruker, fil = innlogging
    try:
        return bruker, fil.read_text(encoding="utf-8").strip()
    except (OSError, ValueError):
        pass
    raise KanalFeil(Kanalkode.UGYLDIG_OPPSETT)
