"""What docs/status.md says of leveranse and forsendelse, in plain objects. Nothing of the ledger is asked."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

USENDT = ("KLAR", "UTKAST", "HOLDT")
HOS_MOTTAKEREN = ("SENDT", "GODTATT", "AVVIST", "ERSTATTET")
HOS_NAV = ("I_LEVERANSE", "SENDT", "GODTATT", "AVVIST")
OVERBRAKT = ("SENDT", "MOTTATT", "LEVERT", "LEST")
KAN_OVERLEVERES = ("OPPRETTET", "FEIL", "SENDT", "MOTTATT")
AVSLUTTET = ("AVLYST", "LEVETID_UTLOPT")
# Where a package may stand when it is told that it has come further: to MOTTATT, LEVERT, LEST or FEIL.
FOLGES_FRA = {
    "MOTTATT": ("SENDT",),
    "LEVERT": ("SENDT", "MOTTATT"),
    "FEIL": ("SENDT", "MOTTATT"),
    "LEST": ("SENDT", "MOTTATT", "LEVERT"),
}
KVITTERES_FRA = {til: fra if til == "FEIL" else (*fra, "FEIL") for til, fra in FOLGES_FRA.items()}
FULGT = {"MOTTATT": "OVERFORT", "LEVERT": "KVITTERT", "LEST": "LEST", "FEIL": "IKKE_BRAKT_FRAM"}
KVITTERT = FULGT | {"FEIL": "TEKNISK_AVVIST"}
Dokument = tuple[str, int]
Plass = tuple[int, str | None]


@dataclass
class Forsendelse:
    """One version to one recipient."""

    melding_id: str
    original: str
    dokument: Dokument
    versjon: int
    mottaker: str
    tilstand: str
    kode: str | None
    leveranse: str | None = None
    sendt: date | None = None
    avgitt: list[tuple[datetime, bool, str]] = field(default_factory=list)
    slettet: bool = False

    @property
    def svar(self) -> str | None:
        """The answer that stands: the latest, and of two from the same moment the rejection."""
        return max(self.avgitt)[2] if self.avgitt else None

    def row(self) -> tuple[object, ...]:
        """As the ledger's table has it."""
        return self.tilstand, self.kode, self.leveranse, self.sendt, self.svar


@dataclass
class Leveranse:
    """One package. `innhold` is what lies in it, from the moment it is made until it is removed."""

    leveranse_id: str
    mottaker: str
    kanal: str
    antall: int
    tilstand: str = "OPPRETTET"
    kode: str = "VENTER"
    eier: str | None = None
    leie_til: datetime | None = None
    neste: datetime | None = None
    bundet: str | None = None
    innhold: tuple[str, ...] | None = None
    forsok: list[str | None] = field(default_factory=list)

    def row(self) -> tuple[object, ...]:
        """As the ledger's table has it."""
        har_pakke = self.innhold is not None
        return self.tilstand, self.kode, self.eier, self.leie_til, self.neste, len(self.forsok), har_pakke, self.bundet


@dataclass
class Kvittering:
    """One receipt, lying at the recipient to be read as often as we like."""

    kilde: str
    leveranse_id: str
    tid: datetime
    fra: frozenset[str]
    teknisk: str | None
    svar: dict[str, str]


