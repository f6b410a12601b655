"""Synthetic drops: what every sender would export on a given day.

The same seed gives the same bytes in every process, and the same persons further on at a later day. Nothing is held
but one deltaker at a time, so that a million deltakelser take no more memory than a thousand.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property
from typing import Any
from uuid import UUID

from schemas.kontrakt import KONTRAKTVERSJON, barnetabeller
from tiltaksflyt.syntetisk.arrangorer import Arbeidsgiver, Arrangor, UmuligBestilling, make_arrangorer
from tiltaksflyt.syntetisk.feil import Feilrater, InjisertFeil, inject
from tiltaksflyt.syntetisk.livslop import FORSTE_DAG, TILTAKSKODE, Befolkning, Person
from tiltaksflyt.syntetisk.rader_innhold import content_rows
from tiltaksflyt.syntetisk.rader_lop import (
    avtale_id,
    consent_rows,
    deltakelse_rows,
    deltaker_rows,
    earlier_delivered_rows,
    extent_rows,
    work_rows,
)
from tiltaksflyt.syntetisk.rader_rapport import report_rows
from tiltaksflyt.syntetisk.sak import closed_periods, make_sak
from tiltaksflyt.syntetisk.spor import Spor
from tiltaksflyt.syntetisk.trekning import trekning
from transforms.kalender import OSLO
from transforms.poster import Deltakelsespost

Rad = dict[str, Any]
_EKSPORTTID = time(6, 30)
_AVTALE_FRA = date(2023, 1, 1)
_PLASSER_PER_VEILEDER = 6
_PLASSTELLINGER = 3
_PLASSER_PER_LEDIG = 5  # more empty ones than this would be reported and withdrawn (KAP004)


@dataclass(frozen=True)
class Persongruppe:
    """The rows of one deltaker on the day, and the faults that were put into them."""

    rader: tuple[tuple[str, Rad], ...]
    feil: tuple[InjisertFeil, ...]


@dataclass(frozen=True)
class Innsending:
    """One sender's FULL export on one day. Each call of a method makes the rows anew."""

    seed: int
    arrangor: Arrangor
    antall_i_alt: int
    dato: date
    rater: Feilrater

    @property
    def hode(self) -> Rad:
        """The header of the drop."""
        rng = trekning(self.seed, "innsending", self.arrangor.nummer, self.dato.isoformat())
        return {
            "kontraktversjon": KONTRAKTVERSJON,
            "innsendingId": str(UUID(int=rng.getrandbits(128), version=4)),
            "arrangorOrgnr": self.arrangor.orgnr,
            "arrangorNavn": self.arrangor.navn,
            "kildesystem": self.arrangor.kildesystem,
            "kildesystemVersjon": "1.0",
            "opprettet": datetime.combine(self.dato, _EKSPORTTID, tzinfo=OSLO).isoformat(),
            "omfang": "FULL",
            "modus": "TEST",
        }

    @cached_property
    def _arbeidsgivere(self) -> tuple[Arbeidsgiver, ...]:
        return self.arrangor.arbeidsgivere(self.seed)

    def persongrupper(self) -> Iterator[Persongruppe]:
        """Deltaker by deltaker, with every row that belongs to each."""
        befolkning = Befolkning(self.seed, self.arrangor, self.antall_i_alt)
        for person in befolkning.personer(self.dato):
            spor = self._spor(person)
            feil = inject(spor, person, self.arrangor, self.rater, self.dato)
            rader = [(ett.tabell, rad) for ett in spor if (rad := ett.on(self.dato)) is not None]
            yield Persongruppe(tuple(rader), feil)

    def _spor(self, person: Person) -> list[Spor]:
        rader: list[Spor] = []
        samtykker: list[Spor] = []
        for lop in person.lop:
            if not lop.synlig_fra <= self.dato <= lop.siste_dag:
                continue
            sak = make_sak(person, lop, self.arrangor, self._arbeidsgivere)
            samtykke = list(consent_rows(sak))
            samtykker += [rad for rad in samtykke if rad.tabell == "samtykke"]
            for del_ in (deltakelse_rows, earlier_delivered_rows, extent_rows, content_rows, report_rows, work_rows):
                rader += del_(sak)
            rader += samtykke
        return [*deltaker_rows(person, samtykker), *rader]

    def rader(self) -> Iterator[tuple[str, Rad]]:
        """Every row of the drop with its table; the sender's own tables last, since they count the others."""
        telling = _Plasstelling(self.dato)
        for gruppe in self.persongrupper():
            for tabell, rad in gruppe.rader:
                if tabell == "deltakelse":
                    telling.count(rad)
                yield tabell, rad
        yield "avtale", self._avtale()
        yield from (("plass", rad) for rad in telling.rows(self.arrangor, self.seed))
        yield from (("stengt", rad) for rad in self._stengt())

    def feil(self) -> Iterator[InjisertFeil]:
        """The faults that stand in the rows of the drop."""
        return (feil for gruppe in self.persongrupper() for feil in gruppe.feil)

    def poster(self) -> Iterator[Deltakelsespost]:
        """The deltakelser as canonical records, as they stand once accepted."""
        avtale = self._avtale()
        stengt = list(self._stengt())
        for gruppe in self.persongrupper():
            deltaker = next(rad for tabell, rad in gruppe.rader if tabell == "deltaker")
            for deltakelse in (rad for tabell, rad in gruppe.rader if tabell == "deltakelse"):
                yield Deltakelsespost(
                    {
                        "deltaker": deltaker,
                        "deltakelse": deltakelse,
                        "avtale": avtale,
                        **_children(gruppe.rader, deltakelse["deltakelseId"]),
                        "stengt": stengt,
                    }
                )

    def _avtale(self) -> Rad:
        rad: Rad = {
            "avtaleId": avtale_id(self.arrangor),
            "tiltakskode": TILTAKSKODE,
            "fylke": self.arrangor.fylke,
            "gyldigFra": _AVTALE_FRA.isoformat(),
            "gyldigTil": date(self.dato.year + 1, 12, 31).isoformat(),
            "resultatmaal": 50,
            "rapportering": "ARRANGOR",
        }
        if self.arrangor.har_varig_maal:
            rad["varigResultatmaal"] = 85
        if self.arrangor.slettefrist_uker is not None:
            rad["slettefristUker"] = self.arrangor.slettefrist_uker
        return rad

    def _stengt(self) -> Iterator[Rad]:
        """Closures from a year back, the coming ones announced two months ahead."""
        if not self.arrangor.sommerstengt:
            return
        for ar in (self.dato.year - 1, self.dato.year):
            for fra, til in closed_periods(ar):
                if fra - timedelta(days=60) <= self.dato and til + timedelta(days=365) >= self.dato:
                    yield {"fraDato": fra.isoformat(), "tilDato": til.isoformat()}


