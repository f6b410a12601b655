"""How a sender's month of erasures stood when it was closed: one entry in the chain, once, so that it never changes.

What was erased stands in the chain already. What was not erased, held back or not confirmed does not: it is true on a
day and gone the next. Numbers only, and no id (docs/adr/0031).
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import ColumnElement, Connection, func, select

from tiltaksflyt.ledger import bevis
from tiltaksflyt.ledger.database import Database, chunks
from tiltaksflyt.ledger.tabeller import deltakelse, kjede_hode, samtykke, slettesak, tilbakehold
from tiltaksflyt.ledger.tilbakehold import in_force


@dataclass(frozen=True)
class Manedsstand:
    """What stood open on a day for one sender.

    `tilbakeholdt` are deltakelser that a person holds back on that day; `over_siste_dag` the deltakelser and consents
    that should have been erased by the end of the month and are there still, not held back. Of the erasures of the
    month, by what their sender says of its own system: `bekreftet`, `ubekreftet`, and `ikke_varslet`, which it was
    never asked of.
    """

    tilbakeholdt: int
    over_siste_dag: int
    bekreftet: int
    ubekreftet: int
    ikke_varslet: int


class Manedsstander:
    """The closed months in the chain."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def read(self, avsender: str, *, dato: date, siste_i_maneden: date, slettesak_ider: Collection[str]) -> Manedsstand:
        """How a month that ended on `siste_i_maneden` stands on `dato`; `slettesak_ider` are its erasures."""
        with self._db.read() as conn:
            holdt = select(tilbakehold.c.ref).where(in_force(dato))
            av_avsender = deltakelse.c.avsender == avsender
            tilbakeholdt = _count(conn, deltakelse.c.ref, av_avsender, deltakelse.c.ref.in_(holdt))
            # The night after the last kept day is the one that erases it, and must be one of the month's own.
            deltakelser = _count(
                conn,
                deltakelse.c.ref,
                av_avsender,
                deltakelse.c.siste_dag < siste_i_maneden,
                deltakelse.c.ref.not_in(holdt),
            )
            forfalt = func.coalesce(samtykke.c.trukket, samtykke.c.gyldig_til) < siste_i_maneden
            samtykker = _count(conn, samtykke.c.samtykke_ref, samtykke.c.avsender == avsender, forfalt)
            saker = _cases(conn, slettesak_ider)
        ubekreftet = [varslet for varslet, slettet in saker if slettet is None]
        ikke_varslet = ubekreftet.count(None)
        return Manedsstand(
            tilbakeholdt=tilbakeholdt,
            over_siste_dag=deltakelser + samtykker,
            bekreftet=len(saker) - len(ubekreftet),
            ubekreftet=len(ubekreftet) - ikke_varslet,
            ikke_varslet=ikke_varslet,
        )

    def close(
        self,
        avsender: str,
        maned: str,
        stand: Manedsstand,
        *,
        etter: int,
        dato: date,
        nokkel: Ed25519PrivateKey,
        now: datetime,
    ) -> bevis.Bevis:
        """Append the month's entry, or answer the one that another run appended.

        `maned` is YYYY-MM, and the caller has seen that it is not among the first `etter` entries.
        """
        with self._db.write() as conn:
            # The head is locked first: of two runs the second must see what the first wrote.
            conn.execute(select(kjede_hode.c.antall).with_for_update())
            for ett in bevis.entries_after(conn, etter):
                if closes(ett.values(), avsender, maned):
                    return ett
            verdier = {
                "art": bevis.MANEDSSTAND,
                "avsender": avsender,
                "maned": maned,
                "dato": dato.isoformat(),
                "tilbakeholdt": stand.tilbakeholdt,
                "overSisteDag": stand.over_siste_dag,
                "bekreftet": stand.bekreftet,
                "ubekreftet": stand.ubekreftet,
                "ikkeVarslet": stand.ikke_varslet,
            }
            return bevis.append(conn, verdier, slettesak_id=None, nokkel=nokkel, now=now)


def closes(verdier: dict[str, Any], avsender: str, maned: str) -> bool:
    """Whether an entry closes the month of the sender."""
    return (verdier.get("art"), verdier.get("avsender"), verdier.get("maned")) == (bevis.MANEDSSTAND, avsender, maned)


def _count(conn: Connection, kolonne: ColumnElement[Any], *vilkar: ColumnElement[bool]) -> int:
    return conn.execute(select(func.count(kolonne)).where(*vilkar)).scalar_one()


def _cases(conn: Connection, slettesak_ider: Collection[str]) -> list[tuple[date | None, date | None]]:
    """Of each case the day its sender was told of it, and the day on which it says that it deleted."""
    saker: list[tuple[date | None, date | None]] = []
    for bunt in chunks(list(slettesak_ider)):
        sporring = select(slettesak.c.varslet, slettesak.c.avsender_slettet).where(slettesak.c.slettesak_id.in_(bunt))
        saker += [(rad.varslet, rad.avsender_slettet) for rad in conn.execute(sporring)]
    return saker
