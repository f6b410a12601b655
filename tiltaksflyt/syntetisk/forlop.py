"""When things happen inside a løp: extent, activities, plan versions and assessments. Days and numbers, no text."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from schemas.regelverk import Regelverk, regelverk
from tiltaksflyt.syntetisk import fordelinger
from tiltaksflyt.syntetisk.arrangorer import Arbeidsgiver, Arrangor
from tiltaksflyt.syntetisk.livslop import TILTAKSKODE, Lop, Person, virkedag_at_or_before
from tiltaksflyt.syntetisk.trekning import draw, happens, trekning
from transforms.kalender import add_months, add_virkedager

_HALV = 50
_FULL = 100
_KORTESTE_PRAKSIS = 12


@dataclass(frozen=True)
class Mengde:
    """The extent from a day on."""

    fra: date
    prosent: int

    @property
    def dager_per_uke(self) -> int:
        """As few days as can hold the extent."""
        return -(-self.prosent // 20)


@dataclass(frozen=True)
class Praksis:
    """A stay at an ordinary employer."""

    avtale: date
    fra: date
    til: date
    arbeidsgiver: Arbeidsgiver


@dataclass(frozen=True)
class Periode:
    """One perioderapport's assessment: `ferdigstilt` before `frist`, with a new plan version where it changed it."""

    nummer: int
    fra: date
    frist: date
    ferdigstilt: date
    anbefaling: str
    ny_plan: date | None


@dataclass(frozen=True)
class Forlop:
    """Everything that happens in one løp that began."""

    start: date
    slutt: date
    mengde: tuple[Mengde, ...]
    praksis: tuple[Praksis, ...]
    opplaering: tuple[date, date] | None
    planer: tuple[date, ...]
    perioder: tuple[Periode, ...]
    unntak_utproving: date | None

    def prosent(self, dag: date) -> int:
        """The extent on a day."""
        return [m.prosent for m in self.mengde if m.fra <= dag or m is self.mengde[0]][-1]

    def is_in_praksis_by(self, dag: date) -> bool:
        """Whether an ordinary virksomhet has been tried by then."""
        return any(praksis.fra <= dag for praksis in self.praksis)


def make_forlop(person: Person, lop: Lop, arrangor: Arrangor, arbeidsgivere: tuple[Arbeidsgiver, ...]) -> Forlop | None:
    """What happens in the løp, or None where nothing does: no start, or a person who never met."""
    if lop.start is None or lop.slutt is None or lop.er_no_show:
        return None
    rng = trekning(*person.nokkel, lop.nummer, "forløp")
    policy = regelverk(TILTAKSKODE, lop.start)
    mengde = tuple(_extents(rng, lop.start, lop.slutt))
    praksis = tuple(_stays(rng, person, lop.start, lop.slutt, arrangor, arbeidsgivere))
    opplaering = _course(rng, lop, lop.start, lop.slutt)
    forste_plan = _first_plan(rng, lop.start, lop.slutt, policy)
    perioder = tuple(_periods(rng, lop, lop.start, lop.slutt, policy))
    planer = [forste_plan] if forste_plan else []
    planer += [periode.ny_plan for periode in perioder if periode.ny_plan]
    utproving = lop.start + timedelta(days=policy.heltall("frister.utproving.dager"))
    if not praksis and utproving <= lop.slutt:
        praksis = tuple(_stays_at_last(person, lop, utproving, lop.slutt, arrangor, arbeidsgivere))
    i_tide = any(p.fra <= utproving for p in praksis)
    unntak = None if i_tide or utproving > lop.slutt else virkedag_at_or_before(utproving - timedelta(days=6))
    return Forlop(lop.start, lop.slutt, mengde, praksis, opplaering, tuple(planer), perioder, unntak)


def _extents(rng: Random, start: date, slutt: date) -> Iterator[Mengde]:
    prosent = draw(rng, fordelinger.STARTPROSENT)
    yield Mengde(start, prosent)
    if prosent < _HALV:
        # Under half has to grow towards full participation (000 L27).
        neste, endres = prosent + 20, True
        dag = start + timedelta(days=rng.randint(14, 80))
    elif prosent < _FULL:
        neste, endres = min(_FULL, prosent + 10 * rng.randint(1, 3)), happens(rng, 0.5)
        dag = start + timedelta(days=rng.randint(50, 160))
    else:
        neste, endres = 10 * rng.randint(5, 8), happens(rng, 0.15)
        dag = start + timedelta(days=rng.randint(50, 160))
    dag = virkedag_at_or_before(dag)
    if endres and dag < slutt:
        yield Mengde(dag, neste)


