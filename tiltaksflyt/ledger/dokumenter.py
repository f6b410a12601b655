"""The versions of each document, their frozen content, and how far each has come to each recipient."""

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Table, and_, func, insert, or_, select, update

from tiltaksflyt.ledger.database import Database, chunks
from tiltaksflyt.ledger.deltakelser import data_key, data_keys
from tiltaksflyt.ledger.feil import IkkeFunnet, NokkelSlettet
from tiltaksflyt.ledger.koder import Statuskode
from tiltaksflyt.ledger.kryptering import canonical, derive, fingerprint, seal, unseal
from tiltaksflyt.ledger.nokler import Nokkellager
from tiltaksflyt.ledger.tabeller import (
    avtaleomrade,
    deltakelse,
    dokument,
    forsendelse,
    kvittering,
    leveranse,
    subject_of,
)
from tiltaksflyt.ledger.tilstander import FORSENDELSE, Forsendelsestilstand, origins

_INNHOLD = "dokument.innhold"
_HOS_NAV = (
    Forsendelsestilstand.I_LEVERANSE,
    Forsendelsestilstand.SENDT,
    Forsendelsestilstand.GODTATT,
    Forsendelsestilstand.AVVIST,
)


@dataclass(frozen=True)
class Dokumentplass:
    """The random ids of a new version, to be frozen into its content before `Dokumenter.add`.

    `ref` is that of a deltakelse, or of the area of an avtale when `gjelder_avtale`; so in every row here.
    `erstatter` is the melding_id of the version that NAV has, or is about to get; None when there is none.
    """

    ref: str
    type: str
    nummer: int
    dokument_id: str
    versjon: int
    melding_id: str
    erstatter: str | None
    gjelder_avtale: bool = False

    @property
    def subjekt(self) -> dict[str, str | None]:
        """What it is about, as the tables have it."""
        return {
            "ref": None if self.gjelder_avtale else self.ref,
            "avtale_ref": self.ref if self.gjelder_avtale else None,
        }


@dataclass(frozen=True)
class NyForsendelse:
    """One recipient of a new version: KLAR, or UTKAST or HOLDT with the reason."""

    mottaker: str
    tilstand: Forsendelsestilstand = Forsendelsestilstand.KLAR
    statuskode: Statuskode | None = None


@dataclass(frozen=True)
class Dokumentrad:
    """One version of one document. `klar_dato` is the day it passed every rule (beslutninger 16)."""

    dokument_id: str
    ref: str
    type: str
    nummer: int
    versjon: int
    melding_id: str
    erstatter: str | None
    klar_dato: date
    bygget: datetime
    gjelder_avtale: bool = False


@dataclass(frozen=True)
class Forsendelsesrad:
    """One version to one recipient. `melding_id` is its own; `svar` the recipient's answer, also after ERSTATTET."""

    melding_id: str
    dokument_melding_id: str
    ref: str
    avsender: str
    type: str
    nummer: int
    versjon: int
    mottaker: str
    tilstand: Forsendelsestilstand
    statuskode: Statuskode | None
    leveranse_id: str | None
    sendt_dato: date | None
    svar: str | None

    @property
    def er_kopi(self) -> bool:
        """Whether another recipient has the original."""
        return self.melding_id != self.dokument_melding_id


@dataclass(frozen=True)
class Leveringsfakta:
    """What became of one version: the ground for the status of its obligation. `svart` is when the answer came.

    `leveranse` is the state of the package it travels in, None while it is in none.
    """

    type: str
    nummer: int
    versjon: int
    klar_dato: date
    tilstand: Forsendelsestilstand
    sendt_dato: date | None
    svar: str | None
    svart: datetime | None
    leveranse: str | None


