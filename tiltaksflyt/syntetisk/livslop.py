"""The life of each place: who comes, when they start, how long they stay and how it ends. Dates only, no text.

A place holds one deltaker at a time. A deltaker is visible in the sender's export from the bestilling until the last
day that data may be kept; the day after, the next one's bestilling is registered. So a sender has the same number of
deltakere on every day, its population stands still in the mean, and the same seed on a later day shows the same
persons further on. Chains begin in 2024 and are followed from there.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import count
from random import Random

from schemas.regelverk import regelverk
from tiltaksflyt.syntetisk import fordelinger, navn
from tiltaksflyt.syntetisk.arrangorer import Arrangor
from tiltaksflyt.syntetisk.fordelinger import NOYAKTIG_TOLV, NULL_DAGER
from tiltaksflyt.syntetisk.identiteter import CELLER, fodselsdag, personident
from tiltaksflyt.syntetisk.trekning import draw, happens, trekning
from tiltaksflyt.syntetisk.yrker import YRKER
from transforms.kalender import add_months, add_virkedager, is_virkedag

TILTAKSKODE = "ARBEIDSFORBEREDENDE_TRENING"
FORSTE_DAG = date(2024, 1, 1)
_FORSKYVNING = 400  # days over which the first bestillinger are spread before FORSTE_DAG
_DAGER_I_UKEN = 7
_ELDSTE_VED_START = 67  # nobody begins a second løp when older
_FORLENGET_TIL = {3: 6, 6: 12, 12: 18, 18: 24, 24: 36}


@dataclass(frozen=True)
class Forlengelse:
    """An extension: agreed with Nav on a day, to a new planned end."""

    avtalt: date
    ny_slutt: date
    grunnlag: str


@dataclass(frozen=True)
class Lop:
    """One tiltaksløp from bestilling to end. `start` is None for one that never came to anything.

    `slutt` is the last day in fact; `siste_dag` the last day that anything about it may be kept. `ikke_aktuell` is
    the day a bestilling without a start was given up.
    """

    nummer: int
    synlig_fra: date
    sendt: date
    mottatt: date
    bekreftet: date
    siste_dag: date
    ikke_aktuell: date | None = None
    start: date | None = None
    planlagt_slutt: date | None = None
    forlengelser: tuple[Forlengelse, ...] = ()
    avslutning_avtalt: date | None = None
    slutt: date | None = None
    klasse: str | None = None
    resultat: str | None = None

    @property
    def er_no_show(self) -> bool:
        """Whether the person never met."""
        return self.klasse == NULL_DAGER


@dataclass(frozen=True)
class Person:
    """One deltaker with one or two tiltaksløp. `nokkel` names its draws; `yrke` indexes the list of occupations.

    `reserveident` is a second synthetic number that belongs to nobody in the population.
    """

    plass: int
    deltaker_id: str
    personident: str
    reserveident: str
    navn: navn.Navn
    nav_enhet: str
    nav_veileder: str
    veileder: str
    yrke: int
    lop: tuple[Lop, ...]
    nokkel: tuple[str | int, ...]


@dataclass(frozen=True)
class Befolkning:
    """Everyone at one sender. `antall_i_alt` counts the deltakere of all senders, see `_layer`."""

    seed: int
    arrangor: Arrangor
    antall_i_alt: int

    def personer(self, dato: date) -> Iterator[Person]:
        """Who is in the export on `dato`, one of each place; `dato` is FORSTE_DAG or later."""
        for plass in range(self.arrangor.antall):
            yield self._make_person(next(ledd for ledd in self._chain(plass) if ledd.siste_dag >= dato))

    def history(self, plass: int) -> Iterator[Person]:
        """Everyone who ever holds a place, in order, without end."""
        return (self._make_person(ledd) for ledd in self._chain(plass))

    def _chain(self, plass: int) -> Iterator["_Ledd"]:
        rng = trekning(self.seed, "plass", self.arrangor.nummer, plass)
        synlig_fra = FORSTE_DAG - timedelta(days=rng.randrange(_FORSKYVNING))
        for nummer in count():
            nokkel = (self.seed, self.arrangor.nummer, plass, nummer)
            ledd = _Ledd(
                plass, nummer, nokkel, _rammer(trekning(*nokkel, "rammer"), synlig_fra, self._kept_days(synlig_fra))
            )
            yield ledd
            synlig_fra = ledd.siste_dag + timedelta(days=1)

    def _kept_days(self, dag: date) -> int:
        dager = regelverk(TILTAKSKODE, dag).heltall("sletting.dager")
        uker = self.arrangor.slettefrist_uker
        return dager if uker is None else min(dager, _DAGER_I_UKEN * uker)

    def _make_person(self, ledd: "_Ledd") -> Person:
        plass, nokkel = ledd.plass, ledd.nokkel
        detaljer = trekning(*nokkel, "løp")
        lop = tuple(_lop(detaljer, nummer, ramme) for nummer, ramme in enumerate(ledd.rammer, start=1))
        rng = trekning(*nokkel, "person")
        arrangor = self.arrangor
        celle = (arrangor.forste_plass + plass) % CELLER
        mitt, lag = self._layer(plass)
        ar = fordelinger.alder((mitt + rng.random()) / lag)
        kvinne = happens(rng, fordelinger.kvinneandel(ar))
        navn_ = navn.make_navn(rng, plass, kvinne=kvinne, tegnsett=arrangor.tegnsett)
        enhet = arrangor.navenheter[0] if happens(rng, 0.55) else rng.choice(arrangor.navenheter)
        fodt = _birthday(celle, ar, lop[0].start or lop[0].sendt)
        if lag > 1 and fodt.year % 2 != mitt % 2:
            fodt = fodselsdag(celle, fodt.year - 1)
        while _age(fodt, lop[-1].start or lop[-1].sendt) > _ELDSTE_VED_START:
            fodt = fodselsdag(celle, fodt.year + (1 if lag == 1 else 2))
        d_nummer = happens(rng, fordelinger.ANDEL_D_NUMMER)
        return Person(
            plass=plass,
            deltaker_id=f"D{plass:05d}-{ledd.nummer:02d}",
            personident=personident(fodt, celle, kvinne=kvinne, d_nummer=d_nummer),
            reserveident=personident(fodt, celle, kvinne=not kvinne, d_nummer=True),
            navn=navn_,
            nav_enhet=enhet,
            nav_veileder=navn.veileder(trekning(self.seed, "Nav", enhet, rng.randrange(6))),
            veileder=navn.veileder(trekning(self.seed, "veileder", arrangor.nummer, plass // 8)),
            yrke=rng.randrange(len(YRKER)),
            lop=lop,
            nokkel=nokkel,
        )

    def _layer(self, plass: int) -> tuple[int, int]:
        """Which of how many deltakere sharing a cell this place is.

        There are 73 000 cells. Up to that many deltakere no two share one; beyond, those who do get ages apart, and
        neighbours in age get odd and even years of birth, so that two numbers are hardly ever the same. Inside one
        sender of up to 73 000 deltakere they never are.
        """
        plass_i_alt = self.arrangor.forste_plass + plass
        lag = 1 + (self.antall_i_alt - 1) // CELLER
        return (plass_i_alt // CELLER + plass_i_alt % CELLER) % lag, lag


def _birthday(celle: int, ar: int, start: date) -> date:
    """The birthday of the cell that makes the person `ar` years old on `start`."""
    dag = fodselsdag(celle, start.year - ar)
    return dag if _age(dag, start) == ar else fodselsdag(celle, start.year - ar - 1)


def _age(fodt: date, dag: date) -> int:
    return dag.year - fodt.year - ((dag.month, dag.day) < (fodt.month, fodt.day))


@dataclass(frozen=True)
class _Ramme:
    """The days that decide how long a løp is visible: all that is needed of those who have left."""

    synlig_fra: date
    sendt: date
    start: date
    aldri_startet: bool
    klasse: str
    slutt: date
    siste_dag: date


@dataclass(frozen=True)
class _Ledd:
    """One holder of a place, known by dates only."""

    plass: int
    nummer: int
    nokkel: tuple[str | int, ...]
    rammer: tuple[_Ramme, ...]

    @property
    def siste_dag(self) -> date:
        return max(ramme.siste_dag for ramme in self.rammer)


def _rammer(rng: Random, synlig_fra: date, kept_days: int) -> tuple[_Ramme, ...]:
    forste = _ramme(rng, synlig_fra, None, kept_days)
    kommer_tilbake = happens(rng, fordelinger.ANDEL_MED_FLERE_LOP)
    if forste.aldri_startet or not kommer_tilbake:
        return (forste,)
    bestilt = forste.slutt + timedelta(days=rng.randint(20, kept_days - 4))
    return forste, _ramme(rng, bestilt, forste.slutt, kept_days)


def _ramme(rng: Random, synlig_fra: date, forrige_slutt: date | None, kept_days: int) -> _Ramme:
    """The days of a løp whose bestilling the sender registered on `synlig_fra`."""
    sendt = virkedag_at_or_before(synlig_fra)
    fra, til = draw(rng, fordelinger.VENTETID)
    oppstart = sendt + timedelta(days=rng.randint(fra, til))
    if forrige_slutt is not None:
        # Two months apart are two løp (002 L627-637); the synthetic ones always are.
        oppstart = max(oppstart, add_months(forrige_slutt, 2) + timedelta(days=3))
    start = _start_day(rng, oppstart)
    klasse, dager = fordelinger.varighet(rng)
    aldri_startet = happens(rng, fordelinger.ANDEL_ALDRI_STARTET)
    if aldri_startet:
        slutt = max(add_virkedager(sendt, 3), start - timedelta(days=rng.randint(1, 10)))
    else:
        slutt = _end_day(start, klasse, dager)
    return _Ramme(synlig_fra, sendt, start, aldri_startet, klasse, slutt, slutt + timedelta(days=kept_days))


def _lop(rng: Random, nummer: int, ramme: _Ramme) -> Lop:
    """Everything else about a løp, inside its days."""
    bestilling = Lop(
        nummer=nummer,
        synlig_fra=ramme.synlig_fra,
        sendt=ramme.sendt,
        mottatt=ramme.sendt if happens(rng, 0.6) else add_virkedager(ramme.sendt, 1),
        bekreftet=add_virkedager(ramme.sendt, rng.randint(1, 3)),
        siste_dag=ramme.siste_dag,
    )
    if ramme.aldri_startet:
        return replace(bestilling, ikke_aktuell=ramme.slutt)
    start, slutt = ramme.start, ramme.slutt
    maneder = _planned_months(rng, ramme.klasse, start, slutt)
    forlengelser = tuple(_extensions(rng, start, slutt, maneder))
    planlagt = forlengelser[-1].ny_slutt if forlengelser else add_months(start, maneder)
    return replace(
        bestilling,
        start=start,
        planlagt_slutt=add_months(start, maneder),
        forlengelser=forlengelser,
        avslutning_avtalt=None if slutt == planlagt else _early_end_agreed(rng, start, slutt, forlengelser),
        slutt=slutt,
        klasse=ramme.klasse,
        resultat=fordelinger.resultat(rng, ramme.klasse),
    )


def virkedag_at_or_before(dag: date) -> date:
    """The day itself when it is a working day, else the last one before it."""
    while not is_virkedag(dag):
        dag -= timedelta(days=1)
    return dag


def _start_day(rng: Random, tidligst: date) -> date:
    """A working day, most often a Monday."""
    if happens(rng, 0.6):
        tidligst += timedelta(days=-tidligst.weekday() % _DAGER_I_UKEN)
    return add_virkedager(tidligst - timedelta(days=1), 1)


def _end_day(start: date, klasse: str, dager: int) -> date:
    if klasse == NULL_DAGER:
        return start
    if klasse == NOYAKTIG_TOLV:
        return add_months(start, 12)
    return max(virkedag_at_or_before(start + timedelta(days=dager)), start + timedelta(days=1))


def _planned_months(rng: Random, klasse: str, start: date, slutt: date) -> int:
    """For how many months the first bestilling is: whole years are the rule, shorter ones are extended."""
    if klasse == NOYAKTIG_TOLV:
        return 12
    maneder = draw(rng, ((3, 10.0), (6, 40.0), (12, 50.0)))
    return 12 if slutt > add_months(start, 12) else maneder


def _extensions(rng: Random, start: date, slutt: date, maneder: int) -> Iterator[Forlengelse]:
    while slutt > (gammel := add_months(start, maneder)):
        maneder = _FORLENGET_TIL[maneder]
        avtalt = virkedag_at_or_before(gammel - timedelta(days=rng.randint(16, 35)))
        yield Forlengelse(avtalt, add_months(start, maneder), "FORMELL_KOMPETANSE" if maneder > 24 else "HOVEDREGEL")


def _early_end_agreed(rng: Random, start: date, slutt: date, forlengelser: tuple[Forlengelse, ...]) -> date | None:
    """When an end before plan was agreed with Nav; None for one who never met."""
    if slutt == start:
        return None
    tidligst = max([start, *(forlengelse.avtalt for forlengelse in forlengelser)]) + timedelta(days=1)
    avtalt = virkedag_at_or_before(slutt - timedelta(days=rng.randint(3, 20)))
    return min(max(avtalt, tidligst), slutt)
