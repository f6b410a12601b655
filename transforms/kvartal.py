"""Quarters of the calendar year: no date of the statistics is finer."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Self

from transforms.kalender import add_months

_KVARTALER = 4
_MANEDER = 3


class UgyldigKvartal(ValueError):
    """The text is no quarter."""


@dataclass(frozen=True, order=True)
class Kvartal:
    """One quarter, in the order of time."""

    aar: int
    nummer: int

    @classmethod
    def of(cls, dato: date) -> Self:
        """The quarter that a day is in."""
        return cls(dato.year, (dato.month - 1) // _MANEDER + 1)

    @classmethod
    def parse(cls, tekst: str) -> Self:
        """The quarter written 2026-3. Raises UgyldigKvartal."""
        aar, _, nummer = tekst.partition("-")
        if len(aar) != len("2026") or not aar.isdecimal() or nummer not in ("1", "2", "3", "4"):
            raise UgyldigKvartal("a quarter is written YYYY-N, with N from 1 to 4")
        return cls(int(aar), int(nummer))

    @property
    def forste_dag(self) -> date:
        """Its first day."""
        return date(self.aar, (self.nummer - 1) * _MANEDER + 1, 1)

    @property
    def siste_dag(self) -> date:
        """Its last day."""
        return add_months(self.forste_dag, _MANEDER) - timedelta(days=1)

    def plus(self, antall: int) -> "Kvartal":
        """The quarter `antall` quarters on; back when it is negative."""
        nummer = self.aar * _KVARTALER + self.nummer - 1 + antall
        return Kvartal(nummer // _KVARTALER, nummer % _KVARTALER + 1)

    def back(self, antall: int) -> tuple["Kvartal", ...]:
        """The `antall` quarters that end with this one, oldest first."""
        return tuple(self.plus(n) for n in range(1 - antall, 1))

    def __str__(self) -> str:
        return f"{self.aar}-{self.nummer}"
