"""Everything we wrote for a sender to read, and the last day it may lie there (beslutninger 11)."""

from collections.abc import Collection
from datetime import date

from sqlalchemy import Connection, delete, func, insert, or_, select

from tiltaksflyt.ledger.database import Database, chunks
from tiltaksflyt.ledger.tabeller import deltakelse, utlagt, utlagt_deltakelse


class Utlagte:
    """The objects in the senders' outboxes."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def add(self, nokkel: str, avsender: str, refs: Collection[str], slettes_senest: date) -> date:
        """Note an object, its deltakelser and its last day; noted again, the newer note stands.

        Answers the last day in force: never past the earliest last kept day of those in it.
        """
        unike = sorted(set(refs))
        dag = slettes_senest
        with self._db.write() as conn:
            self._db.lock(conn, f"utlagt:{nokkel}")
            _remove(conn, nokkel)
            for bunt in chunks(unike):
                tidligst = conn.scalar(select(func.min(deltakelse.c.siste_dag)).where(deltakelse.c.ref.in_(bunt)))
                dag = min(dag, tidligst or dag)
            conn.execute(insert(utlagt).values(nokkel=nokkel, avsender=avsender, slettes_senest=dag))
            if unike:
                conn.execute(insert(utlagt_deltakelse), [{"nokkel": nokkel, "ref": ref} for ref in unike])
        return dag

    def due(self, dato: date) -> tuple[str, ...]:
        """Objects to remove: their last day, or that of a deltakelse in them as it stands now, is before `dato`."""
        sporring = (
            select(utlagt.c.nokkel)
            .outerjoin(utlagt_deltakelse, utlagt_deltakelse.c.nokkel == utlagt.c.nokkel)
            .outerjoin(deltakelse, deltakelse.c.ref == utlagt_deltakelse.c.ref)
            .where(
                or_(
                    utlagt.c.slettes_senest < dato,
                    deltakelse.c.siste_dag < dato,
                    deltakelse.c.under_sletting.is_(True),
                )
            )
            .distinct()
            .order_by(utlagt.c.nokkel)
        )
        with self._db.read() as conn:
            return tuple(conn.scalars(sporring))

    def for_deltakelse(self, ref: str) -> tuple[str, ...]:
        """Objects that hold something of the deltakelse."""
        sporring = (
            select(utlagt_deltakelse.c.nokkel)
            .where(utlagt_deltakelse.c.ref == ref)
            .order_by(utlagt_deltakelse.c.nokkel)
        )
        with self._db.read() as conn:
            return tuple(conn.scalars(sporring))

    def under(self, prefiks: str) -> tuple[str, ...]:
        """Objects whose key begins with `prefiks`, a folder."""
        sporring = select(utlagt.c.nokkel).where(utlagt.c.nokkel.startswith(prefiks, autoescape=True))
        with self._db.read() as conn:
            return tuple(conn.scalars(sporring.order_by(utlagt.c.nokkel)))

    def knows(self, nokkel: str) -> bool:
        """Whether the object is noted."""
        with self._db.read() as conn:
            return conn.scalar(select(utlagt.c.nokkel).where(utlagt.c.nokkel == nokkel)) is not None

    def remove(self, nokkel: str) -> None:
        """The object is gone, with its versions."""
        with self._db.write() as conn:
            _remove(conn, nokkel)


def _remove(conn: Connection, nokkel: str) -> None:
    conn.execute(delete(utlagt_deltakelse).where(utlagt_deltakelse.c.nokkel == nokkel))
    conn.execute(delete(utlagt).where(utlagt.c.nokkel == nokkel))
