"""Erasure as a persisted checklist: key, rows, every other store, and the evidence when all are done and checked.

An erasure that was interrupted stands as APEN and is finished by the next run. Each function is safe to run again.
"""

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import ColumnElement, Connection, Row, and_, delete, insert, select, update

from tiltaksflyt.ledger import bevis
from tiltaksflyt.ledger.database import Database, chunks
from tiltaksflyt.ledger.deltakelser import Deltakelsesrad, select_rows
from tiltaksflyt.ledger.feil import IkkeFunnet, UlovligOvergang
from tiltaksflyt.ledger.koder import Statuskode
from tiltaksflyt.ledger.leveranser import count_removed
from tiltaksflyt.ledger.nokler import Nokkellager
from tiltaksflyt.ledger.samtykker import remove_consents_again
from tiltaksflyt.ledger.statistikk import Statistikkbidrag, count_in
from tiltaksflyt.ledger.tabeller import (
    avstemmingsavvik,
    deltakelse,
    dokument,
    forpliktelse,
    forsendelse,
    hendelse_oppslag,
    kvittering,
    kvitteringsmerknad,
    samtykke,
    slettesak,
    slettesak_lager,
    tilbakehold,
    utlagt_deltakelse,
)
from tiltaksflyt.ledger.tilbakehold import in_force, lock_erasure
from tiltaksflyt.ledger.tilstander import FORSENDELSE, SLETTESAK, Forsendelsestilstand, Slettesakstilstand, origins

NOKKELLAGER = "nokkellager"
LEDGER = "ledger"
# In the order the foreign keys ask for. A test holds this list against every table that refers to a deltakelse.
PERSONTABELLER = (
    avstemmingsavvik,
    kvitteringsmerknad,
    kvittering,
    forsendelse,
    dokument,
    forpliktelse,
    hendelse_oppslag,
    tilbakehold,
)


@dataclass(frozen=True)
class Lagerstand:
    """How far one store of a checklist has come; `antall` is the copies it held."""

    gjort: bool
    kontrollert: bool
    antall: int


@dataclass(frozen=True)
class Slettesak:
    """One erasure. `ref` is None once the deltakelse is gone; `lagre` is the checklist."""

    slettesak_id: str
    ref: str | None
    avsender: str
    tilstand: Slettesakstilstand
    grunn: Statuskode | None
    dato: date | None
    regelverk: str | None
    varslet: date | None
    avsender_slettet: date | None
    lagre: Mapping[str, Lagerstand]


