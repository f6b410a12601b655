"""The ledger: what is known. Tables, states, keys and evidence; the only room that speaks SQL.

Everything a caller needs is exported here. The ledger is opened in the process that uses it:

    nokler = open_key_store(nokler_url, Filnokkelvern(katalog), create=True)
    with open_ledger(ledger_url, nokler, create=True, er_test=True) as ledger:
        with ledger.transaction():            # several writes as one commit; no I/O to others inside
            ledger.deltakelser.store_many(...)
            ledger.innsendinger.answer(leie, svar)

Every time is an aware datetime, every day a date in Oslo, and both are arguments: the ledger never asks a clock.
Ids are text (random uuids of ours). `ref` is our id of a deltakelse.
"""
# The bodies follow module by module; signatures below are what the pipeline may build on.

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from schemas.avvik import Avvik, Innsendingsstatus

# ---------------------------------------------------------------- faults
class LedgerFeil(Exception):
    """Anything the databases refused. `.kode` says which; never a value, never SQLAlchemy's text."""
class LeieTapt(LedgerFeil):
    """The lease is no longer ours: another worker has it, or the thing is done. Roll back and go on."""
class NokkelSlettet(LedgerFeil):
    """The data key is destroyed (or never was): the record is erased and unreadable."""
class IkkeFunnet(LedgerFeil):
    """No row with that id."""
class UlovligOvergang(LedgerFeil):
    """The row is not in a state from which the function may move it (docs/status.md)."""
class KlokkeTilbake(LedgerFeil):
    """The stored clock only moves forward, and only in a test deployment."""

# ---------------------------------------------------------------- values
@dataclass(frozen=True)
class Leie:
    """A lease: `id` of what is claimed, `eier` the random token, `til` when it may be taken back."""
    id: str
    eier: str
    til: datetime

@dataclass(frozen=True)
class Funn:
    """`ny` is false when the same drop (sender, bytes, etag, time) was discovered before."""
    innsending_id: str
    ny: bool

@dataclass(frozen=True)
class Holdt:
    """A deltakelse held at the door. `ekstern_id` (the sender's deltakelseId) is kept as an HMAC only."""
    ekstern_id: str
    regler: tuple[str, ...]
    siste_dag: date
    tiltakskode: str | None = None
    start_dato: date | None = None
    slutt_dato: date | None = None

@dataclass(frozen=True)
class Svar:
    """What the sender is answered. Header values are None where the header could not be read."""
    status: Innsendingsstatus
    besvart: datetime
    antall: Mapping[str, int]
    avvik: Sequence[Avvik] = ()
    holdte: Sequence[Holdt] = ()
    omfang: str | None = None
    avdeling: str | None = None
    kildesystem: str | None = None
    opprettet: datetime | None = None

@dataclass(frozen=True)
class Innsendingsrad:
    innsending_id: str
    avsender: str
    sha256: str
    storrelse: int
    objekt: str | None
    tilstand: str
    status: str | None
    omfang: str | None
    avdeling: str | None
    kildesystem: str | None
    opprettet: datetime | None
    sist_endret: datetime
    mottatt: datetime
    besvart: datetime | None
    antall: Mapping[str, int]

@dataclass(frozen=True)
class Deltakelsesrad:
    """The light row of a deltakelse: what deadlines need, nothing decrypted."""
    ref: str
    avsender: str
    tiltakskode: str
    status: str
    status_gyldig_fra: date | None
    start_dato: date | None
    slutt_dato: date | None
    slettefrist_uker: int | None
    nav_enhet: str | None
    avdeling: str | None
    kildesystem: str
    forst_sett: date
    sist_i_drop: date
    sist_endret: date
    siste_dag: date | None
    slettesak_id: str | None

@dataclass(frozen=True)
class Lagret:
    ref: str
    ny: bool
    endret: bool

@dataclass(frozen=True)
class Forpliktelsesrad:
    ref: str
    type: str
    n: int
    frist: date
    status: str
    klar_dato: date | None = None
    sendt_dato: date | None = None
    holdt: bool = False
    grunn: str | None = None

