"""A deviation: what a sender is told about one place in what it dropped. It never carries a value."""

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class Alvorlighet(StrEnum):
    """How bad a breach is (docs/rules: a fault in the data is held, a breach in the world is reported)."""

    AVVIST_FIL = "AVVIST_FIL"
    FEIL = "FEIL"
    ADVARSEL = "ADVARSEL"
    INFO = "INFO"


class Innsendingsstatus(StrEnum):
    """What became of a drop as a whole."""

    GODTATT = "GODTATT"
    GODTATT_MED_ADVARSEL = "GODTATT_MED_ADVARSEL"
    DELVIS_HOLDT = "DELVIS_HOLDT"
    AVVIST = "AVVIST"


class Port(StrEnum):
    """The gates a drop goes through, in order. A later one sees what the earlier ones let through."""

    FIL = "FIL"
    FORM = "FORM"
    KODER_OG_IDENTER = "KODER_OG_IDENTER"
    DUBLETTER = "DUBLETTER"
    I_RADEN = "I_RADEN"
    PA_TVERS = "PA_TVERS"
    MOT_HISTORIKKEN = "MOT_HISTORIKKEN"
    FRISTER = "FRISTER"
    DOKUMENT = "DOKUMENT"


@dataclass(frozen=True)
class Stopp:
    """Where one held deltakelse stopped: at the first gate that one of `regler` stands at.

    `deltakelse_id` is the sender's own, or None where it could hold personal data; `rad` is its row in the file as
    dropped, or None where the drop names it only in other tables.
    """

    deltakelse_id: str | None
    rad: int | None
    port: Port
    regler: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """The stop as kvittering.json carries it."""
        return {
            "deltakelseId": self.deltakelse_id,
            "rad": self.rad,
            "port": self.port.value,
            "regler": list(self.regler),
        }


@dataclass(frozen=True, order=True)
class Avvik:
    """One breach of one rule.

    `rad` is the row in the file as dropped (Excel row, physical CSV line where the record starts, or 1-based list
    position), `post` the record number; both None for the file as a whole. `nokkel` is the sender's own key, or
    None where it could hold personal data.
    """

    regelId: str
    alvorlighet: Alvorlighet
    tabell: str | None
    rad: int | None
    post: int | None
    nokkel: str | None
    kolonne: str | None
    melding: str
    tiltak: str

    def as_json(self) -> dict[str, Any]:
        """The deviation as `validate --json` and kvittering.json carry it."""
        return asdict(self)
