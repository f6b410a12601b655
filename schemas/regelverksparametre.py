"""What a policy may say: every path, what it means, what kind of value it has, and whether every tiltak must have it.

The register is schemas/regelverk/parametre.yaml. A path that is not in it is misspelt: the rule or the duty that
reads the right one would otherwise fall silent.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

from schemas.loader import SCHEMAS, UgyldigFil, load

REGISTER = SCHEMAS / "regelverk" / "parametre.yaml"


@dataclass(frozen=True)
class Parameterslag:
    """One path of the register. `blant` are the codes or numbers it may hold, `hoyst` the highest; None for any."""

    sti: str
    slag: str
    blant: frozenset[str | int] | None
    hoyst: int | None
    kreves: bool
    betyr: str


@cache
def parameterslag() -> Mapping[str, Parameterslag]:
    """The register by path, in the order it is read. Raises UgyldigFil."""
    return MappingProxyType(
        {
            sti: Parameterslag(
                sti,
                rad["slag"],
                frozenset(rad["blant"]) if "blant" in rad else None,
                rad.get("hoyst"),
                rad.get("kreves", False),
                rad["betyr"],
            )
            for sti, rad in load(REGISTER, "regelverksparametre").items()
        }
    )


def refuse_faulty_parameters(fil: Path, verdier: Mapping[str, object]) -> None:
    """Raise UgyldigFil for an unknown path, a value of another kind, or one that every tiltak must have and lacks."""
    for slag in parameterslag().values():
        if slag.kreves and slag.sti not in verdier:
            raise UgyldigFil(fil, f"parametre.{slag.sti}", "must be in every policy")
    for sti, verdi in verdier.items():
        if sti not in parameterslag():
            raise UgyldigFil(fil, f"parametre.{sti}", "is no parameter; schemas/regelverk/parametre.yaml has them all")
        _check_value(fil, parameterslag()[sti], verdi)


def _check_value(fil: Path, slag: Parameterslag, verdi: object) -> None:
    sted = f"parametre.{slag.sti}"
    if verdi is None and not slag.kreves:
        return
    if not _ER_AV_SLAG[slag.slag](verdi):
        raise UgyldigFil(fil, sted, f"must be {_SAGT[slag.slag]}")
    if slag.blant is not None and not set(verdi if isinstance(verdi, list) else [verdi]) <= slag.blant:
        raise UgyldigFil(fil, sted, f"must be among {sorted(slag.blant, key=str)}")
    if slag.hoyst is not None and isinstance(verdi, int | float) and verdi > slag.hoyst:
        raise UgyldigFil(fil, sted, f"is more than {slag.hoyst}, which no policy may pass")


def _is_number(verdi: object) -> bool:
    return isinstance(verdi, int | float) and not isinstance(verdi, bool)


_ER_AV_SLAG: Mapping[str, Callable[[object], bool]] = MappingProxyType(
    {
        "heltall": lambda verdi: isinstance(verdi, int) and not isinstance(verdi, bool),
        "tall": _is_number,
        "janei": lambda verdi: isinstance(verdi, bool),
        "liste": lambda verdi: isinstance(verdi, list),
        "kode": lambda verdi: isinstance(verdi, str),
        "tekster": lambda verdi: isinstance(verdi, dict),
    }
)
_SAGT: Mapping[str, str] = MappingProxyType(
    {
        "heltall": "a whole number",
        "tall": "a number",
        "janei": "true or false",
        "liste": "a list",
        "kode": "a code",
        "tekster": "a text in nb and nn",
    }
)