@dataclass(frozen=True)
class Dokumentplass:
    """The random ids a new version gets, to be frozen into its content before `dokumenter.add`."""
    ref: str
    type: str
    nummer: int
    dokument_id: str
    versjon: int
    melding_id: str
    erstatter: str | None

@dataclass(frozen=True)
class NyForsendelse:
    """One recipient of a new version. tilstand is KLAR, UTKAST or HOLDT (with a status code as reason)."""
    mottaker: str
    tilstand: str = "KLAR"
    statuskode: str | None = None

@dataclass(frozen=True)
class Dokumentrad:
    dokument_id: str
    ref: str
    type: str
    nummer: int
    versjon: int
    melding_id: str
    erstatter: str | None
    klar_dato: date
    bygget: datetime

@dataclass(frozen=True)
class Forsendelsesrad:
    melding_id: str
    dokument_melding_id: str
    ref: str
    avsender: str
    type: str
    nummer: int
    versjon: int
    mottaker: str
    tilstand: str
    statuskode: str | None
    leveranse_id: str | None
    sendt_dato: date | None
    svar: str | None

@dataclass(frozen=True)
class Leveringsfakta:
    """What became of (type, nummer) of a deltakelse: for the obligations. svar: GODTATT, AVVIST ... of the latest sent version."""
    type: str
    nummer: int
    klar_dato: date
    sendt_dato: date | None
    svar: str | None
    holdt: bool

@dataclass(frozen=True)
class Leveranserad:
    leveranse_id: str
    mottaker: str
    kanal: str
    vindu: str
    tilstand: str
    statuskode: str | None
    forsok: int
    neste_forsok: datetime | None
    pakke: str | None
    sha256: str | None
    storrelse: int | None
    antall: Mapping[str, int]
    opprettet: datetime
    sendt: datetime | None

@dataclass(frozen=True)
class Utfall:
    """Outcome of a send. tilstand: SENDT or MOTTATT (accepted), OPPRETTET (transient; needs neste_forsok), FEIL (permanent)."""
    tilstand: str
    statuskode: str
    tid: datetime
    dato: date
    neste_forsok: datetime | None = None

@dataclass(frozen=True)
class Dokumentsvar:
    melding_id: str
    status: str                      # GODTATT | GODTATT_MED_MERKNAD | AVVIST
    kode: str | None = None
    tekst: str | None = None
    arkiv_id: str | None = None

@dataclass(frozen=True)
class Kvitteringsfil:
    """One receipt file. `kilde` is what makes it the same file next time (its name); read twice counts once.
    teknisk: LEVERT, LEST or FEIL for the leveranse as a whole, None when the file is functional only."""
    kilde: str
    leveranse_id: str
    tid: datetime
    teknisk: str | None = None
    svar: Sequence[Dokumentsvar] = ()

@dataclass(frozen=True)
class Kvitteringsfunn:
    ny: bool
    koblet: tuple[str, ...]          # melding_ids
    avvist: tuple[str, ...]          # melding_ids among them
    ukoblet: int
    etter_sletting: int

@dataclass(frozen=True)
class Slettesak:
    slettesak_id: str
    ref: str | None
    avsender: str
    tilstand: str                    # VARSLET, APEN, FULLFORT
    regelverk: str | None
    lagre: Mapping[str, tuple[bool, bool]]   # store -> (done, checked)

@dataclass(frozen=True)
class Bevis:
    lopenr: int
    slettesak_id: str | None
    innhold: str                     # canonical JSON
    hash: str
    signatur: bytes

@dataclass(frozen=True)
class Kjedehode:
    antall: int
    hash: str

