"""The counts that `status` shows. They hold after erasure: a package keeps its own counts, a case those it removed."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, and_, func, or_, select

from tiltaksflyt.ledger.avstemminger import Avstemmingsavvik, last_reconciled, open_differences
from tiltaksflyt.ledger.koder import Statuskode
from tiltaksflyt.ledger.merknader import Kvitteringsmerknad, remarks
from tiltaksflyt.ledger.tabeller import avtaleomrade, dokument, forsendelse, innsending, leveranse, slettesak
from tiltaksflyt.ledger.tilstander import (
    HOS_MOTTAKER,
    Forsendelsestilstand,
    Innsendingstilstand,
    Leveransetilstand,
    Slettesakstilstand,
)


@dataclass(frozen=True)
class Oversikt:
    """How it stands. `dokumenter.bygget` counts versions; sendt, godtatt and avvist count versions per recipient.

    `sendt` is what lies in packages at their recipients, and what was answered whatever became of its package;
    `sendt_per_type` is of the former alone.

    `utkast` and `holdt` count versions per recipient that wait, `stanset` those held because the sender stopped them.
    `kvitteringsmerknader` and `avstemmingsavvik` count what a person should see, by code; `avstemt` is the day each
    recipient was last reconciled. `sittende_fast` is what no run will loosen by itself: packages in FEIL, and leases
    that ran out.
    """

    innsendinger: dict[str, int]
    bygget: int
    sendt: int
    sendt_per_type: dict[str, int]
    godtatt: int
    avvist: int
    holdt: int
    utkast: int
    stanset: int
    leveranser: dict[str, int]
    sittende_fast: dict[str, int]
    slettet: int
    kvitteringsmerknader: dict[str, int]
    etter_sletting: int
    avstemmingsavvik: dict[str, int]
    avstemt: dict[str, str | None]

    def as_json(self) -> dict[str, Any]:
        """As `status --json` prints it."""
        return {
            "innsendinger": self.innsendinger,
            "dokumenter": {
                "bygget": self.bygget,
                "sendt": self.sendt,
                "godtatt": self.godtatt,
                "avvist": self.avvist,
                "holdt": self.holdt,
                "utkast": self.utkast,
                "stanset": self.stanset,
            },
            "leveranser": self.leveranser,
            "sittendeFast": sum(self.sittende_fast.values()),
            "slettet": self.slettet,
            "kvitteringer": {"merknader": self.kvitteringsmerknader, "etterSletting": self.etter_sletting},
            "avstemming": {"avvik": self.avstemmingsavvik, "sist": self.avstemt},
        }


def count(conn: Connection, now: datetime) -> Oversikt:
    """Count everything as it stands at `now`."""
    per_type: Counter[str] = Counter()
    for antall in conn.scalars(select(leveranse.c.antall).where(leveranse.c.tilstand.in_(HOS_MOTTAKER))):
        per_type.update(antall)
    godtatt, avvist = conn.execute(
        select(func.coalesce(func.sum(leveranse.c.godtatt), 0), func.coalesce(func.sum(leveranse.c.avvist), 0))
    ).one()
    slettede = conn.scalars(select(slettesak.c.antall).where(slettesak.c.tilstand == Slettesakstilstand.FULLFORT)).all()
    fjernet = conn.execute(select(func.coalesce(func.sum(avtaleomrade.c.fjernet), 0))).scalar_one()
    return Oversikt(
        innsendinger=_per_value(conn, func.coalesce(innsending.c.status, innsending.c.tilstand)),
        bygget=_number(conn, dokument) + sum(antall.get(dokument.name, 0) for antall in slettede) + int(fjernet),
        sendt=sum(per_type.values()) + _answered_elsewhere(conn),
        sendt_per_type=dict(sorted(per_type.items())),
        godtatt=int(godtatt),
        avvist=int(avvist),
        holdt=_number(conn, forsendelse, forsendelse.c.tilstand == Forsendelsestilstand.HOLDT),
        utkast=_number(conn, forsendelse, forsendelse.c.tilstand == Forsendelsestilstand.UTKAST),
        stanset=_number(conn, forsendelse, forsendelse.c.statuskode == Statuskode.STANSET_AV_ARRANGOR),
        leveranser=_per_value(conn, leveranse.c.tilstand),
        sittende_fast=_stuck(conn, now),
        slettet=len(slettede),
        kvitteringsmerknader=_sum_per_code(remarks(conn)),
        etter_sletting=int(conn.execute(select(func.coalesce(func.sum(leveranse.c.etter_sletting), 0))).scalar_one()),
        avstemmingsavvik=_sum_per_code(open_differences(conn)),
        avstemt={mottaker: dag.isoformat() if dag else None for mottaker, dag in last_reconciled(conn).items()},
    )


def _answered_elsewhere(conn: Connection) -> int:
    """Answers to packages that stopped, are sent once more or were given up: who has answered has got it."""
    svar = func.coalesce(func.sum(leveranse.c.godtatt + leveranse.c.avvist), 0)
    return int(conn.execute(select(svar).where(leveranse.c.tilstand.not_in(HOS_MOTTAKER))).scalar_one())


def _per_value(conn: Connection, verdi: ColumnElement[str]) -> dict[str, int]:
    rader = conn.execute(select(verdi, func.count()).group_by(verdi).order_by(verdi))
    return {str(navn): antall for navn, antall in rader}


def _sum_per_code(rader: Iterable[Kvitteringsmerknad] | Iterable[Avstemmingsavvik]) -> dict[str, int]:
    antall = Counter[str]()
    for rad in rader:
        antall[rad.kode.value] += rad.antall
    return dict(sorted(antall.items()))


def _number(conn: Connection, tabell: Table, *vilkar: ColumnElement[bool]) -> int:
    return conn.execute(select(func.count()).select_from(tabell).where(*vilkar)).scalar_one()


def _stuck(conn: Connection, now: datetime) -> dict[str, int]:
    forlatt = and_(leveranse.c.tilstand == Leveransetilstand.SENDES, leveranse.c.leie_til < now)
    return {
        "innsendinger": _number(
            conn, innsending, innsending.c.tilstand == Innsendingstilstand.TATT, innsending.c.leie_til < now
        ),
        "leveranser": _number(conn, leveranse, or_(leveranse.c.tilstand == Leveransetilstand.FEIL, forlatt)),
        "slettesaker": _number(
            conn, slettesak, slettesak.c.tilstand == Slettesakstilstand.APEN, slettesak.c.dato < now.date()
        ),
    }
