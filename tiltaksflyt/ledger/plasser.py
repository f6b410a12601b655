"""The capacity rows that each sender has had accepted: the newest of each day. No person is in them."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import delete, insert, select

from tiltaksflyt.ledger.database import Database
from tiltaksflyt.ledger.tabeller import plass

Rad = Mapping[str, Any]


class Plasser:
    """Capacity by sender, tiltak, avdeling and day."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def store(self, avsender: str, rader: Sequence[Rad]) -> None:
        """Keep accepted rows; a row of the same tiltak, avdeling and day takes the place of the one before."""
        nye = {(rad["tiltakskode"], rad.get("avdelingOrgnr", ""), rad["dato"]): rad for rad in rader}
        with self._db.write() as conn:
            for (tiltakskode, avdeling, dato), rad in nye.items():
                nokkel = {
                    "avsender": avsender,
                    "tiltakskode": tiltakskode,
                    "avdeling": avdeling,
                    "dato": date.fromisoformat(dato),
                }
                conn.execute(delete(plass).where(*(plass.c[navn] == verdi for navn, verdi in nokkel.items())))
                conn.execute(insert(plass).values(**nokkel, innhold=dict(rad)))

    def forget(self, foer: date) -> None:
        """Remove the rows of days before `foer`."""
        with self._db.write() as conn:
            conn.execute(delete(plass).where(plass.c.dato < foer))

    def list(self, avsender: str, fra: date) -> tuple[Rad, ...]:
        """A sender's rows since a day, oldest first."""
        sporring = (
            select(plass.c.innhold)
            .where(plass.c.avsender == avsender, plass.c.dato >= fra)
            .order_by(plass.c.dato, plass.c.tiltakskode, plass.c.avdeling)
        )
        with self._db.read() as conn:
            return tuple(conn.scalars(sporring))