# ---------------------------------------------------------------- services (attributes of Ledger)
class Innsendinger(Protocol):
    def discover(self, avsender: str, sha256: str, storrelse: int, *, etag: str, last_modified: datetime, now: datetime) -> Funn: ...
    def place(self, innsending_id: str, objekt: str) -> None:
        """Our own object name of the raw drop, once it is moved."""
    def pending(self, now: datetime) -> tuple[Innsendingsrad, ...]:
        """OPPDAGET, and TATT whose lease has run out; ordered by sender, last_modified."""
    def claim(self, innsending_id: str, *, now: datetime, until: datetime) -> Leie | None: ...
    def answer(self, leie: Leie, svar: Svar) -> None:
        """Raises LeieTapt. Together with store_many inside ledger.transaction()."""
    def get(self, innsending_id: str) -> Innsendingsrad: ...
    def duplicate_of(self, innsending_id: str) -> str | None:
        """FIL011: the sender's latest accepted drop has the same bytes."""
    def latest_accepted(self, avsender: str, *, kildesystem: str | None = None, avdeling: str | None = None, omfang: str | None = None) -> Innsendingsrad | None:
        """By the sender's own `opprettet`. With kildesystem: only the FULL scope (kildesystem, avdeling or none)."""
    def deviations(self, innsending_id: str) -> tuple[Avvik, ...]:
        """As stored: melding, tiltak and nokkel are empty (they are the catalogue's, or the sender's)."""
    def held(self, avsender: str | None = None) -> tuple[Any, ...]: ...
    def forget_held(self, dato: date) -> int: ...
    def with_raw(self) -> tuple[Innsendingsrad, ...]: ...
    def raw_removed(self, innsending_id: str) -> None: ...

class Deltakelser(Protocol):
    def store(self, avsender: str, post: Mapping[str, Any], *, kildesystem: str, accepted_on: date, siste_dag: Callable[[Deltakelsesrad], date]) -> str: ...
    def store_many(self, avsender: str, poster: Sequence[Mapping[str, Any]], *, kildesystem: str, accepted_on: date, siste_dag: Callable[[Deltakelsesrad], date]) -> tuple[Lagret, ...]:
        """Upsert by the sender's deltakelseId. A child table that is a key of the post replaces the stored rows, an
        absent key leaves them; plan versions and finished vurderinger never go by absence. Ends the hold of each.
        `siste_dag` gets the light row as it will be stored and answers its last kept day."""
    def read(self, ref: str) -> dict[str, Any]: ...
    def read_many(self, refs: Collection[str]) -> dict[str, dict[str, Any]]: ...
    def each(self, avsender: str | None = None) -> Iterator[tuple[Deltakelsesrad, dict[str, Any]]]: ...
    def get(self, ref: str) -> Deltakelsesrad: ...
    def list(self, avsender: str | None = None) -> tuple[Deltakelsesrad, ...]: ...
    def find_ref(self, avsender: str, ekstern_id: str) -> str | None: ...
    def of_deltaker(self, avsender: str, deltaker_id: str) -> tuple[Deltakelsesrad, ...]: ...
    def set_siste_dag(self, ref: str, dag: date) -> None: ...

class Forpliktelser(Protocol):
    def replace_all(self, ref: str, rader: Sequence[Forpliktelsesrad]) -> None: ...
    def replace_many(self, rader: Mapping[str, Sequence[Forpliktelsesrad]]) -> None: ...
    def list(self, avsender: str | None = None, *, ref: str | None = None, statuser: Collection[str] | None = None, frist_fra: date | None = None, frist_til: date | None = None) -> tuple[Forpliktelsesrad, ...]: ...

