"""Erasure as a persisted checklist: key, rows, every other store, and the evidence when all are done and checked.

An erasure that was interrupted stands as APEN and is finished by the next run. Each function is safe to run again.
"""

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import ColumnElement, Connection, Row, and_, bindparam, delete, insert, select, update

from tiltaksflyt.ledger import bevis
from tiltaksflyt.ledger.database import Database, chunks
from tiltaksflyt.ledger.deltakelser import Deltakelsesrad, select_rows
from tiltaksflyt.ledger.feil import IkkeFunnet, UlovligOvergang
from tiltaksflyt.ledger.fullforing import LEDGER, NOKKELLAGER, finish_cases, mark, remove_rows
from tiltaksflyt.ledger.gjenkjenning import forget_fingerprints
from tiltaksflyt.ledger.koder import Statuskode
from tiltaksflyt.ledger.nokler import Nokkellager
from tiltaksflyt.ledger.samtykker import remove_consents_again
from tiltaksflyt.ledger.statistikk import Statistikkbidrag, count_in
from tiltaksflyt.ledger.tabeller import (
    deltakelse,
    forsendelse,
    slettesak,
    slettesak_lager,
    tilbakehold,
    utlagt_deltakelse,
)
from tiltaksflyt.ledger.tilbakehold import held_among, in_force, lock_erasures
from tiltaksflyt.ledger.tilstander import FORSENDELSE, SLETTESAK, Forsendelsestilstand, Slettesakstilstand, origins

_APNES_SAMMEN = 100


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


