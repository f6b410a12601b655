"""Packages to recipients: claimed by lease, sent outside any transaction, recorded only by who holds the lease."""

import uuid
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, func, insert, or_, select, update

from tiltaksflyt.ledger.database import Database, chunks
from tiltaksflyt.ledger.feil import IkkeFunnet, LedgerFeil, LeieTapt, UlovligOvergang
from tiltaksflyt.ledger.koder import Statuskode
from tiltaksflyt.ledger.leie import Leie
from tiltaksflyt.ledger.leveranseforsok import begin_attempt, end_attempt
from tiltaksflyt.ledger.tabeller import avtaleomrade, deltakelse, dokument, forsendelse, leveranse, stans
from tiltaksflyt.ledger.tilstander import (
    FORSENDELSE,
    HOS_MOTTAKER,
    LEVERANSE,
    Forsendelsestilstand,
    Leveransetilstand,
    origins,
)

_FULGT = {
    Leveransetilstand.MOTTATT: Statuskode.OVERFORT,
    Leveransetilstand.LEVERT: Statuskode.KVITTERT,
    Leveransetilstand.LEST: Statuskode.LEST,
    Leveransetilstand.FEIL: Statuskode.IKKE_BRAKT_FRAM,
}


@dataclass(frozen=True)
class Leveranserad:
    """One package to one recipient in one window. `antall` is documents by type and outlives the documents."""

    leveranse_id: str
    mottaker: str
    kanal: str
    vindu: str
    tilstand: Leveransetilstand
    statuskode: Statuskode
    forsok: int
    neste_forsok: datetime | None
    pakke: str | None
    sha256: str | None
    storrelse: int | None
    merkle_rot: str | None
    kanal_ref: str | None
    antall: Mapping[str, int]
    opprettet: datetime
    sendt: datetime | None
    sendt_dato: date | None
    kvittert: datetime | None


@dataclass(frozen=True)
class Utfall:
    """What came of an attempt: SENDT or MOTTATT (accepted), OPPRETTET (transient, with `neste_forsok`) or FEIL.

    `dato` is the day in Oslo that counts as the day of sending.
    """

    tilstand: Leveransetilstand
    statuskode: Statuskode
    tid: datetime
    dato: date
    neste_forsok: datetime | None = None


