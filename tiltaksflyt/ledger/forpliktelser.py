"""What is owed for each deltakelse and how it stands, as the rules computed it last."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date

from sqlalchemy import ColumnElement, delete, insert, select

from tiltaksflyt.ledger.database import Database, chunks
from tiltaksflyt.ledger.tabeller import deltakelse, forpliktelse
from tiltaksflyt.ledger.tilstander import Forpliktelsesstatus


@dataclass(frozen=True)
class Forpliktelsesrad:
    """One obligation. `frist` is the last day in time; `holdt` is a flag beside the status, `grunn` its code
    (beslutninger 16)."""

    ref: str
    type: str
    n: int
    frist: date
    status: str
    klar_dato: date | None = None
    sendt_dato: date | None = None
    holdt: bool = False
    grunn: str | None = None


class Forpliktelser:
    """The obligations of all deltakelser."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def replace_all(self, ref: str, rader: Sequence[Forpliktelsesrad]) -> None:
        """The obligations of one deltakelse are exactly these."""
        self.replace_many({ref: rader})

    def replace_many(self, rader: Mapping[str, Sequence[Forpliktelsesrad]]) -> None:
        """The obligations of each named deltakelse are exactly these; as one commit."""
        nye = [{**asdict(rad), "ref": ref} for ref, liste in rader.items() for rad in liste]
        for rad in nye:
            Forpliktelsesstatus(rad["status"])
        with self._db.write() as conn:
            for bunt in chunks(list(rader)):
                conn.execute(delete(forpliktelse).where(forpliktelse.c.ref.in_(bunt)))
            if nye:
                conn.execute(insert(forpliktelse), nye)

    def list(
        self,
        avsender: str | None = None,
        *,
        ref: str | None = None,
        statuser: Collection[str] | None = None,
        frist_fra: date | None = None,
        frist_til: date | None = None,
    ) -> tuple[Forpliktelsesrad, ...]:
        """Obligations by sender, deltakelse, status and frist (both ends included), earliest frist first.

        Those of a deltakelse under erasure are left out.
        """
        vilkar: list[ColumnElement[bool]] = [deltakelse.c.under_sletting.is_(False)]
        if avsender is not None:
            vilkar.append(deltakelse.c.avsender == avsender)
        if ref is not None:
            vilkar.append(forpliktelse.c.ref == ref)
        if statuser is not None:
            vilkar.append(forpliktelse.c.status.in_(list(statuser)))
        if frist_fra is not None:
            vilkar.append(forpliktelse.c.frist >= frist_fra)
        if frist_til is not None:
            vilkar.append(forpliktelse.c.frist <= frist_til)
        sporring = (
            select(forpliktelse)
            .join(deltakelse)
            .where(*vilkar)
            .order_by(forpliktelse.c.frist, forpliktelse.c.ref, forpliktelse.c.type, forpliktelse.c.n)
        )
        with self._db.read() as conn:
            return tuple(
                Forpliktelsesrad(r.ref, r.type, r.n, r.frist, r.status, r.klar_dato, r.sendt_dato, r.holdt, r.grunn)
                for r in conn.execute(sporring)
            )
