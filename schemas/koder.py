"""The code lists in schemas/kodeverk: NAV's own where NAV has one, otherwise the project's or the contract's.

A code is written exactly as the source writes it. Aliases, and the codes of Arena where NAV itself turns them into one
of ours, are accepted on the way in and never written out (schemas/kodeverk/README.md).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any

from schemas.loader import SCHEMAS, UgyldigFil, _compile, read_json

KATALOG = SCHEMAS / "kodeverk"


@dataclass(frozen=True)
class Kode:
    """One code: the code itself, its Norwegian text, and what else its list says about it."""

    kode: str
    tekst: str
    egenskaper: Mapping[str, Any]


@dataclass(frozen=True)
class Kodeverk:
    """One code list. `konfigurasjon` is true where the source may change it without notice."""

    navn: str
    versjon: str
    beskrivelse: str
    koder: Mapping[str, Kode]
    aliaser: Mapping[str, str]
    konfigurasjon: bool

    def normalise(self, verdi: str) -> str | None:
        """The code that `verdi` stands for: the code itself or an alias, case aside; None when unknown."""
        if verdi in self.koder:
            return verdi
        return self.aliaser.get(verdi.casefold())

    def tekst(self, kode: str) -> str:
        """The Norwegian text of a code. Raises KeyError for a code that is not in the list."""
        return self.koder[kode].tekst


@cache
def kodeverk(navn: str) -> Kodeverk:
    """The code list `navn`. Raises UgyldigFil when the file breaks the schema or holds a code twice."""
    fil = KATALOG / f"{navn}.json"
    innhold = read_json(fil)
    for feil in _list_validator().iter_errors(innhold):
        raise UgyldigFil(fil, feil.json_path, feil.message)
    koder: dict[str, Kode] = {}
    aliaser: dict[str, str] = {}
    for rad in innhold["koder"]:
        kode = rad["kode"]
        if kode in koder:
            raise UgyldigFil(fil, kode, "the code occurs twice")
        koder[kode] = Kode(kode, rad["tekst"], MappingProxyType(dict(rad)))
    # The list's own codes first: Arena's JOBBKLUBB is another tiltak than the code of that name.
    for felt in ("kode", "aliaser", "importeresFraArenakoder"):
        for rad in innhold["koder"]:
            for alias in [rad["kode"]] if felt == "kode" else rad.get(felt, ()):
                aliaser.setdefault(alias.casefold(), rad["kode"])
    return Kodeverk(
        navn=navn,
        versjon=innhold["versjon"],
        beskrivelse=innhold["beskrivelse"],
        koder=MappingProxyType(koder),
        aliaser=MappingProxyType(aliaser),
        konfigurasjon=innhold.get("konfigurasjon", False),
    )


@cache
def all_kodeverk() -> Mapping[str, Kodeverk]:
    """Every code list, by name."""
    filer = sorted(KATALOG.glob("*.json"))
    return MappingProxyType({fil.stem: kodeverk(fil.stem) for fil in filer if fil.stem != "kodeverk.schema"})


@cache
def _list_validator() -> Any:  # noqa: ANN401
    return _compile(KATALOG / "kodeverk.schema.json")
