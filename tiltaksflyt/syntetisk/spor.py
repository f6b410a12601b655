"""A row and how it changes over time: what the export shows of it depends only on the day."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

Verdier = Mapping[str, Any]


@dataclass
class Spor:
    """One row of one contract table from the day it is registered.

    `endringer` are later registrations on the same row, in order of day; a value of None empties the field.
    """

    tabell: str
    fra: date
    felter: dict[str, Any]
    endringer: list[tuple[date, Verdier]] = field(default_factory=list)

    def then(self, dag: date, **felter: Any) -> "Spor":  # noqa: ANN401  contract values
        """The same row with a later registration."""
        self.endringer.append((dag, felter))
        return self

    def on(self, dato: date) -> dict[str, Any] | None:
        """The row as the export shows it on `dato`, dates as ISO text; None before it is registered."""
        if dato < self.fra:
            return None
        rad = dict(self.felter)
        for dag, verdier in self.endringer:
            if dag <= dato:
                rad.update(verdier)
        return {
            navn: verdi.isoformat() if isinstance(verdi, date) else verdi
            for navn, verdi in rad.items()
            if verdi is not None and verdi != ""
        }