class Dokumenter:
    """The documents of all deltakelser and avtaler."""

    def __init__(self, database: Database, nokler: Nokkellager) -> None:
        self._db = database
        self._nokler = nokler

    def reserve(self, ref: str, type: str, nummer: int) -> Dokumentplass:
        """Ids for the next version. Writes nothing."""
        with self._db.read() as conn:
            siste = _versions(conn, ref, type, nummer)
            avtale = conn.scalar(select(avtaleomrade.c.avtale_ref).where(avtaleomrade.c.avtale_ref == ref))
        return Dokumentplass(
            ref,
            type,
            nummer,
            siste.dokument_id or str(uuid.uuid4()),
            siste.versjon + 1,
            str(uuid.uuid4()),
            siste.hos_nav,
            gjelder_avtale=avtale is not None,
        )

    def unchanged(self, ref: str, type: str, nummer: int, grunnlag: Mapping[str, Any]) -> bool:
        """Whether the latest version was built on the same `grunnlag` and stands. Nothing is opened.

        False when there is none, and when the latest was withdrawn before it left: nobody has it.
        """
        with self._db.read() as conn:
            siste = conn.execute(
                select(dokument.c.avtrykk, forsendelse.c.tilstand)
                .join(forsendelse, forsendelse.c.melding_id == dokument.c.melding_id)
                .where(_is_about(dokument, ref), dokument.c.type == type, dokument.c.nummer == nummer)
                .order_by(dokument.c.versjon.desc())
                .limit(1)
            ).one_or_none()
            if siste is None or siste.tilstand == Forsendelsestilstand.TILBAKEKALT:
                return False
            return bool(siste.avtrykk == _fingerprint(data_key(conn, self._nokler, ref), grunnlag))

    def add(
        self,
        plass: Dokumentplass,
        innhold: Mapping[str, Any],
        *,
        grunnlag: Mapping[str, Any],
        forsendelser: Sequence[NyForsendelse],
        klar_dato: date,
        bygget: datetime,
    ) -> bool:
        """Keep a version with its frozen content; `grunnlag` is what decides that a new version is due.

        The first recipient gets the version's own melding_id, every other a random one. Versions that are not yet in
        a leveranse become ERSTATTET. False, and nothing written, when another worker added this version first or the
        version it replaces has moved: the next run builds it anew.
        """
        with self._db.write() as conn:
            self._db.lock(conn, f"dokument:{plass.ref}")
            siste = _versions(conn, plass.ref, plass.type, plass.nummer)
            if (siste.versjon + 1, siste.hos_nav) != (plass.versjon, plass.erstatter):
                return False
            nokkel = data_key(conn, self._nokler, plass.ref)
            conn.execute(
                insert(dokument).values(
                    **plass.subjekt,
                    melding_id=plass.melding_id,
                    dokument_id=plass.dokument_id,
                    type=plass.type,
                    nummer=plass.nummer,
                    versjon=plass.versjon,
                    erstatter=plass.erstatter,
                    innhold=seal(nokkel, innhold, _INNHOLD, plass.melding_id),
                    avtrykk=_fingerprint(nokkel, grunnlag),
                    klar_dato=klar_dato,
                    bygget=bygget,
                )
            )
            if siste.versjon:
                _supersede_unsent(conn, plass)
            conn.execute(
                insert(forsendelse),
                [
                    {
                        "melding_id": plass.melding_id if nr == 0 else str(uuid.uuid4()),
                        "dokument_melding_id": plass.melding_id,
                        **plass.subjekt,
                        "mottaker": ny.mottaker,
                        "tilstand": ny.tilstand,
                        "statuskode": ny.statuskode,
                    }
                    for nr, ny in enumerate(forsendelser)
                ],
            )
        return True

    def latest(self, ref: str, type: str, nummer: int) -> Dokumentrad | None:
        """The newest version; None when there is none."""
        rader = [rad for rad in self.list(ref) if (rad.type, rad.nummer) == (type, nummer)]
        return rader[-1] if rader else None

    def list(self, ref: str) -> tuple[Dokumentrad, ...]:
        """Every version of every document of a deltakelse or an avtale, oldest version first."""
        return self._select(_is_about(dokument, ref))

    def newest_of(self, avsender: str, typer: Collection[str]) -> tuple[Dokumentrad, ...]:
        """The newest version of each document of some types about a sender's deltakelser; none under erasure."""
        egne = select(deltakelse.c.ref).where(deltakelse.c.avsender == avsender, deltakelse.c.under_sletting.is_(False))
        rader = self._select(dokument.c.type.in_(sorted(typer)), dokument.c.ref.in_(egne))
        return tuple({rad.dokument_id: rad for rad in rader}.values())

    def get(self, melding_id: str) -> Dokumentrad:
        """The version of a melding_id, its own or that of any recipient. Raises IkkeFunnet."""
        eget = select(forsendelse.c.dokument_melding_id).where(forsendelse.c.melding_id == melding_id)
        rader = self._select(dokument.c.melding_id.in_(eget))
        if not rader:
            raise IkkeFunnet("dokument")
        return rader[0]

    def read(self, melding_id: str) -> dict[str, Any]:
        """The frozen content. Raises IkkeFunnet, NokkelSlettet, Uleselig."""
        innhold = self.read_many([melding_id])
        if not innhold:
            self.get(melding_id)
            raise NokkelSlettet("dokument")
        return innhold[melding_id]

    def read_many(self, melding_ider: Collection[str]) -> dict[str, dict[str, Any]]:
        """Frozen contents by melding_id; unknown ones and those whose key is destroyed are left out."""
        resultat: dict[str, dict[str, Any]] = {}
        for bunt in chunks(list(melding_ider)):
            with self._db.read() as conn:
                rader = conn.execute(
                    select(
                        forsendelse.c.melding_id,
                        forsendelse.c.dokument_melding_id,
                        subject_of(dokument).label("ref"),
                        dokument.c.innhold,
                    )
                    .join(dokument, dokument.c.melding_id == forsendelse.c.dokument_melding_id)
                    .where(forsendelse.c.melding_id.in_(bunt))
                ).all()
                nokler = data_keys(conn, self._nokler, {r.ref for r in rader})
            for r in rader:
                if r.ref in nokler:
                    resultat[r.melding_id] = unseal(nokler[r.ref], r.innhold, _INNHOLD, r.dokument_melding_id)
        return resultat

    def earlier_at_recipient(self, melding_ider: Collection[str]) -> dict[str, str]:
        """The newest older version that the same recipient has, or is about to get, by melding_id; none is left out."""
        ny, gammel = forsendelse.alias("ny"), forsendelse.alias("gammel")
        dette, eldre = dokument.alias("dette"), dokument.alias("eldre")
        resultat: dict[str, str] = {}
        for bunt in chunks(list(melding_ider)):
            sporring = (
                select(ny.c.melding_id, gammel.c.melding_id.label("forrige"), gammel.c.tilstand, gammel.c.sendt_dato)
                .join(dette, dette.c.melding_id == ny.c.dokument_melding_id)
                .join(eldre, and_(eldre.c.dokument_id == dette.c.dokument_id, eldre.c.versjon < dette.c.versjon))
                .join(
                    gammel, and_(gammel.c.dokument_melding_id == eldre.c.melding_id, gammel.c.mottaker == ny.c.mottaker)
                )
                .where(ny.c.melding_id.in_(bunt))
                .order_by(eldre.c.versjon)
            )
            with self._db.read() as conn:
                for r in conn.execute(sporring):
                    if _has_left(r.tilstand, r.sendt_dato):
                        resultat[r.melding_id] = r.forrige
        return resultat

    def facts(self, refs: Collection[str]) -> dict[str, tuple[Leveringsfakta, ...]]:
        """What became of every version of the named deltakelser, oldest version first; the first recipient decides."""
        resultat: dict[str, list[Leveringsfakta]] = {ref: [] for ref in refs}
        for bunt in chunks(list(refs)):
            svart = (
                select(kvittering.c.melding_id, func.max(kvittering.c.tid).label("svart"))
                .where(kvittering.c.ref.in_(bunt))
                .group_by(kvittering.c.melding_id)
                .subquery()
            )
            sporring = (
                select(
                    dokument,
                    forsendelse.c.tilstand,
                    forsendelse.c.sendt_dato,
                    forsendelse.c.svar,
                    svart.c.svart,
                    leveranse.c.tilstand.label("leveranse"),
                )
                .join(forsendelse, forsendelse.c.melding_id == dokument.c.melding_id)
                .join(leveranse, leveranse.c.leveranse_id == forsendelse.c.leveranse_id, isouter=True)
                .join(svart, svart.c.melding_id == dokument.c.melding_id, isouter=True)
                .where(dokument.c.ref.in_(bunt))
                .order_by(dokument.c.type, dokument.c.nummer, dokument.c.versjon)
            )
            with self._db.read() as conn:
                for r in conn.execute(sporring):
                    tilstand = Forsendelsestilstand(r.tilstand)
                    resultat[r.ref].append(
                        Leveringsfakta(
                            r.type,
                            r.nummer,
                            r.versjon,
                            r.klar_dato,
                            tilstand,
                            r.sendt_dato,
                            r.svar,
                            r.svart,
                            r.leveranse,
                        )
                    )
        return {ref: tuple(fakta) for ref, fakta in resultat.items()}

    def forsendelser(
        self,
        *,
        ref: str | None = None,
        tilstand: Forsendelsestilstand | None = None,
        leveranse_id: str | None = None,
        avsender: str | None = None,
        versjon_av: str | None = None,
    ) -> tuple[Forsendelsesrad, ...]:
        """Documents per recipient, by recipient and melding_id; `versjon_av` is the melding_id of a version itself."""
        vilkar: list[ColumnElement[bool]] = []
        if tilstand is Forsendelsestilstand.KLAR:
            vilkar.append(or_(forsendelse.c.avtale_ref.is_not(None), deltakelse.c.under_sletting.is_(False)))
        if ref is not None:
            vilkar.append(_is_about(forsendelse, ref))
        if tilstand is not None:
            vilkar.append(forsendelse.c.tilstand == tilstand)
        if leveranse_id is not None:
            vilkar.append(forsendelse.c.leveranse_id == leveranse_id)
        if avsender is not None:
            vilkar.append(_sender() == avsender)
        if versjon_av is not None:
            vilkar.append(forsendelse.c.dokument_melding_id == versjon_av)
        with self._db.read() as conn:
            return _select_forsendelser(conn, *vilkar)

    def recipients(self, melding_id: str) -> tuple[str, ...]:
        """Who has a version or is about to get it, by its own melding_id; the first is the version's own recipient.

        Whoever has a copy of an older version is among them: that copy stands until something replaces it.
        """
        dette = select(dokument.c.dokument_id).where(dokument.c.melding_id == melding_id).scalar_subquery()
        er_kopi = forsendelse.c.melding_id != forsendelse.c.dokument_melding_id
        sporring = (
            select(forsendelse.c.mottaker, forsendelse.c.tilstand, forsendelse.c.sendt_dato)
            .join(dokument, dokument.c.melding_id == forsendelse.c.dokument_melding_id)
            .where(dokument.c.dokument_id == dette, or_(forsendelse.c.dokument_melding_id == melding_id, er_kopi))
            .order_by(forsendelse.c.melding_id != melding_id, forsendelse.c.mottaker)
        )
        with self._db.read() as conn:
            rader = conn.execute(sporring).all()
        return tuple(dict.fromkeys(rad.mottaker for rad in rader if _has_left(rad.tilstand, rad.sendt_dato)))

    def drafts(self, avsender: str, melding_ider: Collection[str] = ()) -> Mapping[str, tuple[Forsendelsesrad, ...]]:
        """A sender's versions that are drafts, and those named, by the version's melding_id: each with its recipients.

        What is named and is not the sender's, or is erased, is left out.
        """
        er_utkast = (
            select(forsendelse.c.dokument_melding_id)
            .join(deltakelse, deltakelse.c.ref == forsendelse.c.ref)
            .where(deltakelse.c.avsender == avsender, forsendelse.c.tilstand == Forsendelsestilstand.UTKAST)
        )
        versjoner: dict[str, list[Forsendelsesrad]] = {}
        with self._db.read() as conn:
            for bunt in chunks(sorted({*melding_ider, *conn.scalars(er_utkast)})):
                vilkar = deltakelse.c.avsender == avsender, forsendelse.c.dokument_melding_id.in_(bunt)
                for rad in _select_forsendelser(conn, *vilkar):
                    versjoner.setdefault(rad.dokument_melding_id, []).append(rad)
        return {melding_id: tuple(rader) for melding_id, rader in versjoner.items()}

    def approve(self, melding_id: str) -> bool:
        """A draft may go, to every recipient of the version. Whether it was a draft."""
        return self._move(melding_id, "approve", Forsendelsestilstand.KLAR, None)

    def hold(self, melding_id: str, statuskode: Statuskode) -> bool:
        """Keep a version from every recipient that it is not on its way to. Whether there was any."""
        return self._move(melding_id, "hold", Forsendelsestilstand.HOLDT, statuskode)

    def release(self, melding_id: str, statuskode: Statuskode) -> bool:
        """Let a version go that is held for this reason, and for no other. Whether it was."""
        return self._move(
            melding_id, "release", Forsendelsestilstand.KLAR, None, forsendelse.c.statuskode == statuskode
        )

    def withdraw(self, plass: Dokumentplass, statuskode: Statuskode) -> int:
        """Withdraw what has not left of a document, every version of it; how many sendings.

        What has left is taken back by a new version (docs/adr/0023). Nothing is done when something has left since
        `plass` was reserved.
        """
        fra = origins(FORSENDELSE, "dokumenter.withdraw", Forsendelsestilstand.TILBAKEKALT)
        with self._db.write() as conn:
            self._db.lock(conn, f"dokument:{plass.ref}")
            if _versions(conn, plass.ref, plass.type, plass.nummer).hos_nav != plass.erstatter:
                return 0
            egne = select(dokument.c.melding_id).where(dokument.c.dokument_id == plass.dokument_id)
            return conn.execute(
                update(forsendelse)
                .where(forsendelse.c.dokument_melding_id.in_(egne), forsendelse.c.tilstand.in_(fra))
                .values(tilstand=Forsendelsestilstand.TILBAKEKALT, statuskode=statuskode)
            ).rowcount

    def _move(
        self,
        melding_id: str,
        funksjon: str,
        til: Forsendelsestilstand,
        statuskode: Statuskode | None,
        *vilkar: ColumnElement[bool],
    ) -> bool:
        """Move every recipient of a version, by the version's own melding_id, that stands lawfully; in one UPDATE."""
        fra = origins(FORSENDELSE, f"dokumenter.{funksjon}", til)
        with self._db.write() as conn:
            treff = conn.execute(
                update(forsendelse)
                .where(forsendelse.c.dokument_melding_id == melding_id, forsendelse.c.tilstand.in_(fra), *vilkar)
                .values(tilstand=til, statuskode=statuskode)
            ).rowcount
        return treff > 0

    def _select(self, *vilkar: ColumnElement[bool]) -> tuple[Dokumentrad, ...]:
        rekkefolge = (dokument.c.type, dokument.c.nummer, dokument.c.versjon)
        with self._db.read() as conn:
            return tuple(
                Dokumentrad(
                    r.dokument_id,
                    r.ref or r.avtale_ref,
                    r.type,
                    r.nummer,
                    r.versjon,
                    r.melding_id,
                    r.erstatter,
                    r.klar_dato,
                    r.bygget,
                    gjelder_avtale=r.avtale_ref is not None,
                )
                for r in conn.execute(select(dokument).where(*vilkar).order_by(*rekkefolge))
            )


