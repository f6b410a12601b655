"""What must exist on each day, worked out apart from the code, from the drops of each day and the holds alone."""

from calendar import monthrange
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


@dataclass(frozen=True)
class Samtykke:
    """A consent given in the deltakelse `nummer` for a formål of so many months, or withdrawn."""

    nummer: int
    maaneder: int
    til: date
    gitt: date
    trukket: date | None = None

    def last_day(self, start: date) -> date:
        """`til`, or so many months after `start`, clamped to the month's end: whichever is first."""
        aar, maaned = divmod(start.month - 1 + self.maaneder, 12)
        aar, maaned = start.year + aar, maaned + 1
        return min(self.til, date(aar, maaned, min(start.day, monthrange(aar, maaned)[1])))


class Fasit:
    """The numbers of the deltakelser that must exist, and of those whose consents must."""

    def __init__(self) -> None:
        self.siste_dag: dict[int, date] = {}
        self.samtykker: dict[int, date] = {}
        self._i_deltakelse: dict[int, Samtykke] = {}
        self._lopende: set[int] = set()

    def night(self, dato: date, hold: Iterable[Hold]) -> None:
        """What the erasure of this day must take. A consent outlives its deltakelse, and then nothing moves its end."""
        holdt = {ett.nummer for ett in hold if ett.fra <= dato <= ett.til and dato <= ett.opphevet}
        self.siste_dag = {nummer: siste for nummer, siste in self.siste_dag.items() if siste >= dato or nummer in holdt}
        self.samtykker = {nummer: siste for nummer, siste in self.samtykker.items() if siste >= dato}
        self._i_deltakelse = {
            n: ett for n, ett in self._i_deltakelse.items() if n in self.siste_dag and n in self.samtykker
        }

    def day(self, dato: date, meldinger: Iterable[Melding], samtykker: Iterable[Samtykke] = ()) -> Mapping[int, bool]:
        """A drop: which deltakelser it may bring, or must be told are past their day."""
        svar, start = {}, {}
        for melding in meldinger:
            start[melding.nummer] = melding.slutt or dato
            siste = start[melding.nummer] + DAGER
            svar[melding.nummer] = siste >= dato
            if svar[melding.nummer]:
                self.siste_dag[melding.nummer] = siste
                (self._lopende.add if melding.slutt is None else self._lopende.discard)(melding.nummer)
        for ett in samtykker:
            if ett.trukket is None and svar.get(ett.nummer) and ett.last_day(start[ett.nummer]) >= dato:
                self._i_deltakelse[ett.nummer] = ett
        self.samtykker |= {n: ett.last_day(start[n]) for n, ett in self._i_deltakelse.items() if svar.get(n)}
        for ett in samtykker:
            if ett.trukket is not None and ett.nummer in self.samtykker:
                if ett.nummer in self._lopende & self.siste_dag.keys():
                    # A row that names a deltakelse is word of it: its sender has not fallen silent.
                    self.siste_dag[ett.nummer] = dato + DAGER
                # Gone the next night, and nothing opens it again.
                self.samtykker[ett.nummer] = dato - timedelta(days=1)
                self._i_deltakelse.pop(ett.nummer, None)
        return svar