class Dokumenter(Protocol):
    def reserve(self, ref: str, type: str, nummer: int) -> Dokumentplass:
        """Ids of the next version; writes nothing."""
    def unchanged(self, ref: str, type: str, nummer: int, grunnlag: Mapping[str, Any]) -> bool:
        """Whether the latest version was built from the same `grunnlag` (keyed fingerprint; nothing decrypted)."""
    def add(self, plass: Dokumentplass, innhold: Mapping[str, Any], *, grunnlag: Mapping[str, Any], forsendelser: Sequence[NyForsendelse], klar_dato: date, bygget: datetime) -> bool:
        """False when another worker added the version first, or what it replaces has moved: build again next run.
        Versions not yet in a leveranse become ERSTATTET."""
    def latest(self, ref: str, type: str, nummer: int) -> Dokumentrad | None: ...
    def list(self, ref: str) -> tuple[Dokumentrad, ...]: ...
    def get(self, melding_id: str) -> Dokumentrad: ...
    def read(self, melding_id: str) -> dict[str, Any]: ...
    def read_many(self, melding_ids: Collection[str]) -> dict[str, dict[str, Any]]: ...
    def facts(self, refs: Collection[str]) -> dict[str, tuple[Leveringsfakta, ...]]: ...
    def forsendelser(self, *, ref: str | None = None, tilstand: str | None = None, leveranse_id: str | None = None) -> tuple[Forsendelsesrad, ...]: ...
    def approve(self, melding_id: str) -> None:
        """UTKAST -> KLAR."""
    def hold(self, melding_id: str, statuskode: str) -> None:
        """KLAR, UTKAST -> HOLDT."""
    def release(self, melding_id: str) -> None:
        """HOLDT -> KLAR."""
    def withdraw(self, ref: str) -> tuple[str, ...]:
        """Everything about the deltakelse that is not in a leveranse -> TILBAKEKALT; answers the melding_ids that NAV has."""

class Leveranser(Protocol):
    def create(self, mottaker: str, kanal: str, vindu: str, melding_ids: Sequence[str], *, now: datetime) -> Leveranserad | None:
        """Takes those that are KLAR for the recipient; None when none was."""
    def due(self, now: datetime, mottaker: str | None = None) -> tuple[Leveranserad, ...]: ...
    def take_lease(self, leveranse_id: str, *, now: datetime, until: datetime, samtidige: int | None = None) -> Leie | None: ...
    def attach_package(self, leie: Leie, *, pakke: str, sha256: str, storrelse: int, merkle_rot: str | None = None) -> None:
        """Once: a package being retried is the stored one. Raises UlovligOvergang when there is one, LeieTapt."""
    def record(self, leie: Leie, utfall: Utfall) -> None:
        """Raises LeieTapt."""
    def retry(self, leveranse_id: str, *, now: datetime) -> None:
        """FEIL -> OPPRETTET, by a person."""
    def cancel(self, leveranse_id: str, statuskode: str) -> None:
        """OPPRETTET, FEIL -> AVLYST; its documents are KLAR again."""
    def expire(self, leveranse_id: str) -> None:
        """SENDT, MOTTATT -> LEVETID_UTLOPT; its unanswered documents are KLAR again."""
    def get(self, leveranse_id: str) -> Leveranserad: ...
    def list(self, tilstander: Collection[str] | None = None) -> tuple[Leveranserad, ...]: ...
    def package_removed(self, leveranse_id: str) -> None: ...

class Kvitteringer(Protocol):
    def record(self, fil: Kvitteringsfil) -> Kvitteringsfunn: ...
    def for_deltakelse(self, ref: str) -> tuple[Any, ...]: ...
    def unmatched(self) -> tuple[Any, ...]: ...

class Slettinger(Protocol):
    def due(self, dato: date) -> tuple[Deltakelsesrad, ...]:
        """siste_dag before dato, and no tilbakehold in force on dato."""
    def announce(self, refs: Collection[str]) -> dict[str, str]:
        """ref -> slettesakId, random, made once; for the delete list before the erasure."""
    def open(self, ref: str, lagre: Collection[str], *, dato: date, regelverk: str) -> Slettesak: ...
    def mark_done(self, slettesak_id: str, lager: str, antall: int) -> None: ...
    def mark_checked(self, slettesak_id: str, lager: str) -> None: ...
    def destroy_key(self, slettesak_id: str) -> None: ...
    def finish(self, slettesak_id: str, *, nokkel: Ed25519PrivateKey, kategorier: Collection[str], now: datetime) -> Bevis | None:
        """Key, rows, evidence; None while a store is not done and checked. Safe to run again."""
    def unfinished(self) -> tuple[Slettesak, ...]: ...
    def get(self, slettesak_id: str) -> Slettesak: ...
    def confirm_by_sender(self, avsender: str, slettesak_id: str, slettet: date) -> bool: ...
    def hold_back(self, ref: str, *, av: str, grunn: str, fra: date, til: date) -> str: ...
    def lift(self, tilbakehold_id: str, *, av: str, dato: date) -> None: ...
    def holds(self, dato: date) -> tuple[Any, ...]: ...
    def ghosts(self) -> tuple[str, ...]:
        """refs whose data key is gone: what a restore brought back."""