class Slettinger:
    """The erasures of all deltakelser."""

    def __init__(self, database: Database, nokler: Nokkellager) -> None:
        self._db = database
        self._nokler = nokler

    def due(self, dato: date) -> tuple[Deltakelsesrad, ...]:
        """Deltakelser whose last day is before `dato`, that are not held back on that day and not being erased."""
        holdt = select(tilbakehold.c.ref).where(in_force(dato))
        vilkar = and_(
            deltakelse.c.siste_dag < dato, deltakelse.c.under_sletting.is_(False), deltakelse.c.ref.not_in(holdt)
        )
        with self._db.read() as conn:
            return select_rows(conn, vilkar)

    def case_ids(self, refs: Collection[str]) -> dict[str, str]:
        """The random slettesakId of each deltakelse, made the first time: what may be kept of it. Raises IkkeFunnet."""
        with self._db.write() as conn:
            return {ref: self._case(conn, ref) for ref in refs}

    def announce(self, refs: Collection[str], dato: date) -> dict[str, str]:
        """The slettesakId of each deltakelse, for the sender's list before the erasure.

        `dato` is the day the sender reads of it; the first one is kept. Raises IkkeFunnet.
        """
        with self._db.write() as conn:
            ider = {ref: self._case(conn, ref) for ref in refs}
            for bunt in chunks(list(ider.values())):
                conn.execute(
                    update(slettesak)
                    .where(slettesak.c.slettesak_id.in_(bunt), slettesak.c.varslet.is_(None))
                    .values(varslet=dato)
                )
        return ider

    def open(
        self,
        ref: str,
        lagre: Collection[str],
        *,
        dato: date,
        regelverk: str,
        grunn: Statuskode = Statuskode.SISTE_DAG,
        bidrag: Statistikkbidrag | None = None,
    ) -> Slettesak:
        """Begin the erasure of a deltakelse on `dato`; begun before, the case as it stands.

        `lagre` are the stores outside this room that must be emptied and checked; the key store and the ledger are
        added. From here on the deltakelse is out of reach: its lookup fingerprints are replaced by random ones, so
        that a drop of the same deltakelse is a new one, and what was not sent is withdrawn. `bidrag` goes into the
        statistics in the same commit, and only the first time: from here on nobody reads the record, so what it adds
        is counted here or never. Raises IkkeFunnet, and UlovligOvergang where a hold stands in the way of an erasure
        that its last day asks for.
        """
        with self._db.write() as conn:
            slettesak_id = self._case(conn, ref)
            if grunn is Statuskode.SISTE_DAG and _is_held(conn, ref, dato):
                raise UlovligOvergang("slettesak")
            fra = origins(SLETTESAK, "slettinger.open", Slettesakstilstand.APEN)
            apnet = conn.execute(
                update(slettesak)
                .where(slettesak.c.slettesak_id == slettesak_id, slettesak.c.tilstand.in_(fra))
                .values(tilstand=Slettesakstilstand.APEN, grunn=grunn, dato=dato, regelverk=regelverk)
            ).rowcount
            if apnet:
                if bidrag is not None:
                    count_in(self._db, conn, _sender_of(conn, ref), bidrag)
                _put_out_of_reach(conn, ref)
                conn.execute(
                    insert(slettesak_lager),
                    [
                        {
                            "slettesak_id": slettesak_id,
                            "lager": lager,
                            "gjort": False,
                            "kontrollert": False,
                            "antall": 0,
                        }
                        for lager in sorted({*lagre, NOKKELLAGER, LEDGER})
                    ],
                )
        return self.get(slettesak_id)

    def mark_done(self, slettesak_id: str, lager: str, antall: int) -> None:
        """A store is emptied of `antall` copies. Raises IkkeFunnet for a store that is not on the checklist."""
        with self._db.write() as conn:
            _mark(conn, slettesak_id, lager, gjort=True, antall=antall)

    def mark_checked(self, slettesak_id: str, lager: str) -> None:
        """A store was searched and holds nothing more. Raises IkkeFunnet, UlovligOvergang when it is not done."""
        with self._db.write() as conn:
            gjort = conn.scalar(select(slettesak_lager.c.gjort).where(*_line(slettesak_id, lager)))
            if gjort is False:
                raise UlovligOvergang("slettesak_lager")
            _mark(conn, slettesak_id, lager, kontrollert=True)

    def destroy_key(self, slettesak_id: str) -> None:
        """Destroy the data key of an open case: every copy of the record, backups included, is unreadable from now.

        The other stores may still be emptied by the ids that stand in the ledger. Raises IkkeFunnet, UlovligOvergang.
        """
        sak = self._open_case(slettesak_id)
        with self._db.read() as conn:
            nokkel_id = conn.scalar(select(deltakelse.c.nokkel_id).where(deltakelse.c.ref == sak.ref))
        antall = self._nokler.destroy([nokkel_id]) if nokkel_id is not None else 0
        borte = nokkel_id is None or not self._nokler.existing([nokkel_id])
        with self._db.write() as conn:
            tidligere = sak.lagre[NOKKELLAGER].antall
            _mark(conn, slettesak_id, NOKKELLAGER, gjort=True, kontrollert=borte, antall=max(antall, tidligere))

    def finish(
        self,
        slettesak_id: str,
        *,
        nokkel: Ed25519PrivateKey,
        kategorier: Collection[str],
        now: datetime,
    ) -> bevis.Bevis | None:
        """Destroy the key, remove the rows and write the evidence, when every other store is done and checked.

        None, and the case stays open, while a store is not done and checked, an object in an outbox still names the
        deltakelse, or one of its documents lies in a package that is not sent (cancel the package first).
        `kategorier` are the categories of personal data that were held. Raises IkkeFunnet, UlovligOvergang.
        """
        self.destroy_key(slettesak_id)
        sak = self._open_case(slettesak_id)
        if sak.ref is None or not all(s.gjort and s.kontrollert for navn, s in sak.lagre.items() if navn != LEDGER):
            return None
        with self._db.write() as conn:
            if _is_still_out(conn, sak.ref):
                return None
            antall = _remove_rows(conn, sak.ref)
            _mark(conn, slettesak_id, LEDGER, gjort=True, kontrollert=True, antall=sum(antall.values()))
            fra = origins(SLETTESAK, "slettinger.finish", Slettesakstilstand.FULLFORT)
            treff = conn.execute(
                update(slettesak)
                .where(slettesak.c.slettesak_id == slettesak_id, slettesak.c.tilstand.in_(fra))
                .values(tilstand=Slettesakstilstand.FULLFORT, ref=None, fullfort=now, antall=antall)
            ).rowcount
            if not treff:
                return None
            verdier = _evidence(conn, slettesak_id, kategorier, antall)
            return bevis.append(conn, verdier, slettesak_id=slettesak_id, nokkel=nokkel, now=now)

    def remove_again(self, slettesak_ider: Sequence[str]) -> int:
        """After a restore: remove the rows of erasures that are proven already. Answers how many came back.

        A consent's evidence bears the id that its row had from the first. Rows restored from before their erasure was
        announced bear no slettesakId: `ghosts` finds those.
        """
        antall = 0
        with self._db.write() as conn:
            for bunt in chunks(slettesak_ider):
                antall += remove_consents_again(conn, self._nokler, bunt)
                for ref, nokkel_id in conn.execute(
                    select(deltakelse.c.ref, deltakelse.c.nokkel_id).where(deltakelse.c.slettesak_id.in_(bunt))
                ).all():
                    self._nokler.destroy([nokkel_id])
                    conn.execute(delete(utlagt_deltakelse).where(utlagt_deltakelse.c.ref == ref))
                    _remove_rows(conn, ref)
                    antall += 1
                conn.execute(
                    update(slettesak)
                    .where(slettesak.c.slettesak_id.in_(bunt))
                    .values(ref=None, tilstand=Slettesakstilstand.FULLFORT)
                )
        return antall

    def ghosts(self) -> tuple[str, ...]:
        """Deltakelser whose data key is gone, and that are not being erased: what a restore brought back.

        Open a case for each with the reason ETTER_GJENOPPRETTING.
        """
        with self._db.read() as conn:
            nokler = dict(
                conn.execute(
                    select(deltakelse.c.nokkel_id, deltakelse.c.ref).where(deltakelse.c.under_sletting.is_(False))
                ).all()
            )
        finnes = self._nokler.existing(list(nokler))
        return tuple(sorted(ref for nokkel_id, ref in nokler.items() if nokkel_id not in finnes))

    def unfinished(self) -> tuple[Slettesak, ...]:
        """The cases that stand open, oldest first."""
        return self._select(slettesak.c.tilstand == Slettesakstilstand.APEN)

    def get(self, slettesak_id: str) -> Slettesak:
        """One case. Raises IkkeFunnet."""
        saker = self._select(slettesak.c.slettesak_id == slettesak_id)
        if not saker:
            raise IkkeFunnet("slettesak")
        return saker[0]

    def confirm_by_sender(self, avsender: str, slettesak_id: str, slettet: date) -> bool:
        """The sender says that its own system has deleted; False when the case is not that sender's."""
        with self._db.write() as conn:
            treff = conn.execute(
                update(slettesak)
                .where(slettesak.c.slettesak_id == slettesak_id, slettesak.c.avsender == avsender)
                .values(avsender_slettet=slettet)
            ).rowcount
        return bool(treff)

    def _case(self, conn: Connection, ref: str) -> str:
        lock_erasure(self._db, conn, ref)
        rad = conn.execute(
            select(deltakelse.c.avsender, deltakelse.c.slettesak_id).where(deltakelse.c.ref == ref)
        ).one_or_none()
        if rad is None:
            raise IkkeFunnet("deltakelse")
        if rad.slettesak_id is not None:
            return str(rad.slettesak_id)
        slettesak_id = str(uuid.uuid4())
        conn.execute(
            insert(slettesak).values(
                slettesak_id=slettesak_id, ref=ref, avsender=rad.avsender, tilstand=Slettesakstilstand.VARSLET
            )
        )
        conn.execute(update(deltakelse).where(deltakelse.c.ref == ref).values(slettesak_id=slettesak_id))
        return slettesak_id

    def _open_case(self, slettesak_id: str) -> Slettesak:
        sak = self.get(slettesak_id)
        if sak.tilstand is not Slettesakstilstand.APEN:
            raise UlovligOvergang("slettesak")
        return sak

    def _select(self, vilkar: ColumnElement[bool]) -> tuple[Slettesak, ...]:
        with self._db.read() as conn:
            rader = conn.execute(select(slettesak).where(vilkar).order_by(slettesak.c.dato, slettesak.c.slettesak_id))
            saker = rader.all()
            linjer: dict[str, dict[str, Lagerstand]] = {r.slettesak_id: {} for r in saker}
            for bunt in chunks(list(linjer)):
                for r in conn.execute(
                    select(slettesak_lager)
                    .where(slettesak_lager.c.slettesak_id.in_(bunt))
                    .order_by(slettesak_lager.c.lager)
                ):
                    linjer[r.slettesak_id][r.lager] = Lagerstand(r.gjort, r.kontrollert, r.antall)
        return tuple(_row(r, linjer[r.slettesak_id]) for r in saker)