class Modell:
    """What is known, and what may happen to it."""

    def __init__(self, avsendere: dict[str, str]) -> None:
        self.avsender = avsendere
        self.forsendelser: dict[str, Forsendelse] = {}
        self.leveranser: dict[str, Leveranse] = {}
        self.stanser: set[tuple[str, str]] = set()
        self.lest: set[tuple[str, frozenset[str]]] = set()
        self.under_sletting: set[str] = set()
        self.slettede: set[str] = set()
        self.bygget = 0

    # documents

    def of(self, dokument: Dokument) -> list[Forsendelse]:
        return [f for f in self.forsendelser.values() if f.dokument == dokument]

    def living(self) -> list[Forsendelse]:
        return [f for f in self.forsendelser.values() if not f.slettet]

    def plass(self, dokument: Dokument) -> Plass:
        """The newest version, and the newest that NAV has or is about to get."""
        originaler = sorted((f for f in self.of(dokument) if f.melding_id == f.original), key=lambda f: f.versjon)
        hos_nav = [f for f in originaler if f.tilstand in HOS_NAV or (f.tilstand == "ERSTATTET" and f.sendt)]
        return originaler[-1].versjon if originaler else 0, hos_nav[-1].melding_id if hos_nav else None

    def add(self, nye: Sequence[Forsendelse]) -> None:
        self.bygget += 1
        for f in self.of(nye[0].dokument):
            if f.tilstand in USENDT:
                f.tilstand, f.kode = "ERSTATTET", None
        self.forsendelser |= {f.melding_id: f for f in nye}

    def move(
        self, original: str, fra: Sequence[str], til: str, kode: str | None, bare_kode: str | None = None
    ) -> list[Forsendelse]:
        flyttes = [f for f in self.living() if f.original == original and f.tilstand in fra]
        flyttes = [f for f in flyttes if bare_kode in (None, f.kode)]
        for f in flyttes:
            f.tilstand, f.kode = til, kode
        return flyttes

    def withdraw(self, dokument: Dokument, erstatter: str | None, kode: str) -> int:
        if self.plass(dokument)[1] != erstatter:
            return 0
        flyttes = [f for f in self.of(dokument) if f.tilstand in USENDT]
        for f in flyttes:
            f.tilstand, f.kode = "TILBAKEKALT", kode
        return len(flyttes)

    # packages

    def is_ready(self, f: Forsendelse, mottaker: str) -> bool:
        ref = f.dokument[0]
        sperret = ref in self.under_sletting or ("AVSENDER", self.avsender[ref]) in self.stanser
        original = self.forsendelser[f.original]
        return (
            (f.mottaker, f.tilstand) == (mottaker, "KLAR")
            and not f.slettet
            and not sperret
            and (f is original or original.sendt is not None)
            and not self._waits_for_an_older(f)
        )

    def _waits_for_an_older(self, f: Forsendelse) -> bool:
        eldre = (e for e in self.of(f.dokument) if e.versjon < f.versjon and e.mottaker == f.mottaker)
        return any(e.tilstand == "I_LEVERANSE" for e in eldre)

    def create(self, leveranse: Leveranse, klare: Iterable[Forsendelse]) -> None:
        self.leveranser[leveranse.leveranse_id] = leveranse
        for f in klare:
            f.tilstand, f.kode, f.leveranse = "I_LEVERANSE", None, leveranse.leveranse_id

    def within(self, leveranse: Leveranse) -> list[Forsendelse]:
        return [f for f in self.living() if f.leveranse == leveranse.leveranse_id]

    def is_stopped(self, leveranse: Leveranse) -> bool:
        av = {("KANAL", leveranse.kanal), ("MOTTAKER", leveranse.mottaker), ("STEG", "levering")}
        return bool(self.stanser & (av | {("LEVERANSE", leveranse.leveranse_id)}))

    def is_due(self, leveranse: Leveranse, now: datetime) -> bool:
        if self.is_stopped(leveranse):
            return False
        if leveranse.tilstand == "OPPRETTET":
            return leveranse.neste is None or leveranse.neste <= now
        return self.is_abandoned(leveranse, now)

    def is_abandoned(self, leveranse: Leveranse, now: datetime) -> bool:
        return leveranse.tilstand == "SENDES" and leveranse.leie_til is not None and leveranse.leie_til < now

    def on_their_way(self, mottaker: str, now: datetime) -> int:
        egne = (p for p in self.leveranser.values() if p.mottaker == mottaker and p.tilstand == "SENDES")
        return sum(not self.is_abandoned(p, now) for p in egne)

    def hand_over(self, leveranse: Leveranse, kanal: str, now: datetime) -> bool:
        er_ledig = leveranse.tilstand in KAN_OVERLEVERES or self.is_abandoned(leveranse, now)
        if not er_ledig or leveranse.kanal == kanal or leveranse.innhold is None:
            return False
        self._break_off(leveranse)
        leveranse.kanal, leveranse.tilstand, leveranse.kode, leveranse.neste = kanal, "OPPRETTET", "OVERLEVERES", now
        leveranse.eier = leveranse.leie_til = None
        return True

    def take(self, leveranse: Leveranse, eier: str, until: datetime) -> None:
        self._break_off(leveranse)
        leveranse.tilstand, leveranse.kode, leveranse.neste = "SENDES", "SENDES", None
        leveranse.eier, leveranse.leie_til = eier, until
        leveranse.forsok.append(None)

    def _break_off(self, leveranse: Leveranse) -> None:
        if leveranse.forsok and leveranse.forsok[-1] is None:
            leveranse.forsok[-1] = "LEIE_UTLOPT"

    def record(self, leveranse: Leveranse, til: str, kode: str, dato: date, neste: datetime | None) -> None:
        leveranse.tilstand, leveranse.kode, leveranse.neste = til, kode, neste
        leveranse.eier = leveranse.leie_til = None
        leveranse.forsok[-1] = kode
        if til in OVERBRAKT:
            self._arrive(leveranse, dato)

    def _arrive(self, leveranse: Leveranse, dato: date) -> None:
        brakt = self.within(leveranse)
        for f in brakt:
            if f.tilstand == "I_LEVERANSE":
                f.tilstand, f.sendt = "SENDT", dato
        for f in brakt:
            self._replace_sent(f)

    def _replace_sent(self, ny: Forsendelse) -> None:
        for f in self.of(ny.dokument):
            if f.versjon < ny.versjon and f.tilstand in ("SENDT", "GODTATT", "AVVIST"):
                f.tilstand = "ERSTATTET"

    def retry(self, leveranse: Leveranse, now: datetime) -> bool:
        har_samme = leveranse.tilstand in ("SENDT", "MOTTATT") and leveranse.innhold is not None
        if leveranse.tilstand != "FEIL" and not har_samme:
            return False
        leveranse.tilstand, leveranse.kode, leveranse.neste = "OPPRETTET", "PROVES_IGJEN", now
        return True

    def cancel(self, leveranse: Leveranse, kode: str, now: datetime) -> bool:
        if leveranse.tilstand not in ("OPPRETTET", "FEIL") and not self.is_abandoned(leveranse, now):
            return False
        self._break_off(leveranse)
        leveranse.tilstand, leveranse.kode, leveranse.neste = "AVLYST", kode, None
        leveranse.eier = leveranse.leie_til = None
        self._give_back(leveranse, ("I_LEVERANSE", "SENDT"))
        return True

    def expire(self, leveranse: Leveranse) -> bool:
        if leveranse.tilstand not in ("SENDT", "MOTTATT"):
            return False
        leveranse.tilstand, leveranse.kode = "LEVETID_UTLOPT", "IKKE_HENTET"
        self._give_back(leveranse, ("SENDT",))
        return True

    def _give_back(self, leveranse: Leveranse, fra: Sequence[str]) -> None:
        for f in self.within(leveranse):
            if f.tilstand in fra:
                er_nyest = f.versjon == self.plass(f.dokument)[0]
                f.tilstand, f.leveranse, f.sendt = "KLAR" if er_nyest else "ERSTATTET", None, None

    def follow(self, leveranse: Leveranse, til: str) -> bool:
        if leveranse.tilstand not in FOLGES_FRA[til]:
            return False
        leveranse.tilstand, leveranse.kode = til, FULGT[til]
        return True

    # receipts

    def read(self, fil: Kvittering, dato: date) -> bool:
        """Whether it is read; False when it must be read again, for our own sending is not recorded."""
        leveranse = self.leveranser.get(fil.leveranse_id)
        if (fil.kilde, fil.fra) in self.lest:
            return True
        if leveranse is not None and leveranse.mottaker in fil.fra and leveranse.tilstand in ("OPPRETTET", "SENDES"):
            return False
        self.lest.add((fil.kilde, fil.fra))
        if leveranse is None or leveranse.mottaker in fil.fra:
            if leveranse is not None:
                self._read_technical(leveranse, fil.teknisk, dato)
            for melding_id, status in fil.svar.items():
                self._read_answer(leveranse, self.forsendelser.get(melding_id), status, fil)
        return True

    def _read_technical(self, leveranse: Leveranse, til: str | None, dato: date) -> None:
        if til is None and leveranse.tilstand == "FEIL" and leveranse.kode != "TEKNISK_AVVIST":
            til = "MOTTATT"
        if til is not None and leveranse.tilstand in KVITTERES_FRA[til]:
            leveranse.tilstand, leveranse.kode = til, KVITTERT[til]
            if til != "FEIL":
                self._arrive(leveranse, dato)

    def _read_answer(self, leveranse: Leveranse | None, f: Forsendelse | None, status: str, fil: Kvittering) -> None:
        if f is None or f.slettet or f.mottaker not in fil.fra:
            return
        if f.leveranse != fil.leveranse_id:
            er_oppgitt = leveranse is not None and leveranse.tilstand in AVSLUTTET and leveranse.mottaker == f.mottaker
            if not er_oppgitt or f.tilstand not in HOS_MOTTAKEREN or f.leveranse is None:
                return
        f.avgitt.append((fil.tid, status == "AVVIST", status))
        if f.tilstand in ("SENDT", "GODTATT", "AVVIST"):
            f.tilstand = "AVVIST" if f.svar == "AVVIST" else "GODTATT"

    # erasure

    def open_erasure(self, ref: str) -> None:
        if ref in self.under_sletting:
            return
        self.under_sletting.add(ref)
        for f in self.living():
            if f.dokument[0] == ref and f.tilstand in USENDT:
                f.tilstand, f.kode = "TILBAKEKALT", "SLETTES"

    def erase(self, ref: str) -> None:
        self.slettede.add(ref)
        fjernet = [f for f in self.living() if f.dokument[0] == ref]
        for f in fjernet:
            f.slettet = True
        # The channel's name for a package goes with the last document in it.
        for leveranse_id in {f.leveranse for f in fjernet if f.leveranse} - {f.leveranse for f in self.living()}:
            self.leveranser[leveranse_id].bundet = None

    # counts

    def counts(self, now: datetime) -> dict[str, object]:
        """As `status --json` has them."""
        alle, levende = list(self.forsendelser.values()), self.living()
        svar = Counter("AVVIST" if f.svar == "AVVIST" else "GODTATT" for f in alle if f.svar)
        fast = sum(p.tilstand == "FEIL" or self.is_abandoned(p, now) for p in self.leveranser.values())
        return {
            "dokumenter": {
                "bygget": self.bygget,
                "sendt": sum(self._sent_of(p) for p in self.leveranser.values()),
                "godtatt": svar["GODTATT"],
                "avvist": svar["AVVIST"],
                "holdt": sum(f.tilstand == "HOLDT" for f in levende),
                "utkast": sum(f.tilstand == "UTKAST" for f in levende),
                "stanset": sum(f.kode == "STANSET_AV_ARRANGOR" for f in levende),
            },
            "leveranser": dict(sorted(Counter(p.tilstand for p in self.leveranser.values()).items())),
            "sittendeFast": fast,
        }

    def _sent_of(self, leveranse: Leveranse) -> int:
        if leveranse.tilstand in OVERBRAKT:
            return leveranse.antall
        return sum(f.svar is not None and f.leveranse == leveranse.leveranse_id for f in self.forsendelser.values())