def _is_about(tabell: Table, ref: str) -> ColumnElement[bool]:
    return or_(tabell.c.ref == ref, tabell.c.avtale_ref == ref)


def _fingerprint(nokkel: bytes, grunnlag: Mapping[str, Any]) -> str:
    return fingerprint(derive(nokkel, "dokument.avtrykk"), canonical(grunnlag))


@dataclass(frozen=True)
class _Versjoner:
    """The newest version (0 and None when there is none), and the newest that NAV has or is about to get."""

    versjon: int
    dokument_id: str | None
    hos_nav: str | None


def _versions(conn: Connection, ref: str, type_: str, nummer: int) -> _Versjoner:
    rader = conn.execute(
        select(
            dokument.c.versjon,
            dokument.c.dokument_id,
            dokument.c.melding_id,
            forsendelse.c.tilstand,
            forsendelse.c.sendt_dato,
        )
        .join(forsendelse, forsendelse.c.melding_id == dokument.c.melding_id)
        .where(_is_about(dokument, ref), dokument.c.type == type_, dokument.c.nummer == nummer)
        .order_by(dokument.c.versjon.desc())
    ).all()
    hos_nav = (r.melding_id for r in rader if _has_left(r.tilstand, r.sendt_dato))
    return _Versjoner(rader[0].versjon if rader else 0, rader[0].dokument_id if rader else None, next(hos_nav, None))


