"""The consent store: contact information only, each consent sealed under a data key of its own, with its own end.

A consent outlives the deltakelse it was given in: on that erasure `ref` becomes null, and nothing that is sealed here
names the person or the deltakelse. It is found by the keyed fingerprint of the sender's samtykkeId (ADR 28).
"""

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import ColumnElement, Connection, Row, delete, insert, or_, select, update

from tiltaksflyt.ledger import bevis
from tiltaksflyt.ledger.database import Database, chunks
from tiltaksflyt.ledger.forsinkelse import days_late
from tiltaksflyt.ledger.koder import Statuskode
from tiltaksflyt.ledger.kryptering import seal, unseal
from tiltaksflyt.ledger.nokler import Nokkellager
from tiltaksflyt.ledger.tabeller import samtykke

KONTAKTFELTER = ("telefonnummer", "epost")
INNHOLD = "samtykke.innhold"
_LETTE = (
    samtykke.c.samtykke_ref,
    samtykke.c.avsender,
    samtykke.c.ref,
    samtykke.c.formaal,
    samtykke.c.gyldig_til,
    samtykke.c.trukket,
)


@dataclass(frozen=True)
class Samtykke:
    """One consent as a drop has it. `siste_dag` is its last day by its own clock, never later than the row's gyldigTil.

    `ref` is the deltakelse it was given in, None when that is not accepted or is erased: then a stored consent may be
    shortened or withdrawn, and no new one is made. `innhold` is what is sealed beside the contact information.
    `kontakt` is None where the drop does not say how to reach the person, and what is stored stands. `i_drop` is false
    for one that only the stored record names: its end may move with the deltakelse, and it is not made anew.
    """

    ekstern_id: str = field(repr=False)
    ref: str | None
    formaal: str
    siste_dag: date
    trukket: date | None
    innhold: Mapping[str, Any] = field(repr=False)
    kontakt: Mapping[str, str] | None = field(repr=False, default=None)
    i_drop: bool = True


@dataclass(frozen=True)
class Samtykkerad:
    """The light row of a consent: what its end needs, nothing decrypted. `siste_dag` is the last day it may exist."""

    samtykke_ref: str
    avsender: str
    ref: str | None
    formaal: str
    siste_dag: date
    trukket: date | None


