"""What happened, append-only. The payload is sealed under the deltakelse's key; the row itself names nobody.

Which events belong to a deltakelse stands in a lookup row of its own, outside every seal, deleted with the deltakelse.
"""

import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import insert, select

from tiltaksflyt.ledger.database import Database
from tiltaksflyt.ledger.deltakelser import data_key
from tiltaksflyt.ledger.kryptering import derive, seal, unseal
from tiltaksflyt.ledger.nokler import Nokkellager
from tiltaksflyt.ledger.tabeller import hendelse, hendelse_oppslag

_INNHOLD = "hendelse.innhold"


@dataclass(frozen=True)
class Hendelse:
    """One event of a deltakelse, opened."""

    type: str
    dato: date
    tid: datetime
    innhold: Mapping[str, Any]


class Hendelser:
    """The events."""

    def __init__(self, database: Database, nokler: Nokkellager) -> None:
        self._db = database
        self._nokler = nokler

    def append(
        self, type: str, innhold: Mapping[str, Any], *, tid: datetime, dato: date, ref: str | None = None
    ) -> None:
        """Note an event; `dato` is its day in Oslo. One without a `ref` is sealed under the operator's own key.

        Raises IkkeFunnet, NokkelSlettet.
        """
        hendelse_id = str(uuid.uuid4())
        with self._db.write() as conn:
            nokkel = self._common_key() if ref is None else data_key(conn, self._nokler, ref)
            conn.execute(
                insert(hendelse).values(
                    hendelse_id=hendelse_id,
                    dato=dato,
                    tid=tid,
                    type=type,
                    innhold=seal(nokkel, innhold, _INNHOLD, hendelse_id),
                )
            )
            if ref is not None:
                conn.execute(insert(hendelse_oppslag).values(hendelse_id=hendelse_id, ref=ref))

    def for_deltakelse(self, ref: str) -> tuple[Hendelse, ...]:
        """What happened to a deltakelse, oldest first. Raises IkkeFunnet, NokkelSlettet."""
        with self._db.read() as conn:
            nokkel = data_key(conn, self._nokler, ref)
            rader = conn.execute(
                select(hendelse)
                .join(hendelse_oppslag)
                .where(hendelse_oppslag.c.ref == ref)
                .order_by(hendelse.c.tid, hendelse.c.hendelse_id)
            ).all()
        return tuple(Hendelse(r.type, r.dato, r.tid, unseal(nokkel, r.innhold, _INNHOLD, r.hendelse_id)) for r in rader)

    def about_no_one(self, typer: Collection[str]) -> tuple[Hendelse, ...]:
        """Events of these types, oldest first; all must be types that are noted without a `ref`. Raises Uleselig."""
        nokkel = self._common_key()
        with self._db.read() as conn:
            rader = conn.execute(
                select(hendelse)
                .where(hendelse.c.type.in_(sorted(typer)))
                .order_by(hendelse.c.tid, hendelse.c.hendelse_id)
            ).all()
        return tuple(Hendelse(r.type, r.dato, r.tid, unseal(nokkel, r.innhold, _INNHOLD, r.hendelse_id)) for r in rader)

    def _common_key(self) -> bytes:
        return derive(self._nokler.lookup_key(), _INNHOLD)
