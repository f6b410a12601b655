"""Datakontrakt 1.0 as values: tables, fields, types, keys and the personal-data category of each field.

The contract itself is schemas/json/innsending.schema.json; nothing here adds to it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from types import MappingProxyType

from schemas.loader import SCHEMAS, UgyldigFil, read_json

KONTRAKTVERSJON = "1.0"


class Felttype(StrEnum):
    """What the text of a field must be read as."""

    TEKST = "tekst"
    FRITEKST = "fritekst"
    ID = "id"
    UUID = "uuid"
    ORGNR = "orgnr"
    IDENT = "ident"
    NAVENHET = "navenhet"
    DATO = "dato"
    TIDSPUNKT = "tidspunkt"
    TALL = "tall"
    HELTALL = "heltall"
    JANEI = "janei"
    KODE = "kode"
    KODELISTE = "kodeliste"


@dataclass(frozen=True)
class Felt:
    """One field. `personopplysning` is a code of the list personopplysning, or None for no personal data."""

    navn: str
    type: Felttype
    pakrevd: bool
    utledes: bool
    kodeverk: str | None
    personopplysning: str | None
    beskrivelse: str


@dataclass(frozen=True)
class Tabell:
    """One table. `nokkel` is empty where rows have no key of their own."""

    navn: str
    felter: Mapping[str, Felt]
    nokkel: tuple[str, ...]
    beskrivelse: str

    @property
    def henger_pa_deltakelse(self) -> bool:
        """Whether the rows belong to one deltakelse and live and die with it."""
        return self.navn not in FRITTSTAENDE and "deltakelseId" in self.felter


FRITTSTAENDE = frozenset(
    {"innsending", "deltaker", "plass", "avtale", "stengt", "samtykke", "etteroppfolging", "slettebekreftelse"}
)


@cache
def tabeller() -> Mapping[str, Tabell]:
    """Every table of the contract, in the contract's order. Raises UgyldigFil for a faulty contract."""
    fil = SCHEMAS / "json" / "innsending.schema.json"
    innhold = read_json(fil)
    resultat = {}
    for navn in innhold["properties"]:
        definisjon = innhold["$defs"][navn]
        pakrevd = set(definisjon["required"])
        felter = {}
        for felt, egenskaper in definisjon["properties"].items():
            try:
                felter[felt] = Felt(
                    navn=felt,
                    type=Felttype(egenskaper["x-type"]),
                    pakrevd=felt in pakrevd,
                    utledes=egenskaper.get("x-utledes", False),
                    kodeverk=egenskaper.get("x-kodeverk"),
                    personopplysning=egenskaper["x-personopplysning"],
                    beskrivelse=egenskaper["description"],
                )
            except (KeyError, ValueError) as feil:
                raise UgyldigFil(fil, f"$defs.{navn}.{felt}", f"lacks or misstates {feil}") from None
        resultat[navn] = Tabell(
            navn, MappingProxyType(felter), tuple(definisjon.get("x-nokkel", ())), definisjon["description"]
        )
    return MappingProxyType(resultat)


def felt(tabell: str, navn: str) -> Felt:
    """One field. Raises KeyError when the contract has no such table or field."""
    return tabeller()[tabell].felter[navn]


@cache
def barnetabeller() -> tuple[str, ...]:
    """The tables whose rows hang on a deltakelse, in the contract's order, without `deltakelse` itself."""
    return tuple(t.navn for t in tabeller().values() if t.henger_pa_deltakelse and t.navn != "deltakelse")