def _children(rader: Iterable[tuple[str, Rad]], deltakelse_id: str) -> Mapping[str, list[Rad]]:
    barn: dict[str, list[Rad]] = {tabell: [] for tabell in barnetabeller()}
    for tabell, rad in rader:
        if tabell in barn and rad["deltakelseId"] == deltakelse_id:
            barn[tabell].append(rad)
    return barn


class _Plasstelling:
    """Counts who takes part on the first of the last months, so that the places agree with the deltakelser."""

    def __init__(self, dato: date) -> None:
        forste = [dato.replace(day=1)]
        while len(forste) < _PLASSTELLINGER:
            forste.append((forste[-1] - timedelta(days=1)).replace(day=1))
        self.dager = [dag.isoformat() for dag in reversed(forste)]
        self.deltar = dict.fromkeys(self.dager, 0)
        self.venter = 0

    def count(self, rad: Rad) -> None:
        self.venter += rad["status"] == "VENTER_PA_OPPSTART"
        if rad["status"] not in ("DELTAR", "HAR_SLUTTET"):
            return
        for dag in self.dager:
            self.deltar[dag] += rad["startDato"] <= dag <= rad.get("sluttDato", dag)

    def rows(self, arrangor: Arrangor, seed: int) -> Iterator[Rad]:
        rng = trekning(seed, "plasser", arrangor.nummer)
        ledig = rng.randint(0, 3) + rng.choice((0.0, 0.5))
        for dag in self.dager:
            plasser = self.deltar[dag] + min(ledig, self.deltar[dag] // _PLASSER_PER_LEDIG)
            yield {
                "tiltakskode": TILTAKSKODE,
                "dato": dag,
                "antallPlasser": plasser,
                "antallVeiledere": -(-plasser * 2 // _PLASSER_PER_VEILEDER) / 2,
                "antallVenteliste": self.venter,
            }


def generate(
    seed: int,
    antall: int,
    dato: date,
    *,
    arrangorer: int | Iterable[Arrangor] | None = None,
    rater: Feilrater | None = None,
) -> Iterator[Innsending]:
    """The exports of all senders on `dato`, with `antall` deltakere together.

    `arrangorer` is how many senders there are (by default one for each 28 deltakere) or which. `rater` puts faults in;
    without it every row is sound. Raises UmuligBestilling for a day before 2024 or numbers that do not add up.
    """
    if dato < FORSTE_DAG:
        raise UmuligBestilling(f"synthetic data begin on {FORSTE_DAG.isoformat()}; ask for that day or a later one")
    if arrangorer is None or isinstance(arrangorer, int):
        arrangorer = make_arrangorer(seed, antall, arrangorer)
    for arrangor in arrangorer:
        yield Innsending(seed, arrangor, antall, dato, rater or Feilrater())
