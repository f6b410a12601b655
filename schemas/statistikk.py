"""What the statistics count, and the limits of what they show: data, each number with its source."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from typing import Any

from schemas.loader import SCHEMAS, UgyldigFil, load

_FIL = SCHEMAS / "regelverk" / "statistikk.yaml"


class Telling(StrEnum):
    """What is counted of the ended. Each is a count of its own: no two are kept together for one deltakelse."""

    AVSLUTTET = "AVSLUTTET"
    ALDRI_MOTT = "ALDRI_MOTT"
    ARBEID = "ARBEID"
    ARBEID_FAST = "ARBEID_FAST"
    UTDANNING = "UTDANNING"
    VARIG_SPURT = "VARIG_SPURT"
    VARIG_SVART = "VARIG_SVART"
    VARIG_I_ARBEID = "VARIG_I_ARBEID"
    PLAN_SKYLDT = "PLAN_SKYLDT"
    PLAN_I_TIDE = "PLAN_I_TIDE"
    PERIODERAPPORT_SKYLDT = "PERIODERAPPORT_SKYLDT"
    PERIODERAPPORT_I_TIDE = "PERIODERAPPORT_I_TIDE"
    SLUTTRAPPORT_SKYLDT = "SLUTTRAPPORT_SKYLDT"
    SLUTTRAPPORT_I_TIDE = "SLUTTRAPPORT_I_TIDE"


# Counted months after the end (ADR 29); by the quarter of the end all the same.
VARIGE = frozenset({Telling.VARIG_SPURT, Telling.VARIG_SVART, Telling.VARIG_I_ARBEID})


@dataclass(frozen=True)
class Statistikkregler:
    """One version of the limits (schemas/regelverk/statistikk.yaml).

    A period is `periode_kvartaler` quarters. An arrangør is shown with `min_avsluttet` ended; no group under
    `min_gruppe` is shown, nor what it could be computed from. `arrangor_kvartaler` is how many quarters the counts
    are kept per arrangør and fylke. A share of deadlines is rounded to the least of `fristtrinn_prosent` that is
    `min_gruppe` documents wide.
    """

    gyldig_fra: date
    periode_kvartaler: int
    min_avsluttet: int
    min_gruppe: int
    arrangor_kvartaler: int
    fristtrinn_prosent: tuple[int, ...]
    utvikling_perioder: int


def statistikkregler(dato: date) -> Statistikkregler:
    """The limits in force on the last day of a period. Raises UgyldigFil for a faulty file, or a day before it."""
    i_kraft = [versjon for versjon in _versjoner() if versjon.gyldig_fra <= dato]
    if not i_kraft:
        raise UgyldigFil(_FIL, "versjoner", f"no version is in force on {dato.isoformat()}")
    return max(i_kraft, key=lambda versjon: versjon.gyldig_fra)


@cache
def _versjoner() -> tuple[Statistikkregler, ...]:
    return tuple(_read(versjon) for versjon in load(_FIL, "statistikkregler")["versjoner"])


def _read(versjon: dict[str, Any]) -> Statistikkregler:
    return Statistikkregler(
        gyldig_fra=date.fromisoformat(versjon["gyldigFra"]),
        periode_kvartaler=versjon["periodeKvartaler"]["verdi"],
        min_avsluttet=versjon["minAvsluttet"]["verdi"],
        min_gruppe=versjon["minGruppe"]["verdi"],
        arrangor_kvartaler=versjon["arrangorKvartaler"]["verdi"],
        fristtrinn_prosent=tuple(sorted(versjon["fristTrinnProsent"]["verdi"])),
        utvikling_perioder=versjon["utviklingPerioder"]["verdi"],
    )
