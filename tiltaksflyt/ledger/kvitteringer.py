"""What recipients answer: a technical receipt for the package, a functional one for each document.

Texts and archive ids lead to a person and are sealed under the deltakelse's key. A receipt that matches no document
is kept without anything of a person; one that arrives after erasure is counted and not stored (beslutninger 8).
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column as Kolonne
from sqlalchemy import Connection, Row, insert, select, update

from tiltaksflyt.ledger.database import Database, chunks
from tiltaksflyt.ledger.deltakelser import data_key, data_keys
from tiltaksflyt.ledger.feil import LedgerFeil
from tiltaksflyt.ledger.koder import Statuskode
from tiltaksflyt.ledger.kryptering import fingerprint, seal, unseal
from tiltaksflyt.ledger.nokler import Nokkellager
from tiltaksflyt.ledger.tabeller import forsendelse, kvittering, kvittering_ukoblet, kvitteringsfil, leveranse
from tiltaksflyt.ledger.tilstander import FORSENDELSE, LEVERANSE, Forsendelsestilstand, Leveransetilstand, origins

_INNHOLD = "kvittering.innhold"
_SVAR = {
    "GODTATT": Forsendelsestilstand.GODTATT,
    "GODTATT_MED_MERKNAD": Forsendelsestilstand.GODTATT,
    "AVVIST": Forsendelsestilstand.AVVIST,
}
_IKKE_SENDT = (Leveransetilstand.OPPRETTET, Leveransetilstand.SENDES)
_TEKNISK_KODE = {
    Leveransetilstand.MOTTATT: Statuskode.OVERFORT,
    Leveransetilstand.LEVERT: Statuskode.KVITTERT,
    Leveransetilstand.LEST: Statuskode.LEST,
    Leveransetilstand.FEIL: Statuskode.TEKNISK_AVVIST,
}


@dataclass(frozen=True)
class Dokumentsvar:
    """The answer to one document: GODTATT, GODTATT_MED_MERKNAD or AVVIST."""

    melding_id: str
    status: str
    kode: str | None = None
    tekst: str | None = None
    arkiv_id: str | None = None


@dataclass(frozen=True)
class Kvitteringsfil:
    """One receipt. `kilde` is what makes it the same receipt next time; read twice, it counts once.

    `teknisk` is MOTTATT, LEVERT, LEST or FEIL for the package as a whole; None when only documents are answered.
    """

    kilde: str
    leveranse_id: str
    tid: datetime
    teknisk: Leveransetilstand | None = None
    svar: Sequence[Dokumentsvar] = ()


@dataclass(frozen=True)
class Kvitteringsfunn:
    """What a receipt did. `utsatt`: our own sending is not recorded yet, read it again next run.

    `koblet` are the melding_ids of documents we know, `avvist` those among them that were rejected; both are there
    also for a receipt that is not `ny`, so that a run broken off after the commit can still tell the sender.
    """

    ny: bool
    utsatt: bool = False
    koblet: tuple[str, ...] = ()
    avvist: tuple[str, ...] = ()
    ukoblet: int = 0
    etter_sletting: int = 0


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
        """Record one receipt as one commit. Raises LedgerFeil for a status that is none of the three."""
        if any(svar.status not in _SVAR for svar in fil.svar):
            raise LedgerFeil("KVITTERING_STATUS", "kvittering", "validate the receipt against its schema first")
        avtrykk = fingerprint(self._nokler.lookup_key(), f"kvittering\0{fil.kilde}".encode())
        with self._db.write() as conn:
            self._db.lock(conn, f"kvittering:{fil.leveranse_id}")
            if conn.scalar(select(kvitteringsfil.c.tid).where(kvitteringsfil.c.avtrykk == avtrykk)) is not None:
                return _known(conn, fil)
            rad = conn.execute(
                select(leveranse).where(leveranse.c.leveranse_id == fil.leveranse_id).with_for_update()
            ).one_or_none()
            if rad is not None and rad.tilstand in _IKKE_SENDT:
                return Kvitteringsfunn(ny=False, utsatt=True)
            conn.execute(insert(kvitteringsfil).values(avtrykk=avtrykk, tid=fil.tid))
            if rad is not None and fil.teknisk is not None:
                _record_technical(conn, fil)
            return self._record_answers(conn, fil, rad)

    def _record_answers(self, conn: Connection, fil: Kvitteringsfil, rad: Row[Any] | None) -> Kvitteringsfunn:
        koblet, avvist, ukoblet, etter_sletting = [], [], 0, 0
        slettede = 0 if rad is None else rad.slettet - rad.etter_sletting
        for svar in fil.svar:
            treff = conn.execute(select(forsendelse).where(forsendelse.c.melding_id == svar.melding_id)).one_or_none()
            nokkel = None if treff is None else data_keys(conn, self._nokler, [treff.ref]).get(treff.ref)
            if treff is not None and nokkel is not None:
                _record_answer(conn, fil, svar, treff, nokkel)
                koblet.append(svar.melding_id)
                if svar.status == "AVVIST":
                    avvist.append(svar.melding_id)
            elif treff is not None or etter_sletting < slettede:
                etter_sletting += 1
            else:
                ukoblet += 1
                _keep_unmatched(conn, fil, svar, known=rad is not None)
        if etter_sletting:
            _add(conn, fil.leveranse_id, leveranse.c.etter_sletting, etter_sletting)
        return Kvitteringsfunn(True, False, tuple(koblet), tuple(avvist), ukoblet, etter_sletting)

    def for_deltakelse(self, ref: str) -> tuple[Kvitteringsrad, ...]:
        """The answers to a deltakelse's documents, oldest first. Raises IkkeFunnet, NokkelSlettet."""
        with self._db.read() as conn:
            nokkel = data_key(conn, self._nokler, ref)
            rader = conn.execute(
                select(kvittering).where(kvittering.c.ref == ref).order_by(kvittering.c.tid, kvittering.c.kvittering_id)
            ).all()
        resultat = []
        for rad in rader:
            innhold = unseal(nokkel, rad.innhold, _INNHOLD, rad.kvittering_id)
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


