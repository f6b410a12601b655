"""Rotation of an owner's key-encryption key (KEK) while others read and write.

    1. what is planned is noted, so that whoever comes after an interruption goes on with it
    2. the new KEK is made beside the old
    3. from here on no key is stored under the old one (Nokkellager.is_new_enough)
    4. every key under it is wrapped anew, a few at a time, and only where it is as it was read
    5. when none is left the old KEK is destroyed

Each step may be done again, and by two at once: none undoes what another has done. Data keys themselves stay, so what
they seal is not touched, and what is erased meanwhile stays erased.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby, islice
from typing import Any

from sqlalchemy import Column, Connection, Table, bindparam, insert, select, update

from tiltaksflyt.ledger.feil import LedgerFeil
from tiltaksflyt.ledger.nokkelvern import KEK_MANGLER, version_of
from tiltaksflyt.ledger.nokler import Nokkellager, data_nokkel, nokkelrotasjon, oppslagsnokkel

BUNT = 200


@dataclass(frozen=True)
class Nokkelstand:
    """The KEKs of one owner: how many keys each version wraps, and the last rotation."""

    eier: str
    nyeste: int
    antall: Mapping[int, int]
    begynt: datetime | None
    fullfort: datetime | None

    @property
    def er_ferdig(self) -> bool:
        """Whether no rotation stands half done."""
        return self.begynt is None or self.fullfort is not None

    def as_json(self) -> dict[str, Any]:
        """As `keys status --json` prints it."""
        return {
            "eier": self.eier,
            "nyeste": self.nyeste,
            "antall": {str(versjon): antall for versjon, antall in self.antall.items()},
            "begynt": self.begynt and self.begynt.isoformat(),
            "fullfort": self.fullfort and self.fullfort.isoformat(),
        }


@dataclass(frozen=True)
class Rotasjon:
    """A rotation that is done. `gammel_borte` is false when the old KEK is somebody else's to destroy."""

    eier: str
    versjon: int
    pakket_om: int
    gammel_borte: bool

    def as_json(self) -> dict[str, Any]:
        """As `keys rotate --json` prints it."""
        return {
            "eier": self.eier,
            "versjon": self.versjon,
            "pakketOm": self.pakket_om,
            "gammelBorte": self.gammel_borte,
        }


def owners(lager: Nokkellager) -> tuple[str, ...]:
    """Everybody who has a key in the store."""
    with lager.database.read() as conn:
        eiere = set(conn.scalars(select(data_nokkel.c.avsender).distinct())) | set(
            conn.scalars(select(oppslagsnokkel.c.eier))
        )
    return tuple(sorted(eiere))


def standing(lager: Nokkellager, eier: str) -> Nokkelstand:
    """How the owner's keys are wrapped now. No key is unwrapped."""
    antall = Counter(version_of(pakket) for _, _, pakket in _wrapped(lager, eier))
    with lager.database.read() as conn:
        rad = conn.execute(select(nokkelrotasjon).where(nokkelrotasjon.c.eier == eier)).one_or_none()
    begynt, fullfort = (rad.begynt, rad.fullfort) if rad is not None else (None, None)
    return Nokkelstand(eier, lager.vern.newest(eier), dict(sorted(antall.items())), begynt, fullfort)


def rotate(lager: Nokkellager, eier: str, now: datetime) -> Rotasjon:
    """Give the owner a new KEK, or finish the rotation that stands half done. Raises LedgerFeil."""
    versjon = _plan(lager, eier, now)
    lager.vern.renew(eier, versjon)
    _require(lager, eier, versjon)
    pakket_om = 0
    igjen = True
    while igjen:
        igjen = False
        for tabell, pakker in _outdated(lager, eier, versjon):
            pakket_om += _rewrap(lager, eier, tabell, pakker)
            igjen = True
    borte = lager.vern.retire(eier, versjon)
    with lager.database.write() as conn:
        conn.execute(
            update(nokkelrotasjon)
            .where(nokkelrotasjon.c.eier == eier, nokkelrotasjon.c.versjon == versjon)
            .values(fullfort=now)
        )
    return Rotasjon(eier, versjon, pakket_om, borte)


