"""How late an erasure is: what its evidence says of time, in whole days, so that nobody need take our word for it."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import Connection, select

from tiltaksflyt.ledger.tabeller import deltakelse, tilbakehold


def delays_of(conn: Connection, fullfort: Mapping[str, date]) -> dict[str, dict[str, Any]]:
    """What the evidence says of each deltakelse, by its ref and the day it is erased; read before its rows go.

    The erasure is in time on the day after the last day that anything could be kept: the last kept day, or the last
    day of a hold that a person put on it. `dagerForSent` are the days after that; `dagerHoldtTilbake` those that the
    hold moved it. Neither says more of a person than the day of the erasure does.
    """
    har_siste_dag = select(deltakelse.c.ref, deltakelse.c.siste_dag).where(deltakelse.c.ref.in_(fullfort))
    siste_dag: dict[str, date] = {rad.ref: rad.siste_dag for rad in conn.execute(har_siste_dag)}
    siste_holdte = siste_dag | _held_until(conn, siste_dag)
    return {ref: _delay(siste_dag[ref], siste_holdte[ref], fullfort[ref]) for ref in siste_dag}


def days_late(siste_dag: date, fullfort: date) -> int:
    """The days between the first on which nothing may be kept and the one on which it was erased; 0 in time."""
    return max(0, (fullfort - siste_dag).days - 1)


def _delay(siste_dag: date, siste_holdte: date, fullfort: date) -> dict[str, Any]:
    return {
        "fullfort": fullfort.isoformat(),
        "dagerHoldtTilbake": (min(siste_holdte, fullfort) - min(siste_dag, fullfort)).days,
        "dagerForSent": days_late(siste_holdte, fullfort),
    }


def _held_until(conn: Connection, siste_dag: Mapping[str, date]) -> dict[str, date]:
    """The last day of those that were held, where that is later than the last kept day.

    A hold that was lifted lasts through that day: the erasures of its night are over.
    """
    holdt: dict[str, date] = {}
    for rad in conn.execute(select(tilbakehold).where(tilbakehold.c.ref.in_(siste_dag))):
        til = rad.til if rad.opphevet is None else min(rad.til, rad.opphevet)
        holdt[rad.ref] = max(til, holdt.get(rad.ref, siste_dag[rad.ref]))
    return holdt
