"""What archives are told about a document besides what stands in it, and how much Nav's archive takes: data.

schemas/arkiv/arkivfelter.yaml, each limit with the column or the check of navikt/dokarkiv that it comes from.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from types import MappingProxyType
from typing import Any

from schemas.koder import kodeverk
from schemas.loader import SCHEMAS, UgyldigFil, load

FIL = SCHEMAS / "arkiv" / "arkivfelter.yaml"


class Enhet(StrEnum):
    """What a limit counts."""

    TEGN = "TEGN"
    BYTE = "BYTE"


@dataclass(frozen=True)
class Feltgrense:
    """How long a value may be, and what the whole of it must look like."""

    maks: int
    enhet: Enhet
    monster: re.Pattern[str] | None

    def length(self, verdi: str) -> int:
        """The length as the limit counts it."""
        return len(verdi.encode()) if self.enhet is Enhet.BYTE else len(verdi)


@dataclass(frozen=True)
class Brudd:
    """One value that Nav's archive does not take: its field, the limit, and how long it is."""

    felt: str
    grense: Feltgrense
    lengde: int

    @property
    def er_for_lang(self) -> bool:
        """Whether it is too long; otherwise it has signs that are not allowed."""
        return self.lengde > self.grense.maks


@dataclass(frozen=True)
class Variant:
    """One file of a journalpost."""

    filnavn: str
    filtype: str
    variantformat: str


@dataclass(frozen=True)
class Journalpostfelter:
    """The fixed values of a journalpost, and the limits by field («dokumenter.tittel»)."""

    tema: str
    varianter: tuple[Variant, ...]
    grenser: Mapping[str, Feltgrense]


@dataclass(frozen=True)
class Arkivfil:
    """One file of an arkivmelding, in the words of Noark 5."""

    filnavn: str
    variantformat: str
    format: str
    medietype: str


@dataclass(frozen=True)
class Skjerming:
    """Why and how a document is kept from the public."""

    tilgangsrestriksjon: str
    hjemmel: str
    metadata: str
    dokument: str


@dataclass(frozen=True)
class Arkivmeldingsfelter:
    """The fixed values of an arkivmelding."""

    journalposttype: str
    journalstatus: str
    dokumentstatus: str
    tilknyttet_som: str
    part_rolle: str
    skjerming: Skjerming
    filer: tuple[Arkivfil, ...]


@cache
def journalpostfelter() -> Journalpostfelter:
    """What stands in every journalpost. Raises UgyldigFil, also for a code that Nav's lists do not have."""
    innhold = load(FIL, "arkivfelter")["journalpost"]
    varianter = tuple(Variant(**rad) for rad in innhold["varianter"])
    _refuse_unknown("tema", [innhold["tema"]["verdi"]])
    _refuse_unknown("filtype", [variant.filtype for variant in varianter])
    _refuse_unknown("dokumentvariant", [variant.variantformat for variant in varianter])
    return Journalpostfelter(
        tema=innhold["tema"]["verdi"],
        varianter=varianter,
        grenser=MappingProxyType(
            {
                felt: Feltgrense(
                    maks=rad["maks"],
                    enhet=Enhet(rad["enhet"]),
                    monster=re.compile(rad["monster"]) if "monster" in rad else None,
                )
                for felt, rad in innhold["grenser"].items()
            }
        ),
    )


def find_excess(journalpost: Mapping[str, Any]) -> Brudd | None:
    """The first value of a request that is too long for Nav's archive or has signs it refuses; None when none has."""
    grenser = journalpostfelter().grenser
    for felt, verdi in _texts(journalpost):
        grense = grenser.get(felt)
        if grense is None:
            continue
        lengde = grense.length(verdi)
        if lengde > grense.maks or (grense.monster is not None and not grense.monster.fullmatch(verdi)):
            return Brudd(felt, grense, lengde)
    return None


def _texts(verdi: Any, felt: str = "") -> Iterator[tuple[str, str]]:  # noqa: ANN401
    """Every text with its field; the items of a list share the list's name."""
    if isinstance(verdi, Mapping):
        for navn, under in verdi.items():
            yield from _texts(under, f"{felt}.{navn}" if felt else str(navn))
    elif isinstance(verdi, list):
        for under in verdi:
            yield from _texts(under, felt)
    elif isinstance(verdi, str):
        yield felt, verdi


def _refuse_unknown(navn: str, koder: list[str]) -> None:
    for kode in koder:
        if kode not in kodeverk(navn).koder:
            raise UgyldigFil(FIL, "journalpost", f"the code list {navn} has no such code")


@cache
def arkivmeldingsfelter() -> Arkivmeldingsfelter:
    """What stands in every arkivmelding. Raises UgyldigFil."""
    innhold = load(FIL, "arkivfelter")["arkivmelding"]
    return Arkivmeldingsfelter(
        journalposttype=innhold["journalposttype"],
        journalstatus=innhold["journalstatus"],
        dokumentstatus=innhold["dokumentstatus"],
        tilknyttet_som=innhold["tilknyttetSom"],
        part_rolle=innhold["partRolle"],
        skjerming=Skjerming(**innhold["skjerming"]),
        filer=tuple(Arkivfil(**rad) for rad in innhold["filer"]),
    )