def _is_held(conn: Connection, ref: str, dato: date) -> bool:
    """Whether a hold is in force, on one that is not being erased already."""
    sporring = (
        select(tilbakehold.c.tilbakehold_id)
        .join(deltakelse)
        .where(tilbakehold.c.ref == ref, in_force(dato), deltakelse.c.under_sletting.is_(False))
    )
    return conn.scalar(sporring.limit(1)) is not None


def _sender_of(conn: Connection, ref: str) -> str:
    return str(conn.execute(select(deltakelse.c.avsender).where(deltakelse.c.ref == ref)).scalar_one())


def _put_out_of_reach(conn: Connection, ref: str) -> None:
    conn.execute(
        update(deltakelse)
        .where(deltakelse.c.ref == ref)
        .values(under_sletting=True, ekstern_hmac=f"slettes-{uuid.uuid4()}", deltaker_hmac=f"slettes-{uuid.uuid4()}")
    )
    conn.execute(
        update(forsendelse)
        .where(
            forsendelse.c.ref == ref,
            forsendelse.c.tilstand.in_(origins(FORSENDELSE, "slettinger.open", Forsendelsestilstand.TILBAKEKALT)),
        )
        .values(tilstand=Forsendelsestilstand.TILBAKEKALT, statuskode=Statuskode.SLETTES)
    )