def _known(conn: Connection, fil: Kvitteringsfil) -> Kvitteringsfunn:
    ider = [svar.melding_id for svar in fil.svar]
    funnet: set[str] = set()
    for bunt in chunks(ider):
        funnet.update(conn.scalars(select(forsendelse.c.melding_id).where(forsendelse.c.melding_id.in_(bunt))))
    avviste = {svar.melding_id for svar in fil.svar if svar.status == "AVVIST"}
    koblet = tuple(i for i in ider if i in funnet)
    return Kvitteringsfunn(ny=False, koblet=koblet, avvist=tuple(i for i in koblet if i in avviste))


def _record_technical(conn: Connection, fil: Kvitteringsfil) -> None:
    til = fil.teknisk
    if til not in _TEKNISK_KODE:
        raise LedgerFeil("KVITTERING_STATUS", "leveranse", "a technical receipt is MOTTATT, LEVERT, LEST or FEIL")
    # A late or repeated technical receipt finds the package further on, and moves nothing.
    conn.execute(
        update(leveranse)
        .where(
            leveranse.c.leveranse_id == fil.leveranse_id,
            leveranse.c.tilstand.in_(origins(LEVERANSE, "kvitteringer.record", til)),
        )
        .values(tilstand=til, statuskode=_TEKNISK_KODE[til], kvittert=fil.tid)
    )


def _record_answer(conn: Connection, fil: Kvitteringsfil, svar: Dokumentsvar, treff: Row[Any], nokkel: bytes) -> None:
    kvittering_id = str(uuid.uuid4())
    innhold = {"kode": svar.kode, "tekst": svar.tekst, "arkivId": svar.arkiv_id}
    conn.execute(
        insert(kvittering).values(
            kvittering_id=kvittering_id,
            melding_id=svar.melding_id,
            ref=treff.ref,
            status=svar.status,
            innhold=seal(nokkel, innhold, _INNHOLD, kvittering_id),
            tid=fil.tid,
        )
    )
    til = _SVAR[svar.status]
    egen = forsendelse.c.melding_id == svar.melding_id
    fra = origins(FORSENDELSE, "kvitteringer.record", til)
    conn.execute(update(forsendelse).where(egen, forsendelse.c.tilstand.in_(fra)).values(tilstand=til))
    conn.execute(update(forsendelse).where(egen).values(svar=svar.status))
    if treff.leveranse_id is not None:
        _recount(conn, treff, til)


def _keep_unmatched(conn: Connection, fil: Kvitteringsfil, svar: Dokumentsvar, *, known: bool) -> None:
    conn.execute(
        insert(kvittering_ukoblet).values(
            kvittering_id=str(uuid.uuid4()),
            leveranse_id=fil.leveranse_id if known else None,
            status=svar.status,
            tid=fil.tid,
        )
    )


def _recount(conn: Connection, treff: Row[Any], til: Forsendelsestilstand) -> None:
    """Keep the package's own counts, which outlive its documents; a changed answer moves from one to the other."""
    kolonne = {Forsendelsestilstand.GODTATT: leveranse.c.godtatt, Forsendelsestilstand.AVVIST: leveranse.c.avvist}
    if treff.svar is not None:
        _add(conn, treff.leveranse_id, kolonne[_SVAR[treff.svar]], -1)
    _add(conn, treff.leveranse_id, kolonne[til], 1)


def _add(conn: Connection, leveranse_id: str, kolonne: Kolonne[int], antall: int) -> None:
    conn.execute(update(leveranse).where(leveranse.c.leveranse_id == leveranse_id).values({kolonne: kolonne + antall}))
