"""The profile's expression language: small, closed, and every expression with its reverse.

Forwards, an expression takes cells of a source row and gives the raw text of a contract field; typing comes after.
Backwards, it takes the value in the sender's words and notation (a conversion: the canonical number) and gives the
cells by column, or None when the layout cannot hold it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from tiltaksflyt.intake.celler import Tallcelle
from tiltaksflyt.intake.notasjon import Formater, parse_number, plain_number, read_number

_HUNDRE = Decimal(100)
_LEST_PRESISJON = Decimal("0.01")
_SKREVET_PRESISJON = Decimal("0.000001")


class IkkeIOppsettet(ValueError):
    """A contract value has no place in a sender's layout. Names the table and field, never the value."""

    def __init__(self, tabell: str, felt: str, grunn: str) -> None:
        super().__init__(f"{tabell}.{felt}: {grunn}. Change the rows, or the profile.")


class Navneform(StrEnum):
    """How a whole name stands in one column."""

    ETTERNAVN_KOMMA_FORNAVN = "ETTERNAVN_KOMMA_FORNAVN"
    FORNAVN_ETTERNAVN = "FORNAVN_ETTERNAVN"


@dataclass(frozen=True)
class Kolonne:
    """The column as it is, through a code table when `koder` names one."""

    navn: str
    koder: str | None = None
    valgfri: bool = False

    @property
    def kolonner(self) -> tuple[str, ...]:
        return (self.navn,)

    def read(self, celler: Sequence[str], _formater: Formater) -> str:
        return celler[0]

    def write(self, verdi: str, _formater: Formater) -> Mapping[str, str] | None:
        return {self.navn: verdi}


@dataclass(frozen=True)
class Konstant:
    """The same value in every row."""

    verdi: str
    valgfri: bool = False

    @property
    def kolonner(self) -> tuple[str, ...]:
        return ()

    def read(self, _celler: Sequence[str], _formater: Formater) -> str:
        return self.verdi

    def write(self, verdi: str, _formater: Formater) -> Mapping[str, str] | None:
        return {} if verdi == self.verdi else None


@dataclass(frozen=True)
class Sammen:
    """Two columns put together; where one is blank the separator falls away."""

    kolonner: tuple[str, str]
    skille: str
    valgfri: bool = False

    def read(self, celler: Sequence[str], _formater: Formater) -> str:
        return self.skille.join(del_ for celle in celler if (del_ := celle.strip()))

    def write(self, verdi: str, _formater: Formater) -> Mapping[str, str] | None:
        forste, skille, andre = verdi.partition(self.skille)
        if skille and not (forste.strip() and andre.strip()):
            return None
        return dict(zip(self.kolonner, (forste, andre), strict=True))


@dataclass(frozen=True)
class Navnedel:
    """One part of a name. The other part comes from the same column; the two are written together."""

    navn: str
    del_: str
    form: Navneform
    valgfri: bool = False

    @property
    def kolonner(self) -> tuple[str, ...]:
        return (self.navn,)

    def read(self, celler: Sequence[str], _formater: Formater) -> str:
        if self.form is Navneform.ETTERNAVN_KOMMA_FORNAVN:
            etternavn, _, fornavn = celler[0].partition(",")
        else:
            fornavn, _, etternavn = celler[0].strip().rpartition(" ")
        return (fornavn if self.del_ == "fornavn" else etternavn).strip()

    def write(self, verdi: str, _formater: Formater) -> Mapping[str, str] | None:
        """Its own part of the column, to be joined with the other part by `join_name`."""
        skille = "," if self.form is Navneform.ETTERNAVN_KOMMA_FORNAVN else " "
        if skille in verdi and self.del_ == "etternavn":
            return None
        return {self.navn: verdi}


@dataclass(frozen=True)
class Omregning:
    """Hours a week to percent of a full week (`til_prosent`), or the other way. Read to two decimals."""

    navn: str
    full_uke: Decimal
    til_prosent: bool
    valgfri: bool = False

    @property
    def kolonner(self) -> tuple[str, ...]:
        return (self.navn,)

    def read(self, celler: Sequence[str], formater: Formater) -> str:
        tall = read_number(celler[0], formater)
        if tall is None:
            return celler[0]
        return Tallcelle(plain_number(self._convert(tall, self.til_prosent).quantize(_LEST_PRESISJON)))

    def write(self, verdi: str, formater: Formater) -> Mapping[str, str] | None:
        if not verdi:
            return {self.navn: ""}
        tall = parse_number(verdi)
        if tall is None:
            return None
        skrevet = plain_number(self._convert(tall, not self.til_prosent).quantize(_SKREVET_PRESISJON))
        return {self.navn: skrevet.replace(".", formater.desimaltegn[0])}

    def _convert(self, tall: Decimal, til_prosent: bool) -> Decimal:
        return tall * _HUNDRE / self.full_uke if til_prosent else tall * self.full_uke / _HUNDRE


Uttrykk = Kolonne | Konstant | Sammen | Navnedel | Omregning


def join_name(form: Navneform, fornavn: str, etternavn: str) -> str:
    """A whole name in one column, as `Navnedel` splits it."""
    if form is Navneform.FORNAVN_ETTERNAVN:
        return f"{fornavn} {etternavn}".strip()
    return f"{etternavn}, {fornavn}" if fornavn else etternavn
