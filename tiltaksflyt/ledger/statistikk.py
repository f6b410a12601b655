"""What the erased deltakelser leave in the statistics: counts by arrangør, fylke, tiltak and quarter, and nothing else.

No id, no day, and each kind of count by itself, so that what goes together for one person is not kept. When they are
old enough the counts lose arrangør and fylke too, and those that are still small go (ADR 17).
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, select, tuple_, update

from schemas.statistikk import Telling
from tiltaksflyt.ledger.database import Database
from tiltaksflyt.ledger.tabeller import statistikk

SAMLET = ""


@dataclass(frozen=True)
class Statistikkbidrag:
    """What one erased deltakelse or one answer under a consent adds: which counts go up, in the quarter it ended."""

    fylke: str
    tiltakskode: str
    aar: int
    kvartal: int
    tellinger: Mapping[Telling, int]


@dataclass(frozen=True)
class Statistikkcelle:
    """One count. `avsender` and `fylke` are empty once it is merged with those of all others."""

    avsender: str
    fylke: str
    tiltakskode: str
    aar: int
    kvartal: int
    telling: Telling
    antall: int


class Statistikk:
    """The counts of those who are erased. They go up only where an erasure begins or an answer is counted."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def cells(self, avsender: str | None = None) -> tuple[Statistikkcelle, ...]:
        """Every count, or one arrangør's that are not merged yet, by quarter, tiltak, fylke and arrangør."""
        k = statistikk.c
        vilkar = [] if avsender is None else [k.avsender == avsender]
        with self._db.read() as conn:
            rader = conn.execute(
                select(statistikk)
                .where(*vilkar)
                .order_by(k.aar, k.kvartal, k.tiltakskode, k.fylke, k.avsender, k.telling)
            )
            return tuple(
                Statistikkcelle(r.avsender, r.fylke, r.tiltakskode, r.aar, r.kvartal, Telling(r.telling), r.antall)
                for r in rader
            )

    def merge_before(self, aar: int, kvartal: int, *, minst: int) -> int:
        """Take arrangør and fylke off the counts of quarters before this one; how many counts were merged.

        A sum that is still under `minst` is removed. The same again changes nothing.
        """
        k = statistikk.c
        gamle = tuple_(k.aar, k.kvartal) < tuple_(aar, kvartal)
        with self._db.write() as conn:
            self._db.lock(conn, statistikk.name)
            rader = conn.execute(select(statistikk).where(gamle, k.avsender != SAMLET)).all()
            samlet: Counter[tuple[str, int, int, str]] = Counter()
            for r in rader:
                samlet[r.tiltakskode, r.aar, r.kvartal, r.telling] += r.antall
            conn.execute(delete(statistikk).where(gamle, k.avsender != SAMLET))
            for (tiltakskode, ett_aar, ett_kvartal, telling), antall in samlet.items():
                _count_up(conn, SAMLET, SAMLET, tiltakskode, ett_aar, ett_kvartal, telling, antall)
            conn.execute(delete(statistikk).where(gamle, k.antall < minst))
        return len(rader)


def count_in(database: Database, conn: Connection, avsender: str, bidrag: Statistikkbidrag) -> None:
    """Let the counts go up by one erased deltakelse, in the transaction that the caller has open."""
    database.lock(conn, statistikk.name)
    for telling, antall in bidrag.tellinger.items():
        _count_up(conn, avsender, bidrag.fylke, bidrag.tiltakskode, bidrag.aar, bidrag.kvartal, telling, antall)


def _count_up(
    conn: Connection, avsender: str, fylke: str, tiltakskode: str, aar: int, kvartal: int, telling: str, antall: int
) -> None:
    nokkel = {
        "avsender": avsender,
        "fylke": fylke,
        "tiltakskode": tiltakskode,
        "aar": aar,
        "kvartal": kvartal,
        "telling": telling,
    }
    treff = conn.execute(
        update(statistikk)
        .where(*(statistikk.c[navn] == verdi for navn, verdi in nokkel.items()))
        .values(antall=statistikk.c.antall + antall)
    ).rowcount
    if not treff:
        conn.execute(insert(statistikk).values(**nokkel, antall=antall))