def _line(slettesak_id: str, lager: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return slettesak_lager.c.slettesak_id == slettesak_id, slettesak_lager.c.lager == lager


def _mark(conn: Connection, slettesak_id: str, lager: str, **verdier: bool | int) -> None:
    if not conn.execute(update(slettesak_lager).where(*_line(slettesak_id, lager)).values(**verdier)).rowcount:
        raise IkkeFunnet("slettesak_lager")


def _is_still_out(conn: Connection, ref: str) -> bool:
    utlagte = select(utlagt_deltakelse.c.nokkel).where(utlagt_deltakelse.c.ref == ref).limit(1)
    pa_vei = (
        select(forsendelse.c.melding_id)
        .where(forsendelse.c.ref == ref, forsendelse.c.tilstand == Forsendelsestilstand.I_LEVERANSE)
        .limit(1)
    )
    return conn.scalar(utlagte) is not None or conn.scalar(pa_vei) is not None


def _remove_rows(conn: Connection, ref: str) -> dict[str, int]:
    """Remove every row of a deltakelse; answers how many per table. A samtykke stays, without its link."""
    conn.execute(update(samtykke).where(samtykke.c.ref == ref).values(ref=None))
    count_removed(conn, forsendelse.c.ref == ref)
    fjernet = {t.name: conn.execute(delete(t).where(t.c.ref == ref)).rowcount for t in PERSONTABELLER}
    fjernet[deltakelse.name] = conn.execute(delete(deltakelse).where(deltakelse.c.ref == ref)).rowcount
    return fjernet


def _evidence(
    conn: Connection, slettesak_id: str, kategorier: Collection[str], antall: Mapping[str, int]
) -> dict[str, Any]:
    sak = conn.execute(select(slettesak).where(slettesak.c.slettesak_id == slettesak_id)).one()
    lagre = conn.execute(
        select(slettesak_lager.c.lager, slettesak_lager.c.antall)
        .where(slettesak_lager.c.slettesak_id == slettesak_id)
        .order_by(slettesak_lager.c.lager)
    )
    return {
        "art": "SLETTING",
        "avsender": sak.avsender,
        "dato": sak.dato.isoformat(),
        "grunn": sak.grunn,
        "regelverk": sak.regelverk,
        "kategorier": sorted(kategorier),
        "lagre": {r.lager: r.antall for r in lagre},
        "antall": dict(antall),
    }


def _row(rad: Row[Any], lagre: Mapping[str, Lagerstand]) -> Slettesak:
    return Slettesak(
        slettesak_id=rad.slettesak_id,
        ref=rad.ref,
        avsender=rad.avsender,
        tilstand=Slettesakstilstand(rad.tilstand),
        grunn=None if rad.grunn is None else Statuskode(rad.grunn),
        dato=rad.dato,
        regelverk=rad.regelverk,
        varslet=rad.varslet,
        avsender_slettet=rad.avsender_slettet,
        lagre=lagre,
    )
