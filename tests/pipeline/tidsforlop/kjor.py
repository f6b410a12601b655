"""Runs the days on a whole deployment, and each night and each drop asks the ledger what exists."""

import argparse
import json
import shutil
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from tempfile import mkdtemp
from typing import Any
from unittest.mock import patch

from deploy.lokalt.anlegg import LokaltAnlegg
from tests.faults.databaser import open_databaser
from tests.pipeline.conftest import Linje
from tests.pipeline.fellesanlegg import InnebygdMottak
from tests.pipeline.saker import AVSENDER, make_ident, make_oppsett
from tests.pipeline.tidsforlop.fasit import Fasit, Hold
from tests.pipeline.tidsforlop.lop import Dag, consent_id, make_days, person_of
from tiltaksflyt.ledger.database import Database
from tiltaksflyt.pipeline import sletting

_UKEDAG_VEDLIKEHOLD = 3
_TELLES = ("slettet", "nektet", "holdt", "avbrutt", "avslatt", "samtykker", "samtykker_slettet", "samtykker_trukket")


class Krasj(BaseException):
    """Stands for kill -9 where a transaction would begin."""


@dataclass(frozen=True)
class Utfall:
    """What came of it. `avvik` are the days on which the wrong ones existed; all else shows that something happened."""

    dager: int
    sett: int
    slettet: int
    nektet: int
    holdt: int
    avbrutt: int
    avslatt: int
    bevis: int
    samtykker: int
    samtykker_slettet: int
    samtykker_trukket: int
    samtykkebevis: int
    sveipet: int
    treff: int
    hull: int
    avvik: tuple[str, ...]

    @property
    def er_bevist(self) -> bool:
        """One piece of evidence for each erasure."""
        return (self.bevis, self.samtykkebevis) == (self.slettet, self.samtykker_slettet)

    def as_json(self) -> dict[str, Any]:
        """For printing."""
        return asdict(self)


class Tidsforlop:
    """The deployment, the oracle beside it, and what was counted."""

    def __init__(self, linje: Linje) -> None:
        self._linje = linje
        self._fasit = Fasit()
        self._hold: dict[str, Hold] = {}
        self._sett: set[int] = set()
        self._samtykker: dict[str, int] = {}
        self._antall = dict.fromkeys(_TELLES, 0)
        self._avvik: list[str] = []

    def pass_day(self, dato: date, dag: Dag) -> None:
        """The night's erasure, then what the day brings."""
        if dag.avslatt:
            self._antall["avslatt"] += 1
            return
        self._linje.on(dato)
        self._night(dato, dag.avbrudd)
        self._lift_holds(dato)
        if dag.rader or dag.samtykker:
            self._drop(dato, dag)
        for hold in dag.hold:
            self._begin_hold(hold)
        if dato.weekday() == _UKEDAG_VEDLIKEHOLD:
            self._linje.run("frister", "vedlikehold")

    def account(self, dager: int) -> Utfall:
        """The last look: the evidence, and the sweep for everyone who is erased."""
        linje = self._linje
        borte = {person_of(nummer) for nummer in self._sett} - {person_of(nummer) for nummer in self._fasit.siste_dag}
        linje.anlegg.kanarier.write_text(
            "".join(f"{linje.dato}\t{verdi}\n" for n in sorted(borte) for verdi in (make_ident(n), f"Kanari{n:05}")),
            encoding="utf-8",
        )
        assert sletting.verify(linje.om).ok
        sveip = sletting.look(linje.om, linje.dato)
        bevis = Counter(ett.values()["art"] for ett in linje.om.ledger.bevis.entries())
        return Utfall(
            dager=dager,
            sett=len(self._sett),
            bevis=bevis["SLETTING"],
            samtykkebevis=bevis["SAMTYKKE"],
            sveipet=sveip.kanarier,
            treff=len(sveip.treff),
            hull=len(sveip.hull),
            avvik=tuple(self._avvik),
            **self._antall,
        )

    def _night(self, dato: date, avbrudd: int | None) -> None:
        if avbrudd is not None:
            with _cut_off(avbrudd) as was_cut:
                try:
                    self._linje.run("sletting")
                except Krasj:
                    self._antall["avbrutt"] += was_cut()
        self._linje.run("sletting")
        for_natten, samtykker = set(self._fasit.siste_dag), set(self._fasit.samtykker)
        self._fasit.night(dato, self._hold.values())
        self._antall["samtykker_slettet"] += len(samtykker - set(self._fasit.samtykker))
        self._antall["slettet"] += len(for_natten - set(self._fasit.siste_dag))
        self._antall["holdt"] += sum(siste < dato for siste in self._fasit.siste_dag.values())
        self._compare(f"{dato} after the night")

    def _drop(self, dato: date, dag: Dag) -> None:
        kjente = set(self._fasit.samtykker)
        ventet = self._fasit.day(dato, [rad.melding for rad in dag.rader], dag.samtykker)
        self._antall["samtykker"] += len(self._fasit.samtykker.keys() - kjente)
        self._antall["samtykker_trukket"] += sum(
            ett.trukket is not None and ett.nummer in kjente for ett in dag.samtykker
        )
        self._samtykker |= {consent_id(ett.nummer): ett.nummer for ett in dag.samtykker}
        self._linje.receive(dag.drop(dato), f"eksport-{dato}.json")
        self._sett |= {nummer for nummer, tatt in ventet.items() if tatt}
        self._antall["nektet"] += sum(not tatt for tatt in ventet.values())
        self._linje.run("rapportering", "levering", "kvittering")
        brutt = sorted({rad["regelId"] for rad in self._linje.answer()["avvik"] if rad["alvorlighet"] == "FEIL"})
        self._compare(f"{dato} after the drop, which broke {', '.join(brutt) or 'nothing'}")

    def _begin_hold(self, hold: Hold) -> None:
        tilbakehold = self._linje.om.ledger.tilbakehold
        ref = self._linje.om.ledger.deltakelser.find_ref(AVSENDER, f"D{hold.nummer}")
        if ref is not None:
            hold_id = tilbakehold.begin(ref, av="Vera Vakt", grunn="Klagesak", fra=hold.fra, til=hold.til)
            self._hold[hold_id] = hold

    def _lift_holds(self, dato: date) -> None:
        for hold_id, hold in self._hold.items():
            # What it held may be erased by now, and the hold with it.
            if hold.opphevet == dato and hold.nummer in self._fasit.siste_dag:
                self._linje.om.ledger.tilbakehold.lift(hold_id, av="Vera Vakt", dato=dato)

    def _compare(self, naar: str) -> None:
        lagret = {
            int(post["deltakelse"]["deltakelseId"][1:]) for _, post in self._linje.om.ledger.deltakelser.each(AVSENDER)
        }
        fasit = set(self._fasit.siste_dag)
        if lagret != fasit:
            self._avvik.append(f"{naar}: too many {sorted(lagret - fasit)}, missing {sorted(fasit - lagret)}")
        ledger = self._linje.om.ledger.samtykker
        lesbare = {self._samtykker[id_] for id_ in ledger.find(AVSENDER, self._samtykker)}
        rader, ventet = len(ledger.list(AVSENDER)), set(self._fasit.samtykker)
        if lesbare != ventet or rader != len(ventet):
            self._avvik.append(
                f"{naar}: {rader} consents, too many {sorted(lesbare - ventet)}, missing {sorted(ventet - lesbare)}"
            )


