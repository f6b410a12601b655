"""The access log: who opened something about a deltaker, when, in which role and why. Never the person.

A row names the random slettesakId of the deltakelse, which leads nowhere once that is erased, and outlives it.
"""

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, insert, select

from tiltaksflyt.ledger.database import Database
from tiltaksflyt.ledger.tabeller import tilgang


@dataclass(frozen=True)
class Tilgang:
    """One opening. `slettesak_id` is None where nothing was found to open."""

    tid: datetime
    avsender: str
    handling: str
    rolle: str
    av: str
    grunn: str
    slettesak_id: str | None


class Tilganger:
    """The access log of all senders."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def record(self, tilganger: Collection[Tilgang]) -> None:
        """Note openings as one commit. Raises LedgerFeil, and then nothing may be shown."""
        with self._db.write() as conn:
            conn.execute(insert(tilgang), [{"tilgang_id": str(uuid.uuid4()), **vars(ett)} for ett in tilganger])

    def of_sender(self, avsender: str, *, fra: datetime | None = None, til: datetime | None = None) -> list[Tilgang]:
        """The openings of one sender's deltakelser, oldest first, from `fra` and before `til`."""
        sporring = select(tilgang).where(tilgang.c.avsender == avsender)
        if fra is not None:
            sporring = sporring.where(tilgang.c.tid >= fra)
        if til is not None:
            sporring = sporring.where(tilgang.c.tid < til)
        with self._db.read() as conn:
            rader = conn.execute(sporring.order_by(tilgang.c.tid, tilgang.c.tilgang_id)).all()
        return [Tilgang(r.tid, r.avsender, r.handling, r.rolle, r.av, r.grunn, r.slettesak_id) for r in rader]

    def forget(self, foer: datetime) -> int:
        """Remove what is older. Answers how many."""
        with self._db.write() as conn:
            return conn.execute(delete(tilgang).where(tilgang.c.tid < foer)).rowcount
