"""What recipients answer: a technical receipt for the package, a functional one for each document.

Texts and archive ids lead to a person and are sealed under the deltakelse's key. A receipt that matches no document
is kept without anything of a person; one that arrives after erasure is counted and not stored (beslutninger 8). One
from another than the recipient of the package changes nothing. docs/pipeline/kvittering.md has the whole table.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select

from tiltaksflyt.ledger.database import Database, storable
from tiltaksflyt.ledger.deltakelser import data_key
from tiltaksflyt.ledger.kryptering import fingerprint, unseal
from tiltaksflyt.ledger.kvitteringsfil import Kvitteringsfil, Kvitteringsfunn, check
from tiltaksflyt.ledger.kvitteringsopptak import IKKE_SENDT, INNHOLD, Opptak
from tiltaksflyt.ledger.nokler import Nokkellager
from tiltaksflyt.ledger.tabeller import kvittering, kvittering_ukoblet, kvitteringsfil, leveranse


@dataclass(frozen=True)
class Kvitteringsrad:
    """One stored answer, opened."""

    melding_id: str
    status: str
    kode: str | None
    tekst: str | None
    arkiv_id: str | None
    tid: datetime


@dataclass(frozen=True)
class UkobletKvittering:
    """An answer to a document we do not know; nothing in it leads to a person."""

    kvittering_id: str
    leveranse_id: str | None
    status: str
    tid: datetime


class Kvitteringer:
    """The answers of all recipients."""

    def __init__(self, database: Database, nokler: Nokkellager) -> None:
        self._db = database
        self._nokler = nokler

    def record(self, fil: Kvitteringsfil) -> Kvitteringsfunn:
        """Record one receipt as one commit. Raises LedgerFeil for a status that is none of the agreed ones, and for two
        answers to one document."""
        check(fil)
        fil = replace(fil, leveranse_id=storable(fil.leveranse_id) or "")
        avtrykk = self._fingerprint(fil)
        with self._db.write() as conn:
            self._db.lock(conn, f"kvittering:{fil.leveranse_id}")
            rad = _package(conn, fil)
            if _is_known(conn, avtrykk):
                return Opptak(conn, self._nokler, fil, rad).known()
            if rad is not None and rad.mottaker in fil.fra and rad.tilstand in IKKE_SENDT:
                return Kvitteringsfunn(ny=False, utsatt=True)
            conn.execute(insert(kvitteringsfil).values(avtrykk=avtrykk, tid=fil.tid))
            return Opptak(conn, self._nokler, fil, rad).record()

    def recall(self, fil: Kvitteringsfil) -> Kvitteringsfunn:
        """What a receipt tells still that was recorded before; one that was not tells nothing, and stays unrecorded."""
        with self._db.write() as conn:
            if not _is_known(conn, self._fingerprint(fil)):
                return Kvitteringsfunn(ny=False)
            return Opptak(conn, self._nokler, fil, _package(conn, fil)).known()

    def _fingerprint(self, fil: Kvitteringsfil) -> str:
        # The channel is part of it: nobody makes a receipt known beforehand by laying a copy elsewhere.
        kjennetegn = "\0".join(["kvittering", ",".join(sorted(fil.fra)), fil.kilde])
        return fingerprint(self._nokler.lookup_key(), kjennetegn.encode("utf-8", "surrogatepass"))

    def for_deltakelse(self, ref: str) -> tuple[Kvitteringsrad, ...]:
        """The answers to a deltakelse's documents, oldest first. Raises IkkeFunnet, NokkelSlettet."""
        with self._db.read() as conn:
            nokkel = data_key(conn, self._nokler, ref)
            rader = conn.execute(
                select(kvittering).where(kvittering.c.ref == ref).order_by(kvittering.c.tid, kvittering.c.kvittering_id)
            ).all()
        resultat = []
        for rad in rader:
            innhold = unseal(nokkel, rad.innhold, INNHOLD, rad.kvittering_id)
            resultat.append(
                Kvitteringsrad(
                    rad.melding_id, rad.status, innhold["kode"], innhold["tekst"], innhold["arkivId"], rad.tid
                )
            )
        return tuple(resultat)

    def unmatched(self) -> tuple[UkobletKvittering, ...]:
        """Answers to documents we do not know, oldest first: shown until a person has looked."""
        with self._db.read() as conn:
            return tuple(
                UkobletKvittering(r.kvittering_id, r.leveranse_id, r.status, r.tid)
                for r in conn.execute(select(kvittering_ukoblet).order_by(kvittering_ukoblet.c.tid))
            )


def _is_known(conn: Connection, avtrykk: str) -> bool:
    return conn.scalar(select(kvitteringsfil.c.tid).where(kvitteringsfil.c.avtrykk == avtrykk)) is not None


def _package(conn: Connection, fil: Kvitteringsfil) -> Row[Any] | None:
    """The package that a receipt names, if it is one of ours."""
    sporring = select(leveranse).where(leveranse.c.leveranse_id == fil.leveranse_id)
    return conn.execute(sporring.with_for_update()).one_or_none()
