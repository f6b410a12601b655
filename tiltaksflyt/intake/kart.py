"""A layout as values: which source tables and columns give which contract fields, and how they are written."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from schemas.kontrakt import tabeller
from tiltaksflyt.intake.notasjon import Formater
from tiltaksflyt.intake.uttrykk import Kolonne, Uttrykk

HODE = "innsending"

# navEnhet is required, or else the name of the office by which it is looked up (datakontrakt, table deltaker).
ALTERNATIV = {("deltaker", "navEnhet"): "navKontorNavn"}


@dataclass(frozen=True)
class Maal:
    """One contract table that a source row gives, field by field."""

    tabell: str
    felter: Mapping[str, Uttrykk]

    @property
    def kolonner(self) -> tuple[str, ...]:
        """Every source column the fields use, once, in the order first named."""
        return tuple(dict.fromkeys(kolonne for uttrykk in self.felter.values() for kolonne in uttrykk.kolonner))


@dataclass(frozen=True)
class Kildekart:
    """One source table: what it gives, which columns are known and unused, and whether its first part repeats."""

    navn: str
    maal: tuple[Maal, ...]
    gjentas: bool
    ubrukte_kolonner: tuple[str, ...]

    @property
    def kolonner(self) -> tuple[str, ...]:
        """Every mapped source column, once, in the order first named."""
        return tuple(dict.fromkeys(kolonne for maal in self.maal for kolonne in maal.kolonner))

    @property
    def felles_kolonner(self) -> frozenset[str]:
        """The columns that tie the second part of a row to the first."""
        forste, *andre = (set(maal.kolonner) for maal in self.maal)
        return frozenset(forste.intersection(*andre)) if andre else frozenset()

    def own_columns(self, maal: Maal) -> frozenset[str]:
        """The columns that only this part of the row uses: blank in all of them means that the part is not there."""
        return frozenset(maal.kolonner) - self.felles_kolonner

    def must_have(self) -> frozenset[str]:
        """The columns that may not be missing from the file."""
        return frozenset(
            kolonne
            for maal in self.maal
            for uttrykk in maal.felter.values()
            if not uttrykk.valgfri
            for kolonne in uttrykk.kolonner
        )


@dataclass(frozen=True)
class Profil:
    """A sender's layout. `kodetabeller`: name to the sender's word (as written) to the contract's code."""

    navn: str
    versjon: int
    format: str
    tegnsett: str | None
    skilletegn: str | None
    linjeskift: str
    formater: Formater
    tidssone: str | None
    kodetabeller: Mapping[str, Mapping[str, str]]
    kilder: Mapping[str, Kildekart]
    ubrukte_tabeller: tuple[str, ...]

    def kildekolonner(self, tabell: str, felt: str) -> tuple[str, tuple[str, ...]] | None:
        """Where a sender finds a contract field in its own file: table, and columns; None when it is not mapped."""
        for kilde in self.kilder.values():
            for maal in kilde.maal:
                if maal.tabell == tabell and felt in maal.felter:
                    return kilde.navn, maal.felter[felt].kolonner
        return None

    def dekning(self) -> Mapping[str, frozenset[str]]:
        """The contract tables and fields that the layout has room for."""
        return {maal.tabell: frozenset(maal.felter) for kilde in self.kilder.values() for maal in kilde.maal}


@cache
def contract_profile() -> Profil:
    """The identity: a file whose names are the contract's own."""
    kilder = {}
    for tabell in tabeller().values():
        felter: dict[str, Uttrykk] = {}
        for felt in tabell.felter.values():
            kan_mangle = not felt.pakrevd or tabell.navn == HODE or (tabell.navn, felt.navn) in ALTERNATIV
            felter[felt.navn] = Kolonne(felt.navn, valgfri=kan_mangle)
        maal = Maal(tabell.navn, MappingProxyType(felter))
        kilder[tabell.navn] = Kildekart(tabell.navn, (maal,), False, ())
    return Profil(
        navn="datakontrakt",
        versjon=1,
        format="JSON",
        tegnsett=None,
        skilletegn=None,
        linjeskift="LF",
        formater=Formater(),
        tidssone=None,
        kodetabeller=MappingProxyType({}),
        kilder=MappingProxyType(kilder),
        ubrukte_tabeller=(),
    )