def _plan(lager: Nokkellager, eier: str, now: datetime) -> int:
    pabegynt = _unfinished(lager, eier)
    if pabegynt is not None:
        return pabegynt
    with lager.database.read() as conn:
        minst = conn.scalar(select(nokkelrotasjon.c.minst).where(nokkelrotasjon.c.eier == eier)) or 1
    versjon = lager.vern.next_version(eier, minst)
    with lager.database.write() as conn:
        lager.database.lock(conn, f"kek:{eier}")
        rad = conn.execute(select(nokkelrotasjon).where(nokkelrotasjon.c.eier == eier)).one_or_none()
        if rad is not None and (rad.fullfort is None or rad.versjon >= versjon):
            return int(rad.versjon)  # another began it, or has even ended it, in the meantime
        if rad is None:
            conn.execute(insert(nokkelrotasjon).values(eier=eier, versjon=versjon, minst=minst, begynt=now))
        else:
            conn.execute(
                update(nokkelrotasjon)
                .where(nokkelrotasjon.c.eier == eier)
                .values(versjon=versjon, begynt=now, fullfort=None)
            )
    return versjon


def _unfinished(lager: Nokkellager, eier: str) -> int | None:
    with lager.database.read() as conn:
        return conn.scalar(
            select(nokkelrotasjon.c.versjon).where(nokkelrotasjon.c.eier == eier, nokkelrotasjon.c.fullfort.is_(None))
        )


def _require(lager: Nokkellager, eier: str, versjon: int) -> None:
    """From the end of this transaction nobody stores a key under an older KEK, and whoever was about to has."""
    with lager.database.write() as conn:
        lager.database.lock(conn, f"kek:{eier}")
        conn.execute(
            update(nokkelrotasjon)
            .where(nokkelrotasjon.c.eier == eier, nokkelrotasjon.c.minst < versjon)
            .values(minst=versjon)
        )


def _wrapped(lager: Nokkellager, eier: str) -> Iterator[tuple[Table, str, bytes]]:
    for tabell, eiers in ((data_nokkel, data_nokkel.c.avsender), (oppslagsnokkel, oppslagsnokkel.c.eier)):
        for nokkel_id, pakket in _pages(lager, tabell, eiers, eier):
            yield tabell, nokkel_id, pakket


def _pages(lager: Nokkellager, tabell: Table, eiers: Column[str], eier: str) -> Iterator[tuple[str, bytes]]:
    etter = ""
    while True:
        with lager.database.read() as conn:
            rader = conn.execute(
                select(tabell.c.nokkel_id, tabell.c.pakket)
                .where(eiers == eier, tabell.c.nokkel_id > etter)
                .order_by(tabell.c.nokkel_id)
                .limit(BUNT)
            ).all()
        if not rader:
            return
        yield from ((rad.nokkel_id, bytes(rad.pakket)) for rad in rader)
        etter = rader[-1].nokkel_id


def _outdated(lager: Nokkellager, eier: str, versjon: int) -> Iterator[tuple[Table, dict[str, bytes]]]:
    """The keys under an older KEK, a batch of one table at a time."""
    gamle = (rad for rad in _wrapped(lager, eier) if version_of(rad[2]) < versjon)
    for tabell, rader in groupby(gamle, key=lambda rad: rad[0]):
        while bunt := {nokkel_id: pakket for _, nokkel_id, pakket in islice(rader, BUNT)}:
            yield tabell, bunt


def _rewrap(lager: Nokkellager, eier: str, tabell: Table, pakker: Mapping[str, bytes]) -> int:
    try:
        nye = lager.vern.rewrap(eier, pakker)
    except LedgerFeil as feil:
        # Another rotation may have been quicker, and destroyed the old KEK since these were read.
        if feil.kode != KEK_MANGLER or _still_there(lager, tabell, pakker):
            raise
        return 0
    with lager.database.write() as conn:
        # Only where it still is what was read: what was erased or rotated meanwhile is left as it is.
        uendret = [i for i, pakket in _stored(conn, tabell, pakker) if pakket == pakker[i]]
        if uendret:
            conn.execute(
                update(tabell).where(tabell.c.nokkel_id == bindparam("denne")).values(pakket=bindparam("ny")),
                [{"denne": i, "ny": nye[i]} for i in uendret],
            )
    return len(uendret)


def _still_there(lager: Nokkellager, tabell: Table, pakker: Mapping[str, bytes]) -> bool:
    with lager.database.read() as conn:
        return any(pakket == pakker[i] for i, pakket in _stored(conn, tabell, pakker))


def _stored(conn: Connection, tabell: Table, pakker: Mapping[str, bytes]) -> list[tuple[str, bytes]]:
    rader = conn.execute(
        select(tabell.c.nokkel_id, tabell.c.pakket).where(tabell.c.nokkel_id.in_(list(pakker))).with_for_update()
    )
    return [(rad.nokkel_id, bytes(rad.pakket)) for rad in rader]
