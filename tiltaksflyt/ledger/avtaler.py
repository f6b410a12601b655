"""The areas that avtaler are about, each with a data key of its own: what documents without a deltakelse hang on.

Nothing in an area is about a person: an arrangør, a tiltak and a fylke. Its key seals the documents, and what the
recipient answers to them, which people write freely (ADR 22).
"""

import uuid
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, func, insert, select, update

from tiltaksflyt.ledger.database import Database, chunks
from tiltaksflyt.ledger.leveranser import count_removed
from tiltaksflyt.ledger.nokler import Nokkellager
from tiltaksflyt.ledger.tabeller import (
    avstemmingsavvik,
    avtaleomrade,
    dokument,
    forsendelse,
    kvittering,
    kvitteringsmerknad,
    leveranse,
)
from tiltaksflyt.ledger.tilstander import Forsendelsestilstand


@dataclass(frozen=True)
class Avtalerad:
    """One area. `ref` is our random id of it, as a deltakelse has one."""

    ref: str
    avsender: str
    tiltakskode: str
    fylke: str


class Avtaler:
    """The areas of all senders."""

    def __init__(self, database: Database, nokler: Nokkellager) -> None:
        self._db = database
        self._nokler = nokler

    def find_or_create(self, avsender: str, tiltakskode: str, fylke: str) -> str:
        """The ref of an area, made with a new key the first time, and given one where its key is lost.

        Asked for by two at once it is made once.
        """
        with self._db.read() as conn:
            rad = _find(conn, avsender, tiltakskode, fylke)
        if rad is not None and self._has_key(rad):
            return str(rad.avtale_ref)
        # Made before the transaction, as every key is: what is sealed with it must find it there.
        ((nokkel_id, _),) = self._nokler.create(avsender, 1)
        with self._db.write() as conn:
            self._db.lock(conn, f"avtaleomrade:{avsender}")
            rad = _find(conn, avsender, tiltakskode, fylke)
            if rad is not None and self._has_key(rad):
                self._nokler.destroy([nokkel_id])
                return str(rad.avtale_ref)
            if rad is not None:
                k = avtaleomrade.c
                conn.execute(update(avtaleomrade).where(k.avtale_ref == rad.avtale_ref).values(nokkel_id=nokkel_id))
                return str(rad.avtale_ref)
            ref = str(uuid.uuid4())
            conn.execute(
                insert(avtaleomrade).values(
                    avtale_ref=ref,
                    avsender=avsender,
                    tiltakskode=tiltakskode,
                    fylke=fylke,
                    nokkel_id=nokkel_id,
                    fjernet=0,
                )
            )
        return ref

    def find(self, avsender: str, tiltakskode: str, fylke: str) -> str | None:
        """The ref of an area; None when no document was ever built for it."""
        with self._db.read() as conn:
            rad = _find(conn, avsender, tiltakskode, fylke)
        return None if rad is None else str(rad.avtale_ref)

    def list(self, avsender: str) -> tuple[Avtalerad, ...]:
        """A sender's areas, by tiltak and fylke."""
        k = avtaleomrade.c
        sporring = select(avtaleomrade).where(k.avsender == avsender).order_by(k.tiltakskode, k.fylke)
        with self._db.read() as conn:
            return tuple(Avtalerad(r.avtale_ref, r.avsender, r.tiltakskode, r.fylke) for r in conn.execute(sporring))

    def packages_before(self, foer: date) -> tuple[str, ...]:
        """The packages that still lie in our store and hold a document that `forget_documents` removes."""
        sporring = (
            select(leveranse.c.leveranse_id)
            .join(forsendelse, forsendelse.c.leveranse_id == leveranse.c.leveranse_id)
            .join(dokument, dokument.c.melding_id == forsendelse.c.dokument_melding_id)
            .where(leveranse.c.pakke.is_not(None), dokument.c.dokument_id.in_(_older_than(foer)))
            .distinct()
            .order_by(leveranse.c.leveranse_id)
        )
        with self._db.read() as conn:
            return tuple(conn.scalars(sporring))

    def forget_documents(self, foer: date) -> int:
        """Remove the documents about avtaler whose newest version was ready before `foer`; how many versions.

        Their answers go with them. The counts that outlive them are kept: those of the packages, and how many of each
        area are gone. One that is in a package not sent yet stays until the package is sent or cancelled.
        """
        with self._db.write() as conn:
            rader = conn.execute(
                select(dokument.c.melding_id, dokument.c.avtale_ref).where(
                    dokument.c.dokument_id.in_(_older_than(foer))
                )
            ).all()
            for bunt in chunks([r.melding_id for r in rader]):
                sendte = select(forsendelse.c.melding_id).where(forsendelse.c.dokument_melding_id.in_(bunt))
                count_removed(conn, forsendelse.c.dokument_melding_id.in_(bunt))
                for tabell in (avstemmingsavvik, kvitteringsmerknad, kvittering):
                    conn.execute(delete(tabell).where(tabell.c.melding_id.in_(sendte)))
                conn.execute(delete(forsendelse).where(forsendelse.c.dokument_melding_id.in_(bunt)))
                conn.execute(delete(dokument).where(dokument.c.melding_id.in_(bunt)))
            for rad in rader:
                conn.execute(
                    update(avtaleomrade)
                    .where(avtaleomrade.c.avtale_ref == rad.avtale_ref)
                    .values(fjernet=avtaleomrade.c.fjernet + 1)
                )
        return len(rader)

    def _has_key(self, rad: Row[Any]) -> bool:
        return bool(self._nokler.existing([rad.nokkel_id]))


def _find(conn: Connection, avsender: str, tiltakskode: str, fylke: str) -> Row[Any] | None:
    k = avtaleomrade.c
    return conn.execute(
        select(avtaleomrade).where(k.avsender == avsender, k.tiltakskode == tiltakskode, k.fylke == fylke)
    ).one_or_none()


def _older_than(foer: date) -> Select[tuple[str]]:
    """The dokument_id of every document about an avtale that may go."""
    pa_vei = (
        select(dokument.c.dokument_id)
        .join(forsendelse, forsendelse.c.dokument_melding_id == dokument.c.melding_id)
        .where(forsendelse.c.tilstand == Forsendelsestilstand.I_LEVERANSE)
    )
    return (
        select(dokument.c.dokument_id)
        .where(dokument.c.avtale_ref.is_not(None), dokument.c.dokument_id.not_in(pa_vei))
        .group_by(dokument.c.dokument_id)
        .having(func.max(dokument.c.klar_dato) < foer)
    )
