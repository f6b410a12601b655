"""What came of it all. Documents are counted by what is in them, not by the ids that we gave."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Regnskap:
    """The account. `feil` is how often each was thrown, `utfall` how the workers ended, `varslet` what stopped and was
    shown to a person, by code."""

    feil: Counter[str] = field(default_factory=Counter)
    sekunder: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    utfall: Counter[str] = field(default_factory=Counter)
    varslet: Counter[str] = field(default_factory=Counter)
    forventet: int = 0
    dokumenter: int = 0
    hos_mottaker: int = 0
    tapt: int = 0
    dobbelt: int = 0
    sittende_uten_varsel: int = 0

    @property
    def er_i_orden(self) -> bool:
        """Whether nothing was lost, nothing was received twice as new, and nothing is stuck in silence."""
        return not (self.tapt or self.dobbelt or self.sittende_uten_varsel)

    def as_json(self) -> dict[str, Any]:
        """For printing."""
        return {
            "feil": sum(self.feil.values()),
            "perFeil": {
                navn: f"{antall} ganger, {self.sekunder[navn]:.0f} s" for navn, antall in sorted(self.feil.items())
            },
            "arbeidere": dict(sorted(self.utfall.items())),
            "stoppetOgVarslet": dict(sorted(self.varslet.items())),
            "planerInn": self.forventet,
            "dokumenterILedgeren": self.dokumenter,
            "hosMottakeren": self.hos_mottaker,
            "tapt": self.tapt,
            "mottattToGangerSomNye": self.dobbelt,
            "sittendeUtenVarsel": self.sittende_uten_varsel,
        }
