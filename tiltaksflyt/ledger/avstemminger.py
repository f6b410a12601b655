"""Reconciliation: what was sent, as it can be held against a recipient's list, and each difference until it is gone.

A difference about a document goes with the document. Of a document that we do not know only the package stands here,
and how many: it may be of somebody who is erased.
"""

import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, Connection, and_, delete, insert, or_, select, update

from tiltaksflyt.ledger.database import Database, chunks
from tiltaksflyt.ledger.koder import Statuskode
from tiltaksflyt.ledger.tabeller import avstemming, avstemmingsavvik, forsendelse, leveranse
from tiltaksflyt.ledger.tilstander import Forsendelsestilstand, Leveransetilstand

_ER_SENDT = (
    Forsendelsestilstand.SENDT,
    Forsendelsestilstand.GODTATT,
    Forsendelsestilstand.AVVIST,
    Forsendelsestilstand.ERSTATTET,
)
# With the recipient itself: one that somebody brings there is not on its list yet.
_FRAMME = (Leveransetilstand.MOTTATT, Leveransetilstand.LEVERT, Leveransetilstand.LEST)
_AVSLUTTET = (Leveransetilstand.AVLYST, Leveransetilstand.LEVETID_UTLOPT)


@dataclass(frozen=True)
class Sendtmelding:
    """One document as the ledger has it: sent, and answered with `svar` or not yet."""

    melding_id: str
    leveranse_id: str
    svar: str | None


@dataclass(frozen=True)
class Differanse:
    """One thing that does not add up. `melding_id` is one of ours; None for documents that we do not know, which are
    `antall` in the package that the recipient names."""

    kode: Statuskode
    leveranse_id: str
    melding_id: str | None = None
    antall: int = 1


@dataclass(frozen=True)
class Avstemmingsavvik:
    """A difference that is open since `forst`."""

    kode: Statuskode
    mottaker: str
    leveranse_id: str
    melding_id: str | None
    antall: int
    forst: date


@dataclass(frozen=True)
class Oppgjor:
    """How the differences stand after a comparison: new ones, those that are open in all, and those that closed."""

    nye: int
    apne: int
    lukket: int


