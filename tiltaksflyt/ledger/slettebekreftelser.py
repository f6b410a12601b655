"""What senders have said, and not said, of the deletion in their own systems: by slettesakId, without any person."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select, update

from tiltaksflyt.ledger.database import Database, chunks
from tiltaksflyt.ledger.tabeller import slettesak
from tiltaksflyt.ledger.tilstander import Slettesakstilstand


@dataclass(frozen=True)
class Ubekreftet:
    """An erasure of ours on the day `slettet`, whose sender has not said that its own system did the same."""

    slettesak_id: str
    avsender: str
    slettet: date


class Slettebekreftelser:
    """The senders' side of the erasures."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def known(self, avsender: str, slettesak_ider: Collection[str]) -> frozenset[str]:
        """Those of the ids that are erasures of the sender's own, announced, open or done."""
        kjente: set[str] = set()
        with self._db.read() as conn:
            for bunt in chunks(list(slettesak_ider)):
                sporring = select(slettesak.c.slettesak_id).where(
                    slettesak.c.avsender == avsender, slettesak.c.slettesak_id.in_(bunt)
                )
                kjente.update(conn.scalars(sporring))
        return frozenset(kjente)

    def confirmed(self, slettesak_ider: Collection[str]) -> dict[str, date]:
        """Those of the cases that their sender has confirmed, before or after our own erasure, and its day."""
        bekreftet: dict[str, date] = {}
        with self._db.read() as conn:
            for bunt in chunks(list(slettesak_ider)):
                sporring = select(slettesak.c.slettesak_id, slettesak.c.avsender_slettet).where(
                    slettesak.c.slettesak_id.in_(bunt), slettesak.c.avsender_slettet.is_not(None)
                )
                bekreftet.update((str(slettesak_id), slettet) for slettesak_id, slettet in conn.execute(sporring))
        return bekreftet

    def take_back(self, slettesak_ider: Collection[str]) -> None:
        """What was confirmed is not so after all: the cases are open again."""
        with self._db.write() as conn:
            for bunt in chunks(list(slettesak_ider)):
                conn.execute(update(slettesak).where(slettesak.c.slettesak_id.in_(bunt)).values(avsender_slettet=None))

    def unconfirmed(self, fra: date, avsender: str | None = None) -> tuple[Ubekreftet, ...]:
        """What we erased on `fra` or later, told its sender of, and have no confirmation for; the oldest first.

        Of all senders, or of one.
        """
        sporring = select(slettesak.c.slettesak_id, slettesak.c.avsender, slettesak.c.dato).where(
            slettesak.c.tilstand == Slettesakstilstand.FULLFORT,
            slettesak.c.dato >= fra,
            slettesak.c.varslet.is_not(None),
            slettesak.c.avsender_slettet.is_(None),
        )
        if avsender is not None:
            sporring = sporring.where(slettesak.c.avsender == avsender)
        with self._db.read() as conn:
            rader = conn.execute(sporring.order_by(slettesak.c.dato, slettesak.c.slettesak_id)).all()
        return tuple(Ubekreftet(rad.slettesak_id, rad.avsender, rad.dato) for rad in rader)
