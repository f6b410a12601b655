"""The one way this room fails: with a code, the rule and the place, and never a value."""

from enum import StrEnum


class Feilkode(StrEnum):
    """What went wrong while rules were read or asked."""

    PREDIKAT_FEILET = "PREDIKAT_FEILET"
    UGYLDIG_MASKE = "UGYLDIG_MASKE"
    MANGLER_KOLONNE = "MANGLER_KOLONNE"
    UKJENT_PROBLEMKODE = "UKJENT_PROBLEMKODE"
    GX_UENIG = "GX_UENIG"
    GX_STANSET = "GX_STANSET"


class KontrollFeil(Exception):
    """The checks themselves failed, so nothing was decided. `kode` may cross the boundary; no value is in the text."""

    def __init__(self, kode: Feilkode, sted: str, grunn: str, neste: str) -> None:
        super().__init__(f"{kode}: {sted}: {grunn}. {neste}")
        self.kode = kode.value
        self.sted = sted
