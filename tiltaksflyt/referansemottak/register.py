"""What the receiver has received: one row for each meldingId, however often it came. Anyone may ask it to count."""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import MappingProxyType

REGISTER = "mottatt.sqlite"
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


class Mottatt:
    """The register in `katalog`. Safe to read while the receiver runs, also from another process."""

    def __init__(self, katalog: Path) -> None:
        self._fil = katalog / REGISTER
        with self._open() as db:
            db.execute(_TABELL)

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

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self._fil, timeout=30)) as db, db:
            yield db


_VELG = "SELECT nr, melding_id, leveranse_id, dokumenttype, nav_enhet, avtrykk FROM melding"
