"""Numbers that look right and belong to nobody.

Persons: only fødselsnumre and D-numbers with month + 80 (Skatteetaten's synthetic population), valid check digits.
Organisations: numbers beginning with 3 (arrangører) or 2 (employers); Brønnøysundregistrene issues 8 and 9 to real
units and uses 2 and 3 for synthetic ones in its test register.
Telephones: eight digits beginning with 0, which no Norwegian subscriber has.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache

from schemas.identer import check_orgnr

_SYNTETISK_MANED = 80
_D_NUMMER = 40
_VEKTER_1 = (3, 7, 6, 1, 8, 9, 4, 5, 2)
_VEKTER_2 = (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)
_FORSTE_AR_MED_HOYE_NUMMER = 2000
# How many numbers are used for each birthday and sex: every birthday has at least these (tested).
NUMRE_PER_DAG = 200
DAGER_I_ARET = 365
CELLER = NUMRE_PER_DAG * DAGER_I_ARET


def fodselsdag(celle: int, ar: int) -> date:
    """The birthday that belongs to a cell, in a given year."""
    return date(ar, 1, 1) + timedelta(days=celle // NUMRE_PER_DAG % DAGER_I_ARET)


def personident(fodt: date, celle: int, *, kvinne: bool, d_nummer: bool = False) -> str:
    """The synthetic number of a birthday; two cells never give the same number for one birthday and sex.

    The cell counts through individual numbers first and birthdays second, see `fodselsdag`.
    """
    dag = fodt.day + (_D_NUMMER if d_nummer else 0)
    dato = f"{dag:02d}{fodt.month + _SYNTETISK_MANED:02d}{fodt.year % 100:02d}"
    sum_1 = sum(v * int(s) for v, s in zip(_VEKTER_1, dato, strict=False)) % 11
    sum_2 = sum(v * int(s) for v, s in zip(_VEKTER_2, dato, strict=False)) % 11
    ledige = _ledige(sum_1, sum_2, fodt.year >= _FORSTE_AR_MED_HOYE_NUMMER, kvinne)
    return dato + ledige[celle % NUMRE_PER_DAG]


@cache
def _ledige(sum_1: int, sum_2: int, hoye: bool, kvinne: bool) -> tuple[str, ...]:
    """The last five digits that are valid after a date part with these two remainders."""
    return tuple(_ender(sum_1, sum_2, hoye, kvinne))


def _ender(sum_1: int, sum_2: int, hoye: bool, kvinne: bool) -> Iterator[str]:
    forste = 500 if hoye else 0
    for nummer in range(forste, forste + 500):
        a, b, c = nummer // 100, nummer // 10 % 10, nummer % 10
        if (c % 2 == 0) != kvinne:
            continue
        k1 = -(sum_1 + 4 * a + 5 * b + 2 * c) % 11
        k2 = -(sum_2 + 5 * a + 4 * b + 3 * c + 2 * k1) % 11
        if k1 < 10 and k2 < 10:
            yield f"{nummer:03d}{k1}{k2}"


def arrangor_orgnr(nummer: int) -> str:
    """The organisasjonsnummer of synthetic arrangør `nummer` (from 0)."""
    return _orgnr("3", nummer)


def arbeidsgiver_orgnr(nummer: int) -> str:
    """The organisasjonsnummer of synthetic employer `nummer` (from 0)."""
    return _orgnr("2", nummer)


def _orgnr(forste: str, nummer: int) -> str:
    """The first valid number that carries `nummer` in its six middle digits, so that no two are the same."""
    kandidater = (f"{forste}{nummer % 1_000_000:06d}{siste:02d}" for siste in range(100))
    return next(tekst for tekst in kandidater if check_orgnr(tekst).gyldig)


def telefon(nummer: int) -> str:
    """A telephone number that nobody can have."""
    return f"00{nummer % 1_000_000:06d}"
