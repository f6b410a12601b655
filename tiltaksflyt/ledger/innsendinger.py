"""What was dropped, by whom, how far it has come, and what the sender was told."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, delete, insert, not_, or_, select, update

from schemas.avvik import Alvorlighet, Avvik, Innsendingsstatus
from tiltaksflyt.ledger.database import Database, chunks, storable
from tiltaksflyt.ledger.feil import IkkeFunnet, LeieTapt
from tiltaksflyt.ledger.leie import Leie
from tiltaksflyt.ledger.nokler import Nokkellager
from tiltaksflyt.ledger.tabeller import avvik, deltakelse, holdt, innsending
from tiltaksflyt.ledger.tilstander import INNSENDING, Innsendingstilstand, origins

_GODTATTE = (
    Innsendingsstatus.GODTATT.value,
    Innsendingsstatus.GODTATT_MED_ADVARSEL.value,
    Innsendingsstatus.DELVIS_HOLDT.value,
)

# Begins what stands in place of an etag where the row's hash of the bytes is a keyed fingerprint.
_GLEMT = "glemt-"
_IS_FORGOTTEN = innsending.c.etag.startswith(_GLEMT)


@dataclass(frozen=True)
class Funn:
    """`ny` is false when this very drop (sender, bytes, etag and time in the store) was discovered before."""

    innsending_id: str
    ny: bool


@dataclass(frozen=True)
class Holdt:
    """A deltakelse held at the door. `ekstern_id` is the sender's deltakelseId, kept only as a keyed fingerprint.

    `siste_dag` is the last day the row may be kept; the three last fields are None where they could not be read.
    """

    ekstern_id: str
    regler: tuple[str, ...]
    siste_dag: date
    tiltakskode: str | None = None
    start_dato: date | None = None
    slutt_dato: date | None = None


@dataclass(frozen=True)
class Holdtrad:
    """A held deltakelse as the ledger has it; `siden` is the day it was first held without a break.

    `ref` is our id of it where an earlier drop of it was accepted.
    """

    avsender: str
    ref: str | None
    innsending_id: str
    regler: tuple[str, ...]
    siden: date
    siste_dag: date
    tiltakskode: str | None
    start_dato: date | None
    slutt_dato: date | None


@dataclass(frozen=True)
class Svar:
    """What the sender is answered. `dato` is the day in Oslo; header values are None where it could not be read.

    `mengder` says how much an accepted FULL drop held: counts by table, no content.
    """

    status: Innsendingsstatus
    besvart: datetime
    dato: date
    antall: Mapping[str, int]
    avvik: Sequence[Avvik] = ()
    holdte: Sequence[Holdt] = ()
    omfang: str | None = None
    avdeling: str | None = None
    kildesystem: str | None = None
    opprettet: datetime | None = None
    mengder: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Innsendingsrad:
    """One drop. `objekt` is our own name of the raw drop while it exists, `opprettet` the sender's own time.

    `sha256` is a keyed fingerprint when the raw drop is gone (`er_glemt`).
    """

    innsending_id: str
    avsender: str
    sha256: str
    er_glemt: bool
    storrelse: int
    objekt: str | None
    tilstand: Innsendingstilstand
    forsok: int
    status: Innsendingsstatus | None
    omfang: str | None
    avdeling: str | None
    kildesystem: str | None
    opprettet: datetime | None
    sist_endret: datetime
    mottatt: datetime
    besvart: datetime | None
    antall: Mapping[str, int]
    mengder: Mapping[str, Any] | None


class Innsendinger:
    """The drops of all senders."""

    def __init__(self, database: Database, nokler: Nokkellager) -> None:
        self._db = database
        self._nokler = nokler

    def discover(
        self, avsender: str, sha256: str, storrelse: int, *, etag: str, last_modified: datetime, now: datetime
    ) -> Funn:
        """Note a drop found in the inbox. The same drop seen again, by anyone, is the same innsending.

        The same bytes dropped at another time are a new innsending (`duplicate_of` tells), unless the first is not
        answered yet: then both objects are that one.
        """
        with self._db.write() as conn:
            self._db.lock(conn, f"innsending:{avsender}")
            avtrykk = self._fingerprint(avsender, sha256)
            like = and_(innsending.c.avsender == avsender, innsending.c.sha256.in_((sha256, avtrykk)))
            samme = and_(or_(innsending.c.etag == etag, _IS_FORGOTTEN), innsending.c.sist_endret == last_modified)
            ubesvart = innsending.c.tilstand != Innsendingstilstand.BESVART
            funnet = conn.scalar(select(innsending.c.innsending_id).where(like, or_(samme, ubesvart)).limit(1))
            if funnet is not None:
                return Funn(funnet, ny=False)
            innsending_id = str(uuid.uuid4())
            conn.execute(
                insert(innsending).values(
                    innsending_id=innsending_id,
                    avsender=avsender,
                    sha256=sha256,
                    storrelse=storrelse,
                    etag=etag,
                    sist_endret=last_modified,
                    tilstand=Innsendingstilstand.OPPDAGET,
                    mottatt=now,
                )
            )
            return Funn(innsending_id, ny=True)

    def place(self, innsending_id: str, objekt: str) -> None:
        """Record our own object name of the raw drop. Raises IkkeFunnet."""
        with self._db.write() as conn:
            _must_hit(conn.execute(update(innsending).where(_is(innsending_id)).values(objekt=objekt)).rowcount)

    def pending(self, now: datetime) -> tuple[Innsendingsrad, ...]:
        """Drops to read: OPPDAGET, and TATT whose lease has run out; by sender and arrival."""
        return self._select(_is_claimable(now))

    def being_read(self, now: datetime) -> frozenset[str]:
        """The senders of whom some worker has a drop in hand, under a lease that still runs."""
        i_hende = and_(innsending.c.tilstand == Innsendingstilstand.TATT, innsending.c.leie_til >= now)
        return frozenset(rad.avsender for rad in self._select(i_hende))

    def claim(self, innsending_id: str, *, now: datetime, until: datetime) -> Leie | None:
        """Take the drop until `until`; None when another worker has it or it is answered."""
        leie = Leie(innsending_id, str(uuid.uuid4()), until)
        with self._db.write() as conn:
            treff = conn.execute(
                update(innsending)
                .where(_is(innsending_id), _is_claimable(now))
                .values(
                    tilstand=Innsendingstilstand.TATT, eier=leie.eier, leie_til=until, forsok=innsending.c.forsok + 1
                )
            ).rowcount
        return leie if treff else None

    def give_back(self, leie: Leie) -> None:
        """End the lease without an answer, so that the next run takes the drop at once. Raises LeieTapt."""
        with self._db.write() as conn:
            _end_lease(conn, leie, "give_back", Innsendingstilstand.OPPDAGET, {})

    def answer(self, leie: Leie, svar: Svar) -> None:
        """Record the answer, its deviations and what is held. Raises LeieTapt.

        Call it in the same `ledger.transaction()` as `deltakelser.store_many`: a lost lease then undoes both.
        """
        with self._db.write() as conn:
            _end_lease(
                conn,
                leie,
                "answer",
                Innsendingstilstand.BESVART,
                {
                    "status": svar.status.value,
                    "besvart": svar.besvart,
                    "antall": dict(svar.antall),
                    "omfang": storable(svar.omfang),
                    "avdeling": storable(svar.avdeling),
                    "kildesystem": storable(svar.kildesystem),
                    "opprettet": svar.opprettet,
                    "dato": svar.dato,
                    "mengder": None if svar.mengder is None else dict(svar.mengder),
                },
            )
            if svar.avvik:
                conn.execute(insert(avvik), [_without_value(leie.id, funn) for funn in svar.avvik])
            if svar.holdte:
                self._hold(conn, leie.id, svar)

    def _hold(self, conn: Connection, innsending_id: str, svar: Svar) -> None:
        avsender = conn.scalar(select(innsending.c.avsender).where(_is(innsending_id)))
        if avsender is None:
            raise IkkeFunnet("innsending")
        per_hmac = {self._nokler.lookup(avsender, "deltakelse", h.ekstern_id): h for h in svar.holdte}
        siden: dict[str, date] = {}
        for bunt in chunks(list(per_hmac)):
            tidligere = and_(holdt.c.avsender == avsender, holdt.c.ekstern_hmac.in_(bunt))
            siden.update(conn.execute(select(holdt.c.ekstern_hmac, holdt.c.siden).where(tidligere)).all())
            conn.execute(delete(holdt).where(tidligere))
        conn.execute(
            insert(holdt),
            [
                {
                    "avsender": avsender,
                    "ekstern_hmac": hmac,
                    "innsending_id": innsending_id,
                    "regler": list(h.regler),
                    "siden": siden.get(hmac, svar.dato),
                    "siste_dag": h.siste_dag,
                    "tiltakskode": h.tiltakskode,
                    "start_dato": h.start_dato,
                    "slutt_dato": h.slutt_dato,
                }
                for hmac, h in per_hmac.items()
            ],
        )

    def get(self, innsending_id: str) -> Innsendingsrad:
        """One drop. Raises IkkeFunnet."""
        rader = self._select(_is(innsending_id))
        if not rader:
            raise IkkeFunnet("innsending")
        return rader[0]

    def list(self, avsender: str | None = None) -> tuple[Innsendingsrad, ...]:
        """All drops, or one sender's."""
        return self._select(*([innsending.c.avsender == avsender] if avsender else []))

    def duplicate_of(self, innsending_id: str) -> str | None:
        """The sender's latest accepted drop, when it has the same bytes as this one (FIL011)."""
        denne = self.get(innsending_id)
        godtatte = [
            rad
            for rad in self._select(innsending.c.avsender == denne.avsender, innsending.c.status.in_(_GODTATTE))
            if rad.besvart is not None and rad.innsending_id != innsending_id
        ]
        siste = max(godtatte, key=lambda rad: (rad.besvart, rad.sist_endret), default=None)
        return siste.innsending_id if siste is not None and self._have_same_bytes(siste, denne) else None

    def latest_accepted(
        self,
        avsender: str,
        *,
        kildesystem: str | None = None,
        avdeling: str | None = None,
        omfang: str | None = None,
    ) -> Innsendingsrad | None:
        """The accepted drop with the sender's latest `opprettet`; None when there is none.

        With `kildesystem` only drops of the same scope count: that system and `avdeling`, or none (beslutninger 5).
        """
        vilkar: list[ColumnElement[bool]] = [
            innsending.c.avsender == avsender,
            innsending.c.status.in_(_GODTATTE),
            innsending.c.opprettet.is_not(None),
        ]
        if kildesystem is not None:
            vilkar += [innsending.c.kildesystem == kildesystem, innsending.c.avdeling.is_not_distinct_from(avdeling)]
        if omfang is not None:
            vilkar.append(innsending.c.omfang == omfang)
        sporring = select(innsending).where(*vilkar).order_by(innsending.c.opprettet.desc()).limit(1)
        with self._db.read() as conn:
            rad = conn.execute(sporring).one_or_none()
        return None if rad is None else _row(rad)

    def measures(self, avsender: str, *, kildesystem: str, avdeling: str | None) -> tuple[Mapping[str, Any], ...]:
        """How much each accepted FULL drop of one scope held, the newest first; at most the last ten."""
        sporring = (
            select(innsending.c.mengder)
            .where(
                innsending.c.avsender == avsender,
                innsending.c.status.in_(_GODTATTE),
                innsending.c.omfang == "FULL",
                innsending.c.kildesystem == kildesystem,
                innsending.c.avdeling.is_not_distinct_from(avdeling),
                innsending.c.opprettet.is_not(None),
            )
            .order_by(innsending.c.opprettet.desc())
            .limit(10)
        )
        with self._db.read() as conn:
            return tuple(mengder for mengder in conn.scalars(sporring) if mengder)

    def with_same_bytes(self, innsending_id: str) -> tuple[str, ...]:
        """The drops of the same sender with the same bytes, this one among them. Raises IkkeFunnet."""
        denne = self.get(innsending_id)
        return tuple(rad.innsending_id for rad in self.list(denne.avsender) if self._have_same_bytes(rad, denne))

    def _have_same_bytes(self, en: Innsendingsrad, annen: Innsendingsrad) -> bool:
        avtrykk = {rad.sha256 if rad.er_glemt else self._fingerprint(rad.avsender, rad.sha256) for rad in (en, annen)}
        return len(avtrykk) == 1

    def _fingerprint(self, avsender: str, sha256: str) -> str:
        return self._nokler.lookup(avsender, "innsending", sha256)

    def deviations(self, innsending_id: str) -> tuple[Avvik, ...]:
        """What was found in the drop. `nokkel`, `melding` and `tiltak` are empty: the first is the sender's own id
        and is not kept, the others stand in the catalogue."""
        with self._db.read() as conn:
            rader = conn.execute(
                select(avvik).where(avvik.c.innsending_id == innsending_id).order_by(avvik.c.lopenr)
            ).all()
        return tuple(
            Avvik(r.regel, Alvorlighet(r.alvorlighet), r.tabell, r.rad, r.post, None, r.kolonne, "", "") for r in rader
        )

    def held(self, avsender: str | None = None) -> tuple[Holdtrad, ...]:
        """The deltakelser that stand held."""
        return self._held(*([holdt.c.avsender == avsender] if avsender else []))

    def held_by_id(self, avsender: str, ekstern_id: str) -> tuple[Holdtrad, ...]:
        """One deltakelse by the sender's own id, if it stands held; nothing of it may be stored."""
        hmac = self._nokler.lookup(avsender, "deltakelse", ekstern_id)
        return self._held(holdt.c.avsender == avsender, holdt.c.ekstern_hmac == hmac)

    def _held(self, *vilkar: ColumnElement[bool]) -> tuple[Holdtrad, ...]:
        with self._db.read() as conn:
            godtatt_for = and_(
                deltakelse.c.avsender == holdt.c.avsender, deltakelse.c.ekstern_hmac == holdt.c.ekstern_hmac
            )
            rader = conn.execute(
                select(holdt, deltakelse.c.ref)
                .join(deltakelse, godtatt_for, isouter=True)
                .where(*vilkar)
                .order_by(holdt.c.siden, holdt.c.ekstern_hmac)
            ).all()
        return tuple(
            Holdtrad(
                r.avsender,
                r.ref,
                r.innsending_id,
                tuple(r.regler),
                r.siden,
                r.siste_dag,
                r.tiltakskode,
                r.start_dato,
                r.slutt_dato,
            )
            for r in rader
        )

    def forget_held(self, dato: date) -> int:
        """Remove held rows whose last day is before `dato`. Answers how many."""
        with self._db.write() as conn:
            return conn.execute(delete(holdt).where(holdt.c.siste_dag < dato)).rowcount

    def with_raw(self) -> tuple[Innsendingsrad, ...]:
        """Answered drops whose raw object still exists."""
        return self._select(
            innsending.c.objekt.is_not(None), innsending.c.tilstand == Innsendingstilstand.BESVART.value
        )

    def raw_removed(self, innsending_id: str) -> None:
        """Record that the raw object is gone, with its versions, and forget its hashes. Raises IkkeFunnet."""
        with self._db.write() as conn:
            _must_hit(conn.execute(update(innsending).where(_is(innsending_id)).values(objekt=None)).rowcount)
            self._forget_hashes(conn, _is(innsending_id))

    def forget_hashes(self) -> int:
        """Forget the hashes of the drops whose raw objects went before hashes were forgotten with them; how many."""
        with self._db.write() as conn:
            return self._forget_hashes(conn, innsending.c.objekt.is_(None))

    def _forget_hashes(self, conn: Connection, hvilke: ColumnElement[bool]) -> int:
        """Keep of the bytes only a keyed fingerprint: a plain hash leads whoever has the file to what it says."""
        besvart = innsending.c.tilstand == Innsendingstilstand.BESVART
        rader = conn.execute(select(innsending).where(hvilke, besvart, not_(_IS_FORGOTTEN))).all()
        for rad in rader:
            avtrykk = self._fingerprint(rad.avsender, rad.sha256)
            verdier = {"sha256": avtrykk, "etag": f"{_GLEMT}{rad.innsending_id}"}
            conn.execute(update(innsending).where(_is(rad.innsending_id)).values(verdier))
        return len(rader)

    def _select(self, *vilkar: ColumnElement[bool]) -> tuple[Innsendingsrad, ...]:
        rekkefolge = (innsending.c.avsender, innsending.c.sist_endret, innsending.c.innsending_id)
        with self._db.read() as conn:
            return tuple(_row(r) for r in conn.execute(select(innsending).where(*vilkar).order_by(*rekkefolge)))


