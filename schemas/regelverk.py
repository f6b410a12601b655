"""Policies: what the rules of a tiltak mean in numbers, with strength, source and validity of each.

One YAML file per tiltakskode and valid-from day in schemas/regelverk/<tiltakskode>/. Code never holds a number of
days; it asks for a parameter by its path (`frister.plan.dager`). The version in force is that of the event's own
date, never of today (beslutninger 17).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from schemas.loader import SCHEMAS, UgyldigFil, load

REGELVERK = SCHEMAS / "regelverk"


class ManglerRegelverk(Exception):
    """No policy is in force for the tiltakskode on the day."""


@dataclass(frozen=True)
class Parameter:
    """One number, code or list of a policy, how binding it is, and where it comes from."""

    verdi: Any
    styrke: str
    kilde: str
    uavklart: str | None


@dataclass(frozen=True)
class Regelverk:
    """One version of the policy of one tiltak. `gyldig_til` is the last day in force, None for open."""

    tiltakskode: str
    versjon: str
    gyldig_fra: date
    gyldig_til: date | None
    bekreftet: date | None
    parametre: Mapping[str, Parameter]

    def verdi(self, sti: str) -> Any:  # noqa: ANN401  numbers, codes and lists
        """The value of a parameter. Raises KeyError naming the path and the policy."""
        try:
            return self.parametre[sti].verdi
        except KeyError:
            raise KeyError(f"policy {self.tiltakskode}/{self.versjon} has no parameter {sti}") from None

    def heltall(self, sti: str) -> int:
        """The value of a parameter that counts something. Raises KeyError or TypeError."""
        verdi = self.verdi(sti)
        if not isinstance(verdi, int) or isinstance(verdi, bool):
            raise TypeError(f"policy {self.tiltakskode}/{self.versjon}: {sti} is not a whole number")
        return verdi


def load_regelverk(fil: Path) -> Regelverk:
    """One policy file. Raises UgyldigFil when it breaks its schema, its name or the floor of its own deadlines."""
    innhold = load(fil, "regelverk")
    if fil.parent.name != innhold["tiltakskode"] or fil.stem != innhold["gyldigFra"]:
        raise UgyldigFil(fil, "tiltakskode, gyldigFra", "the folder and the file name say another tiltak or day")
    til = innhold.get("gyldigTil")
    bekreftet = innhold.get("bekreftet")
    regelverk = Regelverk(
        tiltakskode=innhold["tiltakskode"],
        versjon=innhold["versjon"],
        gyldig_fra=date.fromisoformat(innhold["gyldigFra"]),
        gyldig_til=date.fromisoformat(til) if til else None,
        bekreftet=date.fromisoformat(bekreftet["dato"]) if bekreftet else None,
        parametre=MappingProxyType(dict(_flatten("", innhold["parametre"]))),
    )
    _refuse_unlawful_deletion(fil, regelverk)
    return regelverk


def _flatten(prefiks: str, gren: Mapping[str, Any]) -> Iterator[tuple[str, Parameter]]:
    for navn, verdi in gren.items():
        if "verdi" in verdi:
            yield prefiks + navn, Parameter(verdi["verdi"], verdi["styrke"], verdi["kilde"], verdi.get("uavklart"))
        else:
            yield from _flatten(f"{prefiks}{navn}.", verdi)


def _refuse_unlawful_deletion(fil: Path, regelverk: Regelverk) -> None:
    if "sletting.dager" not in regelverk.parametre:
        raise UgyldigFil(fil, "parametre.sletting.dager", "a policy that never deletes is refused")
    slett = regelverk.heltall("sletting.dager")
    slutt = regelverk.parametre.get("frister.sluttrapport.dager")
    if slutt is not None and slett <= slutt.verdi:
        raise UgyldigFil(fil, "parametre.sletting.dager", "deletion before the sluttrapport's own deadline is refused")


@cache
def _alle(katalog: Path) -> Mapping[str, tuple[Regelverk, ...]]:
    resultat: dict[str, list[Regelverk]] = {}
    for fil in sorted(katalog.glob("*/*.yaml")):
        regelverk = load_regelverk(fil)
        tidligere = resultat.setdefault(regelverk.tiltakskode, [])
        if tidligere and (tidligere[-1].gyldig_til is None or tidligere[-1].gyldig_til >= regelverk.gyldig_fra):
            raise UgyldigFil(fil, "gyldigFra", "overlaps the version before it")
        tidligere.append(regelverk)
    if not resultat:
        raise UgyldigFil(katalog, "", "holds no policy")
    return MappingProxyType({kode: tuple(versjoner) for kode, versjoner in resultat.items()})


def regelverk(tiltakskode: str, dato: date, katalog: Path = REGELVERK) -> Regelverk:
    """The policy in force for a tiltak on the day of the event. Raises ManglerRegelverk when there is none."""
    for versjon in _alle(katalog).get(tiltakskode, ()):
        if versjon.gyldig_fra <= dato and (versjon.gyldig_til is None or dato <= versjon.gyldig_til):
            return versjon
    raise ManglerRegelverk(f"no policy for {tiltakskode} on {dato.isoformat()}; add schemas/regelverk/{tiltakskode}/")


def alle_regelverk(katalog: Path = REGELVERK) -> tuple[Regelverk, ...]:
    """Every policy version that ships, for the pages that list them."""
    return tuple(versjon for versjoner in _alle(katalog).values() for versjon in versjoner)