class Avstemminger:
    """The reconciliations with all recipients."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def sent(
        self, mottakere: Collection[str], fra: datetime, til: datetime, listet: Collection[str]
    ) -> tuple[Sendtmelding, ...]:
        """The documents to hold against a list: those sent in its time, those it names, those that lack still.

        A document is left out while it waits to be sent (again).
        """
        i_tiden = and_(
            leveranse.c.tilstand.in_(_FRAMME),
            leveranse.c.sendt >= fra,
            leveranse.c.sendt < til,
        )
        savnet = select(avstemmingsavvik.c.melding_id).where(
            avstemmingsavvik.c.lukket.is_(None),
            avstemmingsavvik.c.mottaker.in_(list(mottakere)),
            avstemmingsavvik.c.melding_id.is_not(None),
        )
        uavklart = and_(forsendelse.c.melding_id.in_(savnet), forsendelse.c.svar.is_(None))
        with self._db.read() as conn:
            funnet = _select_sent(conn, mottakere, or_(i_tiden, uavklart))
            for bunt in chunks(sorted(listet)):
                funnet |= _select_sent(conn, mottakere, forsendelse.c.melding_id.in_(bunt))
        return tuple(funnet[melding_id] for melding_id in sorted(funnet))

    def waiting(self, mottakere: Collection[str], melding_ider: Collection[str]) -> frozenset[str]:
        """Those of the documents that are ours and wait to be sent again: their package was given up before."""
        funnet: set[str] = set()
        with self._db.read() as conn:
            for bunt in chunks(sorted(melding_ider)):
                funnet.update(
                    conn.scalars(
                        select(forsendelse.c.melding_id).where(
                            forsendelse.c.melding_id.in_(bunt),
                            forsendelse.c.mottaker.in_(list(mottakere)),
                            forsendelse.c.tilstand.not_in(_ER_SENDT),
                        )
                    )
                )
        return frozenset(funnet)

    def forgotten(self, mottakere: Collection[str], leveranse_ider: Collection[str]) -> Mapping[str, int]:
        """How many documents of each of our packages may be forgotten: those erased, all of one that was given up."""
        antall: dict[str, int] = {}
        with self._db.read() as conn:
            for bunt in chunks(sorted(leveranse_ider)):
                for rad in conn.execute(
                    select(
                        leveranse.c.leveranse_id, leveranse.c.tilstand, leveranse.c.antall, leveranse.c.slettet
                    ).where(leveranse.c.leveranse_id.in_(bunt), leveranse.c.mottaker.in_(list(mottakere)))
                ):
                    alle = sum(rad.antall.values()) if rad.tilstand in _AVSLUTTET else 0
                    antall[rad.leveranse_id] = max(rad.slettet, alle)
        return antall

    def settle(
        self, mottakere: Collection[str], differanser: Collection[Differanse], antall: Mapping[str, int], dato: date
    ) -> Oppgjor:
        """Record that the recipients were reconciled on `dato`, open what is new, and close what is gone."""
        with self._db.write() as conn:
            self._db.lock(conn, "avstemming")
            _note_day(conn, mottakere, antall, dato)
            apne = {
                (rad.kode, rad.leveranse_id, rad.melding_id): rad
                for rad in conn.execute(
                    select(avstemmingsavvik).where(
                        avstemmingsavvik.c.mottaker.in_(list(mottakere)), avstemmingsavvik.c.lukket.is_(None)
                    )
                )
            }
            nye = 0
            for ett in differanser:
                rad = apne.pop((ett.kode.value, ett.leveranse_id, ett.melding_id), None)
                if rad is None:
                    _open(conn, ett, min(mottakere), dato)
                    nye += 1
                elif rad.antall != ett.antall:
                    conn.execute(update(avstemmingsavvik).where(_is(rad.avvik_id)).values(antall=ett.antall))
            for rad in apne.values():
                conn.execute(update(avstemmingsavvik).where(_is(rad.avvik_id)).values(lukket=dato))
        return Oppgjor(nye, len(differanser), len(apne))

    def open(self) -> tuple[Avstemmingsavvik, ...]:
        """Every difference that is open, oldest first."""
        with self._db.read() as conn:
            return open_differences(conn)

    def last(self) -> Mapping[str, date | None]:
        """The day on which each recipient that was sent something was reconciled; None for one that never was."""
        with self._db.read() as conn:
            return last_reconciled(conn)

    def forget(self, foer: date) -> int:
        """Forget differences that closed before `foer`; how many."""
        with self._db.write() as conn:
            return int(conn.execute(delete(avstemmingsavvik).where(avstemmingsavvik.c.lukket < foer)).rowcount)


def open_differences(conn: Connection) -> tuple[Avstemmingsavvik, ...]:
    """Every difference that is open, oldest first."""
    k = avstemmingsavvik.c
    sporring = select(avstemmingsavvik).where(k.lukket.is_(None)).order_by(k.forst, k.leveranse_id, k.melding_id)
    return tuple(
        Avstemmingsavvik(Statuskode(r.kode), r.mottaker, r.leveranse_id, r.melding_id, r.antall, r.forst)
        for r in conn.execute(sporring)
    )


def last_reconciled(conn: Connection) -> Mapping[str, date | None]:
    """The day on which each recipient that was sent something was reconciled; None for one that never was."""
    sendt = conn.scalars(select(leveranse.c.mottaker).where(leveranse.c.sendt.is_not(None)).distinct()).all()
    dager = dict(conn.execute(select(avstemming.c.mottaker, avstemming.c.dato)).all())
    return {mottaker: dager.get(mottaker) for mottaker in sorted({*sendt, *dager})}


def _select_sent(conn: Connection, mottakere: Collection[str], vilkar: ColumnElement[bool]) -> dict[str, Sendtmelding]:
    rader = conn.execute(
        select(forsendelse.c.melding_id, forsendelse.c.leveranse_id, forsendelse.c.svar)
        .join(leveranse, leveranse.c.leveranse_id == forsendelse.c.leveranse_id)
        .where(forsendelse.c.mottaker.in_(list(mottakere)), forsendelse.c.tilstand.in_(_ER_SENDT), vilkar)
    )
    return {r.melding_id: Sendtmelding(r.melding_id, r.leveranse_id, r.svar) for r in rader}


def _note_day(conn: Connection, mottakere: Collection[str], antall: Mapping[str, int], dato: date) -> None:
    for mottaker in sorted(mottakere):
        verdier = {"dato": dato, "antall": dict(antall)}
        if not conn.execute(update(avstemming).where(avstemming.c.mottaker == mottaker).values(**verdier)).rowcount:
            conn.execute(insert(avstemming).values(mottaker=mottaker, **verdier))


def _open(conn: Connection, differanse: Differanse, motpart: str, dato: date) -> None:
    om = conn.execute(select(forsendelse).where(forsendelse.c.melding_id == differanse.melding_id)).one_or_none()
    mottaker = conn.scalar(select(leveranse.c.mottaker).where(leveranse.c.leveranse_id == differanse.leveranse_id))
    conn.execute(
        insert(avstemmingsavvik).values(
            avvik_id=str(uuid.uuid4()),
            mottaker=mottaker if om is not None else motpart,
            leveranse_id=differanse.leveranse_id,
            melding_id=differanse.melding_id,
            ref=None if om is None else om.ref,
            avtale_ref=None if om is None else om.avtale_ref,
            kode=differanse.kode,
            antall=differanse.antall,
            forst=dato,
        )
    )


def _is(avvik_id: str) -> ColumnElement[bool]:
    return avstemmingsavvik.c.avvik_id == avvik_id
