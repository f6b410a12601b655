"""A calendar month in Oslo."""

from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True, order=True)
class Maned:
    """A calendar month; written YYYY-MM."""

    ar: int
    maned: int

    def __str__(self) -> str:
        return f"{self.ar:04d}-{self.maned:02d}"

    @classmethod
    def of(cls, dato: date) -> "Maned":
        """The month of a day."""
        return cls(dato.year, dato.month)

    @classmethod
    def before(cls, dato: date) -> "Maned":
        """The month before that of a day: the last one that is over."""
        return cls.of(dato.replace(day=1) - timedelta(days=1))

    @property
    def siste_dag(self) -> date:
        """Its last day."""
        return (date(self.ar, self.maned, 28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
