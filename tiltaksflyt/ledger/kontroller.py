"""What the checks said: per run and table as Great Expectations recorded it, and per rule, sender and day."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import delete, func, insert, select

from tiltaksflyt.ledger.database import Database
from tiltaksflyt.ledger.tabeller import avvik, innsending, kontroll


@dataclass(frozen=True)
class Tabellkontroll:
    """One table of one run: how many rows, how many rules were asked, and which of them were broken somewhere."""

    tabell: str
    rader: int
    regler: int
    brutte: tuple[str, ...]


@dataclass(frozen=True)
class Kontrollrad:
    """One table of one run as the ledger has it."""

    kontroll_id: str
    dato: date
    tid: datetime
    tabell: str
    rader: int
    regler: int
    brutte: tuple[str, ...]


@dataclass(frozen=True)
class Bruddrad:
    """How often one sender broke one rule on one day, and in how many drops."""

    dato: date
    avsender: str
    regel: str
    alvorlighet: str
    antall: int
    innsendinger: int


@dataclass(frozen=True)
class Innsendingstall:
    """How many drops of one sender ended with one status on one day."""

    dato: date
    avsender: str
    status: str
    antall: int


class Kontroller:
    """What the checks said. No value of a row and no person."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def record(self, tabeller: Sequence[Tabellkontroll], *, dato: date, tid: datetime) -> str:
        """Keep what one run said of each of its tables. Answers the id of the run."""
        kontroll_id = str(uuid.uuid4())
        if tabeller:
            with self._db.write() as conn:
                conn.execute(
                    insert(kontroll),
                    [
                        {
                            "kontroll_id": kontroll_id,
                            "tabell": ett.tabell,
                            "dato": dato,
                            "tid": tid,
                            "rader": ett.rader,
                            "regler": ett.regler,
                            "brutte": list(ett.brutte),
                        }
                        for ett in tabeller
                    ],
                )
        return kontroll_id

    def list(self, fra: date) -> tuple[Kontrollrad, ...]:
        """The runs since a day, newest first, each table by name."""
        sporring = (
            select(kontroll)
            .where(kontroll.c.dato >= fra)
            .order_by(kontroll.c.tid.desc(), kontroll.c.kontroll_id, kontroll.c.tabell)
        )
        with self._db.read() as conn:
            return tuple(
                Kontrollrad(r.kontroll_id, r.dato, r.tid, r.tabell, r.rader, r.regler, tuple(r.brutte))
                for r in conn.execute(sporring)
            )

    def breaches(self, fra: date) -> tuple[Bruddrad, ...]:
        """The breaches since a day, by day, sender and rule."""
        nokkel = (innsending.c.dato, innsending.c.avsender, avvik.c.regel, avvik.c.alvorlighet)
        sporring = (
            select(
                *nokkel,
                func.count().label("antall"),
                func.count(func.distinct(innsending.c.innsending_id)).label("innsendinger"),
            )
            .join(avvik, avvik.c.innsending_id == innsending.c.innsending_id)
            .where(innsending.c.dato >= fra)
            .group_by(*nokkel)
            .order_by(*nokkel)
        )
        with self._db.read() as conn:
            return tuple(
                Bruddrad(r.dato, r.avsender, r.regel, r.alvorlighet, r.antall, r.innsendinger)
                for r in conn.execute(sporring)
            )

    def answered(self, fra: date) -> tuple[Innsendingstall, ...]:
        """The drops answered since a day, by day, sender and status."""
        nokkel = (innsending.c.dato, innsending.c.avsender, innsending.c.status)
        sporring = (
            select(*nokkel, func.count().label("antall"))
            .where(innsending.c.dato >= fra)
            .group_by(*nokkel)
            .order_by(*nokkel)
        )
        with self._db.read() as conn:
            return tuple(Innsendingstall(r.dato, r.avsender, r.status, r.antall) for r in conn.execute(sporring))

    def forget(self, for_: date) -> int:
        """Remove the runs of days before `for_`. Answers how many rows."""
        with self._db.write() as conn:
            return conn.execute(delete(kontroll).where(kontroll.c.dato < for_)).rowcount
