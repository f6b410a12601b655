"""All rules together, each bound to a predicate that exists and takes exactly the parameters the rule gives."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

from expectations.predikater import PREDIKATER, parametre_til
from expectations.regel import Niva, Regel, load_regler
from schemas.loader import UgyldigFil

REGLER = Path(__file__).parent / "regler"


@cache
def alle_regler(katalog: Path = REGLER) -> tuple[Regel, ...]:
    """Every rule, in the order they are asked. Raises UgyldigFil for the first faulty file."""
    regler: dict[str, Regel] = {}
    for fil in sorted(katalog.glob("*.yaml")):
        for regel in load_regler(fil):
            if regel.regel in regler:
                raise UgyldigFil(fil, regel.regel, "the rule occurs twice")
            _check_predicates(fil, regel)
            regler[regel.regel] = regel
    if not regler:
        raise UgyldigFil(katalog, "", "holds no rule")
    return tuple(sorted(regler.values(), key=lambda regel: (regel.niva, regel.regel)))


def _check_predicates(fil: Path, regel: Regel) -> None:
    for sted in regel.steder:
        if sted.predikat not in PREDIKATER:
            raise UgyldigFil(fil, regel.regel, f"there is no predicate {sted.predikat} in expectations/predikater")
        ventet = parametre_til(sted.predikat)
        if ventet != sted.parametre.keys():
            raise UgyldigFil(
                fil, regel.regel, f"{sted.predikat} takes {sorted(ventet)}, the rule gives {sorted(sted.parametre)}"
            )


@cache
def regler_for_innsending() -> tuple[Regel, ...]:
    """The rules that are asked about a drop as such: all but those that are asked every day (`fristkontroll`)."""
    return tuple(regel for regel in alle_regler() if regel.niva is not Niva.FRIST)


@cache
def regler_etter_id() -> Mapping[str, Regel]:
    """Every rule, by id."""
    return MappingProxyType({regel.regel: regel for regel in alle_regler()})