class Leveranser:
    """The packages to all recipients."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def create(
        self, mottaker: str, kanal: str, vindu: str, melding_ider: Sequence[str], *, now: datetime
    ) -> Leveranserad | None:
        """Gather those of the documents that are KLAR for the recipient; None when none of them is (any more).

        A document of a sender that is stopped, or of a deltakelse under erasure, stays where it is; so does a copy
        whose original has not been sent, and a version while an older one is in a package to the same recipient.
        """
        leveranse_id = str(uuid.uuid4())
        with self._db.write() as conn:
            self._db.lock(conn, f"mottaker:{mottaker}")
            antall = _count_ready(conn, mottaker, melding_ider)
            if not antall:
                return None
            conn.execute(
                insert(leveranse).values(
                    leveranse_id=leveranse_id,
                    mottaker=mottaker,
                    kanal=kanal,
                    vindu=vindu,
                    tilstand=Leveransetilstand.OPPRETTET,
                    statuskode=Statuskode.VENTER,
                    antall=dict(antall),
                    opprettet=now,
                )
            )
            for bunt in chunks(melding_ider):
                conn.execute(
                    update(forsendelse)
                    .where(forsendelse.c.melding_id.in_(bunt), _is_ready(mottaker))
                    .values(tilstand=Forsendelsestilstand.I_LEVERANSE, leveranse_id=leveranse_id, statuskode=None)
                )
        return self.get(leveranse_id)

    def due(self, now: datetime, mottaker: str | None = None) -> tuple[Leveranserad, ...]:
        """Packages to send: OPPRETTET whose time has come, SENDES whose lease has run out; nothing that is stopped."""
        vilkar = [_is_claimable(now), _is_not_stopped()]
        if mottaker is not None:
            vilkar.append(leveranse.c.mottaker == mottaker)
        return self._select(*vilkar)

    def take_lease(
        self,
        leveranse_id: str,
        *,
        now: datetime,
        until: datetime,
        samtidige: int | None = None,
        despite_stops: bool = False,
    ) -> Leie | None:
        """Take the package until `until`: one committed UPDATE. None when it is not due or somebody else has it.

        `samtidige` is how many packages to the same recipient may be on their way at once. `despite_stops` is for what
        a person carries past whatever is stopped.
        """
        leie = Leie(leveranse_id, str(uuid.uuid4()), until)
        vilkar = [leveranse.c.leveranse_id == leveranse_id, _is_claimable(now)]
        if not despite_stops:
            vilkar.append(_is_not_stopped())
        with self._db.write() as conn:
            if samtidige is not None:
                mottaker = conn.scalar(select(leveranse.c.mottaker).where(leveranse.c.leveranse_id == leveranse_id))
                self._db.lock(conn, f"samtidige:{mottaker}")
                if _on_their_way(conn, mottaker, now) >= samtidige:
                    return None
            nr = conn.scalar(
                update(leveranse)
                .where(*vilkar)
                .values(
                    tilstand=Leveransetilstand.SENDES,
                    statuskode=Statuskode.SENDES,
                    eier=leie.eier,
                    leie_til=until,
                    neste_forsok=None,
                    forsok=leveranse.c.forsok + 1,
                )
                .returning(leveranse.c.forsok)
            )
            if nr is None:
                return None
            begin_attempt(conn, leveranse_id, nr, now)
        return leie

    def attach_package(
        self, leie: Leie, *, pakke: str, sha256: str, storrelse: int, merkle_rot: str | None = None
    ) -> None:
        """Record the stored package, once: a retry sends the stored one and never rebuilds it.

        Raises LeieTapt, and UlovligOvergang when there is a package already.
        """
        with self._db.write() as conn:
            gammel = conn.execute(select(leveranse.c.pakke).where(*_held_by(leie))).one_or_none()
            if gammel is None:
                raise LeieTapt("leveranse")
            if gammel.pakke is not None:
                raise UlovligOvergang("leveranse.pakke")
            conn.execute(
                update(leveranse)
                .where(*_held_by(leie))
                .values(pakke=pakke, sha256=sha256, storrelse=storrelse, merkle_rot=merkle_rot)
            )

    def bind(self, leie: Leie, kanal_ref: str) -> None:
        """Record what the channel calls the package, before a byte of it leaves: a crash then never sends it twice.

        Raises LeieTapt.
        """
        with self._db.write() as conn:
            if not conn.execute(update(leveranse).where(*_held_by(leie)).values(kanal_ref=kanal_ref)).rowcount:
                raise LeieTapt("leveranse")

    def record(self, leie: Leie, utfall: Utfall) -> None:
        """Record an outcome, only while the lease is still ours. Raises LeieTapt.

        Accepted: the documents are SENDT, and the versions they replace ERSTATTET.
        """
        fra = origins(LEVERANSE, "leveranser.record", utfall.tilstand)
        sendt = utfall.tilstand in HOS_MOTTAKER
        if (utfall.neste_forsok is None) == (utfall.tilstand is Leveransetilstand.OPPRETTET):
            raise LedgerFeil("UTFALL", "leveranse", "neste_forsok goes with OPPRETTET and with nothing else")
        with self._db.write() as conn:
            treff = conn.execute(
                update(leveranse)
                .where(*_held_by(leie), leveranse.c.tilstand.in_(fra))
                .values(
                    tilstand=utfall.tilstand,
                    statuskode=utfall.statuskode,
                    eier=None,
                    leie_til=None,
                    neste_forsok=utfall.neste_forsok,
                    **({"sendt": utfall.tid, "sendt_dato": utfall.dato} if sendt else {}),
                )
            ).rowcount
            if not treff:
                raise LeieTapt("leveranse")
            end_attempt(conn, leie.id, utfall.statuskode, utfall.tid, utfall.neste_forsok)
            if sendt:
                arrive(conn, leie.id, utfall.dato, "leveranser.record")

    def follow(self, leveranse_id: str, tilstand: Leveransetilstand) -> bool:
        """A channel says how far the package has come: MOTTATT, LEVERT, LEST or FEIL; whether that was news."""
        fra = origins(LEVERANSE, "leveranser.follow", tilstand)
        with self._db.write() as conn:
            treff = conn.execute(
                update(leveranse)
                .where(leveranse.c.leveranse_id == leveranse_id, leveranse.c.tilstand.in_(fra))
                .values(tilstand=tilstand, statuskode=_FULGT[tilstand])
            ).rowcount
        return bool(treff)

    def retry(self, leveranse_id: str, *, now: datetime) -> None:
        """A person wants a package tried again at once: one that stopped, or one that the recipient never answered.

        What is with the recipient already is sent again only as the very bytes that lie stored: made anew it would be
        another package under the same name. Raises UlovligOvergang.
        """
        fra = origins(LEVERANSE, "leveranser.retry", Leveransetilstand.OPPRETTET)
        er_den_samme = or_(leveranse.c.tilstand == Leveransetilstand.FEIL, leveranse.c.pakke.is_not(None))
        with self._db.write() as conn:
            _must_move(
                conn.execute(
                    update(leveranse)
                    .where(leveranse.c.leveranse_id == leveranse_id, leveranse.c.tilstand.in_(fra), er_den_samme)
                    .values(tilstand=Leveransetilstand.OPPRETTET, statuskode=Statuskode.PROVES_IGJEN, neste_forsok=now)
                ).rowcount
            )

    def hand_over(self, leveranse_id: str, kanal: str, *, now: datetime) -> bool:
        """The stored package goes by `kanal` from now on, as the very bytes, and is due at once. Whether it was moved.

        Not one without a stored package, one that is being sent, one that the recipient has opened, or one that goes
        by that channel already. Its documents stay as they are: those that have left are SENDT still.
        """
        fra = origins(LEVERANSE, "leveranser.hand_over", Leveransetilstand.OPPRETTET)
        ledig = or_(leveranse.c.tilstand != Leveransetilstand.SENDES, leveranse.c.leie_til < now)
        with self._db.write() as conn:
            treff = conn.execute(
                update(leveranse)
                .where(
                    leveranse.c.leveranse_id == leveranse_id,
                    leveranse.c.tilstand.in_(fra),
                    leveranse.c.kanal != kanal,
                    leveranse.c.pakke.is_not(None),
                    ledig,
                )
                .values(
                    kanal=kanal,
                    tilstand=Leveransetilstand.OPPRETTET,
                    statuskode=Statuskode.OVERLEVERES,
                    eier=None,
                    leie_til=None,
                    neste_forsok=now,
                )
            ).rowcount
            if treff:
                end_attempt(conn, leveranse_id, Statuskode.LEIE_UTLOPT, now)
        return bool(treff)

    def cancel(self, leveranse_id: str, statuskode: Statuskode, *, now: datetime) -> None:
        """Give up a package that is not at the recipient; its documents are KLAR, or ERSTATTET by a newer version.

        One whose lease still runs cannot be cancelled. Raises UlovligOvergang.
        """
        fra = origins(LEVERANSE, "leveranser.cancel", Leveransetilstand.AVLYST)
        ledig = or_(leveranse.c.tilstand != Leveransetilstand.SENDES, leveranse.c.leie_til < now)
        with self._db.write() as conn:
            _must_move(
                conn.execute(
                    update(leveranse)
                    .where(leveranse.c.leveranse_id == leveranse_id, leveranse.c.tilstand.in_(fra), ledig)
                    .values(
                        tilstand=Leveransetilstand.AVLYST,
                        statuskode=statuskode,
                        eier=None,
                        leie_til=None,
                        neste_forsok=None,
                    )
                ).rowcount
            )
            end_attempt(conn, leveranse_id, Statuskode.LEIE_UTLOPT, now)
            _give_back(conn, leveranse_id, "cancel")

    def expire(self, leveranse_id: str) -> None:
        """The recipient never fetched the package; what is unanswered is KLAR again, or ERSTATTET by a newer version.

        Raises UlovligOvergang.
        """
        fra = origins(LEVERANSE, "leveranser.expire", Leveransetilstand.LEVETID_UTLOPT)
        with self._db.write() as conn:
            _must_move(
                conn.execute(
                    update(leveranse)
                    .where(leveranse.c.leveranse_id == leveranse_id, leveranse.c.tilstand.in_(fra))
                    .values(tilstand=Leveransetilstand.LEVETID_UTLOPT, statuskode=Statuskode.IKKE_HENTET)
                ).rowcount
            )
            _give_back(conn, leveranse_id, "expire")

    def get(self, leveranse_id: str) -> Leveranserad:
        """One package. Raises IkkeFunnet."""
        rader = self._select(leveranse.c.leveranse_id == leveranse_id)
        if not rader:
            raise IkkeFunnet("leveranse")
        return rader[0]

    def list(self, tilstander: Collection[Leveransetilstand] | None = None) -> tuple[Leveranserad, ...]:
        """All packages, or those in certain states, oldest first."""
        return self._select(*([leveranse.c.tilstand.in_(list(tilstander))] if tilstander is not None else []))

    def packages_of(self, ref: str) -> tuple[Leveranserad, ...]:
        """Packages that still lie in our store and hold a document of the deltakelse."""
        ider = select(forsendelse.c.leveranse_id).where(forsendelse.c.ref == ref)
        return self._select(leveranse.c.leveranse_id.in_(ider), leveranse.c.pakke.is_not(None))

    def package_removed(self, leveranse_id: str) -> None:
        """Record that the stored package is gone, and forget its name and hash. Raises IkkeFunnet."""
        with self._db.write() as conn:
            treff = conn.execute(
                update(leveranse)
                .where(leveranse.c.leveranse_id == leveranse_id)
                .values(pakke=None, sha256=None, storrelse=None)
            ).rowcount
        if not treff:
            raise IkkeFunnet("leveranse")

    def _select(self, *vilkar: ColumnElement[bool]) -> tuple[Leveranserad, ...]:
        sporring = select(leveranse).where(*vilkar).order_by(leveranse.c.opprettet, leveranse.c.leveranse_id)
        with self._db.read() as conn:
            return tuple(_row(r) for r in conn.execute(sporring))


def count_removed(conn: Connection, hvilke: ColumnElement[bool]) -> None:
    """Count on each package how many of its sendings are about to be removed: what `status` counts outlives them.

    When none is left the channel's own name for the package goes: with it the channel would find whom it was about.
    """
    per_leveranse = (
        select(forsendelse.c.leveranse_id, func.count())
        .where(hvilke, forsendelse.c.leveranse_id.is_not(None))
        .group_by(forsendelse.c.leveranse_id)
    )
    for leveranse_id, antall in conn.execute(per_leveranse).all():
        conn.execute(
            update(leveranse)
            .where(leveranse.c.leveranse_id == leveranse_id)
            .values(slettet=leveranse.c.slettet + antall)
        )
        if conn.scalar(select(func.count()).where(forsendelse.c.leveranse_id == leveranse_id)) == antall:
            conn.execute(update(leveranse).where(leveranse.c.leveranse_id == leveranse_id).values(kanal_ref=None))


def arrive(conn: Connection, leveranse_id: str, dato: date, funksjon: str) -> None:
    """The package has left us: its documents are SENDT on `dato`, and the versions they replace ERSTATTET."""
    _mark_sent(conn, leveranse_id, dato, funksjon)
    _supersede_sent(conn, leveranse_id, funksjon)


def _is_ready(mottaker: str) -> ColumnElement[bool]:
    stoppet = select(stans.c.verdi).where(stans.c.gjelder == "AVSENDER", stans.c.opphevet.is_(None))
    sperret = select(deltakelse.c.ref).where(
        or_(deltakelse.c.under_sletting.is_(True), deltakelse.c.avsender.in_(stoppet))
    )
    stoppede_avtaler = select(avtaleomrade.c.avtale_ref).where(avtaleomrade.c.avsender.in_(stoppet))
    # One of the two is always null, and null is neither in a list nor out of it.
    er_fri = or_(
        and_(forsendelse.c.ref.is_not(None), forsendelse.c.ref.not_in(sperret)),
        and_(forsendelse.c.avtale_ref.is_not(None), forsendelse.c.avtale_ref.not_in(stoppede_avtaler)),
    )
    return and_(
        forsendelse.c.mottaker == mottaker,
        forsendelse.c.tilstand.in_(origins(FORSENDELSE, "leveranser.create", Forsendelsestilstand.I_LEVERANSE)),
        er_fri,
        or_(forsendelse.c.melding_id == forsendelse.c.dokument_melding_id, _original_is_sent()),
        ~_older_is_on_its_way(),
    )


def _older_is_on_its_way() -> ColumnElement[bool]:
    """Versions reach a recipient in their order: one that waits in a package of its own goes before the newer."""
    eldre, gammel, denne = forsendelse.alias("eldre"), dokument.alias("gammel"), dokument.alias("denne")
    return (
        select(eldre.c.melding_id)
        .join(gammel, gammel.c.melding_id == eldre.c.dokument_melding_id)
        .join(denne, and_(denne.c.dokument_id == gammel.c.dokument_id, denne.c.versjon > gammel.c.versjon))
        .where(
            denne.c.melding_id == forsendelse.c.dokument_melding_id,
            eldre.c.mottaker == forsendelse.c.mottaker,
            eldre.c.tilstand == Forsendelsestilstand.I_LEVERANSE,
        )
        .exists()
    )


def _original_is_sent() -> ColumnElement[bool]:
    """A copy follows its original: whoever takes a document back then finds in the original whether it has left."""
    original = forsendelse.alias("original")
    sendt = original.c.sendt_dato.is_not(None)
    return (
        select(original.c.melding_id).where(original.c.melding_id == forsendelse.c.dokument_melding_id, sendt).exists()
    )


def _count_ready(conn: Connection, mottaker: str, melding_ider: Sequence[str]) -> Counter[str]:
    antall: Counter[str] = Counter()
    for bunt in chunks(melding_ider):
        antall.update(
            conn.scalars(
                select(dokument.c.type)
                .join(forsendelse, forsendelse.c.dokument_melding_id == dokument.c.melding_id)
                .where(forsendelse.c.melding_id.in_(bunt), _is_ready(mottaker))
            )
        )
    return antall


def _is_claimable(now: datetime) -> ColumnElement[bool]:
    venter = and_(
        leveranse.c.tilstand == Leveransetilstand.OPPRETTET,
        or_(leveranse.c.neste_forsok.is_(None), leveranse.c.neste_forsok <= now),
    )
    forlatt = and_(leveranse.c.tilstand == Leveransetilstand.SENDES, leveranse.c.leie_til < now)
    return or_(venter, forlatt)


def _is_not_stopped() -> ColumnElement[bool]:
    gjelder = or_(
        and_(stans.c.gjelder == "KANAL", stans.c.verdi == leveranse.c.kanal),
        and_(stans.c.gjelder == "MOTTAKER", stans.c.verdi == leveranse.c.mottaker),
        and_(stans.c.gjelder == "LEVERANSE", stans.c.verdi == leveranse.c.leveranse_id),
        and_(stans.c.gjelder == "STEG", stans.c.verdi == "levering"),
    )
    return ~select(stans.c.stans_id).where(stans.c.opphevet.is_(None), gjelder).exists()


def _on_their_way(conn: Connection, mottaker: str | None, now: datetime) -> int:
    return conn.execute(
        select(func.count())
        .select_from(leveranse)
        .where(
            leveranse.c.mottaker == mottaker,
            leveranse.c.tilstand == Leveransetilstand.SENDES,
            leveranse.c.leie_til >= now,
        )
    ).scalar_one()


def _held_by(leie: Leie) -> tuple[ColumnElement[bool], ...]:
    return (
        leveranse.c.leveranse_id == leie.id,
        leveranse.c.eier == leie.eier,
        leveranse.c.tilstand == Leveransetilstand.SENDES,
    )


def _mark_sent(conn: Connection, leveranse_id: str, dato: date, funksjon: str) -> None:
    fra = origins(FORSENDELSE, funksjon, Forsendelsestilstand.SENDT)
    conn.execute(
        update(forsendelse)
        .where(forsendelse.c.leveranse_id == leveranse_id, forsendelse.c.tilstand.in_(fra))
        .values(tilstand=Forsendelsestilstand.SENDT, sendt_dato=dato)
    )


def _supersede_sent(conn: Connection, leveranse_id: str, funksjon: str) -> None:
    ny, gammel = dokument.alias("ny"), dokument.alias("gammel")
    erstattet = (
        select(gammel.c.melding_id)
        .join(ny, and_(ny.c.dokument_id == gammel.c.dokument_id, ny.c.versjon > gammel.c.versjon))
        .join(forsendelse, forsendelse.c.dokument_melding_id == ny.c.melding_id)
        .where(forsendelse.c.leveranse_id == leveranse_id)
    )
    conn.execute(
        update(forsendelse)
        .where(
            forsendelse.c.dokument_melding_id.in_(erstattet),
            forsendelse.c.tilstand.in_(origins(FORSENDELSE, funksjon, Forsendelsestilstand.ERSTATTET)),
        )
        .values(tilstand=Forsendelsestilstand.ERSTATTET)
    )


def _give_back(conn: Connection, leveranse_id: str, funksjon: str) -> None:
    """What was not answered waits for a new package; a version that has a newer one by now is ERSTATTET instead."""
    for til, vilkar in (
        (Forsendelsestilstand.ERSTATTET, _has_newer_version()),
        (Forsendelsestilstand.KLAR, ~_has_newer_version()),
    ):
        conn.execute(
            update(forsendelse)
            .where(
                forsendelse.c.leveranse_id == leveranse_id,
                forsendelse.c.tilstand.in_(origins(FORSENDELSE, f"leveranser.{funksjon}", til)),
                vilkar,
            )
            .values(tilstand=til, leveranse_id=None, sendt_dato=None)
        )


def _has_newer_version() -> ColumnElement[bool]:
    ny, denne = dokument.alias("ny"), dokument.alias("denne")
    return (
        select(ny.c.melding_id)
        .join(denne, and_(denne.c.dokument_id == ny.c.dokument_id, denne.c.versjon < ny.c.versjon))
        .where(denne.c.melding_id == forsendelse.c.dokument_melding_id)
        .exists()
    )


def _must_move(treff: int) -> None:
    if not treff:
        raise UlovligOvergang("leveranse")


def _row(rad: Row[Any]) -> Leveranserad:
    return Leveranserad(
        leveranse_id=rad.leveranse_id,
        mottaker=rad.mottaker,
        kanal=rad.kanal,
        vindu=rad.vindu,
        tilstand=Leveransetilstand(rad.tilstand),
        statuskode=Statuskode(rad.statuskode),
        forsok=rad.forsok,
        neste_forsok=rad.neste_forsok,
        pakke=rad.pakke,
        sha256=rad.sha256,
        storrelse=rad.storrelse,
        merkle_rot=rad.merkle_rot,
        kanal_ref=rad.kanal_ref,
        antall=rad.antall,
        opprettet=rad.opprettet,
        sendt=rad.sendt,
        sendt_dato=rad.sendt_dato,
        kvittert=rad.kvittert,
    )
