"""The population has the shape the sources count, within what a sample of nine thousand persons allows."""

from collections import Counter
from datetime import date
from itertools import islice

import pytest

from tiltaksflyt.syntetisk import fordelinger
from tiltaksflyt.syntetisk.arrangorer import make_arrangorer
from tiltaksflyt.syntetisk.livslop import Befolkning, Lop, Person
from transforms.kalender import add_months

ANTALL = 3000
PERSONER_PER_PLASS = 3


@pytest.fixture(scope="module")
def personer() -> list[Person]:
    """A cohort: the first three persons of every place, so that nobody is counted for staying long."""
    return [
        person
        for arrangor in make_arrangorer(5, ANTALL)
        for plass in range(arrangor.antall)
        for person in islice(Befolkning(5, arrangor, ANTALL).history(plass), PERSONER_PER_PLASS)
    ]


@pytest.fixture(scope="module")
def lop(personer: list[Person]) -> list[Lop]:
    return [lop for person in personer for lop in person.lop if lop.start is not None]


def _andel(treff: list[bool]) -> float:
    return sum(treff) / len(treff)


def _fodt(ident: str) -> date:
    dag, maned, ar = int(ident[:2]) % 40, int(ident[2:4]) - 80, int(ident[4:6])
    return date(ar + (2000 if int(ident[6:9]) >= 500 else 1900), maned, dag)


def _alder(person: Person) -> int:
    fodt, start = _fodt(person.personident), person.lop[0].start or person.lop[0].sendt
    return start.year - fodt.year - ((start.month, start.day) < (fodt.month, fodt.day))


@pytest.mark.parametrize(
    ("fra", "til", "andel", "kvinner"),
    [(18, 24, 0.222, 0.42), (25, 29, 0.168, 0.47), (30, 49, 0.435, 0.51), (50, 66, 0.175, 0.47)],
)
def test_age_and_sex(personer: list[Person], fra: int, til: int, andel: float, kvinner: float) -> None:
    gruppe = [person for person in personer if fra <= _alder(person) <= til]
    assert len(gruppe) / len(personer) == pytest.approx(andel, abs=0.02)
    assert _andel([int(person.personident[8]) % 2 == 0 for person in gruppe]) == pytest.approx(kvinner, abs=0.05)


def test_nobody_is_outside_the_ages(personer: list[Person]) -> None:
    aldre = Counter(_alder(person) for person in personer)
    assert min(aldre) == 18
    assert max(aldre) == 66


def test_just_over_eight_percent_come_back(personer: list[Person]) -> None:
    assert _andel([len(person.lop) > 1 for person in personer]) == pytest.approx(0.08, abs=0.012)


@pytest.mark.parametrize(
    ("navn", "andel", "slingring"),
    [("null", 0.019, 0.005), ("en", 0.098, 0.01), ("seks", 0.52, 0.025), ("under", 0.75, 0.025), ("over", 0.19, 0.02)],
)
def test_duration(lop: list[Lop], navn: str, andel: float, slingring: float) -> None:
    def is_in(ett: Lop) -> bool:
        assert ett.start is not None
        assert ett.slutt is not None
        aret = add_months(ett.start, 12)
        return {
            "null": ett.slutt == ett.start,
            "en": ett.slutt <= add_months(ett.start, 1),
            "seks": add_months(ett.start, 1) < ett.slutt <= add_months(ett.start, 6),
            "under": ett.slutt < aret,
            "over": ett.slutt > aret,
        }[navn]

    assert _andel([is_in(ett) for ett in lop]) == pytest.approx(andel, abs=slingring)


def test_seven_percent_stay_exactly_a_year(lop: list[Lop]) -> None:
    akkurat = [ett.slutt == add_months(ett.start, 12) for ett in lop if ett.start]
    assert _andel(akkurat) == pytest.approx(0.07, abs=0.01)


def test_results(lop: list[Lop]) -> None:
    resultater = Counter(ett.resultat for ett in lop)
    assert resultater["ARBEID"] / len(lop) == pytest.approx(0.36, abs=0.02)
    assert resultater["UTDANNING"] / len(lop) == pytest.approx(0.11, abs=0.015)
    assert all((ett.resultat == "MOTTE_IKKE_VED_OPPSTART") == (ett.start == ett.slutt) for ett in lop)


def test_those_who_leave_in_a_month_seldom_go_to_work(lop: list[Lop]) -> None:
    def work(klasse: str) -> float:
        return _andel([ett.resultat == "ARBEID" for ett in lop if ett.klasse == klasse])

    assert work("UNDER_EN") < 0.6 * work("TRE_TIL_SEKS")


def test_the_third_year_rests_on_formal_competence(lop: list[Lop]) -> None:
    lange = [ett for ett in lop if ett.start and ett.slutt and ett.slutt > add_months(ett.start, 24)]
    assert lange
    assert all(any(f.grunnlag == "FORMELL_KOMPETANSE" for f in ett.forlengelser) for ett in lange)


def test_sizes_of_arrangorer() -> None:
    n = 20_000
    storrelser = [fordelinger.storrelse((i + 0.5) / n) for i in range(n)]
    assert sum(storrelser) / n == pytest.approx(28, abs=1)
    assert _andel([storrelse <= 10 for storrelse in storrelser]) == pytest.approx(0.5, abs=0.01)
    assert _andel([storrelse > 100 for storrelse in storrelser]) == pytest.approx(0.05, abs=0.005)


@pytest.mark.parametrize(("antall", "n"), [(60, 3), (7600, 330), (1, 1), (5, 5), (1000, None)])
def test_sizes_sum_to_what_was_asked_for(antall: int, n: int | None) -> None:
    arrangorer = list(make_arrangorer(1, antall, n))
    assert sum(arrangor.antall for arrangor in arrangorer) == antall
    assert min(arrangor.antall for arrangor in arrangorer) >= 1
    assert len(arrangorer) == (n or round(antall / 28))
    assert len({arrangor.orgnr for arrangor in arrangorer}) == len(arrangorer)


@pytest.mark.parametrize(("antall", "n"), [(2, 3), (0, None)])
def test_numbers_that_do_not_add_up_are_refused(antall: int, n: int | None) -> None:
    with pytest.raises(ValueError, match="deltakere cannot be shared"):
        list(make_arrangorer(1, antall, n))
