"""Which role may open what about a deltaker: data, schemas/tilgang/roller.yaml."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from schemas.loader import SCHEMAS, UgyldigFil, load

_FIL = SCHEMAS / "tilgang" / "roller.yaml"


@dataclass(frozen=True)
class Tilgangsroller:
    """The acts that open something, in words, and what each role may do of them."""

    handlinger: Mapping[str, str]
    roller: Mapping[str, frozenset[str]]

    def allows(self, rolle: str, handling: str) -> bool:
        """Whether a role may do it. Raises KeyError for a role that is none."""
        return handling in self.roller[rolle]

    def may(self, handling: str) -> tuple[str, ...]:
        """The roles that may do it, for whoever was refused."""
        return tuple(rolle for rolle, kan in self.roller.items() if handling in kan)


@cache
def tilgangsroller() -> Tilgangsroller:
    """The roles. Raises UgyldigFil, also for a role that may do what is no act."""
    innhold = load(_FIL, "tilgangsroller")
    for rolle, del_ in innhold["roller"].items():
        if not set(del_["kan"]) <= innhold["handlinger"].keys():
            raise UgyldigFil(_FIL, f"roller.{rolle}", "may do something that is not among handlinger")
    return Tilgangsroller(
        MappingProxyType(innhold["handlinger"]),
        MappingProxyType({rolle: frozenset(del_["kan"]) for rolle, del_ in innhold["roller"].items()}),
    )
