"""What recipients answer: a technical receipt for the package, a functional one for each document.

Texts and archive ids lead to a person and are sealed under the deltakelse's key. A receipt that matches no document
is kept without anything of a person; one that arrives after erasure is counted and not stored (beslutninger 8).
"""

import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Column as Kolonne
from sqlalchemy import Connection, Row, insert, select, update

from tiltaksflyt.ledger.database import Database, chunks, storable
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
_TELLER = {Forsendelsestilstand.GODTATT: leveranse.c.godtatt, Forsendelsestilstand.AVVIST: leveranse.c.avvist}
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
        fil = replace(fil, leveranse_id=storable(fil.leveranse_id) or "")
        avtrykk = fingerprint(self._nokler.lookup_key(), f"kvittering\0{fil.kilde}".encode("utf-8", "surrogatepass"))
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
        treff = _find(conn, [svar.melding_id for svar in fil.svar])
        nokler = data_keys(conn, self._nokler, {_subject(t) for t in treff.values()})
        koblede, ukoblede, etter_sletting = [], [], 0
        slettede = 0 if rad is None else rad.slettet - rad.etter_sletting
        for svar in fil.svar:
            kjent = treff.get(svar.melding_id)
            if kjent is not None and _subject(kjent) in nokler:
                koblede.append(svar)
            elif kjent is not None or etter_sletting < slettede:
                etter_sletting += 1
            else:
                ukoblede.append(svar)
        if koblede:
            conn.execute(insert(kvittering), [_sealed(fil, s, treff[s.melding_id], nokler) for s in koblede])
            _move(conn, _last(koblede), treff)
        if ukoblede:
            _keep_unmatched(conn, fil, ukoblede, known=rad is not None)
        if etter_sletting:
            _add(conn, fil.leveranse_id, leveranse.c.etter_sletting, etter_sletting)
        return Kvitteringsfunn(
            ny=True,
            koblet=tuple(_last(koblede)),
            avvist=_rejected(koblede),
            ukoblet=len(ukoblede),
            etter_sletting=etter_sletting,
        )

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


def _find(conn: Connection, melding_ider: Sequence[str]) -> dict[str, Row[Any]]:
    treff: dict[str, Row[Any]] = {}
    mulige = [melding_id for melding_id in melding_ider if storable(melding_id) == melding_id]
    for bunt in chunks(mulige):
        treff |= {r.melding_id: r for r in conn.execute(select(forsendelse).where(forsendelse.c.melding_id.in_(bunt)))}
    return treff


def _known(conn: Connection, fil: Kvitteringsfil) -> Kvitteringsfunn:
    treff = _find(conn, [svar.melding_id for svar in fil.svar])
    koblede = [svar for svar in fil.svar if svar.melding_id in treff]
    return Kvitteringsfunn(ny=False, koblet=tuple(_last(koblede)), avvist=_rejected(koblede))


def _last(svar: Sequence[Dokumentsvar]) -> dict[str, str]:
    """The status of each document; the last of two answers stands."""
    return {ett.melding_id: ett.status for ett in svar}


def _rejected(svar: Sequence[Dokumentsvar]) -> tuple[str, ...]:
    return tuple(melding_id for melding_id, status in _last(svar).items() if status == "AVVIST")


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


def _subject(rad: Row[Any]) -> str:
    return str(rad.ref or rad.avtale_ref)


def _sealed(fil: Kvitteringsfil, svar: Dokumentsvar, rad: Row[Any], nokler: Mapping[str, bytes]) -> dict[str, Any]:
    kvittering_id = str(uuid.uuid4())
    innhold = {"kode": svar.kode, "tekst": svar.tekst, "arkivId": svar.arkiv_id}
    return {
        "kvittering_id": kvittering_id,
        "melding_id": svar.melding_id,
        "ref": rad.ref,
        "avtale_ref": rad.avtale_ref,
        "status": svar.status,
        "innhold": seal(nokler[_subject(rad)], innhold, _INNHOLD, kvittering_id),
        "tid": fil.tid,
    }


def _move(conn: Connection, status: Mapping[str, str], treff: Mapping[str, Row[Any]]) -> None:
    """Give each document its last answer, and keep the packages' own counts, which outlive the documents.

    A changed answer moves from one count to the other.
    """
    for navn, til in _SVAR.items():
        ider = [melding_id for melding_id, svar in status.items() if svar == navn]
        fra = origins(FORSENDELSE, "kvitteringer.record", til)
        for bunt in chunks(ider):
            disse = forsendelse.c.melding_id.in_(bunt)
            conn.execute(update(forsendelse).where(disse, forsendelse.c.tilstand.in_(fra)).values(tilstand=til))
            conn.execute(update(forsendelse).where(disse).values(svar=navn))
    endring: Counter[tuple[str, Forsendelsestilstand]] = Counter()
    for melding_id, svar in status.items():
        rad = treff[melding_id]
        if rad.leveranse_id is not None:
            endring[rad.leveranse_id, _SVAR[svar]] += 1
            if rad.svar is not None:
                endring[rad.leveranse_id, _SVAR[rad.svar]] -= 1
    for (leveranse_id, til), antall in endring.items():
        if antall:
            _add(conn, leveranse_id, _TELLER[til], antall)


def _keep_unmatched(conn: Connection, fil: Kvitteringsfil, ukoblede: Sequence[Dokumentsvar], *, known: bool) -> None:
    leveranse_id = fil.leveranse_id if known else None
    conn.execute(
        insert(kvittering_ukoblet),
        [
            {"kvittering_id": str(uuid.uuid4()), "leveranse_id": leveranse_id, "status": svar.status, "tid": fil.tid}
            for svar in ukoblede
        ],
    )


def _add(conn: Connection, leveranse_id: str, kolonne: Kolonne[int], antall: int) -> None:
    conn.execute(update(leveranse).where(leveranse.c.leveranse_id == leveranse_id).values({kolonne: kolonne + antall}))