def _stays(
    rng: Random, person: Person, start: date, slutt: date, arrangor: Arrangor, arbeidsgivere: tuple[Arbeidsgiver, ...]
) -> Iterator[Praksis]:
    """The stays of those who come to ordinary employers."""
    if not happens(rng, arrangor.andel_ordinaer):
        return
    fra_dag, til_dag = draw(rng, fordelinger.FORSTE_PRAKSIS)
    fra = add_virkedager(start + timedelta(days=rng.randint(fra_dag, til_dag)), 1)
    yield from _stays_from(rng, fra, slutt, person, arbeidsgivere)


def _stays_at_last(
    person: Person, lop: Lop, frist: date, slutt: date, arrangor: Arrangor, arbeidsgivere: tuple[Arbeidsgiver, ...]
) -> Iterator[Praksis]:
    """The stays of those who nearly were not tried out: the first report says why, the next that they are."""
    rng = trekning(*person.nokkel, lop.nummer, "praksis til slutt")
    if happens(rng, arrangor.andel_ordinaer):
        fra = add_virkedager(frist - timedelta(days=rng.randint(7, 20)), 1)
        yield from _stays_from(rng, fra, slutt, person, arbeidsgivere)


def _stays_from(
    rng: Random, fra: date, slutt: date, person: Person, arbeidsgivere: tuple[Arbeidsgiver, ...]
) -> Iterator[Praksis]:
    """Stays from a day on, one after the other, at most one employer each (004 L821-834: three months)."""
    passende = [a for a in arbeidsgivere if a.yrke == person.yrke] or arbeidsgivere
    brukt: set[str] = set()
    while fra + timedelta(days=_KORTESTE_PRAKSIS) <= slutt:
        til = min(virkedag_at_or_before(fra + timedelta(days=rng.randint(45, 130))), slutt)
        arbeidsgiver = rng.choice(passende if happens(rng, 0.6) else arbeidsgivere)
        if arbeidsgiver.orgnr not in brukt:
            brukt.add(arbeidsgiver.orgnr)
            avtale = virkedag_at_or_before(fra - timedelta(days=rng.randint(2, 7)))
            sted = arbeidsgiver.workplace(trekning(*person.nokkel, "arbeidssted", fra.isoformat()))
            yield Praksis(avtale, fra, til, sted)
        if not happens(rng, 0.5):
            return
        fra = add_virkedager(til + timedelta(days=rng.randint(7, 30)), 1)


def _course(rng: Random, lop: Lop, start: date, slutt: date) -> tuple[date, date] | None:
    """A course inside the løp; always one where an extension rests on formal competence."""
    ma_ha = any(f.grunnlag == "FORMELL_KOMPETANSE" for f in lop.forlengelser)
    onsket = happens(rng, 0.25)
    fra = add_virkedager(start + timedelta(days=rng.randint(30, 120)), 1)
    til = virkedag_at_or_before(fra + timedelta(days=rng.randint(14, 80)))
    return (fra, til) if (ma_ha or onsket) and til < slutt else None


def _first_plan(rng: Random, start: date, slutt: date, policy: Regelverk) -> date | None:
    dager = policy.heltall("frister.plan.dager")
    ferdig = virkedag_at_or_before(start + timedelta(days=rng.randint(dager // 2, dager - 4)))
    return ferdig if ferdig < slutt else None


def _periods(rng: Random, lop: Lop, start: date, slutt: date, policy: Regelverk) -> Iterator[Periode]:
    """The assessments that are owed: finished a few days before each deadline while the person still takes part."""
    steg = policy.heltall("frister.perioderapport.maaneder")
    nummer, fra = 1, start
    while (frist := add_months(start, steg * nummer)) < slutt:
        ferdig = virkedag_at_or_before(frist - timedelta(days=rng.randint(2, 9)))
        ny_plan = add_virkedager(ferdig, rng.randint(1, 6)) if happens(rng, 0.3) else None
        if ny_plan is not None and ny_plan >= slutt:
            ny_plan = None
        yield Periode(
            nummer, fra, frist, ferdig, _advice(lop, slutt, ferdig, steg, endret=ny_plan is not None), ny_plan
        )
        nummer, fra = nummer + 1, ferdig + timedelta(days=1)


def _advice(lop: Lop, slutt: date, ferdig: date, steg: int, *, endret: bool) -> str:
    if slutt - ferdig <= timedelta(days=25):
        return "AVSLUTTE"
    gammel = lop.planlagt_slutt
    for forlengelse in lop.forlengelser:
        if gammel is not None and ferdig < forlengelse.avtalt and gammel <= add_months(ferdig, steg + 1):
            return "FORLENGE"
        gammel = forlengelse.ny_slutt
    return "ENDRE" if endret else "FORTSETTE"
