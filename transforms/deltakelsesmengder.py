"""Deltakelsesmengder by NAV's rules of periods: which entries hold, from when, and within which days. Pure.

Rules and words: navikt/amt-deltaker docs/deltakelsesmengder.md and Deltakelsesmengder.kt of navikt/amt-deltakelser. An
entry has no last day of its own: it holds until the next one begins.

NAV's public code also has a version of that file, undated but with more kinds of events, marked «Ikke bruk denne», in
which a backdated entry leaves those of later days. Which one NAV publishes by is not known. Where all are registered at
the same moment, as in the export, the two give the same list.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal


@dataclass(frozen=True)
class Deltakelsesmengde:
    """So much of a place, from a day. `opprettet` is when the change was registered, local time as NAV writes it."""

    deltakelsesprosent: Decimal
    dager_per_uke: Decimal | None
    gyldig_fra: date
    opprettet: datetime

    def is_same_extent(self, annen: "Deltakelsesmengde") -> bool:
        """Whether the two say the same share of a place and the same days a week."""
        return (self.deltakelsesprosent, self.dager_per_uke) == (annen.deltakelsesprosent, annen.dager_per_uke)


Mengder = tuple[Deltakelsesmengde, ...]


def valid_entries(mengder: Iterable[Deltakelsesmengde]) -> Mengder:
    """The entries that still hold, by first day: an entry removes all earlier registered ones from its own day on.

    Registered at the same moment, none removes another, but of two from the same day the later one in the list holds.
    An entry that says the same as the one before it adds nothing and is left out.
    """
    gyldige: list[Deltakelsesmengde] = []
    for _, mengde in sorted(enumerate(mengder), key=_registered, reverse=True):
        if not gyldige or mengde.gyldig_fra < gyldige[-1].gyldig_fra:
            gyldige.append(mengde)
    resultat: list[Deltakelsesmengde] = []
    for mengde in reversed(gyldige):
        if not resultat or not resultat[-1].is_same_extent(mengde):
            resultat.append(mengde)
    return tuple(resultat)


def begin_at(mengder: Sequence[Deltakelsesmengde], startdato: date) -> Mengder:
    """The entries, clamped to a startdato: the one that holds on it begins on it, and those before it are gone.

    Where the startdato has moved back before all of them, the first is stretched to begin on it. `mengder` are valid
    and by first day.
    """
    igjen = _in_force(mengder, startdato) + _after(mengder, startdato, None)
    return (replace(igjen[0], gyldig_fra=startdato), *igjen[1:]) if igjen else ()


def within(mengder: Sequence[Deltakelsesmengde], fra: date, til: date | None) -> Mengder:
    """The entries that hold on some day from `fra` to `til`, both included; an open end when `til` is None.

    A sluttdato that moves forward again brings back what it had left out, since nothing is forgotten here.
    """
    return _in_force(mengder, fra) + _after(mengder, fra, til)


def periodise(mengder: Iterable[Deltakelsesmengde], startdato: date | None, sluttdato: date | None) -> Mengder:
    """The list as NAV publishes it: valid, clamped to the startdato and within the deltakelse where there is one."""
    gyldige = valid_entries(mengder)
    return gyldige if startdato is None else within(begin_at(gyldige, startdato), startdato, sluttdato)


def _registered(nummerert: tuple[int, Deltakelsesmengde]) -> tuple[datetime, date, int]:
    """The order in which entries were registered; of those that tie, the last in the list is the newest."""
    nummer, mengde = nummerert
    return mengde.opprettet, mengde.gyldig_fra, nummer


def _in_force(mengder: Sequence[Deltakelsesmengde], dag: date) -> Mengder:
    """The one entry that holds on a day; none before the first."""
    return tuple(mengde for mengde in mengder if mengde.gyldig_fra <= dag)[-1:]


def _after(mengder: Sequence[Deltakelsesmengde], dag: date, til: date | None) -> Mengder:
    return tuple(mengde for mengde in mengder if mengde.gyldig_fra > dag and (til is None or mengde.gyldig_fra <= til))