class Samtykker:
    """The consents of all senders."""

    def __init__(self, database: Database, nokler: Nokkellager) -> None:
        self._db = database
        self._nokler = nokler

    def store_many(self, avsender: str, samtykker: Sequence[Samtykke], dato: date) -> None:
        """Store what a drop accepted on `dato` says of consents, as one commit.

        A consent is made when the drop has it, it is in force and its deltakelse is known. A stored one keeps its
        formål and its earliest withdrawal. Once withdrawn, nothing more is sealed, and its key is never made anew.
        """
        per_hmac = {self._nokler.lookup(avsender, "samtykke", ett.ekstern_id): ett for ett in samtykker}
        if not per_hmac:
            return
        with self._db.write() as conn:
            self._db.lock(conn, f"samtykke:{avsender}")
            lagrede = stored(conn, avsender, list(per_hmac))
            nokler = self._nokler.get_many([rad.nokkel_id for rad in lagrede.values()])
            for hmac, rad in lagrede.items():
                self._refresh(conn, rad, per_hmac[hmac], nokler.get(rad.nokkel_id), dato)
            nye = [(hmac, ett) for hmac, ett in per_hmac.items() if hmac not in lagrede and _is_new(ett, dato)]
            egne_nokler = self._nokler.create(avsender, len(nye))
            rader = [_new_row(avsender, *ny, *nokkel) for ny, nokkel in zip(nye, egne_nokler, strict=True)]
            if rader:
                conn.execute(insert(samtykke), rader)

    def _refresh(self, conn: Connection, rad: Row[Any], ett: Samtykke, nokkel: bytes | None, dato: date) -> None:
        trukne = [dag for dag in (rad.trukket, ett.trukket) if dag is not None]
        # Without its deltakelse nothing can move the end but the row itself, and only to an earlier day.
        siste_dag = min(rad.gyldig_til, ett.siste_dag) if ett.ref is None else ett.siste_dag
        verdier: dict[str, Any] = {
            "ref": ett.ref or rad.ref,
            "gyldig_til": siste_dag,
            "trukket": min(trukne, default=None),
        }
        if not trukne and siste_dag >= dato:
            if nokkel is not None:
                gammelt = unseal(nokkel, rad.innhold, INNHOLD, rad.samtykke_ref)
            elif ett.ref is not None:
                # A lost key store: the drop fills the consent again.
                ((verdier["nokkel_id"], nokkel),) = self._nokler.create(rad.avsender, 1)
                gammelt = {}
            if nokkel is not None:
                verdier["innhold"] = seal(nokkel, _renewed(gammelt, ett), INNHOLD, rad.samtykke_ref)
        conn.execute(update(samtykke).where(samtykke.c.samtykke_ref == rad.samtykke_ref).values(**verdier))

    def find(self, avsender: str, ekstern_ider: Collection[str]) -> dict[str, dict[str, Any]]:
        """What is sealed of the consents that a drop names, by samtykkeId, with formaal and trukket.

        One that is unknown, or whose key is destroyed, is left out. Raises Uleselig.
        """
        per_hmac = {self._nokler.lookup(avsender, "samtykke", id_): id_ for id_ in ekstern_ider}
        with self._db.read() as conn:
            lagrede = stored(conn, avsender, list(per_hmac))
        nokler = self._nokler.get_many([rad.nokkel_id for rad in lagrede.values()])
        return {
            per_hmac[hmac]: _opened(rad, nokler[rad.nokkel_id])
            for hmac, rad in lagrede.items()
            if rad.nokkel_id in nokler
        }

    def list(self, avsender: str | None = None) -> tuple[Samtykkerad, ...]:
        """All light rows, or one sender's."""
        return self._select(*([samtykke.c.avsender == avsender] if avsender else []))

    def due(self, dato: date) -> tuple[Samtykkerad, ...]:
        """The consents that may not exist on `dato`: withdrawn, or past their last day."""
        return self._select(is_due(dato))

    def withdraw_of(self, refs: Collection[str], dato: date) -> tuple[str, ...]:
        """End every consent that was given in these deltakelser, as of `dato`. Answers their random ids."""
        with self._db.write() as conn:
            trukne: list[str] = []
            for bunt in chunks(list(refs)):
                egne = samtykke.c.ref.in_(bunt)
                trukne += conn.scalars(select(samtykke.c.samtykke_ref).where(egne)).all()
                conn.execute(update(samtykke).where(egne, samtykke.c.trukket.is_(None)).values(trukket=dato))
        return tuple(trukne)

    def destroy_keys(self, dato: date) -> int:
        """Destroy the data keys of every consent that is due on `dato`: each copy, backups included, is unreadable.

        Answers how many there were. The rows stand until `erase` has proven each.
        """
        with self._db.write() as conn:
            # Only what is due now, and nobody moves an end meanwhile.
            for avsender in conn.scalars(select(samtykke.c.avsender).where(is_due(dato)).distinct()).all():
                self._db.lock(conn, f"samtykke:{avsender}")
            return self._nokler.destroy(conn.scalars(select(samtykke.c.nokkel_id).where(is_due(dato))).all())

    def erase(
        self,
        samtykke_ref: str,
        *,
        dato: date,
        lagre: Mapping[str, int],
        kategorier: Collection[str],
        nokkel: Ed25519PrivateKey,
        now: datetime,
        grunn: Statuskode | None = None,
    ) -> bevis.Bevis | None:
        """Remove one consent that is due on `dato` and write the evidence, as one commit; None when it is not due.

        The row is the checklist: while it stands the erasure is not done, and the next run takes it up again. The key
        goes first, and is gone before the row is. `lagre` are the copies that the caller removed elsewhere and found
        gone; `grunn` where neither withdrawal nor its last day is why. The evidence bears the random id of the row, so
        that a restore can remove it again.
        """
        with self._db.write() as conn:
            rad = _due_row(conn, samtykke_ref, dato)
            if rad is None:
                return None
            self._db.lock(conn, f"samtykke:{rad.avsender}")
            rad = _due_row(conn, samtykke_ref, dato)
            if rad is None:
                return None
            self._nokler.destroy([rad.nokkel_id])
            conn.execute(delete(samtykke).where(samtykke.c.samtykke_ref == samtykke_ref))
            utlopt_eller_trukket = Statuskode.SAMTYKKE_UTLOPT if rad.trukket is None else Statuskode.SAMTYKKE_TRUKKET
            verdier = {
                "art": bevis.SAMTYKKE,
                "avsender": rad.avsender,
                "dato": dato.isoformat(),
                "dagerForSent": days_late(min(rad.gyldig_til, rad.trukket or rad.gyldig_til), dato),
                "formaal": rad.formaal,
                "grunn": grunn or utlopt_eller_trukket,
                "kategorier": sorted(kategorier),
                "lagre": {**lagre, "ledger": 1, "nokkellager": 1},
                "antall": {samtykke.name: 1},
            }
            return bevis.append(conn, verdier, slettesak_id=samtykke_ref, nokkel=nokkel, now=now)

    def _select(self, *vilkar: ColumnElement[bool]) -> tuple[Samtykkerad, ...]:
        sporring = select(*_LETTE).where(*vilkar).order_by(samtykke.c.avsender, samtykke.c.samtykke_ref)
        with self._db.read() as conn:
            return tuple(Samtykkerad(*rad) for rad in conn.execute(sporring))


