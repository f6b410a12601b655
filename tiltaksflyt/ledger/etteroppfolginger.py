"""What is asked and answered after the end, sealed with the consent it is under and gone with it (ADR 29)."""

from collections.abc import Collection, Iterator, Mapping
from datetime import date
from typing import Any

from sqlalchemy import Row, select, update

from tiltaksflyt.ledger.database import Database
from tiltaksflyt.ledger.kryptering import seal, unseal
from tiltaksflyt.ledger.nokler import Nokkellager
from tiltaksflyt.ledger.samtykker import INNHOLD, Samtykkerad, is_over, stored
from tiltaksflyt.ledger.statistikk import Statistikkbidrag, count_in
from tiltaksflyt.ledger.tabeller import samtykke


class Etteroppfolginger:
    """The answers of all senders' consents."""

    def __init__(self, database: Database, nokler: Nokkellager) -> None:
        self._db = database
        self._nokler = nokler

    def senders(self) -> tuple[str, ...]:
        """The senders with a consent that is not counted."""
        with self._db.read() as conn:
            sporring = select(samtykke.c.avsender).where(samtykke.c.telt.is_(None)).distinct()
            return tuple(conn.scalars(sporring.order_by(samtykke.c.avsender)))

    def each(self, avsender: str) -> Iterator[tuple[Samtykkerad, dict[str, Any]]]:
        """A sender's consents that are not counted, each with what is sealed; one without its key is left out.

        Raises Uleselig.
        """
        with self._db.read() as conn:
            sporring = select(samtykke).where(samtykke.c.avsender == avsender, samtykke.c.telt.is_(None))
            rader = conn.execute(sporring.order_by(samtykke.c.samtykke_ref)).all()
        nokler = self._nokler.get_many([rad.nokkel_id for rad in rader])
        for rad in rader:
            if (nokkel := nokler.get(rad.nokkel_id)) is not None:
                yield _light(rad), unseal(nokkel, rad.innhold, INNHOLD, rad.samtykke_ref)

    def count(self, samtykke_ref: str, bidrag: Statistikkbidrag | None, *, dato: date, uten: Collection[str]) -> bool:
        """Let the counts go up by one consent and take the fields `uten` out of it, as one commit; whether it did.

        It does once, however often it is asked, and not when the consent or its key is gone.
        """
        egen = samtykke.c.samtykke_ref == samtykke_ref
        with self._db.write() as conn:
            rad = conn.execute(select(samtykke).where(egen, samtykke.c.telt.is_(None))).one_or_none()
            if rad is None:
                return False
            self._db.lock(conn, f"samtykke:{rad.avsender}")
            rad = conn.execute(select(samtykke).where(egen, samtykke.c.telt.is_(None))).one_or_none()
            nokkel = None if rad is None else self._nokler.get_many([rad.nokkel_id]).get(rad.nokkel_id)
            if rad is None or nokkel is None:
                return False
            if bidrag is not None:
                count_in(self._db, conn, rad.avsender, bidrag)
            gammelt = unseal(nokkel, rad.innhold, INNHOLD, samtykke_ref)
            nytt = {felt: verdi for felt, verdi in gammelt.items() if felt not in uten}
            conn.execute(
                update(samtykke).where(egen).values(telt=dato, innhold=seal(nokkel, nytt, INNHOLD, samtykke_ref))
            )
            return True

    def seal_in(self, avsender: str, felter: Mapping[str, Mapping[str, Any]], dato: date) -> None:
        """Seal these fields with stored consents, by samtykkeId, as one commit; a field that is None goes.

        A consent that is over on `dato` or counted, or whose key is gone, is left as it is.
        """
        per_hmac = {self._nokler.lookup(avsender, "samtykke", id_): egne for id_, egne in felter.items()}
        with self._db.write() as conn:
            self._db.lock(conn, f"samtykke:{avsender}")
            lagrede = {
                hmac: rad
                for hmac, rad in stored(conn, avsender, list(per_hmac)).items()
                if rad.telt is None and not is_over(rad, dato)
            }
            nokler = self._nokler.get_many([rad.nokkel_id for rad in lagrede.values()])
            for hmac, rad in lagrede.items():
                if (nokkel := nokler.get(rad.nokkel_id)) is not None:
                    gammelt = unseal(nokkel, rad.innhold, INNHOLD, rad.samtykke_ref)
                    nytt = {felt: verdi for felt, verdi in {**gammelt, **per_hmac[hmac]}.items() if verdi is not None}
                    conn.execute(
                        update(samtykke)
                        .where(samtykke.c.samtykke_ref == rad.samtykke_ref)
                        .values(innhold=seal(nokkel, nytt, INNHOLD, rad.samtykke_ref))
                    )


def _light(rad: Row[Any]) -> Samtykkerad:
    return Samtykkerad(rad.samtykke_ref, rad.avsender, rad.ref, rad.formaal, rad.gyldig_til, rad.trukket)