@contextmanager
def _cut_off(skriving: int) -> Iterator[Callable[[], bool]]:
    """The process ends where it would begin its n-th write. Answers afterwards whether it came so far."""
    ekte, antall = Database.write, 0

    def write(self: Database) -> Any:
        nonlocal antall
        antall += 1
        if antall == skriving:
            raise Krasj
        return ekte(self)

    with patch.object(Database, "write", write):
        yield lambda: antall >= skriving


def run_days(
    katalog: Path,
    forste: date,
    dager: int,
    antall: int,
    *,
    fro: int,
    postgres: bool = False,
    tell: Callable[[date], object] = lambda _: None,
) -> Utfall:
    """A deployment of its own, through all the days."""
    make_oppsett(katalog / "mal")
    with ExitStack() as stabel:
        databaser = stabel.enter_context(open_databaser(katalog / "anlegg", postgres=postgres))
        anlegg = LokaltAnlegg(katalog / "anlegg", katalog / "mal", mottak=InnebygdMottak, databaser=databaser.urler)
        stabel.enter_context(anlegg)
        forlop = Tidsforlop(Linje(anlegg, stabel.enter_context(anlegg.omgivelser())))
        for dato, dag in make_days(forste, dager, antall, fro).items():
            forlop.pass_day(dato, dag)
            tell(dato)
        return forlop.account(dager)


def main(argumenter: Sequence[str] | None = None) -> int:
    """The long form. Prints the account as JSON; 1 when the wrong ones existed on some day."""
    leser = argparse.ArgumentParser(prog="python -m tests.pipeline.tidsforlop.kjor", description=main.__doc__)
    leser.add_argument("--dager", type=int, default=400)
    leser.add_argument("--antall", type=int, default=1000)
    leser.add_argument("--fro", type=int, default=1)
    leser.add_argument("--postgres", action="store_true")
    valg = leser.parse_args(argumenter)
    katalog = Path(mkdtemp(prefix="tiltaksflyt-tidsforlop-"))
    start = time.monotonic()
    try:
        utfall = run_days(
            katalog,
            date(2026, 1, 5),
            valg.dager,
            valg.antall,
            fro=valg.fro,
            postgres=valg.postgres,
            tell=lambda dato: sys.stderr.write(f"\r{dato}"),
        )
    finally:
        shutil.rmtree(katalog)
    utskrift = utfall.as_json() | {"sekunder": round(time.monotonic() - start)}
    sys.stdout.write(json.dumps(utskrift, indent=1, ensure_ascii=False) + "\n")
    return int(bool(utfall.avvik or utfall.treff or utfall.hull or not utfall.er_bevist))


if __name__ == "__main__":
    raise SystemExit(main())
