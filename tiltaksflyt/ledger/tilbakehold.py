"""Holds on deletion: a dispute or a complaint, with a person, a reason and an end. Nothing else postpones deletion."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, Connection, and_, func, insert, or_, select, update

from tiltaksflyt.ledger.database import Database
from tiltaksflyt.ledger.deltakelser import data_key
from tiltaksflyt.ledger.feil import IkkeFunnet
from tiltaksflyt.ledger.kryptering import seal, unseal
from tiltaksflyt.ledger.nokler import Nokkellager
from tiltaksflyt.ledger.tabeller import deltakelse, tilbakehold

_INNHOLD = "tilbakehold.innhold"


@dataclass(frozen=True)
class Tilbakehold:
    """A hold on deletion: who, why and until when. `grunn` is None when the deltakelse cannot be read any more."""

    tilbakehold_id: str
    ref: str
    avsender: str
    av: str
    grunn: str | None
    fra: date
    til: date

    def as_json(self) -> dict[str, str]:
        """As `status --json` and `tilbakehold list --json` show it: not whom it is about, and not why."""
        return {
            "tilbakeholdId": self.tilbakehold_id,
            "avsender": self.avsender,
            "av": self.av,
            "fra": self.fra.isoformat(),
            "til": self.til.isoformat(),
        }


class Tilbakeholdte:
    """The holds on deletion."""

    def __init__(self, database: Database, nokler: Nokkellager) -> None:
        self._db = database
        self._nokler = nokler

    def begin(self, ref: str, *, av: str, grunn: str, fra: date, til: date) -> str:
        """Hold back the deletion from `fra` to `til`, both included. Answers the id.

        Raises IkkeFunnet, also for one whose erasure is begun: that is finished, whatever is said afterwards.
        """
        tilbakehold_id = str(uuid.uuid4())
        with self._db.write() as conn:
            lock_erasures(self._db, conn, [ref])
            finnes = select(deltakelse.c.ref).where(deltakelse.c.ref == ref, deltakelse.c.under_sletting.is_(False))
            if conn.scalar(finnes) is None:
                raise IkkeFunnet("deltakelse")
            innhold = seal(data_key(conn, self._nokler, ref), {"grunn": grunn}, _INNHOLD, tilbakehold_id)
            conn.execute(
                insert(tilbakehold).values(
                    tilbakehold_id=tilbakehold_id, ref=ref, av=av, innhold=innhold, fra=fra, til=til
                )
            )
        return tilbakehold_id

    def lift(self, tilbakehold_id: str, *, av: str, dato: date) -> None:
        """Lift a hold from `dato` on. Raises IkkeFunnet."""
        with self._db.write() as conn:
            treff = conn.execute(
                update(tilbakehold)
                .where(tilbakehold.c.tilbakehold_id == tilbakehold_id, tilbakehold.c.opphevet.is_(None))
                .values(opphevet=dato, opphevet_av=av)
            ).rowcount
        if not treff:
            raise IkkeFunnet("tilbakehold")

    def active(self, dato: date) -> tuple[Tilbakehold, ...]:
        """The holds in force on `dato`, those that end first at the top; to be shown every day."""
        sporring = (
            select(tilbakehold, deltakelse.c.nokkel_id, deltakelse.c.avsender)
            .join(deltakelse)
            .where(in_force(dato))
            .order_by(tilbakehold.c.til, tilbakehold.c.tilbakehold_id)
        )
        with self._db.read() as conn:
            rader = conn.execute(sporring).all()
        nokler = self._nokler.get_many([r.nokkel_id for r in rader])
        return tuple(
            Tilbakehold(
                r.tilbakehold_id,
                r.ref,
                r.avsender,
                r.av,
                unseal(nokler[r.nokkel_id], r.innhold, _INNHOLD, r.tilbakehold_id)["grunn"]
                if r.nokkel_id in nokler
                else None,
                r.fra,
                r.til,
            )
            for r in rader
        )

    def last_days(self, dato: date) -> dict[str, date]:
        """The last day of the hold in force on `dato` that ends last, by the deltakelse that it is on."""
        sporring = select(tilbakehold.c.ref, func.max(tilbakehold.c.til)).where(in_force(dato))
        with self._db.read() as conn:
            rader = conn.execute(sporring.group_by(tilbakehold.c.ref)).all()
        return {str(ref): til for ref, til in rader}


def lock_erasures(database: Database, conn: Connection, refs: Collection[str]) -> None:
    """Let a hold and the beginning of an erasure come one after the other, never at once."""
    database.lock_all(conn, [f"slettesak:{ref}" for ref in sorted(refs)])


def held_among(conn: Connection, refs: Collection[str], dato: date) -> frozenset[str]:
    """Those of some deltakelser that a hold is in force on, and that are not being erased already."""
    sporring = (
        select(tilbakehold.c.ref)
        .join(deltakelse)
        .where(tilbakehold.c.ref.in_(refs), in_force(dato), deltakelse.c.under_sletting.is_(False))
    )
    return frozenset(conn.scalars(sporring))


def in_force(dato: date) -> ColumnElement[bool]:
    """The holds that postpone deletion on `dato`."""
    lopende = or_(tilbakehold.c.opphevet.is_(None), tilbakehold.c.opphevet > dato)
    return and_(tilbakehold.c.fra <= dato, tilbakehold.c.til >= dato, lopende)
