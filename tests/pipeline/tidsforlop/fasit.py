"""What must exist on each day, worked out apart from the code, from the drops of each day and the holds alone."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

DAGER = timedelta(days=84)


@dataclass(frozen=True)
class Melding:
    """What a drop said of a deltakelse: running when `slutt` is None, otherwise over since that day."""

    nummer: int
    slutt: date | None


@dataclass(frozen=True)
class Hold:
    """Deletion held back, both days included; lifted by hand on the day `opphevet`."""

    nummer: int
    fra: date
    til: date
    opphevet: date


class Fasit:
    """The numbers of the deltakelser that must exist."""

    def __init__(self) -> None:
        self.siste_dag: dict[int, date] = {}

    def night(self, dato: date, hold: Iterable[Hold]) -> None:
        """What the erasure of this day must take."""
        holdt = {ett.nummer for ett in hold if ett.fra <= dato <= ett.til and dato <= ett.opphevet}
        self.siste_dag = {nummer: siste for nummer, siste in self.siste_dag.items() if siste >= dato or nummer in holdt}

    def day(self, dato: date, meldinger: Iterable[Melding]) -> Mapping[int, bool]:
        """A drop: which deltakelser it may bring, or must be told are past their day."""
        svar = {}
        for melding in meldinger:
            siste = (melding.slutt or dato) + DAGER
            svar[melding.nummer] = siste >= dato
            if svar[melding.nummer]:
                self.siste_dag[melding.nummer] = siste
        return svar