def _is_new(ett: Samtykke, dato: date) -> bool:
    return ett.i_drop and ett.ref is not None and ett.trukket is None and ett.siste_dag >= dato


def _new_row(avsender: str, hmac: str, ett: Samtykke, nokkel_id: str, nokkel: bytes) -> dict[str, Any]:
    ref = str(uuid.uuid4())
    return {
        "samtykke_ref": ref,
        "avsender": avsender,
        "ekstern_hmac": hmac,
        "ref": ett.ref,
        "nokkel_id": nokkel_id,
        "innhold": seal(nokkel, {**ett.innhold, **(ett.kontakt or {})}, INNHOLD, ref),
        "formaal": ett.formaal,
        "gyldig_til": ett.siste_dag,
    }


def is_over(rad: Row[Any], dato: date) -> bool:
    """Whether nothing more may be sealed with a stored consent: it is withdrawn, or past its last day."""
    return rad.trukket is not None or rad.gyldig_til < dato


def is_due(dato: date) -> ColumnElement[bool]:
    """The same, asked of the database."""
    return or_(samtykke.c.trukket.is_not(None), samtykke.c.gyldig_til < dato)


def _due_row(conn: Connection, samtykke_ref: str, dato: date) -> Row[Any] | None:
    return conn.execute(select(samtykke).where(samtykke.c.samtykke_ref == samtykke_ref, is_due(dato))).one_or_none()


def remove_consents_again(conn: Connection, nokler: Nokkellager, samtykke_refs: Sequence[str]) -> int:
    """After a restore, in the caller's transaction: remove consents whose erasure is proven; how many came back."""
    er_bevist = samtykke.c.samtykke_ref.in_(samtykke_refs)
    nokler.destroy(conn.scalars(select(samtykke.c.nokkel_id).where(er_bevist)).all())
    return conn.execute(delete(samtykke).where(er_bevist)).rowcount


def stored(conn: Connection, avsender: str, hmacer: Sequence[str]) -> dict[str, Row[Any]]:
    """The stored consents of a sender with these fingerprints, by fingerprint."""
    rader: dict[str, Row[Any]] = {}
    for bunt in chunks(hmacer):
        sporring = select(samtykke).where(samtykke.c.avsender == avsender, samtykke.c.ekstern_hmac.in_(bunt))
        rader.update((rad.ekstern_hmac, rad) for rad in conn.execute(sporring))
    return rader


def _renewed(gammelt: Mapping[str, Any], ett: Samtykke) -> dict[str, Any]:
    kontakt = {felt: gammelt[felt] for felt in KONTAKTFELTER if felt in gammelt} if ett.kontakt is None else ett.kontakt
    resten = {felt: verdi for felt, verdi in gammelt.items() if felt not in KONTAKTFELTER}
    return {**resten, **ett.innhold, **kontakt}


def _opened(rad: Row[Any], nokkel: bytes) -> dict[str, Any]:
    innhold = unseal(nokkel, rad.innhold, INNHOLD, rad.samtykke_ref)
    trukket = {} if rad.trukket is None else {"trukket": rad.trukket.isoformat()}
    return {**innhold, "formaal": rad.formaal, **trukket}
