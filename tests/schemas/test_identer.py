"""Identifiers: each kind by its own rule, on its edges. Every number here is synthetic or has no valid date."""

import pickle
from datetime import date

import pytest

from schemas.identer import Identtype, Personident, birth_date, check_ident, check_orgnr, check_personident

VEKTER_1 = (3, 7, 6, 1, 8, 9, 4, 5, 2)
VEKTER_2 = (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)


def make_ident(ni: str, rest: int = 0) -> str | None:
    """Nine digits with check digits; `rest` is the remainder that the first check digit leaves."""
    k1 = (rest - sum(v * int(s) for v, s in zip(VEKTER_1, ni, strict=True))) % 11
    if k1 == 10:
        return None
    ti = f"{ni}{k1}"
    k2 = -sum(v * int(s) for v, s in zip(VEKTER_2, ti, strict=True)) % 11
    return None if k2 == 10 else f"{ti}{k2}"


def first_ident(dato: str, rest: int = 0) -> str:
    return next(i for n in range(100, 999) if (i := make_ident(f"{dato}{n}", rest)))


@pytest.mark.parametrize(
    ("dato", "type_", "tillegg"),
    [
        ("018190", Identtype.SYNTETISK_FODSELSNUMMER, 80),  # month + 80
        ("319290", Identtype.SYNTETISK_FODSELSNUMMER, 80),  # 31 December
        ("416690", Identtype.SYNTETISK_D_NUMMER, 65),  # D-number, month + 65
        ("017790", Identtype.SYNTETISK_FODSELSNUMMER, 65),  # month 77 is December + 65
        ("014190", Identtype.H_NUMMER, 40),  # month + 40
        ("415290", Identtype.D_H_NUMMER, 40),
        ("298200", Identtype.SYNTETISK_FODSELSNUMMER, 80),  # 29 February of year 00 counts as 2000
        ("298296", Identtype.SYNTETISK_FODSELSNUMMER, 80),
    ],
)
def test_kinds(dato: str, type_: Identtype, tillegg: int) -> None:
    resultat = check_personident(first_ident(dato))
    assert (resultat.gyldig, resultat.type, resultat.tillegg, resultat.er_syntetisk) == (True, type_, tillegg, True)


@pytest.mark.parametrize("dato", ["328190", "008190", "298297", "319190", "018090", "019390", "729290", "017890"])
def test_dates_that_do_not_exist(dato: str) -> None:
    assert check_personident(first_ident(dato)).grunn == "UGYLDIG_DATO"


@pytest.mark.parametrize("rest", [1, 2, 3])
def test_first_check_digit_of_2032(rest: int) -> None:
    ident = first_ident("018190", rest)
    assert check_personident(ident).gyldig
    assert check_personident(ident, regel2032=False).grunn == "FEIL_FORSTE_KONTROLLSIFFER"


def test_remainder_four_is_never_valid() -> None:
    assert check_personident(first_ident("018190", 4)).grunn == "FEIL_FORSTE_KONTROLLSIFFER"


def test_every_single_digit_error_in_the_check_digits_is_found() -> None:
    ident = first_ident("018190")
    for siffer in "0123456789":
        if siffer != ident[10]:
            assert check_personident(ident[:10] + siffer).grunn == "FEIL_ANDRE_KONTROLLSIFFER"


@pytest.mark.parametrize("tekst", ["", "1", "0181901234", "018190123456", "01819A12345", "٠١٨١٩٠١٢٣٤٥", " 1819012345"])
def test_not_eleven_digits(tekst: str) -> None:
    assert check_personident(tekst).grunn == "IKKE_ELLEVE_SIFFER"


def make_orgnr(atte: str) -> str:
    return f"{atte}{-sum(v * int(s) for v, s in zip((3, 2, 7, 6, 5, 4, 3, 2), atte, strict=True)) % 11}"


def ident_from(dato: str, individnummer: int) -> str:
    """The first valid number of a date part from an individnummer on."""
    return next(i for n in range(individnummer, 1000) if (i := make_ident(f"{dato}{n:03d}")))


@pytest.mark.parametrize(
    ("dato", "individnummer", "fodt"),
    [
        ("018100", 0, date(1900, 1, 1)),
        ("018199", 490, date(1999, 1, 1)),
        ("018100", 500, date(2000, 1, 1)),
        ("018139", 990, date(2039, 1, 1)),
        ("018140", 900, date(1940, 1, 1)),
        ("018199", 990, date(1999, 1, 1)),
        ("018154", 500, date(1854, 1, 1)),
        ("018199", 740, date(1899, 1, 1)),
        ("018140", 500, None),  # not issued
        ("018153", 740, None),
        ("018154", 750, None),
        ("018199", 890, None),
        ("718190", 100, date(1990, 1, 31)),  # D-number
        ("316690", 100, date(1990, 1, 31)),  # month + 65
        ("314190", 100, date(1990, 1, 31)),  # month + 40
        ("298200", 100, None),  # 1900 was no leap year
        ("298200", 500, date(2000, 2, 29)),
    ],
)
def test_birth_dates(dato: str, individnummer: int, fodt: date | None) -> None:
    assert birth_date(ident_from(dato, individnummer)) == fodt


def test_a_number_that_is_not_valid_gives_no_birth_date() -> None:
    gyldig = first_ident("018190")
    assert birth_date(gyldig[:-1] + str((int(gyldig[-1]) + 1) % 10)) is None
    assert birth_date("") is None


def test_orgnr() -> None:
    orgnr = make_orgnr("31000000")
    assert check_orgnr(orgnr).grunn == "OK"
    assert check_orgnr(orgnr[:8] + str((int(orgnr[8]) + 1) % 10)).grunn == "FEIL_KONTROLLSIFFER"
    assert check_orgnr(orgnr[:8]).grunn == "IKKE_NI_SIFFER"
    assert check_orgnr(orgnr[:8] + "²").grunn == "IKKE_NI_SIFFER"


def test_nine_digits_are_an_organisation() -> None:
    assert check_ident("123456789").type is Identtype.ORGANISASJONSNUMMER


def test_a_personident_cannot_leak() -> None:
    ident = Personident("01819012345")
    for tekst in (str(ident), repr(ident), f"{ident}", f"{ident!r:>30}", f"{ident:s}", str([ident]), f"{vars}"):
        assert "01819012345" not in tekst
    with pytest.raises(TypeError):
        pickle.dumps(ident)
    assert not hasattr(ident, "__dict__")
    assert ident.avslor() == "01819012345"
    assert ident == Personident("01819012345")
    assert len({ident, Personident("01819012345")}) == 1