class Beviskjede(Protocol):
    def head(self) -> Kjedehode: ...
    def entries(self) -> tuple[Bevis, ...]: ...
    def seal_events(self, dato: date, *, nokkel: Ed25519PrivateKey, now: datetime) -> Bevis | None: ...
    def replay(self, oppforinger: Sequence[Bevis], offentlige_nokler: Collection[Ed25519PublicKey]) -> tuple[str, ...]: ...

class Hendelser(Protocol):
    def append(self, type: str, innhold: Mapping[str, Any], *, tid: datetime, dato: date, ref: str | None = None) -> None: ...
    def for_deltakelse(self, ref: str) -> tuple[Any, ...]: ...

class Utlagte(Protocol):
    def add(self, nokkel: str, avsender: str, refs: Collection[str], slettes_senest: date) -> date:
        """Answers the day in force: never past the earliest last kept day of those in it."""
    def due(self, dato: date) -> tuple[str, ...]: ...
    def for_deltakelse(self, ref: str) -> tuple[str, ...]: ...
    def remove(self, nokkel: str) -> None: ...

class Klokke(Protocol):
    def get(self) -> date | None: ...
    def move(self, dato: date) -> None: ...

class Kjoringer(Protocol):
    def start(self, steg: str, *, dato: date, now: datetime) -> str: ...
    def finish(self, kjoring_id: str, *, utfall: str, antall: Mapping[str, int], now: datetime, kode: str | None = None) -> None: ...
    def latest(self) -> tuple[Any, ...]: ...

class Stanser(Protocol):
    def stop(self, gjelder: str, verdi: str, *, av: str, grunn: str, now: datetime) -> str: ...   # gjelder: KANAL, MOTTAKER, AVSENDER, STEG
    def lift(self, stans_id: str, *, av: str, now: datetime) -> None: ...
    def active(self) -> tuple[Any, ...]: ...

class Bekreftelser(Protocol):
    def confirm(self, regel: str, sak: str, *, av: str, grunn: str, tid: datetime, utloper: datetime | None = None) -> None: ...
    def names(self, regel: str, sak: str, now: datetime) -> tuple[str, ...]: ...

class Ledger(Protocol):
    innsendinger: Innsendinger
    deltakelser: Deltakelser
    forpliktelser: Forpliktelser
    dokumenter: Dokumenter
    leveranser: Leveranser
    kvitteringer: Kvitteringer
    slettinger: Slettinger
    bevis: Beviskjede
    hendelser: Hendelser
    utlagte: Utlagte
    klokke: Klokke
    kjoringer: Kjoringer
    stanser: Stanser
    bekreftelser: Bekreftelser
    def transaction(self) -> AbstractContextManager[None]: ...
    def oversikt(self, now: datetime) -> dict[str, Any]:
        """innsendinger, dokumenter {bygget, sendt, godtatt, avvist, holdt}, leveranser, sittendeFast, slettet."""
    def forget_free_space(self) -> bool: ...
    def close(self) -> None: ...

class Nokkelvern(Protocol):
    def wrap(self, eier: str, nokkel_id: str, nokkel: bytes) -> bytes: ...
    def unwrap(self, eier: str, nokkel_id: str, pakket: bytes) -> bytes: ...

# Filnokkelvern(katalog: Path)             one KEK file 0600 per arrangør, made on first use
# Hovednokkelvern(hovednokkel: bytes)      KEKs derived from one master key (environment or secret file)
# open_key_store(url, vern, *, create=False) -> Nokkellager
# open_ledger(url, nokler, *, create=False, er_test=False) -> Ledger
# load_signing_key(fil: Path, *, create=False) -> Ed25519PrivateKey
# verify_chain(oppforinger, hode, offentlige_nokler, forankring: Sequence[Kjedehode]) -> Kjedefunn(ok, antall, feil)
