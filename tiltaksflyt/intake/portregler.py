"""The rules that the door answers with, and how one of them becomes a deviation."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any

from schemas.avvik import Alvorlighet, Avvik
from schemas.loader import UgyldigFil
from tiltaksflyt.intake.portdata import PROFILER, read_portdata


@dataclass(frozen=True)
class Portregel:
    """One rule of the door: how bad, what to say, what to do, where it comes from, and its numbers."""

    regel_id: str
    alvorlighet: Alvorlighet
    melding: str
    tiltak: str
    kilde: str
    parametre: Mapping[str, Any]


class Avvisning(Exception):
    """Nothing of the drop is used. Carries a rule id and a place, never anything that the file says."""

    def __init__(self, regel_id: str, tabell: str | None = None, kolonne: str | None = None) -> None:
        super().__init__(f"{regel_id}: the drop is refused at the door")
        self.regel_id = regel_id
        self.tabell = tabell
        self.kolonne = kolonne


@cache
def portregler() -> Mapping[str, Portregel]:
    """Every rule of the door, by id. Raises UgyldigFil."""
    resultat: dict[str, Portregel] = {}
    for rad in read_portdata("portregler"):
        regel_id = rad["regelId"]
        if regel_id in resultat:
            raise UgyldigFil(PROFILER / "portregler.yaml", regel_id, "the rule occurs twice")
        resultat[regel_id] = Portregel(
            regel_id=regel_id,
            alvorlighet=Alvorlighet(rad["alvorlighet"]),
            melding=rad["melding"],
            tiltak=rad["tiltak"],
            kilde=rad["kilde"],
            parametre=MappingProxyType(rad.get("parametre", {})),
        )
    return MappingProxyType(resultat)


def make_avvik(regel_id: str, tabell: str | None = None, kolonne: str | None = None) -> Avvik:
    """The deviation that tells a sender of a breach of `regel_id` on the drop as a whole."""
    regel = portregler()[regel_id]
    return Avvik(
        regelId=regel.regel_id,
        alvorlighet=regel.alvorlighet,
        tabell=tabell,
        rad=None,
        post=None,
        nokkel=None,
        kolonne=kolonne,
        melding=regel.melding,
        tiltak=regel.tiltak,
    )
