"""The canonical record of one deltakelse, as the ledger keeps it and everything else reads it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

Rad = Mapping[str, Any]


def read_dato(rad: Rad, felt: str) -> date | None:
    """A date field of a row, None when unknown."""
    tekst = rad.get(felt)
    return date.fromisoformat(tekst) if tekst else None


@dataclass(frozen=True)
class Deltakelsespost:
    """One deltakelse with its person, its avtale and every row that hangs on it.

    Values are as JSON has them: dates as ISO text, numbers, booleans, lists of codes; a missing key is unknown.
    """

    innhold: Mapping[str, Any]

    @property
    def deltaker(self) -> Rad:
        """The person."""
        person: Rad = self.innhold["deltaker"]
        return person

    @property
    def deltakelse(self) -> Rad:
        """The deltakelse's own row."""
        rad: Rad = self.innhold["deltakelse"]
        return rad

    @property
    def avtale(self) -> Rad:
        """The avtale, empty when there is none."""
        rad: Rad = self.innhold.get("avtale") or {}
        return rad

    def rader(self, tabell: str) -> Sequence[Rad]:
        """The rows of a child table, in the order received; empty when there are none."""
        rader: Sequence[Rad] = self.innhold.get(tabell) or ()
        return rader

    def dato(self, felt: str) -> date | None:
        """A date of the deltakelse's own row."""
        return read_dato(self.deltakelse, felt)
