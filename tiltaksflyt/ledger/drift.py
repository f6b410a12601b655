"""What operators and the steps themselves note: the stored clock, the pulse, stops and confirmations."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import and_, delete, insert, or_, select, update

from tiltaksflyt.ledger.database import Database
from tiltaksflyt.ledger.feil import IkkeFunnet, KlokkeTilbake
from tiltaksflyt.ledger.tabeller import bekreftelse, klokke, puls, stans

_SLAG = timedelta(minutes=10)


class Klokke:
    """The one stored day of a test deployment. Production has none."""

    def __init__(self, database: Database, *, er_test: bool) -> None:
        self._db = database
        self._er_test = er_test

    def get(self) -> date | None:
        """The stored day; None when none is set, and always in production."""
        if not self._er_test:
            return None
        with self._db.read() as conn:
            return conn.scalar(select(klokke.c.dato))

    def move(self, dato: date) -> None:
        """Set the day, or move it forward. Raises KlokkeTilbake for an earlier day and in production."""
        if not self._er_test:
            raise KlokkeTilbake("time travel belongs to a test deployment")
        with self._db.write() as conn:
            self._db.lock(conn, "klokke")
            na = conn.scalar(select(klokke.c.dato))
            if na is None:
                conn.execute(insert(klokke).values(id=1, dato=dato))
            elif dato < na:
                raise KlokkeTilbake("the stored day only moves forward; start from an empty ledger instead")
            else:
                conn.execute(update(klokke).values(dato=dato))


class Puls:
    """When a step last ran, whichever it was: a clock that leaps is known by it."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def beat(self, now: datetime, *, grense: timedelta) -> datetime | None:
        """Note that a step runs now. Answers when one last ran, if that is further from now than `grense`.

        The leap is answered once, to whoever comes first after it. What is not worth writing is not written.
        """
        with self._db.read() as conn:
            sist = conn.scalar(select(puls.c.tid))
        if sist is not None and timedelta(0) <= now - sist < _SLAG:
            return None
        with self._db.write() as conn:
            self._db.lock(conn, "puls")
            sist = conn.scalar(select(puls.c.tid))
            if sist is None:
                conn.execute(insert(puls).values(id=1, tid=now))
                return None
            conn.execute(update(puls).values(tid=now))
        return sist if abs(now - sist) > grense else None


@dataclass(frozen=True)
class Stans:
    """A stop of a STEG, an AVSENDER, a MOTTAKER, a KANAL or a LEVERANSE: an operator's, or the house's own."""

    stans_id: str
    gjelder: str
    verdi: str
    av: str
    grunn: str
    fra: datetime


class Stanser:
    """The stops, at most one of each thing at a time. All hold in `leveranser`; STEG is asked for by the steps too."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def stop(self, gjelder: str, verdi: str, *, av: str, grunn: str, now: datetime) -> str:
        """Stop something until a person lifts it; `grunn` names no participant. Answers the id.

        What is stopped already stays stopped, for the reason it was.
        """
        stans_id = str(uuid.uuid4())
        with self._db.write() as conn:
            self._db.lock(conn, f"stans:{gjelder}:{verdi}")
            staende = conn.scalar(
                select(stans.c.stans_id).where(
                    stans.c.gjelder == gjelder, stans.c.verdi == verdi, stans.c.opphevet.is_(None)
                )
            )
            if staende is not None:
                return str(staende)
            conn.execute(
                insert(stans).values(stans_id=stans_id, gjelder=gjelder, verdi=verdi, av=av, grunn=grunn, fra=now)
            )
        return stans_id

    def lift(self, stans_id: str, *, av: str, now: datetime) -> None:
        """Let it go on. Raises IkkeFunnet."""
        with self._db.write() as conn:
            treff = conn.execute(
                update(stans)
                .where(stans.c.stans_id == stans_id, stans.c.opphevet.is_(None))
                .values(opphevet=now, opphevet_av=av)
            ).rowcount
        if not treff:
            raise IkkeFunnet("stans")

    def active(self) -> tuple[Stans, ...]:
        """What is stopped, oldest first."""
        with self._db.read() as conn:
            return tuple(
                Stans(r.stans_id, r.gjelder, r.verdi, r.av, r.grunn, r.fra)
                for r in conn.execute(select(stans).where(stans.c.opphevet.is_(None)).order_by(stans.c.fra))
            )


class Bekreftelser:
    """The door for what a rule wants a person to confirm (beslutninger 23)."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def confirm(
        self, regel: str, sak: str, *, av: str, grunn: str, tid: datetime, utloper: datetime | None = None
    ) -> None:
        """One person confirms one case of one rule; confirmed again, the newer word stands.

        `sak` is an id of ours, never the sender's; `grunn` names no participant.
        """
        with self._db.write() as conn:
            self._db.lock(conn, f"bekreftelse:{regel}:{sak}")
            verdier = {"grunn": grunn, "tid": tid, "utloper": utloper}
            nokkel = and_(bekreftelse.c.regel == regel, bekreftelse.c.sak == sak, bekreftelse.c.av == av)
            if not conn.execute(update(bekreftelse).where(nokkel).values(**verdier)).rowcount:
                conn.execute(insert(bekreftelse).values(regel=regel, sak=sak, av=av, **verdier))

    def standing(self, regel: str, now: datetime) -> Mapping[str, frozenset[str]]:
        """The cases of a rule that are confirmed and stand, each with the names."""
        gjelder = or_(bekreftelse.c.utloper.is_(None), bekreftelse.c.utloper > now)
        sporring = select(bekreftelse.c.sak, bekreftelse.c.av).where(bekreftelse.c.regel == regel, gjelder)
        navn: dict[str, set[str]] = {}
        with self._db.read() as conn:
            for sak, av in conn.execute(sporring):
                navn.setdefault(sak, set()).add(av)
        return {sak: frozenset(sett) for sak, sett in navn.items()}

    def forget(self, now: datetime) -> int:
        """Remove what has run out. Answers how many."""
        with self._db.write() as conn:
            return conn.execute(delete(bekreftelse).where(bekreftelse.c.utloper <= now)).rowcount

    def names(self, regel: str, sak: str, now: datetime) -> tuple[str, ...]:
        """Who has confirmed and still stands by it: two names where the rule asks for two."""
        gjelder = or_(bekreftelse.c.utloper.is_(None), bekreftelse.c.utloper > now)
        sporring = select(bekreftelse.c.av).where(bekreftelse.c.regel == regel, bekreftelse.c.sak == sak, gjelder)
        with self._db.read() as conn:
            return tuple(conn.scalars(sporring.order_by(bekreftelse.c.av)))
