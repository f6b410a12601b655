"""What a person should see about receipts: forged, contradictory, late and unreadable ones, answers to nothing of ours.

One row for each kind, recipient, package and document, however often it comes, so that nobody fills the table by
sending. Nothing of what the recipient wrote stands here.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, delete, insert, select, update

from tiltaksflyt.ledger.database import Database
from tiltaksflyt.ledger.koder import Statuskode
from tiltaksflyt.ledger.kryptering import fingerprint
from tiltaksflyt.ledger.nokler import Nokkellager
from tiltaksflyt.ledger.tabeller import kvittering_ukoblet, kvitteringsmerknad, leveranse
from tiltaksflyt.ledger.tilstander import Leveransetilstand

_UTEN_KVITTERING = (Leveransetilstand.SENDT, Leveransetilstand.MOTTATT)


@dataclass(frozen=True)
class Kvitteringsmerknad:
    """One thing to see. `mottaker` is the recipient on whose channel it came; `melding_id` is a document of ours.

    `merknad_id` is None for what is read from the packages themselves and closes when they change.
    """

    merknad_id: str | None
    kode: Statuskode
    mottaker: str | None
    leveranse_id: str | None
    melding_id: str | None
    antall: int
    forst: date
    sist: date


@dataclass(frozen=True)
class UlestFil:
    """A file that is no receipt. `forst` is the day it was first seen; `ny` says that this is the first time."""

    merknad_id: str
    forst: date
    ny: bool


class Kvitteringsmerknader:
    """The remarks on the receipts of all recipients."""

    def __init__(self, database: Database, nokler: Nokkellager) -> None:
        self._db = database
        self._nokler = nokler

    def remarkable(self) -> tuple[Kvitteringsmerknad, ...]:
        """Everything that a person should see now, oldest first."""
        with self._db.read() as conn:
            return remarks(conn)

    def note_unreadable(self, kilde: str, mottaker: str, dato: date) -> UlestFil:
        """Note a file that is no receipt, once, however often it is read."""
        avtrykk = fingerprint(self._nokler.lookup_key(), f"ulest\0{mottaker}\0{kilde}".encode("utf-8", "surrogatepass"))
        with self._db.write() as conn:
            self._db.lock(conn, f"ulest:{mottaker}")
            rad = conn.execute(select(kvitteringsmerknad).where(kvitteringsmerknad.c.avtrykk == avtrykk)).one_or_none()
            if rad is not None:
                conn.execute(
                    update(kvitteringsmerknad)
                    .where(kvitteringsmerknad.c.merknad_id == rad.merknad_id)
                    .values(sist=max(dato, rad.sist))
                )
                return UlestFil(rad.merknad_id, rad.forst, ny=False)
            merknad_id = str(uuid.uuid4())
            conn.execute(
                insert(kvitteringsmerknad).values(
                    merknad_id=merknad_id,
                    kode=Statuskode.ULESELIG_KVITTERING,
                    mottaker=mottaker,
                    avtrykk=avtrykk,
                    antall=1,
                    forst=dato,
                    sist=dato,
                )
            )
        return UlestFil(merknad_id, dato, ny=True)

    def put_aside(self, merknad_id: str, dato: date) -> None:
        """The file of a remark lies in our store from `dato` on."""
        with self._db.write() as conn:
            conn.execute(
                update(kvitteringsmerknad)
                .where(kvitteringsmerknad.c.merknad_id == merknad_id)
                .values(lagt_til_side=dato)
            )

    def aside_before(self, dato: date) -> tuple[str, ...]:
        """The remarks whose file was put aside before `dato` and lies there still."""
        with self._db.read() as conn:
            return tuple(
                conn.scalars(select(kvitteringsmerknad.c.merknad_id).where(kvitteringsmerknad.c.lagt_til_side < dato))
            )

    def aside_removed(self, merknad_id: str) -> None:
        """The file of a remark is gone from our store."""
        with self._db.write() as conn:
            conn.execute(
                update(kvitteringsmerknad)
                .where(kvitteringsmerknad.c.merknad_id == merknad_id)
                .values(lagt_til_side=None)
            )

    def forget(self, foer: datetime) -> int:
        """Forget remarks last seen before `foer` whose file is not in our store, and unmatched answers of that age."""
        gamle = kvitteringsmerknad.c.sist < foer.date(), kvitteringsmerknad.c.lagt_til_side.is_(None)
        with self._db.write() as conn:
            antall = conn.execute(delete(kvitteringsmerknad).where(*gamle)).rowcount
            antall += conn.execute(delete(kvittering_ukoblet).where(kvittering_ukoblet.c.tid < foer)).rowcount
        return int(antall)


def remarks(conn: Connection) -> tuple[Kvitteringsmerknad, ...]:
    """Everything that a person should see now, oldest first."""
    rader = conn.execute(select(kvitteringsmerknad)).all()
    funnet = [_remark(rad) for rad in rader] + _unmatched(conn) + _answered_unopened(conn)
    return tuple(sorted(funnet, key=lambda m: (m.forst, m.kode, m.leveranse_id or "", m.melding_id or "")))


def note(
    conn: Connection,
    kode: Statuskode,
    *,
    mottaker: str,
    dato: date,
    leveranse_id: str | None,
    forsendelse: Row[Any] | None = None,
) -> None:
    """Remark something, or that it came once more. `leveranse_id` is one of ours, or None."""
    melding_id = None if forsendelse is None else forsendelse.melding_id
    samme: Sequence[ColumnElement[bool]] = (
        kvitteringsmerknad.c.kode == kode,
        kvitteringsmerknad.c.mottaker == mottaker,
        kvitteringsmerknad.c.leveranse_id.is_not_distinct_from(leveranse_id),
        kvitteringsmerknad.c.melding_id.is_not_distinct_from(melding_id),
    )
    if conn.execute(
        update(kvitteringsmerknad).where(*samme).values(antall=kvitteringsmerknad.c.antall + 1, sist=dato)
    ).rowcount:
        return
    conn.execute(
        insert(kvitteringsmerknad).values(
            merknad_id=str(uuid.uuid4()),
            kode=kode,
            mottaker=mottaker,
            leveranse_id=leveranse_id,
            melding_id=melding_id,
            ref=None if forsendelse is None else forsendelse.ref,
            avtale_ref=None if forsendelse is None else forsendelse.avtale_ref,
            antall=1,
            forst=dato,
            sist=dato,
        )
    )


def _remark(rad: Row[Any]) -> Kvitteringsmerknad:
    return Kvitteringsmerknad(
        rad.merknad_id,
        Statuskode(rad.kode),
        rad.mottaker,
        rad.leveranse_id,
        rad.melding_id,
        rad.antall,
        rad.forst,
        rad.sist,
    )


def _unmatched(conn: Connection) -> list[Kvitteringsmerknad]:
    """The answers to documents that we do not know, one remark for each package."""
    per_leveranse: dict[str | None, list[date]] = {}
    mottakere: dict[str | None, str | None] = {}
    for rad in conn.execute(
        select(kvittering_ukoblet.c.leveranse_id, kvittering_ukoblet.c.tid, leveranse.c.mottaker).outerjoin(
            leveranse, leveranse.c.leveranse_id == kvittering_ukoblet.c.leveranse_id
        )
    ):
        per_leveranse.setdefault(rad.leveranse_id, []).append(rad.tid.date())
        mottakere[rad.leveranse_id] = rad.mottaker
    return [
        Kvitteringsmerknad(
            None,
            Statuskode.UKOBLET_SVAR,
            mottakere[leveranse_id],
            leveranse_id,
            None,
            len(dager),
            min(dager),
            max(dager),
        )
        for leveranse_id, dager in per_leveranse.items()
    ]


def _answered_unopened(conn: Connection) -> list[Kvitteringsmerknad]:
    """Packages with answers to documents and no technical receipt: functional before technical, until it comes."""
    besvart = leveranse.c.godtatt + leveranse.c.avvist
    rader = conn.execute(
        select(leveranse.c.leveranse_id, leveranse.c.mottaker, leveranse.c.sendt, besvart.label("antall")).where(
            leveranse.c.tilstand.in_(_UTEN_KVITTERING), leveranse.c.kvittert.is_(None), besvart > 0
        )
    )
    return [
        Kvitteringsmerknad(
            None,
            Statuskode.SVAR_FOR_KVITTERING,
            rad.mottaker,
            rad.leveranse_id,
            None,
            rad.antall,
            rad.sendt.date(),
            rad.sendt.date(),
        )
        for rad in rader
    ]
