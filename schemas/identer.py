"""Identifiers of persons and organisations, each checked by its own published rule, and the type that hides them.

Rules: Skatteetaten's and NAV's published check (navikt/fnrvalidator src/validator.ts): weights, D-number day + 40,
H-number month + 40, synthetic month + 80 (Skatteetaten/Tenor), + 65 (NAV Dolly with Tenor) and + 40 (NAV Dolly);
from 2032 Skatteetaten's first check digit may leave remainder 1, 2 or 3 as well as 0. Organisasjonsnummer:
Brønnøysundregistrene, modulus 11 with weights 3 2 7 6 5 4 3 2.
"""

import calendar
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import NoReturn

_VEKTER_1 = (3, 7, 6, 1, 8, 9, 4, 5, 2, 1)
_VEKTER_2 = (5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1)
_VEKTER_ORGNR = (3, 2, 7, 6, 5, 4, 3, 2, 1)
_ELLEVE_SIFFER = 11
_DNUMMER_TILLEGG = 40
_DAG_I_DNUMMER = 41
SYNTETISKE_TILLEGG = (80, 65, 40)


class Identtype(StrEnum):
    """What kind of number it is. H_NUMMER has month + 40, which NAV's test data use as well."""

    FODSELSNUMMER = "FODSELSNUMMER"
    D_NUMMER = "D_NUMMER"
    H_NUMMER = "H_NUMMER"
    D_H_NUMMER = "D_H_NUMMER"
    SYNTETISK_FODSELSNUMMER = "SYNTETISK_FODSELSNUMMER"
    SYNTETISK_D_NUMMER = "SYNTETISK_D_NUMMER"
    ORGANISASJONSNUMMER = "ORGANISASJONSNUMMER"
    UKJENT = "UKJENT"


@dataclass(frozen=True)
class Identkontroll:
    """What a check found. `grunn` is a code without any digit of the number."""

    gyldig: bool
    type: Identtype
    grunn: str
    tillegg: int = 0

    @property
    def er_syntetisk(self) -> bool:
        """Whether the month carries one of the offsets that test persons have."""
        return self.tillegg in SYNTETISKE_TILLEGG


def check_personident(tekst: str, *, regel2032: bool = True) -> Identkontroll:
    """Check a fødselsnummer, D-number or H-number, synthetic or not.

    `regel2032` admits the first check digits that Skatteetaten issues from 2032 (remainder 1, 2 and 3). The number
    itself never says when it was issued, so the caller decides by date (IDE002).
    """
    if len(tekst) != _ELLEVE_SIFFER or not (tekst.isascii() and tekst.isdigit()):
        return Identkontroll(False, Identtype.UKJENT, "IKKE_ELLEVE_SIFFER")
    siffer = [int(tegn) for tegn in tekst]
    type_, dag, maned, tillegg = _read_date_part(siffer)
    if not _is_date(dag, maned, siffer[4] * 10 + siffer[5]):
        return Identkontroll(False, type_, "UGYLDIG_DATO", tillegg)
    tillatte = (0, 1, 2, 3) if regel2032 else (0,)
    if sum(v * s for v, s in zip(_VEKTER_1, siffer, strict=False)) % 11 not in tillatte:
        return Identkontroll(False, type_, "FEIL_FORSTE_KONTROLLSIFFER", tillegg)
    if sum(v * s for v, s in zip(_VEKTER_2, siffer, strict=True)) % 11 != 0:
        return Identkontroll(False, type_, "FEIL_ANDRE_KONTROLLSIFFER", tillegg)
    return Identkontroll(True, type_, "OK", tillegg)


def _read_date_part(siffer: list[int]) -> tuple[Identtype, int, int, int]:
    dag = siffer[0] * 10 + siffer[1]
    maned = siffer[2] * 10 + siffer[3]
    er_d = dag >= _DAG_I_DNUMMER
    dag -= _DNUMMER_TILLEGG if er_d else 0
    tillegg = next((t for t in SYNTETISKE_TILLEGG if maned > t), 0)
    maned -= tillegg
    if tillegg in (80, 65):
        type_ = Identtype.SYNTETISK_D_NUMMER if er_d else Identtype.SYNTETISK_FODSELSNUMMER
    elif tillegg:
        type_ = Identtype.D_H_NUMMER if er_d else Identtype.H_NUMMER
    else:
        type_ = Identtype.D_NUMMER if er_d else Identtype.FODSELSNUMMER
    return type_, dag, maned, tillegg


def _is_date(dag: int, maned: int, ar: int) -> bool:
    # The two digits of the year settle leap years in every century but for 00, which counts as 2000.
    return 1 <= maned <= 12 and 1 <= dag <= calendar.monthrange(2000 + ar, maned)[1]


def birth_date(tekst: str) -> date | None:
    """The birth date that a valid personident gives; None where it is not valid or gives no century.

    The century stands in digits 7-9 (the individnummer) together with the two digits of the year: 000-499 is 19xx,
    500-749 is 18xx for the years 54-99, 500-999 is 20xx for 00-39, 900-999 is 19xx for 40-99; the rest is not issued.
    """
    if not check_personident(tekst).gyldig:
        return None
    _, dag, maned, _ = _read_date_part([int(tegn) for tegn in tekst])
    ar, individnummer = int(tekst[4:6]), int(tekst[6:9])
    arhundre = _century(ar, individnummer)
    if arhundre is None or dag > calendar.monthrange(arhundre + ar, maned)[1]:
        return None
    return date(arhundre + ar, maned, dag)


def _century(ar: int, individnummer: int) -> int | None:
    if individnummer < 500:
        return 1900
    if ar < 40:
        return 2000
    if individnummer < 750 and ar >= 54:
        return 1800
    return 1900 if individnummer >= 900 else None


def check_orgnr(tekst: str) -> Identkontroll:
    """Check an organisasjonsnummer: nine digits, modulus 11."""
    if len(tekst) != len(_VEKTER_ORGNR) or not (tekst.isascii() and tekst.isdigit()):
        return Identkontroll(False, Identtype.ORGANISASJONSNUMMER, "IKKE_NI_SIFFER")
    if sum(v * int(s) for v, s in zip(_VEKTER_ORGNR, tekst, strict=True)) % 11 != 0:
        return Identkontroll(False, Identtype.ORGANISASJONSNUMMER, "FEIL_KONTROLLSIFFER")
    return Identkontroll(True, Identtype.ORGANISASJONSNUMMER, "OK")


def check_ident(tekst: str) -> Identkontroll:
    """Check a line of unknown kind: nine digits as an organisasjonsnummer, everything else as a personident."""
    return check_orgnr(tekst) if len(tekst) == len(_VEKTER_ORGNR) else check_personident(tekst)


class Personident:
    """A personident that cannot leak: no text form, no formatting, no pickling. `avslor` is the one way out."""

    __slots__ = ("__verdi",)

    def __init__(self, verdi: str) -> None:
        self.__verdi = verdi

    def avslor(self) -> str:
        """The eleven digits. Every call is a place to look when a number has leaked."""
        return self.__verdi

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Personident) and self.__verdi == other.avslor()

    def __hash__(self) -> int:
        return hash((Personident, self.__verdi))

    def __str__(self) -> str:
        return "***********"

    def __repr__(self) -> str:
        return "Personident(***********)"

    def __format__(self, spec: str) -> str:
        return format(str(self), spec)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Personident is not pickled")
