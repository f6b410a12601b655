"""What the receiver has received: one row for each meldingId, however often it came. Anyone may ask it to count."""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType

REGISTER = "mottatt.sqlite"
INN, KVITTERINGER = "inn", "kvitteringer"
_TABELL = """
CREATE TABLE IF NOT EXISTS melding (
  nr INTEGER PRIMARY KEY AUTOINCREMENT,
  melding_id TEXT NOT NULL UNIQUE,
  leveranse_id TEXT NOT NULL,
  dokumenttype TEXT NOT NULL,
  nav_enhet TEXT NOT NULL,
  avtrykk TEXT NOT NULL,
  mottatt TEXT NOT NULL
)
"""
# What was answered to whom: the list of what has been received is made of it.
_SVAR = """
CREATE TABLE IF NOT EXISTS svar (
  bruker TEXT NOT NULL,
  leveranse_id TEXT NOT NULL,
  melding_id TEXT NOT NULL,
  status TEXT NOT NULL,
  kode TEXT,
  tid TEXT NOT NULL,
  sist TEXT NOT NULL,
  PRIMARY KEY (bruker, melding_id)
)
"""
_PAKKE = """
CREATE TABLE IF NOT EXISTS pakke (
  bruker TEXT NOT NULL,
  leveranse_id TEXT NOT NULL,
  status TEXT NOT NULL,
  tid TEXT NOT NULL,
  PRIMARY KEY (bruker, leveranse_id)
)
"""


def home_of(katalog: Path, bruker: str) -> Path:
    """The folder that one sender sees as its root, with `inn` and `kvitteringer`."""
    return katalog / "brukere" / bruker


@dataclass(frozen=True)
class Melding:
    """One received document. `avtrykk` is over its files; `nr` is the receiver's own number."""

    nr: int
    melding_id: str
    leveranse_id: str
    dokumenttype: str
    nav_enhet: str
    avtrykk: str

    @property
    def arkiv_id(self) -> str:
        """The receiver's own id for the document, as its receipt tells."""
        return f"REF-{self.nr:09d}"


@dataclass(frozen=True)
class Svar:
    """The answer to one document, in the package that it first came in. `tid` is when it was first given."""

    leveranse_id: str
    melding_id: str
    status: str
    kode: str | None
    tid: str


@dataclass(frozen=True)
class Pakkesvar:
    """LEVERT or FEIL to one package."""

    leveranse_id: str
    status: str
    tid: str


class Mottatt:
    """The register in `katalog`. Safe to read while the receiver runs, also from another process."""

    def __init__(self, katalog: Path) -> None:
        self._fil = katalog / REGISTER
        with self._open() as db:
            for tabell in (_TABELL, _SVAR, _PAKKE):
                db.execute(tabell)

    def add(
        self, melding_id: str, *, leveranse_id: str, dokumenttype: str, nav_enhet: str, avtrykk: str, tid: datetime
    ) -> tuple[Melding, bool]:
        """Register a document once. The row that stands for its meldingId now, and whether it is this call's."""
        with self._open() as db:
            ny = db.execute(
                "INSERT INTO melding (melding_id, leveranse_id, dokumenttype, nav_enhet, avtrykk, mottatt)"
                " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (melding_id) DO NOTHING",
                (melding_id, leveranse_id, dokumenttype, nav_enhet, avtrykk, tid.isoformat()),
            ).rowcount
            rad = db.execute(f"{_VELG} WHERE melding_id = ?", (melding_id,)).fetchone()
        return Melding(*rad), bool(ny)

    def find(self, melding_id: str) -> Melding | None:
        """The document with a meldingId; None when it has not come."""
        with self._open() as db:
            rad = db.execute(f"{_VELG} WHERE melding_id = ?", (melding_id,)).fetchone()
        return Melding(*rad) if rad else None

    def count(self) -> Mapping[str, int]:
        """How many documents of each dokumenttype have been received, each meldingId counted once."""
        with self._open() as db:
            rader = db.execute("SELECT dokumenttype, count(*) FROM melding GROUP BY 1 ORDER BY 1").fetchall()
        return MappingProxyType(dict(rader))

    def meldinger(self) -> tuple[Melding, ...]:
        """Every received document, in the order received."""
        with self._open() as db:
            return tuple(Melding(*rad) for rad in db.execute(f"{_VELG} ORDER BY nr"))

    def note_package(self, bruker: str, leveranse_id: str, status: str, tid: datetime) -> None:
        """Remember what a package was answered; the newest answer stands."""
        with self._open() as db:
            db.execute(
                "INSERT INTO pakke VALUES (?, ?, ?, ?) ON CONFLICT (bruker, leveranse_id)"
                " DO UPDATE SET status = excluded.status, tid = excluded.tid",
                (bruker, leveranse_id, status, _utc(tid)),
            )

    def note_answer(
        self, bruker: str, leveranse_id: str, melding_id: str, *, status: str, kode: str | None, tid: datetime
    ) -> None:
        """Remember what a document was answered. Answered the same again it stays as it was, but for having come."""
        with self._open() as db:
            db.execute(
                "INSERT INTO svar VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (bruker, melding_id) DO UPDATE SET"
                " tid = CASE WHEN status = excluded.status THEN tid ELSE excluded.tid END,"
                " kode = CASE WHEN status = excluded.status THEN kode ELSE excluded.kode END,"
                " status = excluded.status, sist = excluded.sist",
                (bruker, leveranse_id, melding_id, status, kode, _utc(tid), _utc(tid)),
            )

    def packages(self, bruker: str, fra: datetime, til: datetime) -> tuple[Pakkesvar, ...]:
        """The packages that a sender was answered about from `fra` on and before `til`."""
        with self._open() as db:
            rader = db.execute(
                "SELECT leveranse_id, status, tid FROM pakke WHERE bruker = ? AND tid >= ? AND tid < ? ORDER BY 3, 1",
                (bruker, _utc(fra), _utc(til)),
            ).fetchall()
        return tuple(Pakkesvar(*rad) for rad in rader)

    def answers(self, bruker: str, fra: datetime, til: datetime) -> tuple[Svar, ...]:
        """The documents that came from a sender, for the first time or again, from `fra` on and before `til`."""
        with self._open() as db:
            rader = db.execute(
                "SELECT leveranse_id, melding_id, status, kode, tid FROM svar"
                " WHERE bruker = ? AND sist >= ? AND sist < ? ORDER BY tid, melding_id",
                (bruker, _utc(fra), _utc(til)),
            ).fetchall()
        return tuple(Svar(*rad) for rad in rader)

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self._fil, timeout=30)) as db, db:
            yield db


_VELG = "SELECT nr, melding_id, leveranse_id, dokumenttype, nav_enhet, avtrykk FROM melding"


def _utc(tid: datetime) -> str:
    """An instant as text that sorts as time goes."""
    return tid.astimezone(UTC).isoformat(timespec="microseconds")
