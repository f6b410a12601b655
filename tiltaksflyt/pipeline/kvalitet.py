"""The data engineers' view: what the checks said per run, and the trend of breaches per rule and sender.

A read model over the ledger. Counts and rule ids only: no value of a row, no person, no id of a sender's row.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from typing import Any

from expectations.regelsett import regler_etter_id
from schemas.avvik import Alvorlighet
from tiltaksflyt.intake.portregler import portregler
from tiltaksflyt.ledger import Bruddrad, Kontrollrad
from tiltaksflyt.pipeline.omgivelser import Omgivelser


@dataclass(frozen=True)
class Regeltrend:
    """One rule over the days: its severity, its text, and how many breaches on each day, oldest first."""

    regel: str
    alvorlighet: str
    melding: str
    per_dag: tuple[int, ...]
    avsendere: int

    @property
    def antall(self) -> int:
        """The breaches of all days."""
        return sum(self.per_dag)


@dataclass(frozen=True)
class Avsendertrend:
    """One sender over the days: its drops by status, its breaches on each day, and the rules it breaks most."""

    orgnr: str
    navn: str
    innsendinger: Mapping[str, int]
    per_dag: tuple[int, ...]
    oftest: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Kontrollkjoring:
    """One run of the checks: its tables with the number of rows, of rules asked, and the rules broken somewhere."""

    kontroll_id: str
    dato: date
    tid: str
    tabeller: tuple[Kontrollrad, ...]


@dataclass(frozen=True)
class Kvalitetsbilde:
    """Everything the page shows, for the days from `fra` to `til`."""

    fra: date
    til: date
    regler: tuple[Regeltrend, ...]
    avsendere: tuple[Avsendertrend, ...]
    kjoringer: tuple[Kontrollkjoring, ...]

    def as_text(self) -> str:
        """The view for a terminal."""
        linjer = [f"{self.fra} to {self.til}: {len(self.kjoringer)} runs, {len(self.avsendere)} senders"]
        for regel in self.regler:
            linjer.append(f"  {regel.alvorlighet:10} {regel.regel}  {regel.antall:6}  {regel.melding}")
        return "\n".join(linjer)

    def as_json(self) -> dict[str, Any]:
        """The view as `quality --json` prints it."""
        return {
            "fra": self.fra.isoformat(),
            "til": self.til.isoformat(),
            "regler": [
                {"regel": ett.regel, "alvorlighet": ett.alvorlighet, "antall": ett.antall, "perDag": list(ett.per_dag)}
                for ett in self.regler
            ],
            "avsendere": [
                {"orgnr": ett.orgnr, "innsendinger": dict(ett.innsendinger), "perDag": list(ett.per_dag)}
                for ett in self.avsendere
            ],
            "kjoringer": [
                {
                    "id": ett.kontroll_id,
                    "dato": ett.dato.isoformat(),
                    "tabeller": [
                        {"tabell": rad.tabell, "rader": rad.rader, "regler": rad.regler, "brutte": list(rad.brutte)}
                        for rad in ett.tabeller
                    ],
                }
                for ett in self.kjoringer
            ],
        }


_FLEST_KJORINGER = 50
_FLEST_REGLER = 3


def look(omgivelser: Omgivelser, til: date, dager: int) -> Kvalitetsbilde:
    """How the checks have gone in the `dager` days up to and with `til`."""
    fra = til - timedelta(days=dager - 1)
    dagene = [fra + timedelta(days=n) for n in range(dager)]
    brudd = [rad for rad in omgivelser.ledger.kontroller.breaches(fra) if rad.dato <= til]
    return Kvalitetsbilde(
        fra=fra,
        til=til,
        regler=tuple(_rules(brudd, dagene)),
        avsendere=tuple(_senders(omgivelser, brudd, dagene)),
        kjoringer=tuple(_runs(omgivelser.ledger.kontroller.list(fra), til))[:_FLEST_KJORINGER],
    )


def _rules(brudd: Sequence[Bruddrad], dagene: Sequence[date]) -> Iterable[Regeltrend]:
    rang = list(Alvorlighet)
    trender = []
    for regel in {rad.regel for rad in brudd}:
        egne = [rad for rad in brudd if rad.regel == regel]
        trender.append(
            Regeltrend(
                regel,
                egne[-1].alvorlighet,
                _text(regel),
                _per_day(egne, dagene),
                len({rad.avsender for rad in egne}),
            )
        )
    return sorted(trender, key=lambda ett: (rang.index(Alvorlighet(ett.alvorlighet)), -ett.antall, ett.regel))


def _text(regel: str) -> str:
    """What the rule says; a rule that is no longer asked has none."""
    if regel in portregler():
        return portregler()[regel].melding
    kjent = regler_etter_id().get(regel)
    return kjent.melding if kjent else ""


def _per_day(brudd: Iterable[Bruddrad], dagene: Sequence[date]) -> tuple[int, ...]:
    antall: Counter[date] = Counter()
    for rad in brudd:
        antall[rad.dato] += rad.antall
    return tuple(antall[dag] for dag in dagene)


def _senders(omgivelser: Omgivelser, brudd: Sequence[Bruddrad], dagene: Sequence[date]) -> Iterable[Avsendertrend]:
    besvart = [rad for rad in omgivelser.ledger.kontroller.answered(dagene[0]) if rad.dato <= dagene[-1]]
    for orgnr in sorted({rad.avsender for rad in besvart}):
        egne = [rad for rad in brudd if rad.avsender == orgnr]
        statuser: Counter[str] = Counter()
        for tall in besvart:
            if tall.avsender == orgnr:
                statuser[tall.status] += tall.antall
        regler: Counter[str] = Counter()
        for rad in egne:
            regler[rad.regel] += rad.antall
        kjent = omgivelser.oppsett.avsendere.get(orgnr)
        yield Avsendertrend(
            orgnr,
            kjent.navn if kjent else orgnr,
            dict(sorted(statuser.items())),
            _per_day(egne, dagene),
            tuple(sorted(regler.items(), key=lambda par: (-par[1], par[0]))[:_FLEST_REGLER]),
        )


def _runs(rader: Sequence[Kontrollrad], til: date) -> Iterable[Kontrollkjoring]:
    i_tiden = (rad for rad in rader if rad.dato <= til)
    for kontroll_id, gruppe in groupby(i_tiden, key=lambda rad: rad.kontroll_id):
        tabeller = tuple(gruppe)
        yield Kontrollkjoring(kontroll_id, tabeller[0].dato, tabeller[0].tid.isoformat(timespec="seconds"), tabeller)