def _has_left(tilstand: str, sendt_dato: date | None) -> bool:
    erstattet = tilstand == Forsendelsestilstand.ERSTATTET and sendt_dato is not None
    return tilstand in _HOS_NAV or erstattet


def _supersede_unsent(conn: Connection, plass: Dokumentplass) -> None:
    eldre = select(dokument.c.melding_id).where(
        _is_about(dokument, plass.ref),
        dokument.c.type == plass.type,
        dokument.c.nummer == plass.nummer,
        dokument.c.versjon < plass.versjon,
    )
    conn.execute(
        update(forsendelse)
        .where(
            forsendelse.c.dokument_melding_id.in_(eldre),
            forsendelse.c.tilstand.in_(origins(FORSENDELSE, "dokumenter.add", Forsendelsestilstand.ERSTATTET)),
        )
        .values(tilstand=Forsendelsestilstand.ERSTATTET, statuskode=None)
    )


def _sender() -> ColumnElement[str]:
    """Whose it is, in a query that joins whatever a row may be about."""
    return func.coalesce(deltakelse.c.avsender, avtaleomrade.c.avsender)


def _select_forsendelser(conn: Connection, *vilkar: ColumnElement[bool]) -> tuple[Forsendelsesrad, ...]:
    sporring = (
        select(
            forsendelse,
            subject_of(forsendelse).label("subjekt"),
            dokument.c.type,
            dokument.c.nummer,
            dokument.c.versjon,
            _sender().label("avsender"),
        )
        .join(dokument, dokument.c.melding_id == forsendelse.c.dokument_melding_id)
        .outerjoin(deltakelse, deltakelse.c.ref == forsendelse.c.ref)
        .outerjoin(avtaleomrade, avtaleomrade.c.avtale_ref == forsendelse.c.avtale_ref)
        .where(*vilkar)
        .order_by(forsendelse.c.mottaker, forsendelse.c.melding_id)
    )
    return tuple(_forsendelse(r) for r in conn.execute(sporring))


def _forsendelse(rad: Row[Any]) -> Forsendelsesrad:
    return Forsendelsesrad(
        melding_id=rad.melding_id,
        dokument_melding_id=rad.dokument_melding_id,
        ref=rad.subjekt,
        avsender=rad.avsender,
        type=rad.type,
        nummer=rad.nummer,
        versjon=rad.versjon,
        mottaker=rad.mottaker,
        tilstand=Forsendelsestilstand(rad.tilstand),
        statuskode=None if rad.statuskode is None else Statuskode(rad.statuskode),
        leveranse_id=rad.leveranse_id,
        sendt_dato=rad.sendt_dato,
        svar=rad.svar,
    )