@dataclass(frozen=True)
class Nysak:
    """A deltakelse whose erasure is to begin, by which rules, and what it adds to the statistics."""

    ref: str
    regelverk: str
    bidrag: Statistikkbidrag | None


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
            return self._cases(conn, refs)

    def announce(self, refs: Collection[str], dato: date) -> dict[str, str]:
        """The slettesakId of each deltakelse, for the sender's list before the erasure.

        `dato` is the day the sender reads of it; the first one is kept. Raises IkkeFunnet.
        """
        with self._db.write() as conn:
            ider = self._cases(conn, refs)
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
            apne = self._open(conn, [Nysak(ref, regelverk, bidrag)], lagre, dato, grunn)
            if not apne:
                raise UlovligOvergang("slettesak")
            return self.get(apne[0])

    def open_all(
        self,
        nye: Sequence[Nysak],
        lagre: Collection[str],
        *,
        dato: date,
        grunn: Statuskode = Statuskode.SISTE_DAG,
    ) -> tuple[Slettesak, ...]:
        """As `open`, of several deltakelser; a chunk of them is one transaction. Raises IkkeFunnet.

        One that a hold has come upon since it was chosen is passed over: it is due again when the hold is over.
        """
        saker: list[Slettesak] = []
        for bunt in chunks(sorted(nye, key=lambda ny: ny.ref), _APNES_SAMMEN):
            with self._db.write() as conn:
                saker += self.get_all(self._open(conn, bunt, lagre, dato, grunn))
        return tuple(saker)

    def _open(
        self, conn: Connection, nye: Sequence[Nysak], lagre: Collection[str], dato: date, grunn: Statuskode
    ) -> list[str]:
        """The cases of those that are begun, now or before; those that are held are left out."""
        lock_erasures(self._db, conn, [ny.ref for ny in nye])
        if grunn is Statuskode.SISTE_DAG:
            holdte = held_among(conn, [ny.ref for ny in nye], dato)
            nye = [ny for ny in nye if ny.ref not in holdte]
        sak_av = self._cases(conn, [ny.ref for ny in nye])
        apnet: set[str] = set()
        fra = origins(SLETTESAK, "slettinger.open", Slettesakstilstand.APEN)
        for regelverk in sorted({ny.regelverk for ny in nye}):
            disse = [sak_av[ny.ref] for ny in nye if ny.regelverk == regelverk]
            apnet.update(
                conn.scalars(
                    update(slettesak)
                    .where(slettesak.c.slettesak_id.in_(disse), slettesak.c.tilstand.in_(fra))
                    .values(tilstand=Slettesakstilstand.APEN, grunn=grunn, dato=dato, regelverk=regelverk)
                    .returning(slettesak.c.slettesak_id)
                )
            )
        begynt = [ny for ny in nye if sak_av[ny.ref] in apnet]
        for ny in begynt:
            if ny.bidrag is not None:
                count_in(self._db, conn, _sender_of(conn, ny.ref), ny.bidrag)
        if begynt:
            _put_out_of_reach(conn, [ny.ref for ny in begynt])
            linje = {"gjort": False, "kontrollert": False, "antall": 0}
            alle = sorted({*lagre, NOKKELLAGER, LEDGER})
            sjekkliste = [{**linje, "slettesak_id": sak_av[ny.ref], "lager": lager} for ny in begynt for lager in alle]
            conn.execute(insert(slettesak_lager), sjekkliste)
        return list(sak_av.values())

    def mark_done(self, slettesak_id: str, lager: str, antall: int) -> None:
        """A store is emptied of `antall` copies. Raises IkkeFunnet for a store that is not on the checklist."""
        self.mark_all_done(lager, {slettesak_id: antall})

    def mark_all_done(self, lager: str, antall: Mapping[str, int]) -> None:
        """A store is emptied of the copies of several cases, by slettesakId. Raises IkkeFunnet, and then none is.

        Done again, what it held now is added: an erasure that was interrupted counts what each run removed.
        """
        if not antall:
            return
        with self._db.write() as conn:
            mark(conn, lager, {sak_id: {"gjort": True, "antall": n} for sak_id, n in antall.items()})

    def mark_checked(self, slettesak_id: str, lager: str) -> None:
        """A store was searched and holds nothing more. Raises IkkeFunnet, UlovligOvergang when it is not done."""
        self.mark_all_checked(lager, [slettesak_id])

    def mark_all_checked(self, lager: str, slettesak_ider: Collection[str]) -> None:
        """A store holds nothing more of several cases. Raises IkkeFunnet, UlovligOvergang, and then none is checked."""
        if not slettesak_ider:
            return
        with self._db.write() as conn:
            for bunt in chunks(sorted(slettesak_ider)):
                ugjort = select(slettesak_lager.c.slettesak_id).where(
                    slettesak_lager.c.slettesak_id.in_(bunt),
                    slettesak_lager.c.lager == lager,
                    slettesak_lager.c.gjort.is_(False),
                )
                if conn.scalar(ugjort.limit(1)) is not None:
                    raise UlovligOvergang("slettesak_lager")
                mark(conn, lager, {sak_id: {"kontrollert": True} for sak_id in bunt})

    def destroy_key(self, slettesak_id: str) -> None:
        """Destroy the data key of an open case: every copy of the record, backups included, is unreadable from now.

        The other stores may still be emptied by the ids that stand in the ledger. Raises IkkeFunnet, UlovligOvergang.
        """
        if self.get(slettesak_id).tilstand is not Slettesakstilstand.APEN:
            raise UlovligOvergang("slettesak")
        self.destroy_keys([slettesak_id])

    def destroy_keys(self, slettesak_ider: Collection[str]) -> None:
        """As `destroy_key`, of several cases: the keys in one transaction of the key store, then the checklists.

        A case that another worker has finished meanwhile is passed over. Raises IkkeFunnet.
        """
        for bunt in chunks(sorted(slettesak_ider)):
            saker = [sak for sak in self.get_all(bunt) if sak.tilstand is Slettesakstilstand.APEN]
            with self._db.read() as conn:
                nokkel_av = dict(
                    conn.execute(
                        select(deltakelse.c.ref, deltakelse.c.nokkel_id).where(
                            deltakelse.c.ref.in_([sak.ref for sak in saker if sak.ref is not None])
                        )
                    ).all()
                )
            fantes = self._nokler.existing(list(nokkel_av.values()))
            self._nokler.destroy(sorted(fantes))
            igjen = self._nokler.existing(sorted(fantes))
            linjer: dict[str, dict[str, bool | int]] = {}
            for sak in saker:
                nokkel_id = nokkel_av.get(sak.ref or "")
                linjer[sak.slettesak_id] = {
                    "gjort": True,
                    "kontrollert": nokkel_id not in igjen,
                    "antall": int(nokkel_id in fantes),  # otherwise an earlier run destroyed it, and counted it
                }
            with self._db.write() as conn:
                mark(conn, NOKKELLAGER, linjer)

    def finish(
        self,
        slettesak_id: str,
        *,
        nokkel: Ed25519PrivateKey,
        kategorier: Collection[str],
        now: datetime,
        dato: date | None = None,
    ) -> bevis.Bevis | None:
        """Destroy the key, remove the rows and write the evidence, when every other store is done and checked.

        None, and the case stays open, while a store is not done and checked, an object in an outbox still names the
        deltakelse, or one of its documents lies in a package that is not sent (cancel the package first).
        `kategorier` are the categories of personal data that were held; `dato` is the day it is finished on, without it
        the day it was begun. Raises IkkeFunnet, UlovligOvergang.
        """
        self.destroy_key(slettesak_id)
        ferdige = self.finish_all([slettesak_id], nokkel=nokkel, kategorier=kategorier, now=now, dato=dato)
        return ferdige[0] if ferdige else None

    def finish_all(
        self,
        slettesak_ider: Collection[str],
        *,
        nokkel: Ed25519PrivateKey,
        kategorier: Collection[str],
        now: datetime,
        dato: date | None = None,
    ) -> tuple[bevis.Bevis, ...]:
        """Remove the rows and write the evidence of those cases that are complete, their keys destroyed; the evidence.

        A chunk of cases is one transaction: its rows go and its evidence comes together, or neither. What is not
        complete (`finish`), and what another worker has finished meanwhile, is passed over.
        """
        ferdige: list[bevis.Bevis] = []
        for bunt in chunks(sorted(slettesak_ider)):
            with self._db.write() as conn:
                ferdige += finish_cases(conn, bunt, nokkel, kategorier, now, dato)
        return tuple(ferdige)

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
                    remove_rows(conn, [ref])
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

    def get_all(self, slettesak_ider: Collection[str]) -> tuple[Slettesak, ...]:
        """Several cases, in the order of their ids. Raises IkkeFunnet when one does not exist."""
        saker = [
            sak
            for bunt in chunks(sorted(set(slettesak_ider)))
            for sak in self._select(slettesak.c.slettesak_id.in_(bunt))
        ]
        if len(saker) != len(set(slettesak_ider)):
            raise IkkeFunnet("slettesak")
        return tuple(saker)

    def confirm_by_sender(self, avsender: str, slettesak_id: str, slettet: date) -> bool:
        """The sender says that its own system has deleted; False when the case is not that sender's."""
        with self._db.write() as conn:
            treff = conn.execute(
                update(slettesak)
                .where(slettesak.c.slettesak_id == slettesak_id, slettesak.c.avsender == avsender)
                .values(avsender_slettet=slettet)
            ).rowcount
        return bool(treff)

    def _cases(self, conn: Connection, refs: Collection[str]) -> dict[str, str]:
        """The slettesakId of each deltakelse, made now where it has none. Raises IkkeFunnet."""
        lock_erasures(self._db, conn, refs)
        kolonner = (deltakelse.c.ref, deltakelse.c.avsender, deltakelse.c.slettesak_id)
        rader = {
            rad.ref: rad
            for bunt in chunks(sorted(refs))
            for rad in conn.execute(select(*kolonner).where(deltakelse.c.ref.in_(bunt)))
        }
        if rader.keys() != set(refs):
            raise IkkeFunnet("deltakelse")
        sak_av = {ref: rader[ref].slettesak_id or str(uuid.uuid4()) for ref in refs}
        nye = [rad for rad in rader.values() if rad.slettesak_id is None]
        if nye:
            varslet = {"tilstand": Slettesakstilstand.VARSLET}
            saker = [{**varslet, "slettesak_id": sak_av[r.ref], "ref": r.ref, "avsender": r.avsender} for r in nye]
            conn.execute(insert(slettesak), saker)
            conn.execute(
                update(deltakelse)
                .where(deltakelse.c.ref == bindparam("b_ref"))
                .values(slettesak_id=bindparam("b_sak")),
                [{"b_ref": rad.ref, "b_sak": sak_av[rad.ref]} for rad in nye],
            )
        return sak_av

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


def _sender_of(conn: Connection, ref: str) -> str:
    return str(conn.execute(select(deltakelse.c.avsender).where(deltakelse.c.ref == ref)).scalar_one())


def _put_out_of_reach(conn: Connection, refs: Sequence[str]) -> None:
    forget_fingerprints(conn, refs)
    conn.execute(
        update(deltakelse)
        .where(deltakelse.c.ref == bindparam("b_ref"))
        .values(under_sletting=True, ekstern_hmac=bindparam("b_ekstern"), deltaker_hmac=bindparam("b_deltaker")),
        [
            {"b_ref": ref, "b_ekstern": f"slettes-{uuid.uuid4()}", "b_deltaker": f"slettes-{uuid.uuid4()}"}
            for ref in refs
        ],
    )
    conn.execute(
        update(forsendelse)
        .where(
            forsendelse.c.ref.in_(refs),
            forsendelse.c.tilstand.in_(origins(FORSENDELSE, "slettinger.open", Forsendelsestilstand.TILBAKEKALT)),
        )
        .values(tilstand=Forsendelsestilstand.TILBAKEKALT, statuskode=Statuskode.SLETTES)
    )


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