def _is(innsending_id: str) -> ColumnElement[bool]:
    return innsending.c.innsending_id == innsending_id


def _is_claimable(now: datetime) -> ColumnElement[bool]:
    fra = origins(INNSENDING, "innsendinger.claim", Innsendingstilstand.TATT)
    utlopt = or_(innsending.c.leie_til.is_(None), innsending.c.leie_til < now)
    return and_(innsending.c.tilstand.in_(fra), or_(innsending.c.tilstand != Innsendingstilstand.TATT, utlopt))


def _end_lease(
    conn: Connection, leie: Leie, funksjon: str, til: Innsendingstilstand, verdier: Mapping[str, Any]
) -> None:
    fra = origins(INNSENDING, f"innsendinger.{funksjon}", til)
    treff = conn.execute(
        update(innsending)
        .where(_is(leie.id), innsending.c.eier == leie.eier, innsending.c.tilstand.in_(fra))
        .values(tilstand=til, eier=None, leie_til=None, **verdier)
    ).rowcount
    if not treff:
        raise LeieTapt("innsending")


def _must_hit(treff: int) -> None:
    if not treff:
        raise IkkeFunnet("innsending")


def _without_value(innsending_id: str, funn: Avvik) -> dict[str, Any]:
    return {
        "innsending_id": innsending_id,
        "regel": funn.regelId,
        "alvorlighet": funn.alvorlighet.value,
        "tabell": funn.tabell,
        "rad": funn.rad,
        "post": funn.post,
        "kolonne": storable(funn.kolonne),
    }


def _row(rad: Row[Any]) -> Innsendingsrad:
    return Innsendingsrad(
        innsending_id=rad.innsending_id,
        avsender=rad.avsender,
        sha256=rad.sha256,
        er_glemt=rad.etag.startswith(_GLEMT),
        storrelse=rad.storrelse,
        objekt=rad.objekt,
        tilstand=Innsendingstilstand(rad.tilstand),
        forsok=rad.forsok,
        status=None if rad.status is None else Innsendingsstatus(rad.status),
        omfang=rad.omfang,
        avdeling=rad.avdeling,
        kildesystem=rad.kildesystem,
        opprettet=rad.opprettet,
        sist_endret=rad.sist_endret,
        mottatt=rad.mottatt,
        besvart=rad.besvart,
        antall=rad.antall,
        mengder=rad.mengder,
    )
