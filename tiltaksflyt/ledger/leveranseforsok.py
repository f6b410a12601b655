"""What became of each attempt to send a package, and what its recipient has answered: the history of one leveranse.

An attempt names nobody. It stays as long as the row of its leveranse does, which outlives the documents as evidence
of what was sent when.
"""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, func, insert, select, update

from tiltaksflyt.ledger.database import Database
from tiltaksflyt.ledger.koder import Statuskode
from tiltaksflyt.ledger.tabeller import forsendelse, kvittering, leveranse, leveranseforsok
from tiltaksflyt.ledger.tilstander import HOS_MOTTAKER, Forsendelsestilstand


@dataclass(frozen=True)
class Leveranseforsok:
    """One attempt. `avsluttet` and `statuskode` are None while it goes on, or until it is known to be broken off."""

    nr: int
    startet: datetime
    avsluttet: datetime | None
    statuskode: Statuskode | None
    neste_forsok: datetime | None


@dataclass(frozen=True)
class Leveransesvar:
    """How many documents of a package one receipt answered with a status, at `tid`."""

    tid: datetime
    status: str
    antall: int


@dataclass(frozen=True)
class Ubesvart:
    """A package at its recipient with documents that are not answered. `sendt_dato` is when it was sent last."""

    leveranse_id: str
    mottaker: str
    sendt_dato: date
    antall: int


class Leveransehistorikk:
    """What has happened to the packages."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def attempts(self, leveranse_id: str) -> tuple[Leveranseforsok, ...]:
        """Every attempt, the first one first."""
        sporring = (
            select(leveranseforsok).where(leveranseforsok.c.leveranse_id == leveranse_id).order_by(leveranseforsok.c.nr)
        )
        with self._db.read() as conn:
            return tuple(
                Leveranseforsok(
                    r.nr,
                    r.startet,
                    r.avsluttet,
                    None if r.statuskode is None else Statuskode(r.statuskode),
                    r.neste_forsok,
                )
                for r in conn.execute(sporring)
            )

    def answers(self, leveranse_id: str) -> tuple[Leveransesvar, ...]:
        """The answers to the documents that are still there, in counts, the oldest first."""
        sporring = (
            select(kvittering.c.tid, kvittering.c.status, func.count().label("antall"))
            .join(forsendelse, forsendelse.c.melding_id == kvittering.c.melding_id)
            .where(forsendelse.c.leveranse_id == leveranse_id)
            .group_by(kvittering.c.tid, kvittering.c.status)
            .order_by(kvittering.c.tid, kvittering.c.status)
        )
        with self._db.read() as conn:
            return tuple(Leveransesvar(r.tid, r.status, r.antall) for r in conn.execute(sporring))

    def unanswered(self) -> tuple[Ubesvart, ...]:
        """Packages at their recipient with a document that has no answer, the one sent first first.

        A document that a newer version has replaced is waited for no longer.
        """
        sporring = (
            select(leveranse.c.leveranse_id, leveranse.c.mottaker, leveranse.c.sendt_dato, func.count().label("antall"))
            .join(forsendelse, forsendelse.c.leveranse_id == leveranse.c.leveranse_id)
            .where(
                leveranse.c.tilstand.in_(HOS_MOTTAKER),
                leveranse.c.sendt_dato.is_not(None),
                forsendelse.c.tilstand == Forsendelsestilstand.SENDT,
            )
            .group_by(leveranse.c.leveranse_id, leveranse.c.mottaker, leveranse.c.sendt_dato)
            .order_by(leveranse.c.sendt_dato, leveranse.c.leveranse_id)
        )
        with self._db.read() as conn:
            return tuple(Ubesvart(r.leveranse_id, r.mottaker, r.sendt_dato, r.antall) for r in conn.execute(sporring))


def begin_attempt(conn: Connection, leveranse_id: str, nr: int, now: datetime) -> None:
    """An attempt starts; one that was left open before it was broken off."""
    end_attempt(conn, leveranse_id, Statuskode.LEIE_UTLOPT, now)
    conn.execute(insert(leveranseforsok).values(leveranse_id=leveranse_id, nr=nr, startet=now))


def end_attempt(
    conn: Connection, leveranse_id: str, statuskode: Statuskode, now: datetime, neste_forsok: datetime | None = None
) -> None:
    """The open attempt ended like this; nothing when none is open."""
    conn.execute(
        update(leveranseforsok)
        .where(leveranseforsok.c.leveranse_id == leveranse_id, leveranseforsok.c.avsluttet.is_(None))
        .values(avsluttet=now, statuskode=statuskode, neste_forsok=neste_forsok)
    )
